import type { PluginHelp } from '../../plugin.ts';

export function retitleHelp(): PluginHelp {
  return {
    Description: 'Changes titles of issues and pull requests.',
    Commands: [
      {
        Usage: '/retitle <title>',
        Featured: true,
        Description: 'Gives the issue or pull request another title.',
        Examples: ['/retitle A better title'],
        WhoCanUse: 'Trusted users: members of the organisation, and collaborators unless the trigger plugin excludes them.',
      },
    ],
  };
}
