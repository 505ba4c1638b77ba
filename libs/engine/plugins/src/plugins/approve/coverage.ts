// Whether the approvals cover what changes, and who could cover the rest. upstream: pkg/plugins/approve/approvers
import type { RepositoryOwners } from '../../ports/owners.ts';

/** One OWNERS that has to agree, with the changed files that are its. */
export interface OwnersGroup {
  /** Folder; for a Markdown file that owns itself, its path. */
  readonly folder: string;
  readonly files: readonly string[];
}

export class Coverage {
  readonly #owners: RepositoryOwners;
  readonly #files: readonly string[];
  readonly #hasFiles: boolean;
  readonly groups: readonly OwnersGroup[];

  constructor(owners: RepositoryOwners, changed: readonly string[]) {
    this.#owners = owners;
    this.#hasFiles = changed.length > 0;
    this.#files = changed.filter((path) => !isExempt(owners, path));
    this.groups = groupByOwners(owners, this.#files);
  }

  /** Approvers of one changed file, any of whom is enough. */
  approversOf(file: string): ReadonlySet<string> {
    return this.#owners.approvers(file);
  }

  /** Every changed file has an approver, and there is at least one. */
  isCovered(approvers: ReadonlySet<string>): boolean {
    return this.#hasFiles && this.#files.every((file) => isCoveredBy(this.#owners, file, approvers));
  }

  isGroupCovered(group: OwnersGroup, approvers: ReadonlySet<string>): boolean {
    return group.files.every((file) => isCoveredBy(this.#owners, file, approvers));
  }

  /** Of these approvers, those who may approve something of the group. */
  approversIn(group: OwnersGroup, approvers: Iterable<string>): string[] {
    return [...approvers].filter((login) => group.files.some((file) => this.#owners.approvers(file).has(login))).sort();
  }

  /**
   * Whom to ask: few people, near the files, who cover what the present approvers do not. Assignees who can cover
   * something that would remain are kept.
   */
  suggest({ approvers, assignees, seed }: { approvers: ReadonlySet<string>; assignees: ReadonlySet<string>; seed: number }): string[] {
    const leaf = this.#groupsByPerson((file) => this.#owners.leafApprovers(file));
    const known = union(approvers, assignees);
    const suggested = this.#keepCovering(leaf, known, shuffled([...leaf.keys()].sort(), seed));
    const full = this.#groupsByPerson((file) => this.#owners.approvers(file));
    const kept = this.#keepCovering(full, union(approvers, suggested), [...union(union(approvers, suggested), assignees)].sort());
    return [...union(suggested, kept)].sort();
  }

  #keepCovering(byPerson: ReadonlyMap<string, ReadonlySet<OwnersGroup>>, known: ReadonlySet<string>, candidates: readonly string[]): Set<string> {
    const open = this.groups.filter((group) => !this.isGroupCovered(group, known));
    const cover = this.#greedyCover(byPerson, candidates);
    return new Set(cover.filter((login) => open.some((group) => byPerson.get(login)?.has(group))));
  }

  /** The one who covers most of what remains, again and again. */
  #greedyCover(byPerson: ReadonlyMap<string, ReadonlySet<OwnersGroup>>, candidates: readonly string[]): string[] {
    const chosen: string[] = [];
    let open = this.groups.filter((group) => group.files.length > 0);
    while (open.length > 0) {
      let best: string | undefined;
      let bestCount = 0;
      for (const login of candidates) {
        const groups = byPerson.get(login);
        const count = groups === undefined ? 0 : open.filter((group) => groups.has(group)).length;
        if (count > bestCount) [best, bestCount] = [login, count];
      }
      if (best === undefined) break;
      chosen.push(best);
      const covered = byPerson.get(best);
      open = open.filter((group) => !covered?.has(group));
    }
    return chosen;
  }

  #groupsByPerson(approversOf: (file: string) => ReadonlySet<string>): Map<string, Set<OwnersGroup>> {
    const byPerson = new Map<string, Set<OwnersGroup>>();
    for (const group of this.groups) {
      for (const login of new Set(group.files.flatMap((file) => [...approversOf(anchorOf(group, file))]))) {
        const groups = byPerson.get(login) ?? new Set();
        groups.add(group);
        byPerson.set(login, groups);
      }
    }
    return byPerson;
  }
}

/** Whom to ask for a group: those of its own OWNERS, not of deeper ones folded into it. */
function anchorOf(group: OwnersGroup, file: string): string {
  return group.folder === file ? file : `${group.folder === '' ? '' : `${group.folder}/`}${file.slice(file.lastIndexOf('/') + 1)}`;
}

function isCoveredBy(owners: RepositoryOwners, file: string, approvers: ReadonlySet<string>): boolean {
  for (const login of owners.approvers(file)) if (approvers.has(login)) return true;
  return false;
}

/** Below an OWNERS that lets subfolders without OWNERS go; files right beside it are not meant. */
function isExempt(owners: RepositoryOwners, path: string): boolean {
  const folder = owners.approversFolder(path);
  return owners.isAutoApproveUnownedSubfolders(folder) && parentOf(path) !== folder && folder !== path;
}

/**
 * One group per OWNERS that decides; those below another in the set are folded into it, for whoever agrees there may
 * agree for them, too. A folder that does without its parents stays by itself.
 */
function groupByOwners(owners: RepositoryOwners, files: readonly string[]): OwnersGroup[] {
  const byFolder = new Map<string, string[]>();
  for (const file of files) {
    const folder = owners.approversFolder(file);
    const present = byFolder.get(folder);
    if (present === undefined) byFolder.set(folder, [file]);
    else present.push(file);
  }
  const groups = new Map<string, string[]>();
  for (const folder of [...byFolder.keys()].sort((a, b) => a.length - b.length)) {
    const own = byFolder.get(folder) ?? [];
    const above = ancestorInSet(owners, folder, byFolder);
    // A file that those above cannot approve is not theirs: filters may leave it out.
    const folded = above === undefined ? [] : own.filter((file) => [...owners.approvers(`${above === '' ? '' : `${above}/`}${baseName(file)}`)].some((login) => owners.approvers(file).has(login)));
    if (above !== undefined) groups.get(rootOf(owners, above, byFolder))?.push(...folded);
    const rest = own.filter((file) => !folded.includes(file));
    if (rest.length > 0 || above === undefined) groups.set(folder, rest);
  }
  return [...groups].map(([folder, own]) => ({ folder, files: own })).sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

function rootOf(owners: RepositoryOwners, folder: string, set: ReadonlyMap<string, unknown>): string {
  let current = folder;
  for (let above = ancestorInSet(owners, current, set); above !== undefined; above = ancestorInSet(owners, current, set)) current = above;
  return current;
}

function ancestorInSet(owners: RepositoryOwners, folder: string, set: ReadonlyMap<string, unknown>): string | undefined {
  let current = folder;
  while (current !== '') {
    if (owners.isNoParentOwners(current)) return undefined;
    current = parentOf(current);
    if (set.has(current)) return current;
  }
  return undefined;
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function union(one: ReadonlySet<string>, other: ReadonlySet<string>): Set<string> {
  return new Set([...one, ...other]);
}

/** The same order for the same pull request, another for the next, so that the asking is spread. */
function shuffled(logins: readonly string[], seed: number): string[] {
  const result = [...logins];
  let state = (seed * 2654435761) >>> 0;
  for (let index = result.length - 1; index > 0; index -= 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = state % (index + 1);
    const [a, b] = [result[index], result[other]];
    if (a !== undefined && b !== undefined) [result[index], result[other]] = [b, a];
  }
  return result;
}
