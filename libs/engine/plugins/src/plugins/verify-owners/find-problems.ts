import type { RepositoryOwners } from '../../ports/owners.ts';

export interface Problem {
  readonly path: string;
  readonly message: string;
}

export interface ProblemQuery {
  readonly owners: RepositoryOwners;
  /** OWNERS and OWNERS_ALIASES that change. */
  readonly files: readonly string[];
  readonly ownersFile: string;
  readonly labelsDenylist: readonly string[];
}

/** What is wrong with changed OWNERS: they cannot be read, name labels that only people may give, or leave the root without approvers. */
export function findProblems({ owners, files, ownersFile, labelsDenylist }: ProblemQuery): Problem[] {
  const denied = new Set(labelsDenylist.map((label) => label.toLowerCase()));
  return files.flatMap((path): Problem[] => {
    const unreadable = owners.problems.find((problem) => problem.path === path);
    if (unreadable !== undefined) return [{ path, message: `This cannot be read: ${unreadable.message}` }];
    if (path !== ownersFile && !path.endsWith(`/${ownersFile}`)) return [];
    const folder = path.slice(0, Math.max(0, path.length - ownersFile.length - 1));
    const labels = [...owners.labelsInFolder(folder)].filter((label) => denied.has(label.toLowerCase()));
    if (labels.length > 0) return [{ path, message: `These labels must not be set by OWNERS: ${labels.join(', ')}.` }];
    if (folder === '' && owners.topLevelApprovers().size === 0) return [{ path, message: `The OWNERS of the root has no approvers, and nobody else could approve what has no OWNERS of its own.` }];
    return [];
  });
}
