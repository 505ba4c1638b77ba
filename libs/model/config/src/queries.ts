// Questions components ask a configuration.
import { messageOf } from '@prow/base-errors';
import { compileRegex } from '@prow/base-regex';
import { branchRequirements } from '@prow/model-job-selection';
import type { Periodic, Postsubmit, Presubmit } from '@prow/model-prowjob';
import type { ComponentsConfig, ProwConfig } from './prow-config.ts';
import { applyPolicy, configuredPolicy, isDefined, sortedUnion } from './sections/branch-protection.ts';
import type { Policy } from './sections/branch-protection.ts';
import type { MergeMethod, TideContextPolicy, TideContextPolicyOptions } from './sections/tide.ts';

/** Presubmits of the central configuration; a key without `https://` counts for a repository with it (Gerrit). */
export function presubmitsFor(config: ProwConfig, repo: string): readonly Presubmit[] {
  return jobsFor(config.presubmits, repo);
}

export function postsubmitsFor(config: ProwConfig, repo: string): readonly Postsubmit[] {
  return jobsFor(config.postsubmits, repo);
}

function jobsFor<T>(jobs: Readonly<Record<string, T[]>>, repo: string): readonly T[] {
  const own = Object.hasOwn(jobs, repo) ? (jobs[repo] ?? []) : [];
  if (!/^https?:\/\//.test(repo)) return own;
  const bare = repo.replace(/^https?:\/\//, '');
  return Object.hasOwn(jobs, bare) ? [...own, ...(jobs[bare] ?? [])] : own;
}

export function allPeriodics(config: ProwConfig): readonly Periodic[] {
  return config.periodics;
}

/** Repositories with presubmits, postsubmits or a tide query of their own, in byte order. upstream: Config.AllRepos */
export function allRepos(config: ProwConfig): string[] {
  return sortedUnion(Object.keys(config.presubmits), Object.keys(config.postsubmits), (config.tide.queries ?? []).flatMap((query) => query.repos ?? []));
}

/** Whether jobs may be described in the repository; the narrowest of org/repo, org and * counts. */
export function isInRepoConfigEnabled(config: ComponentsConfig, org: string, repo: string): boolean {
  const enabled = config.in_repo_config.enabled;
  if (enabled === undefined) return false;
  for (const key of [`${org}/${repo}`, org, '*']) if (Object.hasOwn(enabled, key)) return enabled[key] === true;
  return false;
}

/** Whether such jobs may use a build cluster: org/repo, org and * add up. */
export function isClusterAllowedInRepo(config: ComponentsConfig, cluster: string, org: string, repo: string): boolean {
  return [`${org}/${repo}`, org, '*'].some((key) => config.in_repo_config.allowed_clusters[key]?.includes(cluster) === true);
}

/** How tide merges into a branch. upstream: OrgRepoBranchMergeMethod */
export function mergeMethodFor(config: ComponentsConfig, org: string, repo: string, branch: string): MergeMethod {
  const methods = config.tide.merge_method ?? {};
  const whole = (key: string): MergeMethod | undefined => {
    const method = Object.hasOwn(methods, key) ? methods[key] : undefined;
    return typeof method === 'string' && (method as string) !== '' ? method : undefined;
  };
  const ofOrg = Object.hasOwn(methods, org) ? methods[org] : undefined;
  const repos = typeof ofOrg === 'object' ? ofOrg : {};
  const ofRepo = Object.hasOwn(repos, repo) ? repos[repo] : repos['*'];
  return whole(`${org}/${repo}@${branch}`)
    ?? methodByBranch(ofRepo, branch)
    ?? whole(`${org}/${repo}`)
    ?? (typeof ofRepo === 'string' && (ofRepo as string) !== '' ? ofRepo : undefined)
    ?? whole(org)
    ?? 'merge';
}

function methodByBranch(methods: unknown, branch: string): MergeMethod | undefined {
  if (typeof methods !== 'object' || methods === null) return undefined;
  const entries = methods as Record<string, MergeMethod>;
  const key = Object.keys(entries).toSorted().find((regex) => compileRegex(regex).test(branch));
  return key === undefined ? undefined : entries[key];
}

/** Pull requests merged at once: 0 sets no bound, -1 merges singly. upstream: Tide.BatchSizeLimit */
export function batchSizeLimitFor(config: ComponentsConfig, org: string, repo: string): number {
  return byRepo(config.tide.batch_size_limit, org, repo) ?? 0;
}

/** upstream: Tide.PrioritizeExistingBatches */
export function prioritizesExistingBatches(config: ComponentsConfig, org: string, repo: string): boolean {
  return byRepo(config.tide.prioritize_existing_batches, org, repo) ?? true;
}

/** The base of links in tide's status. upstream: Tide.GetPRStatusBaseURL */
export function prStatusBaseUrlFor(config: ComponentsConfig, org: string, repo: string): string | undefined {
  return byRepo(config.tide.pr_status_base_urls, org, repo);
}

/** The fixed link of tide's status. upstream: Tide.GetTargetURL */
export function tideTargetUrlFor(config: ComponentsConfig, org: string, repo: string): string | undefined {
  return byRepo(config.tide.target_urls, org, repo);
}

/** What GitHub's BLOCKED means to tide for a repository. */
export function mergeBlocksPolicyFor(config: ComponentsConfig, org: string, repo: string): string {
  return byRepo(config.tide.github_merge_blocks_policy, org, repo) ?? 'permit';
}

function byRepo<T>(map: Readonly<Record<string, T>> | undefined, org: string, repo: string): T | undefined {
  if (map === undefined) return undefined;
  for (const key of [`${org}/${repo}`, org, '*']) if (Object.hasOwn(map, key)) return map[key];
  return undefined;
}

export type BranchProtectionResult = { policy: Policy | undefined; error?: undefined } | { policy?: undefined; error: string };

/** The protection of a branch, required jobs included; undefined where there is none. upstream: GetBranchProtection */
export function branchProtectionFor(config: ComponentsConfig, org: string, repo: string, branch: string, presubmits: readonly Presubmit[]): BranchProtectionResult {
  const section = config['branch-protection'];
  if (section.orgs === undefined || !Object.hasOwn(section.orgs, org)) return { policy: undefined };
  let policy: Policy;
  try {
    policy = configuredPolicy(section, org, repo, branch);
  } catch (error) {
    return { error: messageOf(error) };
  }
  const needs = branchRequirements(presubmits, branch, policy.require_manually_triggered_jobs === true);
  const some = needs.required.length > 0
    || (section.protect_repos_with_optional_jobs === true && needs.requiredIfPresent.length + needs.optional.length > 0);
  if (some) {
    if (policy.protect === false) {
      return section.allow_disabled_job_policies === true ? { policy: undefined } : { error: 'required prow jobs require branch protection' };
    }
    policy = applyPolicy(policy, {
      required_status_checks: needs.required.length === 0 ? {} : { contexts: needs.required },
      ...(section['protect-tested-repos'] === true ? { protect: true } : {}),
    });
  }
  if (policy.protect === false && section.allow_disabled_policies !== true && isDefined({ ...policy, protect: undefined })) {
    return { error: `${org}/${repo}=${branch} defines a policy, which requires protect: true` };
  }
  return { policy: isDefined(policy) ? policy : undefined };
}

const contextLists = ['required-contexts', 'required-if-present-contexts', 'optional-contexts', 'optional-regex-contexts'] as const;

/** The configured policy of a branch, without what jobs add. upstream: ParseTideContextPolicyOptions */
export function configuredContextPolicy(options: TideContextPolicyOptions, org: string, repo: string, branch: string): TideContextPolicy {
  const ofOrg = options.orgs?.[org];
  const ofRepo = ofOrg?.repos?.[repo];
  let policy: TideContextPolicy = {};
  for (const part of [options, ofOrg, ofRepo, ofRepo?.branches?.[branch]]) if (part !== undefined) policy = mergeContextPolicy(policy, part);
  return policy;
}

function mergeContextPolicy(parent: TideContextPolicy, child: TideContextPolicy): TideContextPolicy {
  const merged: TideContextPolicy = {};
  for (const key of ['skip-unknown-contexts', 'from-branch-protection', 'overwrite-pending-contexts'] as const) {
    const value = child[key] ?? parent[key];
    if (value !== undefined) merged[key] = value;
  }
  for (const key of contextLists) {
    const union = sortedUnion(parent[key] ?? [], child[key] ?? []);
    if (union.length > 0) merged[key] = union;
  }
  return merged;
}

export type ContextPolicyResult = { policy: TideContextPolicy; error?: undefined } | { policy?: undefined; error: string };

/** Which statuses a merge into a branch needs: configured ones and those of jobs. upstream: GetTideContextPolicy */
export function contextPolicyFor(config: ComponentsConfig, org: string, repo: string, branch: string, presubmits: readonly Presubmit[]): ContextPolicyResult {
  const options = configuredContextPolicy(config.tide.context_options ?? {}, org, repo, branch);
  let protectedContexts: readonly string[] = [];
  let manual = false;
  if (options['from-branch-protection'] === true) {
    const { policy } = branchProtectionFor(config, org, repo, branch, presubmits);
    manual = policy?.require_manually_triggered_jobs === true;
    if (policy?.protect === true) protectedContexts = policy.required_status_checks?.contexts ?? [];
  }
  const needs = branchRequirements(presubmits, branch, manual);
  const policy: TideContextPolicy = {};
  const set = (key: (typeof contextLists)[number], values: string[]): void => {
    if (values.length > 0) policy[key] = values;
  };
  set('required-contexts', sortedUnion(options['required-contexts'] ?? [], protectedContexts, needs.required));
  set('required-if-present-contexts', sortedUnion(options['required-if-present-contexts'] ?? [], needs.requiredIfPresent));
  set('optional-contexts', sortedUnion(options['optional-contexts'] ?? [], needs.optional));
  set('optional-regex-contexts', options['optional-regex-contexts'] ?? []);
  for (const key of ['skip-unknown-contexts', 'overwrite-pending-contexts'] as const) {
    if (options[key] !== undefined) policy[key] = options[key];
  }
  const conflict = contextConflict(policy);
  return conflict === undefined ? { policy } : { error: conflict };
}

// upstream: TideContextPolicy.Validate
function contextConflict(policy: TideContextPolicy): string | undefined {
  const pairs = [
    ['required-contexts', 'optional-contexts', 'required and optional'],
    ['required-contexts', 'required-if-present-contexts', 'required and required if present'],
    ['optional-contexts', 'required-if-present-contexts', 'optional and required if present'],
  ] as const;
  for (const [first, second, words] of pairs) {
    const both = (policy[first] ?? []).filter((context) => policy[second]?.includes(context));
    if (both.length > 0) return `contexts ${both.join(', ')} are defined as ${words}`;
  }
  return undefined;
}
