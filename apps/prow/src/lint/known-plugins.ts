// Names that may stand in plugins.yaml, and the labels tide's queries may ask for because some plugin sets them.

/** upstream: pkg/hook/plugin-imports */
export const knownPlugins: readonly string[] = [
  'approve', 'assign', 'blockade', 'blunderbuss', 'branchcleaner', 'bugzilla', 'buildifier', 'cat', 'cherry-pick-approved',
  'cherry-pick-unapproved', 'cherrypickapproved', 'cherrypickunapproved', 'cla', 'config-updater', 'dco', 'dog', 'golint',
  'goose', 'heart', 'help', 'hold', 'invalidcommitmsg', 'issue-management', 'jira', 'label', 'lgtm', 'lifecycle',
  'merge-method-comment', 'mergecommitblocker', 'milestone', 'milestoneapplier', 'milestonestatus', 'override',
  'owners-label', 'pony', 'project', 'project-manager', 'release-note', 'require-matching-label', 'retitle', 'rifle',
  'shrug', 'sigmention', 'size', 'skip', 'slackevents', 'stage', 'testfreeze', 'transfer-issue', 'trick-or-treat', 'trigger',
  'verify-owners', 'welcome', 'wip', 'yuks',
];

/** External plugins of upstream that our hook can also run itself, so that they may stand under `plugins`. */
export const builtInExternalPlugins: readonly string[] = ['cherrypicker', 'needs-rebase'];

/** External plugins people run under these names. */
export const knownExternalPlugins: readonly string[] = [...builtInExternalPlugins, 'refresh'];

export interface LabelRule {
  readonly label: string;
  readonly plugin: string;
  readonly external?: boolean;
  /** tide's queries require it; otherwise they forbid it. */
  readonly required: boolean;
  /** A plugin nobody asks for the label of is a mistake, too: upstream's checker says so of these. */
  readonly checkedBothWays: boolean;
}

/** upstream: validateTideRequirements in cmd/checkconfig */
export const labelRules: readonly LabelRule[] = [
  { label: 'lgtm', plugin: 'lgtm', required: true, checkedBothWays: true },
  { label: 'approved', plugin: 'approve', required: true, checkedBothWays: true },
  { label: 'do-not-merge/hold', plugin: 'hold', required: false, checkedBothWays: true },
  { label: 'do-not-merge/work-in-progress', plugin: 'wip', required: false, checkedBothWays: true },
  { label: 'do-not-merge/invalid-owners-file', plugin: 'verify-owners', required: false, checkedBothWays: true },
  { label: 'do-not-merge/release-note-label-needed', plugin: 'release-note', required: false, checkedBothWays: true },
  { label: 'do-not-merge/blocked-paths', plugin: 'blockade', required: false, checkedBothWays: true },
  { label: 'do-not-merge/contains-merge-commits', plugin: 'mergecommitblocker', required: false, checkedBothWays: false },
  { label: 'do-not-merge/cherry-pick-not-approved', plugin: 'cherry-pick-unapproved', required: false, checkedBothWays: true },
  { label: 'do-not-merge/invalid-commit-message', plugin: 'invalidcommitmsg', required: false, checkedBothWays: false },
  { label: 'bugzilla/invalid-bug', plugin: 'bugzilla', required: false, checkedBothWays: true },
  { label: 'needs-ok-to-test', plugin: 'trigger', required: false, checkedBothWays: false },
  { label: 'needs-rebase', plugin: 'needs-rebase', external: true, required: false, checkedBothWays: true },
  { label: 'cncf-cla: yes', plugin: 'cla', required: true, checkedBothWays: false },
  { label: 'dco-signoff: yes', plugin: 'dco', required: true, checkedBothWays: false },
];
