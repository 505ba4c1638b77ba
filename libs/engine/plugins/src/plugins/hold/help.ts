import type { PluginHelp } from '../../plugin.ts';

export function holdHelp(): PluginHelp {
  return {
    Description: 'Keeps a pull request from merging, whatever else it has, while the label do-not-merge/hold is on it.',
    Commands: [
      {
        Usage: '/hold [cancel]',
        Featured: false,
        Description: 'Adds or removes the label do-not-merge/hold.',
        Examples: ['/hold', '/hold cancel', '/unhold', '/remove-hold'],
        WhoCanUse: 'Anyone.',
      },
    ],
  };
}
