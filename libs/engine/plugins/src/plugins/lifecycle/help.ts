import type { PluginHelp } from '../../plugin.ts';

export function lifecycleHelp(): PluginHelp {
  return {
    Description: 'Closes and reopens issues and pull requests, and marks them active, frozen, stale or rotten.',
    Commands: [
      {
        Usage: '/close [not-planned]',
        Featured: false,
        Description: 'Closes an issue or pull request; an issue may be closed as not planned.',
        Examples: ['/close', '/close not-planned'],
        WhoCanUse: 'The author and collaborators; anyone when it is stale or rotten.',
      },
      {
        Usage: '/reopen',
        Featured: false,
        Description: 'Reopens an issue or pull request.',
        Examples: ['/reopen'],
        WhoCanUse: 'The author and collaborators.',
      },
      {
        Usage: '/[remove-]lifecycle <active|frozen|stale|rotten>',
        Featured: false,
        Description: 'Sets or removes the label lifecycle/…, of which there is one at a time.',
        Examples: ['/lifecycle frozen', '/remove-lifecycle stale'],
        WhoCanUse: 'Anyone.',
      },
    ],
  };
}
