import type { PluginHelp } from '../../plugin.ts';

export function assignHelp(): PluginHelp {
  return {
    Description: 'Assigns people to issues and pull requests, and asks them or teams for reviews.',
    Commands: [
      {
        Usage: '/[un]assign [[@]<login>...]',
        Featured: true,
        Description: 'Assigns or unassigns people; without a name, the one who comments.',
        Examples: ['/assign', '/unassign', '/assign @spongebob', '/assign spongebob @patrick'],
        WhoCanUse: 'Anyone; GitHub accepts members, collaborators, and people who have commented.',
      },
      {
        Usage: '/[un]cc [[@]<login or org/team>...]',
        Featured: true,
        Description: 'Asks people or teams for a review, or takes that back; without a name, the one who comments.',
        Examples: ['/cc', '/uncc', '/cc @spongebob', '/cc @bikini-bottom/frycooks'],
        WhoCanUse: 'Anyone; GitHub accepts members and collaborators.',
      },
    ],
  };
}
