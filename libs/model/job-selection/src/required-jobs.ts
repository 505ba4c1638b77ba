// `requires`: which jobs go with a selection because those in it require them. Not upstream's.
import type { Postsubmit, Presubmit } from '@prow/model-prowjob';
import { runsAgainstBranch } from './brancher.ts';

export interface RequiredJob<Job> {
  readonly job: Job;
  /** Name of the job that requires it. */
  readonly by: string;
}

/** Jobs that the given ones require, and those that these require, without the given ones. What does not run against the branch is left out. */
export function jobsRequiredBy<Job extends Presubmit | Postsubmit>(jobs: readonly Job[], all: readonly Job[], branch: string): RequiredJob<Job>[] {
  const known = new Set(jobs.map(({ name }) => name));
  const found: RequiredJob<Job>[] = [];
  const open = [...jobs];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    for (const name of next.requires ?? []) {
      const job = known.has(name) ? undefined : all.find((each) => each.name === name && runsAgainstBranch(each, branch));
      if (job === undefined) continue;
      known.add(name);
      found.push({ job, by: next.name });
      open.push(job);
    }
  }
  return found;
}
