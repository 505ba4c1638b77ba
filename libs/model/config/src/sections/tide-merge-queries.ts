// Queries that ask the same of different repositories become one: each costs a search.
// upstream: deduplicateTideQueries in pkg/config/config.go
import type { ProwJobDefault } from '@prow/model-prowjob';
import { defaultTenantId } from '@prow/model-prowjob';
import { compareBytes } from './branch-protection.ts';
import { entryMatches } from './default-entries.ts';
import type { DefaultEntry } from './default-entries.ts';
import type { TideQuery } from './tide-query.ts';

interface TenantSource {
  readonly prowjob_default_entries?: readonly (DefaultEntry & { config?: ProwJobDefault })[];
}

export function mergeEqualQueries(queries: readonly TideQuery[], tenants: TenantSource): TideQuery[] {
  const merged = new Map<string, TideQuery>();
  for (const query of queries) {
    const { orgs, repos, excludedRepos, ...conditions } = query;
    const sorted = sortLists(conditions);
    const key = JSON.stringify([sorted, tenantsOf(query, tenants)]);
    const known = merged.get(key);
    if (known === undefined) merged.set(key, { ...sorted, ...lists({ orgs, repos, excludedRepos }) });
    else {
      merged.set(key, {
        ...known,
        ...lists({
          orgs: [...(known.orgs ?? []), ...(orgs ?? [])],
          repos: [...(known.repos ?? []), ...(repos ?? [])],
          excludedRepos: [...(known.excludedRepos ?? []), ...(excludedRepos ?? [])],
        }),
      });
    }
  }
  return [...merged.values()].map((query) => ({ query, text: goJson(query) })).toSorted((a, b) => compareBytes(a.text, b.text)).map(({ query }) => query);
}

function lists(entries: Pick<TideQuery, 'orgs' | 'repos' | 'excludedRepos'>): Pick<TideQuery, 'orgs' | 'repos' | 'excludedRepos'> {
  return Object.fromEntries(Object.entries(entries).filter(([, list]) => list !== undefined && list.length > 0));
}

function sortLists(conditions: TideQuery): TideQuery {
  return Object.fromEntries(fieldOrder
    .filter((key) => conditions[key] !== undefined)
    .map((key) => {
      const value = conditions[key];
      return [key, Array.isArray(value) ? value.toSorted(compareBytes) : value];
    }));
}

// The order of fields in upstream's type decides the order of queries.
const fieldOrder = [
  'author', 'labels', 'missingLabels', 'excludedBranches', 'includedBranches', 'milestone', 'reviewApprovedRequired', 'orgs', 'repos', 'excludedRepos',
] as const satisfies readonly (keyof TideQuery)[];

// Go's encoder also escapes the characters that matter in HTML.
function goJson(query: TideQuery): string {
  const ordered = Object.fromEntries(fieldOrder.filter((key) => query[key] !== undefined).map((key) => [key, query[key]]));
  return JSON.stringify(ordered).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Tenants of a query's repositories: queries of different tenants stay apart. */
function tenantsOf(query: TideQuery, source: TenantSource): string[] {
  const tenants = new Set<string>();
  for (const repo of [...(query.orgs ?? []), ...(query.repos ?? [])]) {
    const matching = (source.prowjob_default_entries ?? []).filter((entry) => entryMatches(entry, repo, '*'));
    tenants.add(matching.findLast((entry) => entry.config?.tenant_id !== undefined)?.config?.tenant_id ?? defaultTenantId);
  }
  return [...tenants].toSorted(compareBytes);
}
