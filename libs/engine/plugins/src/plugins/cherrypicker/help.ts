import type { PluginHelp } from '../../plugin.ts';

export function cherryPickerHelp(): PluginHelp {
  return {
    Description: 'Picks merged pull requests to other branches, as new pull requests. Labels cherrypick/BRANCH ask for it, too.',
    Commands: [{ Usage: '/cherrypick <branch>...', Featured: true, Description: 'Picks to a branch once merged; further branches follow from there.', Examples: ['/cherrypick release-3.9', '/cherry-pick release-1.15 release-1.14'], WhoCanUse: 'Members of the organisation.' }],
  };
}
