// Jobs that somebody deleted while their pods ran. To plank they are jobs that are over, until their pods are stopped;
// what was deleted while no plank ran is sinker's, which knows orphans by a grace of theirs.
import { formatTime } from '@prow/model-kube-types';
import { isComplete, type ProwJob } from '@prow/model-prowjob';

/** A pod may be under way to the cache when its job is deleted, and take its time to stop. */
const rememberedMs = 30 * 60_000;
const maxRemembered = 10_000;

export class GoneJobs {
  readonly #jobs = new Map<string, { prowJob: ProwJob; untilMs: number }>();

  /** Most jobs are deleted because they are over and long since cleaned up: those need no memory. */
  remember(prowJob: ProwJob, nowMs: number): boolean {
    if (isComplete(prowJob)) return false;
    for (const [name, { untilMs }] of this.#jobs) {
      if (untilMs > nowMs && this.#jobs.size < maxRemembered) break;
      this.#jobs.delete(name);
    }
    const ended: ProwJob = { ...prowJob, status: { ...prowJob.status, state: 'aborted', completionTime: formatTime(nowMs) } };
    this.#jobs.set(prowJob.metadata.name ?? '', { prowJob: ended, untilMs: nowMs + rememberedMs });
    return true;
  }

  /** The job as one that is over. */
  get(name: string): ProwJob | undefined {
    return this.#jobs.get(name)?.prowJob;
  }

  list(): ProwJob[] {
    return [...this.#jobs.values()].map(({ prowJob }) => prowJob);
  }

  /** There is a job of this name again. */
  forget(name: string): void {
    this.#jobs.delete(name);
  }
}
