import type { RepositoryOwners } from '../../ports/owners.ts';

export interface ChoiceRules {
  readonly count: number;
  /** 0: no limit. */
  readonly maxCount: number;
  readonly excludesApprovers: boolean;
  /** Lower case: the author, and whoever is not to be asked. */
  readonly excluded: ReadonlySet<string>;
  /** 0 up to 1, the same for the same delivery: who comes first is left to chance, but not twice. */
  readonly random: () => number;
}

/**
 * Reviewers for a change: one near each changed file, then others who review it, then its approvers, until there are
 * enough; and all that OWNERS require. upstream: pkg/plugins/blunderbuss/blunderbuss.go getReviewers
 */
export function chooseReviewers(owners: RepositoryOwners, paths: readonly string[], rules: ChoiceRules): { chosen: string[]; required: string[] } {
  const chosen = new Set<string>();
  const add = (candidates: Iterable<string>, limit: number): void => {
    const open = [...candidates].filter((login) => !rules.excluded.has(login) && !chosen.has(login)).sort();
    for (let taken = 0; taken < limit && open.length > 0 && chosen.size < rules.count; taken += 1) {
      const [login] = open.splice(Math.floor(rules.random() * open.length), 1);
      if (login !== undefined) chosen.add(login);
    }
  };
  const addFrom = (of: (path: string) => ReadonlySet<string>, limit: number): void => {
    for (const path of paths) if (chosen.size < rules.count) add(of(path), limit);
  };
  addFrom((path) => owners.leafReviewers(path), 1);
  addFrom((path) => owners.reviewers(path), rules.count);
  if (!rules.excludesApprovers) {
    addFrom((path) => owners.leafApprovers(path), rules.count);
    addFrom((path) => owners.approvers(path), rules.count);
  }
  const required = [...new Set(paths.flatMap((path) => [...owners.requiredReviewers(path)]))].filter((login) => !rules.excluded.has(login));
  const limit = rules.maxCount > 0 ? rules.maxCount : chosen.size;
  return { chosen: [...chosen].slice(0, limit), required };
}
