// Every plugin there is. A plugin exists by being here.
import type { Plugin } from './plugin.ts';
import { slackevents } from './plugins/slackevents/index.ts';
import { jiraPlugin } from './plugins/jira/index.ts';
import { issueManagement } from './plugins/issue-management/index.ts';
import { testfreeze } from './plugins/testfreeze/index.ts';
import { bugzillaPlugin } from './plugins/bugzilla/index.ts';
import { approve } from './plugins/approve/index.ts';
import { assign } from './plugins/assign/index.ts';
import { blockade } from './plugins/blockade/index.ts';
import { blunderbuss } from './plugins/blunderbuss/index.ts';
import { branchcleaner } from './plugins/branchcleaner/index.ts';
import { catPlugin } from './plugins/cat/index.ts';
import { cherryPickApproved } from './plugins/cherry-pick-approved/index.ts';
import { cherryPickUnapproved } from './plugins/cherry-pick-unapproved/index.ts';
import { cherrypicker } from './plugins/cherrypicker/index.ts';
import { cla } from './plugins/cla/index.ts';
import { configUpdater } from './plugins/config-updater/index.ts';
import { dco } from './plugins/dco/index.ts';
import { dog } from './plugins/dog/index.ts';
import { goose } from './plugins/goose/index.ts';
import { heart } from './plugins/heart/index.ts';
import { help } from './plugins/help/index.ts';
import { hold } from './plugins/hold/index.ts';
import { invalidcommitmsg } from './plugins/invalidcommitmsg/index.ts';
import { label } from './plugins/label/index.ts';
import { lgtm } from './plugins/lgtm/index.ts';
import { lifecycle } from './plugins/lifecycle/index.ts';
import { mergeMethodComment } from './plugins/merge-method-comment/index.ts';
import { mergecommitblocker } from './plugins/mergecommitblocker/index.ts';
import { milestone } from './plugins/milestone/index.ts';
import { milestoneapplier } from './plugins/milestoneapplier/index.ts';
import { milestonestatus } from './plugins/milestonestatus/index.ts';
import { needsRebase } from './plugins/needs-rebase/index.ts';
import { override } from './plugins/override/index.ts';
import { ownersLabel } from './plugins/owners-label/index.ts';
import { pony } from './plugins/pony/index.ts';
import { releaseNote } from './plugins/release-note/index.ts';
import { requireMatchingLabel } from './plugins/require-matching-label/index.ts';
import { retitle } from './plugins/retitle/index.ts';
import { shrug } from './plugins/shrug/index.ts';
import { sigmention } from './plugins/sigmention/index.ts';
import { size } from './plugins/size/index.ts';
import { skip } from './plugins/skip/index.ts';
import { stage } from './plugins/stage/index.ts';
import { trickOrTreat } from './plugins/trick-or-treat/index.ts';
import { trigger } from './plugins/trigger/index.ts';
import { verifyOwners } from './plugins/verify-owners/index.ts';
import { welcome } from './plugins/welcome/index.ts';
import { wip } from './plugins/wip/index.ts';
import { yuks } from './plugins/yuks/index.ts';

export const builtInPlugins: readonly Plugin[] = [
  approve,
  assign,
  blockade,
  blunderbuss,
  branchcleaner,
  catPlugin,
  cherryPickApproved,
  cherryPickUnapproved,
  cherrypicker,
  cla,
  configUpdater,
  dco,
  dog,
  goose,
  heart,
  help,
  hold,
  invalidcommitmsg,
  label,
  lgtm,
  lifecycle,
  mergeMethodComment,
  mergecommitblocker,
  milestone,
  milestoneapplier,
  milestonestatus,
  needsRebase,
  override,
  ownersLabel,
  pony,
  releaseNote,
  requireMatchingLabel,
  retitle,
  shrug,
  sigmention,
  size,
  skip,
  stage,
  trickOrTreat,
  trigger,
  verifyOwners,
  welcome,
  wip,
  yuks,
  slackevents,
  jiraPlugin,
  issueManagement,
  testfreeze,
  bugzillaPlugin,
];
