// What must hold at every moment of a run, and at its end.
import { isComplete, type ProwJob } from '@prow/model-prowjob';
import type { Pod } from '@prow/model-kube-types';

export interface Violation {
  rule: string;
  detail: string;
}

/** Watches every write to the APIs. */
export class Invariants {
  readonly violations: Violation[] = [];
  /** Jobs that somebody edited or deleted by hand, or whose pod somebody deleted. */
  readonly meddledWith = new Set<string>();
  readonly podsCreated = new Map<string, number>();
  readonly podsLost = new Map<string, number>();
  readonly testsRun = new Map<string, number>();

  note(rule: string, detail: string): void {
    if (this.violations.length < 20) this.violations.push({ rule, detail });
  }

  onProwJobWrite(previous: ProwJob | undefined, current: ProwJob): void {
    const name = current.metadata.name ?? '';
    if (previous === undefined || !isComplete(previous) || this.meddledWith.has(name)) return;
    if (previous.status.state !== current.status.state || previous.status.completionTime !== current.status.completionTime) {
      this.note('one terminal state per job', `${name}: ${previous.status.state ?? ''} became ${current.status.state ?? ''}`);
    }
  }

  onPodCreated(pod: Pod, live: readonly { pod: Pod; prowJob: ProwJob }[], limits: { global: number; queues: Readonly<Record<string, number>> }): void {
    const name = pod.metadata.name ?? '';
    count(this.podsCreated, name);
    const allowed = 1 + (this.podsLost.get(name) ?? 0);
    if ((this.podsCreated.get(name) ?? 0) > allowed && !this.meddledWith.has(name)) this.note('no job started twice', `${name}: pod ${this.podsCreated.get(name) ?? 0} after ${allowed - 1} losses`);
    checkLimit(this, 'all', live.length, limits.global);
    const own = live.find(({ prowJob }) => prowJob.metadata.name === name)?.prowJob;
    if (own === undefined) return;
    checkLimit(this, `job ${own.spec.job}`, live.filter(({ prowJob }) => prowJob.spec.job === own.spec.job).length, own.spec.max_concurrency ?? 0);
    const queue = own.spec.job_queue_name ?? '';
    if (queue !== '') checkLimit(this, `queue ${queue}`, live.filter(({ prowJob }) => prowJob.spec.job_queue_name === queue).length, limits.queues[queue] ?? 0);
  }

  onTestRan(pod: Pod): void {
    const name = pod.metadata.name ?? '';
    count(this.testsRun, name);
    // A pod deleted by hand may take the only trace of its result with it.
    if ((this.testsRun.get(name) ?? 0) > 1 && !this.meddledWith.has(name)) this.note('no test runs to its end twice', name);
  }

  onPodLost(pod: Pod): void {
    count(this.podsLost, pod.metadata.name ?? '');
  }
}

function checkLimit(invariants: Invariants, what: string, running: number, limit: number): void {
  if (limit > 0 && running > limit) invariants.note('limits are never exceeded', `${what}: ${running} of ${limit}`);
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
