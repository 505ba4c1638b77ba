// Branch protection: one policy, narrowed from the root to orgs, repositories and branches.
// upstream: pkg/config/branch_protection.go
import { bool, doc, integer, list, map, pointer, struct, text } from '@prow/base-schema';
import type { TypeOf } from '@prow/base-schema';
import { within } from '../finding.ts';
import type { Findings, Source } from '../finding.ts';

const people = { users: list(text), teams: list(text) };

const policyShape = struct('Policy', {
  unmanaged: pointer(doc('Leave the protection as it is on GitHub', bool)),
  protect: pointer(bool),
  required_status_checks: pointer(struct('ContextPolicy', { contexts: doc('Statuses that must be green', list(text)), strict: pointer(bool) })),
  enforce_admins: pointer(bool),
  restrictions: pointer(struct('Restrictions', { apps: list(text), ...people })),
  require_manually_triggered_jobs: pointer(doc('Required jobs that run only on request are required, too', bool)),
  required_pull_request_reviews: pointer(struct('ReviewPolicy', {
    dismissal_restrictions: pointer(struct('DismissalRestrictions', people)),
    dismiss_stale_reviews: pointer(bool),
    require_code_owner_reviews: pointer(bool),
    required_approving_review_count: pointer(integer),
    bypass_pull_request_allowances: pointer(struct('BypassRestrictions', people)),
  })),
  required_linear_history: pointer(bool),
  require_signed_commits: pointer(bool),
  allow_force_pushes: pointer(bool),
  allow_deletions: pointer(bool),
  exclude: doc('Regular expressions of branches to leave out', list(text)),
  include: doc('Regular expressions of the only branches to take', list(text)),
});

export type Policy = TypeOf<typeof policyShape>;

const branchShape = struct('Branch', {}, [policyShape]);
const repoShape = struct('Repo', { branches: map(branchShape) }, [policyShape]);
const orgShape = struct('Org', { repos: map(repoShape) }, [policyShape]);

export const branchProtectionShape = struct('BranchProtection', {
  'protect-tested-repos': pointer(doc('Protect all branches that have required jobs', bool)),
  orgs: map(orgShape),
  allow_disabled_policies: pointer(bool),
  allow_disabled_job_policies: pointer(bool),
  protect_repos_with_optional_jobs: pointer(bool),
}, [policyShape]);

export type BranchProtection = TypeOf<typeof branchProtectionShape>;
type OrgProtection = TypeOf<typeof orgShape>;
type RepoProtection = TypeOf<typeof repoShape>;

const policyKeys = Object.keys(policyShape.fields) as (keyof Policy)[];

function policyOf(value: Policy): Policy {
  return Object.fromEntries(policyKeys.filter((key) => value[key] !== undefined).map((key) => [key, value[key]]));
}

function isPolicySet(value: Policy | undefined): boolean {
  return value !== undefined && policyKeys.some((key) => value[key] !== undefined);
}

export function checkBranchProtection(section: BranchProtection, findings: Findings, where: Source): void {
  if ((section.include ?? []).length > 0 && (section.exclude ?? []).length > 0) {
    findings.error('PROW_CONFIG_EXCLUSIVE', 'include and exclude exclude one another', within(where, 'include'));
  }
}

/** What it takes to protect a branch: the narrower wins, lists add up. upstream: Policy.Apply */
export function applyPolicy(parent: Policy, child: Policy): Policy {
  return mergeNarrower(policyOf(parent), policyOf(child)) as Policy;
}

// Values of the narrower policy win, lists are united in byte order, mappings are merged alike.
function mergeNarrower(parent: unknown, child: unknown): unknown {
  if (child === undefined) return parent;
  if (parent === undefined) return child;
  if (Array.isArray(parent) && Array.isArray(child)) return sortedUnion(parent as string[], child as string[]);
  if (typeof parent === 'object' && typeof child === 'object' && parent !== null && child !== null) {
    const merged: Record<string, unknown> = { ...parent };
    for (const [key, value] of Object.entries(child)) merged[key] = mergeNarrower(merged[key], value);
    return merged;
  }
  return child;
}

/** Sorted as Go sorts strings: by bytes. */
export function sortedUnion(...lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].toSorted(compareBytes);
}

export function compareBytes(a: string, b: string): number {
  // UTF-16 order differs from UTF-8 order only beyond U+D7FF.
  return /[\uD800-\uFFFF]/.test(a + b) ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The configured policy of a branch, without what jobs add to it.
 * @throws Error when a policy is defined for the branch that neither protects nor leaves it unmanaged
 */
export function configuredPolicy(section: BranchProtection, org: string, repo: string, branch: string): Policy {
  const orgPolicy: OrgProtection | undefined = section.orgs?.[org];
  const repoPolicy: RepoProtection | undefined = orgPolicy?.repos?.[repo];
  const branchPolicy = repoPolicy?.branches?.[branch];
  let policy = policyOf(section);
  for (const part of [orgPolicy, repoPolicy, branchPolicy]) if (part !== undefined) policy = applyPolicy(policy, part);
  if (branchPolicy !== undefined && policy.protect === undefined && policy.unmanaged !== true) {
    throw new Error('defined branch policies must set protect or unmanaged=true');
  }
  return policy;
}

/** Whether a policy says anything about protection itself. upstream: Policy.defined */
export function isDefined(policy: Policy): boolean {
  return policyKeys.some((key) => key !== 'unmanaged' && key !== 'exclude' && key !== 'include' && policy[key] !== undefined);
}

/**
 * Merges a supplemental file's section into the main one; returns what both set. Reads neither's objects after.
 * upstream: BranchProtection.merge
 */
export function mergeBranchProtection(main: BranchProtection, additional: BranchProtection): { merged: BranchProtection; conflicts: string[] } {
  const conflicts: string[] = [];
  const merged: BranchProtection = { ...main };
  mergePolicy(merged, additional, 'a top-level policy', conflicts);
  for (const key of ['protect-tested-repos', 'allow_disabled_policies', 'allow_disabled_job_policies', 'protect_repos_with_optional_jobs'] as const) {
    if (additional[key] === undefined) continue;
    if (merged[key] === undefined) merged[key] = additional[key];
    else conflicts.push(key);
  }
  for (const [orgName, org] of Object.entries(additional.orgs ?? {})) {
    const mergedOrg: OrgProtection = { ...merged.orgs?.[orgName] };
    merged.orgs = { ...merged.orgs, [orgName]: mergedOrg };
    mergePolicy(mergedOrg, org, `a policy for org ${orgName}`, conflicts);
    for (const [repoName, repo] of Object.entries(org.repos ?? {})) {
      const mergedRepo: RepoProtection = { ...mergedOrg.repos?.[repoName] };
      mergedOrg.repos = { ...mergedOrg.repos, [repoName]: mergedRepo };
      mergePolicy(mergedRepo, repo, `a policy for repo ${orgName}/${repoName}`, conflicts);
      for (const [branchName, branch] of Object.entries(repo.branches ?? {})) {
        const mergedBranch = { ...mergedRepo.branches?.[branchName] };
        mergedRepo.branches = { ...mergedRepo.branches, [branchName]: mergedBranch };
        mergePolicy(mergedBranch, branch, `a policy for branch ${branchName} of ${orgName}/${repoName}`, conflicts);
      }
    }
  }
  return { merged, conflicts };
}

function mergePolicy(target: Policy, additional: Policy, what: string, conflicts: string[]): void {
  if (!isPolicySet(additional)) return;
  if (isPolicySet(target)) conflicts.push(what);
  else Object.assign(target, policyOf(additional));
}
