// Open issues that stop merging. upstream: pkg/tide/blockers/blockers.go
import type { Search } from '@prow/clients-github';
import type { Blocker } from './types.ts';

const maxBranches = 100;

/** Branches that a title names as `branch:NAME` or `branch:"NAME"`; none: the whole repository. */
export function branchesOfTitle(title: string): string[] {
  return [...title.slice(0, 1000).matchAll(/\bbranch:(?:"([^"\s]+)"|([^"\s]+))/g)].slice(0, maxBranches).map(([, quoted, plain]) => quoted ?? plain ?? '');
}

/** By `org/repo`. Nothing is asked without a label or without repositories. */
export async function findBlockers(github: Search, label: string, repositories: readonly string[]): Promise<Map<string, (Blocker & { branches: string[] })[]>> {
  const blockers = new Map<string, (Blocker & { branches: string[] })[]>();
  if (label === '') return blockers;
  for (const org of new Set(repositories.map((name) => name.split('/')[0] ?? ''))) {
    const places = [...new Set(repositories)].filter((name) => name.startsWith(`${org}/`)).map((name) => `repo:"${name}"`);
    for (const issue of await github.searchIssues({ query: `is:issue state:open label:"${label}" ${places.join(' ')}`, org })) {
      const repo = (issue.repository_url ?? '').split('/').slice(-2).join('/');
      blockers.set(repo, [...(blockers.get(repo) ?? []), { number: issue.number, title: issue.title, url: issue.html_url, branches: branchesOfTitle(issue.title) }]);
    }
  }
  return blockers;
}
