import type { PluginHelp } from '../../plugin.ts';

export function yuksHelp(): PluginHelp {
  return { Description: 'A joke.', Commands: [{ Usage: '/joke', Featured: false, Description: 'A joke.', Examples: ['/joke'], WhoCanUse: 'Anyone.' }] };
}
