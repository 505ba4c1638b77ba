// plugins.yaml: a shape per plugin's settings. upstream: pkg/plugins/config.go
import { always, bool, doc, integer, list, map, number, pointer, struct, text } from '@prow/base-schema';
import type { CustomShape, TypeOf } from '@prow/base-schema';
import { bugzillaShape } from './bugzilla-shape.ts';

const repos = doc('org or org/repo; the first entry that names the repository counts, else the first that names its org', list(text));

const orgPluginsShape = struct('OrgPlugins', {
  excluded_repos: doc("Names of the org's repositories that do not get its plugins", list(text)),
  plugins: list(text),
});
export type OrgPlugins = TypeOf<typeof orgPluginsShape>;

// The older form has plain lists; upstream takes it only where all entries are lists.
const pluginsByRepo = map(orgPluginsShape);
const legacyPluginsByRepo = map(list(text));
const pluginsShape: CustomShape<Record<string, OrgPlugins>> = {
  kind: 'custom',
  name: 'Plugins',
  read: (value, context) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('expected a mapping from org or org/repo to plugins');
    const entries = Object.values(value);
    if (entries.length > 0 && entries.every((entry) => Array.isArray(entry) || entry === null)) {
      const lists = (context.decodeYaml(legacyPluginsByRepo, value) ?? {}) as Record<string, string[]>;
      return Object.fromEntries(Object.entries(lists).map(([key, plugins]) => [key, { plugins }]));
    }
    return context.decodeYaml(pluginsByRepo, value) as Record<string, OrgPlugins>;
  },
  jsonSchema: (toSchema) => ({
    description: 'By org or org/repo',
    type: ['object', 'null'],
    additionalProperties: { anyOf: [toSchema(orgPluginsShape), { type: 'array', items: { type: 'string' }, deprecated: true }] },
  }),
  parts: pluginsByRepo,
};

const approveShape = struct('Approve', {
  repos,
  issue_required: bool,
  require_self_approval: pointer(doc("false: the author's pull request approves itself, the default", bool)),
  lgtm_acts_as_approve: bool,
  ignore_review_state: pointer(doc("true: GitHub reviews do not approve", bool)),
  commandHelpLink: text,
  pr_process_link: text,
});
export type Approve = TypeOf<typeof approveShape>;

const lgtmShape = struct('Lgtm', {
  repos,
  review_acts_as_lgtm: bool,
  store_tree_hash: doc('Keep lgtm when the tree stays the same', bool),
  trusted_team_for_sticky_lgtm: text,
});
export type Lgtm = TypeOf<typeof lgtmShape>;

const triggerShape = struct('Trigger', {
  repos,
  trusted_org: doc('Deprecated: members of another org are trusted', text),
  trusted_apps: doc('GitHub Apps, without [bot]', list(text)),
  join_org_url: text,
  only_org_members: doc('Collaborators are not trusted', bool),
  ignore_ok_to_test: bool,
  trigger_github_workflows: bool,
  org_invite: pointer(struct('OrgInvite', {
    prominent: pointer(struct('OrgInviteProminent', { disabled: bool, merged_pr_threshold: integer, message: text })),
  })),
});
export type Trigger = TypeOf<typeof triggerShape>;

const welcomeShape = struct('Welcome', { repos, message_template: doc('Go template of Org, Repo, AuthorLogin, AuthorName', text), always_post: bool });
export type Welcome = TypeOf<typeof welcomeShape>;

const externalPluginShape = struct('ExternalPlugin', {
  name: always(text),
  endpoint: doc('Default http://NAME', text),
  events: doc('None: all events', list(text)),
});
export type ExternalPlugin = TypeOf<typeof externalPluginShape>;

const restrictedLabelShape = struct('RestrictedLabel', {
  label: always(text),
  allowed_teams: list(text),
  allowed_users: list(text),
  assign_on: list(struct('AssignOnLabel', { label: always(text) })),
});
export type RestrictedLabel = TypeOf<typeof restrictedLabelShape>;

const requireMatchingLabelShape = struct('RequireMatchingLabel', {
  org: text, repo: text, branch: text, prs: bool, issues: bool, regexp: text, missing_label: text, missing_comment: text,
  grace_period: doc('Go duration. Default 5s', text),
});
export type RequireMatchingLabel = TypeOf<typeof requireMatchingLabelShape>;

const configMapSpecShape = struct('ConfigMapSpec', {
  name: always(text),
  partitioned_names: list(text),
  key: text,
  gzip: pointer(bool),
  clusters: doc('Namespaces by build cluster', map(list(text))),
  cluster_groups: list(text),
  use_full_path_as_key: bool,
  allowed_repos: list(text),
  denied_repos: list(text),
});
const configUpdaterFields = struct('ConfigUpdater', {
  cluster_groups: map(struct('ClusterGroup', {
    clusters: list(text), namespaces: list(text), allowed_repos: list(text), denied_repos: list(text), use_full_path_as_key: bool,
  })),
  maps: doc('By glob of files; ** crosses folders', map(configMapSpecShape)),
  gzip: always(bool),
});
export type ConfigUpdater = TypeOf<typeof configUpdaterFields>;
// It reads itself upstream, so that numbers in it do not become text.
const configUpdaterShape: CustomShape<ConfigUpdater> = {
  kind: 'custom',
  name: 'ConfigUpdaterSection',
  read: (value, context) => context.decode(configUpdaterFields, value) as ConfigUpdater | undefined,
  jsonSchema: (toSchema) => toSchema(configUpdaterFields),
  parts: configUpdaterFields,
};

const dcoShape = struct('Dco', {
  skip_dco_check_for_members: bool, trusted_apps: list(text), trusted_org: text, skip_dco_check_for_collaborators: bool,
  contributing_repo: text, contributing_branch: text, contributing_path: text,
});
export type Dco = TypeOf<typeof dcoShape>;

const blunderbussShape = struct('Blunderbuss', {
  request_count: pointer(doc('Reviewers to ask. Default 2', integer)),
  max_request_count: integer,
  exclude_approvers: bool,
  use_status_availability: bool,
  ignore_drafts: bool,
  ignore_authors: list(text),
  wait_for_status: pointer(struct('WaitForStatus', { context: text, state: text, description: text })),
});

const ownersFilenamesShape = struct('OwnersFilenames', { owners: text, owners_aliases: text });
const projectColumns = struct('ProjectRepoConfig', { repo_maintainers_team_id: integer, repo_default_column_map: map(text) });

export const pluginConfigShape = struct('Configuration', {
  plugins: pluginsShape,
  external_plugins: doc('By org or org/repo; both apply', map(list(externalPluginShape))),
  owners: struct('Owners', {
    mdyamlrepos: list(text),
    skip_collaborators: list(text),
    labels_denylist: list(text),
    filenames: map(ownersFilenamesShape),
  }),
  approve: list(approveShape),
  blockades: list(struct('Blockade', {
    repos: list(text), branchregexp: pointer(text), blockregexps: list(text), exceptionregexps: list(text), explanation: text,
  })),
  blunderbuss: blunderbussShape,
  rifle: blunderbussShape,
  bugzilla: bugzillaShape,
  branch_cleaner: struct('BranchCleaner', { preserved_branches: map(list(text)) }),
  cat: struct('Cat', { key_path: text }),
  cherry_pick_approved: list(struct('CherryPickApproved', {
    org: text, repo: text, branchregexp: text, approvers: list(text), allow_missing_approved_label: bool, allow_missing_lgtm_label: bool,
  })),
  cherry_pick_unapproved: struct('CherryPickUnapproved', { branchregexp: text, comment: text }),
  config_updater: configUpdaterShape,
  dco: map(dcoShape),
  golint: struct('Golint', { minimum_confidence: pointer(number) }),
  goose: struct('Goose', { key_path: text }),
  heart: struct('Heart', { adorees: list(text), commentregexp: text }),
  label: struct('Label', { additional_labels: list(text), restricted_labels: doc('By *, org or org/repo; all apply', map(list(restrictedLabelShape))) }),
  lgtm: list(lgtmShape),
  jira: pointer(struct('Jira', { disabled_jira_projects: list(text) })),
  milestone_applier: doc('Milestones by branch, by org/repo', map(map(text))),
  release_note: struct('ReleaseNote', { guidelines_url: text }),
  repo_milestone: doc("By org/repo, or ''", map(struct('Milestone', { maintainers_id: integer, maintainers_team: text, maintainers_friendly_name: text }))),
  project_config: struct('ProjectConfig', {
    project_org_configs: map(struct('ProjectOrgConfig', {
      org_maintainers_team_id: integer, org_default_column_map: map(text), project_repo_configs: map(projectColumns),
    })),
  }),
  project_manager: struct('ProjectManager', {
    orgsRepos: map(struct('ManagedOrgRepo', {
      projects: map(struct('ManagedProject', {
        columns: list(struct('ManagedColumn', { id: pointer(integer), name: text, state: text, labels: list(text), org: text })),
      })),
    })),
  }),
  require_matching_label: list(requireMatchingLabelShape),
  retitle: struct('Retitle', { allow_closed_issues: bool }),
  slack: struct('Slack', {
    mentionchannels: list(text),
    mergewarnings: list(struct('MergeWarning', { repos: list(text), channels: list(text), exempt_users: list(text), exempt_branches: map(list(text)) })),
  }),
  sigmention: struct('SigMention', { regexp: text }),
  size: struct('Size', { s: always(integer), m: always(integer), l: always(integer), xl: always(integer), xxl: always(integer) }),
  triggers: list(triggerShape),
  welcome: list(welcomeShape),
  invalid_commit_msg: list(struct('InvalidCommitMsg', {
    repos: list(text), checks: list(struct('InvalidCommitMsgCheck', { name: text, disabled: bool })),
  })),
  override: struct('Override', { allow_top_level_owners: bool, allowed_github_teams: map(list(text)) }),
  help: struct('Help', { help_guidelines_url: text, help_guidelines_summary: text }),
});

/** plugins.yaml as written. */
export type PluginConfigFile = TypeOf<typeof pluginConfigShape>;
