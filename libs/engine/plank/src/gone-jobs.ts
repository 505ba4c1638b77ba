// Jobs that somebody deleted, or moved to another build cluster, while their pods ran. To plank they are jobs that are
// over there, until their pods are stopped; what was deleted while no plank ran is sinker's.
import type { Clock } from '@prow/base-time';
import { formatTime, type Pod } from '@prow/model-kube-types';
import { clusterAlias, isComplete, type ProwJob } from '@prow/model-prowjob';
import { isPlanksJob } from './job-reconciler.ts';
import { isLive } from './pod-facts.ts';

/** A pod may be under way to the cache when its job is deleted, and take its time to stop. */
const rememberedMs = 30 * 60_000;
const maxRemembered = 10_000;

export interface GoneJobsOptions {
  /** The job of this name that there is now, wherever. */
  present: (name: string) => ProwJob | undefined;
  /** The pod that is seen where a job runs, if it is the job's. */
  podOf: (prowJob: ProwJob) => Pod | undefined;
  /** Asks for a look at a job at one cluster. */
  look: (alias: string, name: string) => void;
  clock: Clock;
}

export class GoneJobs {
  readonly #options: GoneJobsOptions;
  readonly #jobs = new Map<string, { prowJob: ProwJob; untilMs: number }>();

  constructor(options: GoneJobsOptions) {
    this.#options = options;
  }

  /** Takes a job that is not there any more. Most are deleted because they are over and cleaned up: those need no memory. */
  add(prowJob: ProwJob): void {
    if (isComplete(prowJob) || !isPlanksJob(prowJob)) return;
    const nowMs = this.#options.clock.now();
    for (const [key, { untilMs }] of this.#jobs) {
      if (untilMs > nowMs && this.#jobs.size < maxRemembered) break;
      this.#jobs.delete(key);
    }
    const ended: ProwJob = { ...prowJob, status: { ...prowJob.status, state: 'aborted', completionTime: formatTime(nowMs) } };
    this.#jobs.set(keyOf(clusterAlias(prowJob), prowJob.metadata.name ?? ''), { prowJob: ended, untilMs: nowMs + rememberedMs });
    this.#lookAt(ended);
  }

  /** The job as one that is over. */
  get(alias: string, name: string): ProwJob | undefined {
    return this.#jobs.get(keyOf(alias, name))?.prowJob;
  }

  /** There is a job of this name there again. */
  forget(alias: string, name: string): void {
    this.#jobs.delete(keyOf(alias, name));
  }

  onPod(alias: string, name: string): void {
    const gone = this.get(alias, name);
    if (gone !== undefined) this.#lookAt(gone);
  }

  onCluster(alias: string): void {
    for (const { prowJob } of this.#jobs.values()) if (clusterAlias(prowJob) === alias) this.#lookAt(prowJob);
  }

  #lookAt(gone: ProwJob): void {
    const { present, podOf, look } = this.#options;
    const name = gone.metadata.name ?? '';
    const pod = podOf(gone);
    const now = present(name);
    // Two names of one cluster: the pod is the job's after all.
    if (pod === undefined || !isLive(pod) || (now !== undefined && podOf(now) === pod)) return;
    look(clusterAlias(gone), name);
  }
}

function keyOf(alias: string, name: string): string {
  return `${alias} ${name}`;
}
