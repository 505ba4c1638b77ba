// Sets of repositories given by orgs (with exceptions) and by name. upstream: orgRepoConfig in cmd/checkconfig

export class OrgRepoSet {
  /** An org's repositories but these, as `org/repo`. */
  readonly orgs: ReadonlyMap<string, ReadonlySet<string>>;
  readonly repos: ReadonlySet<string>;

  constructor(orgs: Iterable<readonly [string, Iterable<string>]>, repos: Iterable<string>) {
    this.orgs = new Map([...orgs].map(([org, exceptions]) => [org, new Set(exceptions)]));
    this.repos = new Set(repos);
  }

  has(repo: string): boolean {
    return this.repos.has(repo) || this.orgs.get(orgOf(repo))?.has(repo) === false;
  }

  /** What is here and not there. */
  minus(other: OrgRepoSet): OrgRepoSet {
    const orgs: [string, Set<string>][] = [];
    const repos = new Set(this.repos);
    for (const [org, exceptions] of this.orgs) {
      const theirs = other.orgs.get(org);
      if (theirs === undefined) orgs.push([org, new Set([...exceptions, ...[...other.repos].filter((repo) => orgOf(repo) === org)])]);
      // Of a whole org on both sides, what they leave out is left.
      else for (const repo of theirs) if (!exceptions.has(repo)) repos.add(repo);
    }
    return new OrgRepoSet(orgs, [...repos].filter((repo) => !other.has(repo)));
  }

  and(other: OrgRepoSet): OrgRepoSet {
    const orgs: [string, Set<string>][] = [];
    for (const [org, exceptions] of this.orgs) {
      const theirs = other.orgs.get(org);
      if (theirs !== undefined) orgs.push([org, new Set([...exceptions, ...theirs])]);
    }
    const repos = [...[...this.repos].filter((repo) => other.has(repo)), ...[...other.repos].filter((repo) => this.has(repo))];
    return new OrgRepoSet(orgs, repos);
  }

  or(other: OrgRepoSet): OrgRepoSet {
    const orgs = [...new Set([...this.orgs.keys(), ...other.orgs.keys()])].map((org) => {
      const exceptions = [...(this.orgs.get(org) ?? []), ...(other.orgs.get(org) ?? [])];
      return [org, exceptions.filter((repo) => !this.has(repo) && !other.has(repo))] as const;
    });
    const whole = new OrgRepoSet(orgs, []);
    return new OrgRepoSet(orgs, [...this.repos, ...other.repos].filter((repo) => !whole.has(repo)));
  }

  isEmpty(): boolean {
    return this.orgs.size === 0 && this.repos.size === 0;
  }

  toString(): string {
    const orgs = [...this.orgs].map(([org, exceptions]) => (exceptions.size === 0 ? org : `${org} (but ${[...exceptions].toSorted().join(', ')})`));
    return [...orgs.toSorted(), ...[...this.repos].toSorted()].join(', ');
  }
}

function orgOf(repo: string): string {
  return repo.split('/')[0] ?? '';
}
