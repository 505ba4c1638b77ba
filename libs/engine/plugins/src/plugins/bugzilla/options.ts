// What is asked of bugs of one branch: global, then org, then repository; in each `*`, then the branch; later ones win.
// upstream: OptionsForBranch, ResolveBugzillaOptions in pkg/plugins/config.go
import type { PluginConfig } from '@prow/model-plugin-config';

type ByBranch = NonNullable<NonNullable<PluginConfig['bugzilla']>['default']>;
export type BugOptions = NonNullable<ByBranch[string]>;
export type BugState = NonNullable<BugOptions['state_after_merge']>;

export function bugOptionsFor({ bugzilla = {} }: Pick<PluginConfig, 'bugzilla'>, { org, repo, branch }: { org: string; repo: string; branch: string }): BugOptions {
  const ofOrg = own(bugzilla.orgs, org);
  const levels = [bugzilla.default, ofOrg?.default, own(ofOrg?.repos, repo)?.branches];
  return levels.flatMap((level) => [own(level, '*'), own(level, branch)]).reduce<BugOptions>((parent, child) => (child === undefined ? parent : merge(parent, withStates(child))), {});
}

function own<T>(map: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
}

function merge(parent: BugOptions, child: BugOptions): BugOptions {
  if (child.exclude_defaults === true) return child;
  const set = Object.fromEntries(Object.entries(child).filter(([, value]) => value !== undefined && value !== null));
  const groups = [...new Set([...(parent.allowed_groups ?? []), ...(child.allowed_groups ?? [])])].sort();
  return { ...parent, ...set, ...(groups.length === 0 ? {} : { allowed_groups: groups }) };
}

/** Names of statuses are the older way to write states. */
function withStates(options: BugOptions): BugOptions {
  const states = (names: readonly string[] | null | undefined): BugState[] => (names ?? []).map((status) => ({ status }));
  const of = (state: BugState | null | undefined, status: string | null | undefined): BugState | undefined => state ?? (status ? { status } : undefined);
  const valid = [...(options.valid_states ?? []), ...states(options.statuses)];
  const dependent = [...(options.dependent_bug_states ?? []), ...states(options.dependent_bug_statuses)];
  const releases = [...(options.dependent_bug_target_releases ?? []), ...(options.dependent_bug_target_release ? [options.dependent_bug_target_release] : [])];
  const validation = of(options.state_after_validation, options.status_after_validation);
  const merged = of(options.state_after_merge, options.status_after_merge);
  return {
    ...options,
    ...(valid.length > 0 ? { valid_states: valid } : {}),
    ...(dependent.length > 0 ? { dependent_bug_states: dependent } : {}),
    ...(releases.length > 0 ? { dependent_bug_target_releases: releases } : {}),
    ...(validation === undefined ? {} : { state_after_validation: validation }),
    ...(merged === undefined ? {} : { state_after_merge: merged }),
  };
}
