import type { HelpQuery, PluginHelp } from '../../plugin.ts';

export function cherryPickUnapprovedHelp({ plugins }: HelpQuery): PluginHelp {
  return { Description: 'Holds back pull requests of release branches until they have the label cherry-pick-approved.', Config: { '': `Branches: ${plugins.cherry_pick_unapproved.branchregexp}` }, Commands: [] };
}
