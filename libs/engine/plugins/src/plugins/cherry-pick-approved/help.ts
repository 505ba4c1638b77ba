import type { PluginHelp } from '../../plugin.ts';

export function cherryPickApprovedHelp(): PluginHelp {
  return { Description: 'Sets the label cherry-pick-approved when one of those configured approves, with a review, a change of a release branch that is otherwise ready.', Snippet: 'cherry_pick_approved:\n- org: org\n  repo: repo\n  branchregexp: ^release-.*$\n  approvers: [login]\n', Commands: [] };
}
