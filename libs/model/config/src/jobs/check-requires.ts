// `requires` between the jobs of one repository. Not upstream's.
import { nearestNames } from '@prow/base-errors';
import type { JobBase, Requiring } from '@prow/model-prowjob';
import { within } from '../finding.ts';
import type { Findings, Source } from '../finding.ts';

type Job = JobBase & Requiring;

/** Every required job must exist, and nobody may, by however many steps, require itself. */
export function checkRequires(jobs: readonly Job[], kind: string, findings: Findings, placeOf: (job: Job) => Source): void {
  const requires = new Map<string, Set<string>>();
  for (const job of jobs) {
    const known = requires.get(job.name) ?? new Set();
    for (const name of job.requires ?? []) known.add(name);
    requires.set(job.name, known);
  }
  for (const job of jobs) {
    for (const [index, name] of (job.requires ?? []).entries()) {
      const place = within(placeOf(job), 'requires', index);
      if (!requires.has(name)) {
        const near = nearestNames(name, requires.keys());
        findings.error('PROW_CONFIG_REQUIRES', `${job.name} requires ${JSON.stringify(name)}, but the repository has no such ${kind}${near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`}`, place);
        continue;
      }
      const way = findWay(name, job.name, requires);
      if (way !== undefined) findings.error('PROW_CONFIG_REQUIRES', `${job.name} requires itself: ${[job.name, ...way].join(' → ')}`, place);
    }
  }
}

/** The shortest way along `requires` from one job to another; undefined where there is none. */
function findWay(from: string, to: string, requires: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const before = new Map<string, string | undefined>([[from, undefined]]);
  const queue = [from];
  for (const name of queue) {
    if (name === to) {
      const way: string[] = [];
      for (let step: string | undefined = name; step !== undefined; step = before.get(step)) way.unshift(step);
      return way;
    }
    for (const next of requires.get(name) ?? []) {
      if (before.has(next)) continue;
      before.set(next, name);
      queue.push(next);
    }
  }
  return undefined;
}
