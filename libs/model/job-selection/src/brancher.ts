// On which branches a job runs. upstream: Brancher in pkg/config/jobs.go
import { compileRegex } from '@prow/base-regex';
import type { Regex } from '@prow/base-regex';
import type { Brancher } from '@prow/model-prowjob';

interface CompiledBrancher {
  readonly branches: Regex | undefined;
  readonly skipBranches: Regex | undefined;
}

const compiled = new WeakMap<Brancher, CompiledBrancher>();

function compile(brancher: Brancher): CompiledBrancher {
  let known = compiled.get(brancher);
  if (known === undefined) {
    known = { branches: compileAny(brancher.branches), skipBranches: compileAny(brancher.skip_branches) };
    compiled.set(brancher, known);
  }
  return known;
}

// Upstream joins the expressions; one that breaks out of its alternative is as surprising there.
function compileAny(sources: readonly string[] | undefined): Regex | undefined {
  return sources === undefined || sources.length === 0 ? undefined : compileRegex(sources.join('|'));
}

export function runsAgainstAllBranches(brancher: Brancher): boolean {
  return (brancher.branches ?? []).length === 0 && (brancher.skip_branches ?? []).length === 0;
}

/** Whether a job may run on a branch; `skip_branches` wins over `branches`. */
export function runsAgainstBranch(brancher: Brancher, branch: string): boolean {
  if (runsAgainstAllBranches(brancher)) return true;
  const { branches, skipBranches } = compile(brancher);
  if (skipBranches?.test(branch) === true) return false;
  return branches === undefined || branches.test(branch);
}

/** Whether two jobs can meet on a branch, as far as can be told from the expressions as names. */
export function branchersIntersect(one: Brancher, other: Brancher): boolean {
  if (runsAgainstAllBranches(one) || runsAgainstAllBranches(other)) return true;
  const mine = one.branches ?? [];
  const theirs = other.branches ?? [];
  if (mine.length > 0) {
    if (theirs.length > 0) return mine.some((branch) => theirs.includes(branch));
    return mine.some((branch) => runsAgainstBranch(other, branch));
  }
  return theirs.length === 0 || branchersIntersect(other, one);
}
