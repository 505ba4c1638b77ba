import type { HelpQuery, PluginHelp } from '../../plugin.ts';

export function sigMentionHelp({ plugins }: HelpQuery): PluginHelp {
  return { Description: 'Labels threads with the groups whose teams are mentioned.', Config: { '': `Mentions: ${plugins.sigmention.regexp}` }, Commands: [] };
}
