import type { HelpQuery, PluginHelp } from '../../plugin.ts';

export function verifyOwnersHelp({ plugins }: HelpQuery): PluginHelp {
  return {
    Description: 'Checks changed OWNERS files: that they can be read, name no reserved labels, leave the root with approvers, and name nobody who is not trusted.',
    Config: { '': `Labels that OWNERS must not set: ${plugins.owners.labels_denylist.join(', ')}.` },
    Commands: [{ Usage: '/verify-owners', Featured: false, Description: 'Checks again.', Examples: ['/verify-owners'], WhoCanUse: 'Anyone.' }],
  };
}
