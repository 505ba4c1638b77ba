// Defaults by repository and cluster: all entries that match apply, later ones over earlier ones.
// upstream: matches and the Default…Entry types in pkg/config/config.go

export interface DefaultEntry {
  repo?: string;
  cluster?: string;
}

/** Empty and `*` match all; a repository is matched by itself or by its org. Not a regular expression. */
export function entryMatches(entry: DefaultEntry, repo: string, cluster: string): boolean {
  const wantedCluster = entry.cluster ?? '';
  if (wantedCluster !== '' && wantedCluster !== '*' && wantedCluster !== cluster) return false;
  const wantedRepo = entry.repo ?? '';
  if (wantedRepo === '' || wantedRepo === '*' || wantedRepo === repo) return true;
  const bare = repo.replace(/^https?:\/\//, '');
  return wantedRepo === bare || wantedRepo === bare.split('/')[0];
}

/** The old form, a map by `*`, org and org/repo, as entries: from the widest to the narrowest. */
export function entriesOfMap<T>(map: Readonly<Record<string, T>>): { repo: string; value: T }[] {
  const rank = (key: string) => (key === '' ? 0 : key === '*' ? 1 : key.includes('/') ? 3 : 2);
  return Object.entries(map)
    .toSorted(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(([repo, value]) => ({ repo, value }));
}
