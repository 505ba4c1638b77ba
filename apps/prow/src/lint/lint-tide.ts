// tide's queries and context policies, as far as they can be judged without plugins.
import { contextPolicyFor } from '@prow/model-config';
import type { BranchProtection, Findings, Policy, ProwConfig, TideQuery } from '@prow/model-config';
import type { LintContext } from './lint.ts';
import { OrgRepoSet } from './org-repo-set.ts';

export function lintTide(config: ProwConfig, findings: Findings, context: LintContext): void {
  const queries = config.tide.queries ?? [];
  const at = (...path: readonly (string | number)[]) => ({ ...(context.configFile === undefined ? {} : { file: context.configFile }), path });
  for (const query of queries) {
    if (query.labels?.includes('lgtm') === true && query.missingLabels?.includes('needs-ok-to-test') === true) {
      findings.warning('PROW_CHECK_NEEDS_OK_TO_TEST', `a query for ${queryTarget(query)} asks for lgtm and forbids needs-ok-to-test: lgtm makes the tests run anyway`, at('tide', 'queries'));
    }
  }
  lintStrictBranches(config['branch-protection'], queries, findings, at);
  for (const [orgRepo, jobs] of Object.entries(config.presubmits)) {
    const [org = '', repo = '', ...rest] = orgRepo.split('/');
    if (repo === '' || rest.length > 0) continue;
    const branches = new Set(jobs.flatMap((job) => job.branches ?? []));
    for (const branch of branches.size === 0 ? ['master'] : branches) {
      const { error } = contextPolicyFor(config, org, repo, branch, jobs);
      if (error !== undefined) findings.warning('PROW_CHECK_CONTEXT_CONFLICT', `tide cannot judge ${orgRepo}, branch ${branch}: ${error}`, at('tide', 'context_options'));
    }
  }
  const webhooks = Object.keys(config.managed_webhooks?.org_repo_config ?? {});
  for (const key of webhooks) {
    if (key.includes('/') && webhooks.includes(key.split('/')[0] ?? '')) {
      findings.warning('PROW_CHECK_DUPLICATE_WEBHOOK', `${key} has a webhook by itself and one by its org: events would come twice`, at('managed_webhooks', 'org_repo_config', key));
    }
  }
}

export function queryTarget(query: TideQuery): string {
  const targets = [...(query.orgs ?? []), ...(query.repos ?? [])];
  return targets.length > 3 ? `${targets.slice(0, 3).join(', ')} and ${targets.length - 3} more` : targets.join(', ');
}

/** All repositories of some queries; an org's exception counts only if all of the org's queries make it. */
export function reposOfQueries(queries: readonly TideQuery[]): OrgRepoSet {
  const orgs = new Map<string, Set<string>>();
  for (const query of queries) {
    for (const org of query.orgs ?? []) {
      const exceptions = (query.excludedRepos ?? []).filter((repo) => repo.startsWith(`${org}/`));
      const known = orgs.get(org);
      orgs.set(org, new Set(known === undefined ? exceptions : exceptions.filter((repo) => known.has(repo))));
    }
  }
  const repos = new Set(queries.flatMap((query) => query.repos ?? []));
  for (const exceptions of orgs.values()) for (const repo of repos) exceptions.delete(repo);
  return new OrgRepoSet(orgs, repos);
}

// "Strict" asks each pull request to be up to date with its base: tide would never merge two in a row.
function lintStrictBranches(protection: BranchProtection, queries: readonly TideQuery[], findings: Findings, at: (...path: string[]) => { path: readonly (string | number)[] }): void {
  if (queries.length === 0) return;
  const strict = (policy: Policy): boolean => policy.required_status_checks?.strict === true && policy.protect !== false;
  const merged = reposOfQueries(queries);
  const warn = (what: string, ...path: string[]): void => findings.warning('PROW_CHECK_STRICT_PROTECTION', `required_status_checks.strict for ${what}, whose pull requests tide merges: each would have to be brought up to date before`, at('branch-protection', ...path));
  if (strict(protection)) {
    warn('all');
    return;
  }
  for (const [orgName, org] of Object.entries(protection.orgs ?? {})) {
    if (strict(org) && merged.orgs.has(orgName)) warn(orgName, 'orgs', orgName);
    for (const [repoName, repo] of Object.entries(org.repos ?? {})) {
      const isStrict = strict(repo) || Object.values(repo.branches ?? {}).some(strict);
      if (isStrict && merged.has(`${orgName}/${repoName}`)) warn(`${orgName}/${repoName}`, 'orgs', orgName, 'repos', repoName);
    }
  }
}
