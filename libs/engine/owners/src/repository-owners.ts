import type { OwnersFile, OwnersRule } from './parse-owners.ts';

type People = 'approvers' | 'reviewers' | 'requiredReviewers';

export interface OwnersProblem {
  readonly path: string;
  readonly message: string;
}

/** OWNERS of one commit. Paths have no leading slash; '' is the root. upstream: pkg/repoowners RepoOwner */
export class RepositoryOwners {
  readonly problems: readonly OwnersProblem[];
  /** By folder; by path for Markdown files that carry their own. */
  readonly #files: ReadonlyMap<string, OwnersFile>;
  /** Logins GitHub lets take part; undefined: everybody. */
  readonly #allowed: ReadonlySet<string> | undefined;

  constructor({ files, allowed, problems }: { files: ReadonlyMap<string, OwnersFile>; allowed: ReadonlySet<string> | undefined; problems: readonly OwnersProblem[] }) {
    this.#files = files;
    this.#allowed = allowed;
    this.problems = problems;
  }

  approvers(path: string): Set<string> {
    return this.#people(path, 'approvers', false);
  }

  leafApprovers(path: string): Set<string> {
    return this.#people(path, 'approvers', true);
  }

  reviewers(path: string): Set<string> {
    return this.#people(path, 'reviewers', false);
  }

  leafReviewers(path: string): Set<string> {
    return this.#people(path, 'reviewers', true);
  }

  requiredReviewers(path: string): Set<string> {
    return this.#people(path, 'requiredReviewers', false);
  }

  labels(path: string): Set<string> {
    const found = new Set<string>();
    for (const folder of foldersUp(path)) for (const rule of this.#rulesIn(folder, path)) for (const label of rule.labels) found.add(label);
    return found;
  }

  /** Labels that the OWNERS of one folder names itself. */
  labelsInFolder(folder: string): Set<string> {
    return new Set((this.#files.get(folder)?.rules ?? []).flatMap(({ labels }) => labels));
  }

  /** The folder whose approvers decide about a file; '' when none above has any either. */
  approversFolder(path: string): string {
    return this.#folderOf(path, 'approvers');
  }

  reviewersFolder(path: string): string {
    return this.#folderOf(path, 'reviewers');
  }

  isNoParentOwners(folder: string): boolean {
    return this.#files.get(folder)?.isNoParentOwners ?? false;
  }

  isAutoApproveUnownedSubfolders(folder: string): boolean {
    return this.#files.get(folder)?.isAutoApproveUnownedSubfolders ?? false;
  }

  topLevelApprovers(): Set<string> {
    const root = this.#files.get('');
    return new Set((root?.rules ?? []).filter(({ pattern }) => pattern === undefined).flatMap(({ approvers }) => this.#filter(approvers)));
  }

  everyone(): Set<string> {
    const all = new Set<string>();
    for (const { rules } of this.#files.values()) {
      for (const rule of rules) for (const login of [...rule.approvers, ...rule.reviewers]) all.add(login);
    }
    return all;
  }

  #people(path: string, kind: People, isLeafOnly: boolean): Set<string> {
    const found = new Set<string>();
    for (const folder of foldersUp(path)) {
      for (const rule of this.#rulesIn(folder, path)) {
        // Required reviewers need not be collaborators to be named.
        for (const login of kind === 'requiredReviewers' ? rule.requiredReviewers : this.#filter(rule[kind])) found.add(login);
      }
      if (found.size > 0 && (isLeafOnly || this.isNoParentOwners(folder))) break;
    }
    return found;
  }

  #folderOf(path: string, kind: 'approvers' | 'reviewers'): string {
    for (const folder of foldersUp(path)) {
      if (this.#rulesIn(folder, path).some((rule) => this.#filter(rule[kind]).length > 0)) return folder;
    }
    return '';
  }

  /** Rules of one folder that apply to a file below it. */
  #rulesIn(folder: string, path: string): OwnersRule[] {
    const relative = folder === '' ? path : path.slice(folder.length + 1);
    return (this.#files.get(folder)?.rules ?? []).filter(({ pattern }) => pattern === undefined || pattern.test(relative));
  }

  #filter(logins: readonly string[]): readonly string[] {
    const allowed = this.#allowed;
    return allowed === undefined ? logins : logins.filter((login) => allowed.has(login));
  }
}

/** The path itself (a Markdown file may own itself), its folder, and all above. */
function* foldersUp(path: string): Generator<string> {
  let current = path;
  yield current;
  while (current !== '') {
    const slash = current.lastIndexOf('/');
    current = slash < 0 ? '' : current.slice(0, slash);
    yield current;
  }
}
