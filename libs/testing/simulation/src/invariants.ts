// What must hold at every moment of a run, and at its end.
import { isComplete, requiresAnnotation, type ProwJob } from '@prow/model-prowjob';
import type { Clock } from '@prow/base-time';
import type { Pod } from '@prow/model-kube-types';

export interface Violation {
  rule: string;
  detail: string;
}

/** More than a few slow calls take. */
const lateMs = 30_000;

/** All that is there when a pod is created. */
export interface Moment {
  live: readonly { pod: Pod; prowJob: ProwJob }[];
  prowJobs: readonly ProwJob[];
  /** The limits that hold. */
  global: number;
  queues: Readonly<Record<string, number>>;
}

/** Watches every write to the APIs. */
export class Invariants {
  readonly violations: Violation[] = [];
  /** Jobs that somebody edited or deleted by hand, or whose pod somebody deleted. */
  readonly meddledWith = new Set<string>();
  /** Jobs that somebody deleted, as they were. */
  readonly deleted: ProwJob[] = [];
  readonly podsCreated = new Map<string, number>();
  readonly podsLost = new Map<string, number>();
  readonly testsRun = new Map<string, number>();
  /** Since when each job is plank's: no scheduler holds it. */
  readonly #scheduledAtMs = new Map<string, number>();
  readonly #outOfMemory = new Set<string>();
  readonly #ranAtMs = new Map<string, number>();
  readonly #clock: Clock;
  /** What is known may be minutes old: a process stood still, or a cluster was cut off. */
  mayBeLate = false;

  readonly #maxRevivals: number;

  constructor({ clock, maxRevivals }: { clock: Clock; maxRevivals: number }) {
    this.#clock = clock;
    this.#maxRevivals = maxRevivals;
  }

  note(rule: string, detail: string): void {
    if (this.violations.length < 20) this.violations.push({ rule, detail });
  }

  /** @param others all jobs, the written one included */
  onProwJobWrite(previous: ProwJob | undefined, current: ProwJob, others: () => readonly ProwJob[]): void {
    const name = current.metadata.name ?? '';
    if (previous === undefined && current.spec.type === 'periodic') {
      const running = others().filter((other) => other.spec.job === current.spec.job && other.metadata.name !== name && !isComplete(other));
      if (running.length > 0) this.note('no two runs of a periodic job at once', `${name}: ${running.map((other) => other.metadata.name ?? '').join(', ')}`);
    }
    if (current.status.state !== 'scheduling' && !this.#scheduledAtMs.has(name)) this.#scheduledAtMs.set(name, this.#clock.now());
    const revivals = current.status.pod_revival_count ?? 0;
    if (revivals > this.#maxRevivals) this.note('lost pods are replaced so many times', `${name}: ${revivals} of ${this.#maxRevivals}`);
    if (previous !== undefined && !isComplete(previous)) this.#onEnd(current);
    if (previous === undefined || !isComplete(previous) || this.meddledWith.has(name)) return;
    if (previous.status.state !== current.status.state || previous.status.completionTime !== current.status.completionTime) {
      this.note('one terminal state per job', `${name}: ${previous.status.state ?? ''} became ${current.status.state ?? ''}`);
    }
  }

  // A job may be called an error only by a fresh look at its pod.
  #onEnd({ metadata: { name = '' }, status }: ProwJob): void {
    if (this.#outOfMemory.has(name) && status.description === 'Pod running timeout.' && !this.mayBeLate) this.note('out of memory ends a job at once', name);
    const ranAtMs = this.#ranAtMs.get(name);
    if (status.state !== 'error' || ranAtMs === undefined || this.mayBeLate || this.meddledWith.has(name) || status.description?.startsWith('Terminal error') === true) return;
    if (this.#clock.now() - ranAtMs > lateMs) this.note('a test that ran to its end decides', `${name}: ${status.description ?? ''}`);
  }

  onPodCreated(pod: Pod, { live, prowJobs, global, queues }: Moment): void {
    const name = pod.metadata.name ?? '';
    count(this.podsCreated, name);
    const allowed = 1 + (this.podsLost.get(name) ?? 0);
    if ((this.podsCreated.get(name) ?? 0) > allowed && !this.meddledWith.has(name)) this.note('no job started twice', `${name}: pod ${this.podsCreated.get(name) ?? 0} after ${allowed - 1} losses`);
    checkLimit(this, 'all', live.length, global);
    this.#checkSuperseded(name, prowJobs);
    const own = live.find(({ prowJob }) => prowJob.metadata.name === name)?.prowJob;
    if (own === undefined) return;
    checkLimit(this, `job ${own.spec.job}`, live.filter(({ prowJob }) => prowJob.spec.job === own.spec.job).length, own.spec.max_concurrency ?? 0);
    const queue = own.spec.job_queue_name ?? '';
    if (queue !== '') checkLimit(this, `queue ${queue}`, live.filter(({ prowJob }) => prowJob.spec.job_queue_name === queue).length, queues[queue] ?? 0);
    for (const job of requiredBy(own)) {
      const hasSucceeded = prowJobs.some((run) => run.spec.job === job && run.status.state === 'success' && isOfOneCommit(run, own));
      if (!hasSucceeded && !this.#isAnyMissing(prowJobs)) this.note('required jobs succeed first', `${name} started without ${job}`);
    }
  }

  #checkSuperseded(name: string, prowJobs: readonly ProwJob[]): void {
    const own = prowJobs.find((prowJob) => prowJob.metadata.name === name);
    if (own?.spec.type !== 'presubmit' || isComplete(own) || this.mayBeLate) return;
    const isKnown = ({ metadata }: ProwJob): boolean => (this.#scheduledAtMs.get(metadata.name ?? '') ?? Infinity) < this.#clock.now() - 2 * lateMs;
    const newer = prowJobs.find((other) => other.spec.type === 'presubmit' && other.spec.job === own.spec.job && pullOf(other) === pullOf(own) && !isComplete(other) && startOf(other) > startOf(own) && isKnown(other));
    if (newer !== undefined) this.note('superseded runs are not started', `${name}, though ${newer.metadata.name ?? ''} is newer`);
  }

  // What was deleted by hand may have succeeded before.
  #isAnyMissing(prowJobs: readonly ProwJob[]): boolean {
    const present = new Set(prowJobs.map((prowJob) => prowJob.metadata.name));
    return [...this.meddledWith].some((name) => !present.has(name));
  }

  /** Asked every minute of a kind world. */
  checkStopped(pods: readonly Pod[], jobOf: (pod: Pod) => ProwJob | undefined): void {
    const longAgo = new Date(this.#clock.now() - 4 * lateMs).toISOString();
    for (const pod of pods) {
      const { completionTime } = jobOf(pod)?.status ?? {};
      const runs = pod.metadata.deletionTimestamp === undefined && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed';
      if (runs && completionTime !== undefined && completionTime < longAgo) this.note('the pod of a job that is over is stopped', pod.metadata.name ?? '');
    }
  }

  onTestRan(pod: Pod): void {
    const name = pod.metadata.name ?? '';
    count(this.testsRun, name);
    this.#ranAtMs.set(name, this.#clock.now());
    // A pod deleted by hand may take the only trace of its result with it.
    if ((this.testsRun.get(name) ?? 0) > 1 && !this.meddledWith.has(name)) this.note('no test runs to its end twice', name);
  }

  onOutOfMemory(pod: Pod): void {
    this.#outOfMemory.add(pod.metadata.name ?? '');
  }

  onPodLost(pod: Pod): void {
    count(this.podsLost, pod.metadata.name ?? '');
  }
}

function pullOf({ spec }: ProwJob): number | undefined {
  return spec.refs?.pulls?.[0]?.number;
}

function startOf({ status }: ProwJob): string {
  return status.startTime ?? '';
}

function requiredBy(prowJob: ProwJob): string[] {
  return (prowJob.metadata.annotations?.[requiresAnnotation] ?? '').split(',').filter((job) => job !== '');
}

function isOfOneCommit({ spec: left }: ProwJob, { spec: right }: ProwJob): boolean {
  const [leftPull, rightPull] = [left.refs?.pulls?.[0], right.refs?.pulls?.[0]];
  return left.type === right.type && (rightPull === undefined ? left.refs?.base_sha === right.refs?.base_sha : leftPull?.number === rightPull.number && leftPull.sha === rightPull.sha);
}

function checkLimit(invariants: Invariants, what: string, running: number, limit: number): void {
  if (limit > 0 && running > limit) invariants.note('limits are never exceeded', `${what}: ${running} of ${limit}`);
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
