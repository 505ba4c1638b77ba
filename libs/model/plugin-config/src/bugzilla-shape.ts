// Settings of the bugzilla plugin. upstream: Bugzilla in pkg/plugins/config.go
import { bool, list, map, pointer, struct, text } from '@prow/base-schema';

const state = struct('BugzillaBugState', { status: text, resolution: text });
const branchOptions = struct('BugzillaBranchOptions', {
  exclude_defaults: pointer(bool),
  enable_backporting: pointer(bool),
  validate_by_default: pointer(bool),
  is_open: pointer(bool),
  target_release: pointer(text),
  statuses: pointer(list(text)),
  valid_states: pointer(list(state)),
  dependent_bug_statuses: pointer(list(text)),
  dependent_bug_states: pointer(list(state)),
  dependent_bug_target_releases: pointer(list(text)),
  dependent_bug_target_release: pointer(text),
  status_after_validation: pointer(text),
  state_after_validation: pointer(state),
  add_external_link: pointer(bool),
  status_after_merge: pointer(text),
  state_after_merge: pointer(state),
  state_after_close: pointer(state),
  allowed_groups: list(text),
});

export const bugzillaShape = struct('Bugzilla', {
  default: map(branchOptions),
  orgs: map(struct('BugzillaOrgOptions', { default: map(branchOptions), repos: map(struct('BugzillaRepoOptions', { branches: map(branchOptions) })) })),
});
