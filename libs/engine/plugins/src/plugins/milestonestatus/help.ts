import type { PluginHelp } from '../../plugin.ts';

export function milestoneStatusHelp(): PluginHelp {
  return {
    Description: 'Labels that say how far work for a milestone is.',
    Commands: [{ Usage: '/status (approved-for-milestone|in-progress|in-review)', Featured: false, Description: 'Adds a label status/….', Examples: ['/status in-progress'], WhoCanUse: 'Members of the team that looks after milestones.' }],
  };
}
