// tide: what merges, and how. upstream: pkg/config/tide.go
import { bool, doc, integer, list, map, pointer, struct, suggestedText, text } from '@prow/base-schema';
import type { CustomShape, TypeOf } from '@prow/base-schema';
import { within } from '../finding.ts';
import type { Findings, Source } from '../finding.ts';
import { kubeDuration } from '../shapes/go-types.ts';
import { checkRegex, checkTemplate } from './checks.ts';
import { tideGerritShape } from './gerrit.ts';
import { checkTideQuery, tideQueryShape } from './tide-query.ts';

const contextPolicyShape = struct('TideContextPolicy', {
  'skip-unknown-contexts': pointer(doc('Statuses nobody configured do not count', bool)),
  'required-contexts': list(text),
  'required-if-present-contexts': list(text),
  'optional-contexts': list(text),
  'optional-regex-contexts': list(text),
  'from-branch-protection': pointer(doc("What branch protection requires is required", bool)),
  'overwrite-pending-contexts': pointer(bool),
});
export type TideContextPolicy = TypeOf<typeof contextPolicyShape>;

const repoContextPolicyShape = struct('TideRepoContextPolicy', { branches: map(contextPolicyShape) }, [contextPolicyShape]);
const orgContextPolicyShape = struct('TideOrgContextPolicy', { repos: map(repoContextPolicyShape) }, [contextPolicyShape]);
const contextPolicyOptionsShape = struct('TideContextPolicyOptions', { orgs: map(orgContextPolicyShape) }, [contextPolicyShape]);
export type TideContextPolicyOptions = TypeOf<typeof contextPolicyOptionsShape>;

export type MergeMethod = 'merge' | 'squash' | 'rebase';
/** A method, or methods by regular expression of branches. */
export type RepoMergeMethod = MergeMethod | Record<string, MergeMethod>;
/** A method, or methods by repository name (`*`: all others). */
export type OrgMergeMethod = MergeMethod | Record<string, RepoMergeMethod>;

const methodSchema = { enum: ['merge', 'squash', 'rebase', '', null] };
const repoMethodSchema = { anyOf: [methodSchema, { type: 'object', additionalProperties: methodSchema }] };
const mergeMethodShape: CustomShape<OrgMergeMethod> = {
  kind: 'custom',
  name: 'TideOrgMergeType',
  read: (value) => {
    if (isMethodOrTree(value, 2)) return value as OrgMergeMethod;
    throw new Error('expected merge, squash or rebase, or a mapping from repositories (and from branches) to them');
  },
  jsonSchema: () => ({ anyOf: [methodSchema, { type: 'object', additionalProperties: repoMethodSchema }] }),
  zero: '',
};

function isMethodOrTree(value: unknown, levels: number): boolean {
  if (typeof value === 'string') return true;
  if (value === null) return true;
  if (levels === 0 || typeof value !== 'object' || Array.isArray(value)) return false;
  return Object.values(value).every((child) => isMethodOrTree(child, levels - 1));
}

export const tideShape = struct('Tide', {
  gerrit: pointer(tideGerritShape),
  sync_period: pointer(doc('Time between rounds. Default 1m', kubeDuration)),
  max_goroutines: integer,
  batch_size_limit: doc('By *, org or org/repo: 0 sets no bound, -1 merges singly', map(integer)),
  prioritize_existing_batches: doc('By *, org or org/repo. Default true', map(bool)),
  github_merge_blocks_policy: doc('By *, org or org/repo: what a pull request GitHub calls BLOCKED means. Default permit', map(suggestedText('ignore', 'permit', 'block'))),
  status_update_period: pointer(doc('Default: sync_period', kubeDuration)),
  queries: list(tideQueryShape),
  merge_method: doc('By org/repo@branch, org/repo or org: merge, squash or rebase. Default merge', map(mergeMethodShape)),
  merge_commit_template: doc('Go templates by org/repo or org', map(struct('TideMergeCommitTemplate', { title: text, body: text }))),
  target_url: doc("Deprecated: target_urls['*']", text),
  target_urls: map(text),
  pr_status_base_url: doc("Deprecated: pr_status_base_urls['*']", text),
  pr_status_base_urls: doc('By *, org or org/repo; needs *', map(text)),
  blocker_label: doc('Issues with this label block merging', text),
  squash_label: text,
  rebase_label: text,
  merge_label: text,
  context_options: contextPolicyOptionsShape,
  priority: doc('Pull requests with all labels of an entry go first, in the order of entries', list(struct('TidePriority', { labels: list(text) }))),
  display_all_tide_queries_in_status: bool,
});

type TideSection = TypeOf<typeof tideShape>;
export type Tide = TideSection & {
  sync_period: string;
  status_update_period: string;
  max_goroutines: number;
  target_urls: Record<string, string>;
  pr_status_base_urls: Record<string, string>;
};

export function defaultTide(section: TideSection): Tide {
  const syncPeriod = section.sync_period ?? '1m0s';
  return {
    ...section,
    ...(section.gerrit === undefined ? {} : { gerrit: { ...section.gerrit, ratelimit: section.gerrit.ratelimit ?? 5 } }),
    sync_period: syncPeriod,
    status_update_period: section.status_update_period ?? syncPeriod,
    max_goroutines: section.max_goroutines ?? 20,
    target_urls: section.target_url === undefined ? (section.target_urls ?? {}) : { ...section.target_urls, '*': section.target_url },
    pr_status_base_urls: section.pr_status_base_url === undefined ? (section.pr_status_base_urls ?? {}) : { '*': section.pr_status_base_url },
  };
}

export function checkTide(section: TideSection, findings: Findings, where: Source): void {
  if ((section.max_goroutines ?? 1) <= 0) {
    findings.error('PROW_CONFIG_RANGE', `tide's max_goroutines is ${section.max_goroutines}, expected 1 or more`, within(where, 'max_goroutines'));
  }
  if (section.target_url !== undefined && Object.keys(section.target_urls ?? {}).length > 0) {
    findings.error('PROW_CONFIG_EXCLUSIVE', 'target_url and target_urls exclude one another', within(where, 'target_url'));
  }
  const bases = Object.keys(section.pr_status_base_urls ?? {});
  if (section.pr_status_base_url !== undefined && bases.length > 0) {
    findings.error('PROW_CONFIG_EXCLUSIVE', 'pr_status_base_url and pr_status_base_urls exclude one another', within(where, 'pr_status_base_url'));
  } else if (bases.length > 0 && !bases.includes('*')) {
    findings.error('PROW_CONFIG_MISSING', "pr_status_base_urls needs an entry for '*'", within(where, 'pr_status_base_urls'));
  }
  for (const [key, method] of Object.entries(section.merge_method ?? {})) checkMergeMethod(method, key, findings, within(where, 'merge_method', key));
  for (const [key, templates] of Object.entries(section.merge_commit_template ?? {})) {
    for (const part of ['title', 'body'] as const) {
      const template = templates[part];
      if (template !== undefined) checkTemplate(template, findings, within(where, 'merge_commit_template', key, part), `commit ${part} of ${key}`);
    }
  }
  for (const [index, query] of (section.queries ?? []).entries()) checkTideQuery(query, findings, within(where, 'queries', index));
  checkContextOptions(section.context_options ?? {}, findings, within(where, 'context_options'));
}

function checkMergeMethod(method: OrgMergeMethod, name: string, findings: Findings, where: Source): void {
  if (typeof method === 'string') {
    if (!isMethod(method) && (method as string) !== '') notAMethod(method, name, findings, where);
    return;
  }
  for (const [repo, repoMethod] of Object.entries(method ?? {})) {
    const place = within(where, repo);
    if (typeof repoMethod === 'string') {
      if (!isMethod(repoMethod) && (repoMethod as string) !== '') notAMethod(repoMethod, `${name}/${repo}`, findings, place);
      continue;
    }
    for (const [branch, branchMethod] of Object.entries(repoMethod ?? {})) {
      checkRegex(branch, findings, within(place, branch), 'branches of merge_method');
      if (!isMethod(branchMethod)) notAMethod(branchMethod, `${name}/${repo}@${branch}`, findings, within(place, branch));
    }
  }
}

function isMethod(value: unknown): value is MergeMethod {
  return value === 'merge' || value === 'squash' || value === 'rebase';
}

function notAMethod(found: unknown, name: string, findings: Findings, where: Source): void {
  findings.error('PROW_CONFIG_VALUE', `merge method of ${name}: expected merge, squash or rebase, found ${JSON.stringify(found)}`, where);
}

// Upstream finds out only when tide asks for the policy; by then every pull request of the branch is stuck.
function checkContextOptions(options: TideContextPolicyOptions, findings: Findings, where: Source): void {
  checkContexts(options, findings, where);
  for (const [orgName, org] of Object.entries(options.orgs ?? {})) {
    const orgPlace = within(where, 'orgs', orgName);
    checkContexts(org, findings, orgPlace);
    for (const [repoName, repo] of Object.entries(org.repos ?? {})) {
      const repoPlace = within(orgPlace, 'repos', repoName);
      checkContexts(repo, findings, repoPlace);
      for (const [branchName, branch] of Object.entries(repo.branches ?? {})) checkContexts(branch, findings, within(repoPlace, 'branches', branchName));
    }
  }
}

function checkContexts(policy: TideContextPolicy, findings: Findings, where: Source): void {
  const pairs = [
    ['required-contexts', 'optional-contexts'],
    ['required-contexts', 'required-if-present-contexts'],
    ['optional-contexts', 'required-if-present-contexts'],
  ] as const;
  for (const [first, second] of pairs) {
    const both = (policy[first] ?? []).filter((context) => policy[second]?.includes(context));
    if (both.length > 0) findings.warning('PROW_CONFIG_CONTEXT_CONFLICT', `in both ${first} and ${second}: ${both.join(', ')}`, within(where, first));
  }
  for (const [index, regex] of (policy['optional-regex-contexts'] ?? []).entries()) {
    checkRegex(regex, findings, within(where, 'optional-regex-contexts', index), 'optional-regex-contexts');
  }
}
