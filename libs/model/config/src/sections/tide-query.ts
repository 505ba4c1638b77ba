// Which pull requests tide merges. upstream: TideQuery in pkg/config/tide.go
import { bool, doc, list, struct, text } from '@prow/base-schema';
import type { TypeOf } from '@prow/base-schema';
import { within } from '../finding.ts';
import type { Findings, Source } from '../finding.ts';

export const tideQueryShape = struct('TideQuery', {
  author: text,
  labels: doc('All of these; `a,b` is either', list(text)),
  missingLabels: doc('None of these', list(text)),
  excludedBranches: list(text),
  includedBranches: list(text),
  milestone: text,
  reviewApprovedRequired: bool,
  orgs: list(text),
  repos: doc('org/repo', list(text)),
  excludedRepos: doc('org/repo, of the orgs', list(text)),
});
export type TideQuery = TypeOf<typeof tideQueryShape>;

export function checkTideQuery(query: TideQuery, findings: Findings, where: Source): void {
  const orgs = new Set(query.orgs);
  for (const [index, org] of (query.orgs ?? []).entries()) {
    const place = within(where, 'orgs', index);
    if (org === '') findings.error('PROW_CONFIG_VALUE', 'orgs must not hold an empty name', place);
    if (org.includes('/')) findings.error('PROW_CONFIG_VALUE', `${JSON.stringify(org)} is not an org; repositories go to repos`, place);
  }
  for (const [index, repo] of (query.repos ?? []).entries()) {
    const place = within(where, 'repos', index);
    const org = orgOf(repo);
    if (org === undefined) findings.error('PROW_CONFIG_VALUE', `${JSON.stringify(repo)} is not of the form org/repo`, place);
    else if (orgs.has(org)) findings.error('PROW_CONFIG_DUPLICATE', `${repo} is already included by the org ${org}`, place);
  }
  if ((query.orgs ?? []).length === 0 && (query.repos ?? []).length === 0) {
    findings.error('PROW_CONFIG_MISSING', 'a query needs orgs or repos', where);
  }
  for (const [index, repo] of (query.excludedRepos ?? []).entries()) {
    const place = within(where, 'excludedRepos', index);
    const org = orgOf(repo);
    if (org === undefined) findings.error('PROW_CONFIG_VALUE', `${JSON.stringify(repo)} is not of the form org/repo`, place);
    else if (!orgs.has(org)) findings.error('PROW_CONFIG_VALUE', `excluding ${repo} has no effect: the org ${org} is not included`, place);
  }
  for (const key of ['orgs', 'repos', 'excludedRepos', 'labels', 'missingLabels', 'includedBranches', 'excludedBranches'] as const) {
    checkDuplicates(query[key] ?? [], key, findings, where);
  }
  const contradictory = (query.labels ?? []).filter((label) => query.missingLabels?.includes(label));
  if (contradictory.length > 0) {
    findings.error('PROW_CONFIG_EXCLUSIVE', `labels both required and forbidden: ${contradictory.join(', ')}`, within(where, 'labels'));
  }
  if ((query.includedBranches ?? []).length > 0 && (query.excludedBranches ?? []).length > 0) {
    findings.error('PROW_CONFIG_EXCLUSIVE', 'includedBranches and excludedBranches exclude one another', within(where, 'excludedBranches'));
  }
}

function orgOf(repo: string): string | undefined {
  const [org = '', name = '', ...rest] = repo.split('/');
  return org === '' || name === '' || rest.length > 0 ? undefined : org;
}

function checkDuplicates(values: readonly string[], key: string, findings: Findings, where: Source): void {
  for (const [index, value] of values.entries()) {
    if (values.indexOf(value) !== index) findings.error('PROW_CONFIG_DUPLICATE', `${key} holds ${JSON.stringify(value)} twice`, within(where, key, index));
  }
}

/** Whether a query asks for a repository. upstream: TideQuery.ForRepo */
export function queryIsForRepo(query: TideQuery, org: string, repo: string): boolean {
  const name = `${org}/${repo}`;
  if (query.orgs?.includes(org) === true) return query.excludedRepos?.includes(name) !== true;
  return query.repos?.includes(name) === true;
}

// The parts of a search that do not name repositories.
function conditions(query: TideQuery): string {
  const labels = (query.labels ?? []).map((label) => `label:${label.split(',').map((part) => `"${part}"`).join(',')}`);
  return [
    'is:pr', 'state:open', 'archived:false',
    ...(query.author === undefined ? [] : [`author:"${query.author}"`]),
    ...(query.excludedBranches ?? []).map((branch) => `-base:"${branch}"`),
    ...(query.includedBranches ?? []).map((branch) => `base:"${branch}"`),
    ...labels,
    ...(query.missingLabels ?? []).map((label) => `-label:"${label}"`),
    ...(query.milestone === undefined ? [] : [`milestone:"${query.milestone}"`]),
    ...(query.reviewApprovedRequired === true ? ['review:approved'] : []),
  ].join(' ');
}

function places(query: TideQuery): Map<string, string[]> {
  const byOrg = new Map<string, string[]>();
  for (const org of query.orgs ?? []) if (!byOrg.has(org)) byOrg.set(org, [`org:"${org}"`]);
  const add = (repo: string, prefix: string) => {
    const org = orgOf(repo);
    if (org === undefined) return;
    byOrg.set(org, [...(byOrg.get(org) ?? []), `${prefix}repo:"${repo}"`]);
  };
  for (const repo of query.repos ?? []) add(repo, '');
  for (const repo of query.excludedRepos ?? []) add(repo, '-');
  return byOrg;
}

/** The search string, over all organisations. upstream: TideQuery.Query */
export function tideQuerySearch(query: TideQuery): string {
  return [conditions(query), ...[...places(query).values()].flat()].join(' ');
}

/** A search string for each organisation: what a GitHub App can ask. upstream: TideQuery.OrgQueries */
export function tideQueryOrgSearches(query: TideQuery): Record<string, string> {
  const common = conditions(query);
  return Object.fromEntries([...places(query)].map(([org, parts]) => [org, [common, ...parts].join(' ')]));
}
