// Whose turn it is: concurrency limits, exact and first come first served. No I/O, no clock.
// upstream: pkg/plank/reconciler.go, canExecuteConcurrently

/** The limits that hold now. Absent: none. */
export interface Limits {
  /** `plank.max_concurrency`; 0: none. */
  global: number;
  /** `plank.job_queue_capacities`: 0 lets nothing run, below 0 is no limit. */
  queues: Readonly<Record<string, number>>;
  /** Jobs at once per build cluster; 0 and absent: no limit. */
  clusters: Readonly<Record<string, number>>;
}

export interface Candidate {
  name: string;
  /** Position in the line: lower first, no two alike. */
  order: readonly [createdAt: string, arrival: number];
  /** `waiting`: asks for a slot; `running`: has one; `held`: can not start now, and holds nobody up. */
  stage: 'waiting' | 'running' | 'held';
  job: string;
  /** `spec.max_concurrency`; 0: no limit. */
  maxConcurrency: number;
  queue: string;
  cluster: string;
}

type SlotKey = string;

export class Admission {
  readonly #limits: () => Limits;
  readonly #onGranted: (name: string) => void;
  readonly #candidates = new Map<string, Candidate>();
  /** Sorted by order. */
  #line: Candidate[] = [];
  readonly #granted = new Set<string>();
  readonly #used = new Map<SlotKey, number>();
  readonly #waitsOn = new Map<string, string>();

  /** @param onGranted called during `review` for each job that may start now */
  constructor({ limits, onGranted }: { limits: () => Limits; onGranted: (name: string) => void }) {
    this.#limits = limits;
    this.#onGranted = onGranted;
  }

  /** How many jobs wait for a slot. */
  get waitingCount(): number {
    return this.#line.length;
  }

  /** Takes what is known of a job now. A granted job keeps its slot while it is `waiting`. */
  set(candidate: Candidate): void {
    const known = this.#candidates.get(candidate.name);
    if (known !== undefined && isSame(known, candidate)) return;
    const keepsGrant = this.#granted.has(candidate.name) && candidate.stage === 'waiting';
    this.remove(candidate.name);
    this.#candidates.set(candidate.name, candidate);
    if (candidate.stage === 'running') this.#take(candidate, 1);
    else if (keepsGrant) this.#grant(candidate);
    else if (candidate.stage === 'waiting') this.#insert(candidate);
  }

  remove(name: string): void {
    const known = this.#candidates.get(name);
    if (known === undefined) return;
    this.#candidates.delete(name);
    this.#waitsOn.delete(name);
    if (known.stage === 'running' || this.#granted.delete(name)) this.#take(known, -1);
    else if (known.stage === 'waiting') this.#line = this.#line.filter((each) => each.name !== name);
  }

  isGranted(name: string): boolean {
    return this.#granted.has(name);
  }

  /** On what a job waits, in words; undefined for a job that does not. */
  waitsOn(name: string): string | undefined {
    return this.#waitsOn.get(name);
  }

  /** Gives out what is free, to the oldest first. A younger job passes an older one only for slots the older can not use. */
  review(): void {
    const limits = this.#limits();
    const granted: Candidate[] = [];
    const stillWaiting: Candidate[] = [];
    for (const candidate of this.#line) {
      const full = this.#fullLimit(candidate, limits);
      if (full === undefined) {
        this.#grant(candidate);
        granted.push(candidate);
      } else {
        this.#waitsOn.set(candidate.name, full);
        stillWaiting.push(candidate);
      }
    }
    if (granted.length === 0) return;
    this.#line = stillWaiting;
    for (const { name } of granted) {
      this.#waitsOn.delete(name);
      this.#onGranted(name);
    }
  }

  #grant(candidate: Candidate): void {
    this.#granted.add(candidate.name);
    this.#take(candidate, 1);
  }

  #fullLimit(candidate: Candidate, limits: Limits): string | undefined {
    const { job, maxConcurrency, queue, cluster } = candidate;
    const jobRuns = this.#count(`job ${job}`);
    if (maxConcurrency > 0 && jobRuns >= maxConcurrency) return `a free slot of job ${job}: ${jobRuns} of ${maxConcurrency} run`;
    if (queue !== '') {
      const capacity = Object.hasOwn(limits.queues, queue) ? limits.queues[queue] : undefined;
      const runs = this.#count(`queue ${queue}`);
      if (capacity === undefined) return `job queue ${queue}, which plank.job_queue_capacities does not name`;
      if (capacity === 0) return `job queue ${queue}, whose capacity is 0`;
      if (capacity > 0 && runs >= capacity) return `a free slot of job queue ${queue}: ${runs} of ${capacity} run`;
    }
    const clusterLimit = Object.hasOwn(limits.clusters, cluster) ? (limits.clusters[cluster] ?? 0) : 0;
    const clusterRuns = this.#count(`cluster ${cluster}`);
    if (clusterLimit > 0 && clusterRuns >= clusterLimit) return `a free slot of build cluster ${cluster}: ${clusterRuns} of ${clusterLimit} run`;
    const all = this.#count('all');
    if (limits.global > 0 && all >= limits.global) return `a free slot: ${all} of ${limits.global} jobs run`;
    return undefined;
  }

  #take(candidate: Candidate, amount: 1 | -1): void {
    const keys = ['all', `job ${candidate.job}`, `cluster ${candidate.cluster}`];
    if (candidate.queue !== '') keys.push(`queue ${candidate.queue}`);
    for (const key of keys) {
      const count = this.#count(key) + amount;
      if (count === 0) this.#used.delete(key);
      else this.#used.set(key, count);
    }
  }

  #count(key: SlotKey): number {
    return this.#used.get(key) ?? 0;
  }

  #insert(candidate: Candidate): void {
    let low = 0;
    let high = this.#line.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#line[middle];
      if (other !== undefined && isBefore(other, candidate)) low = middle + 1;
      else high = middle;
    }
    this.#line.splice(low, 0, candidate);
  }
}

function isBefore(left: Candidate, right: Candidate): boolean {
  return left.order[0] === right.order[0] ? left.order[1] < right.order[1] : left.order[0] < right.order[0];
}

function isSame(left: Candidate, right: Candidate): boolean {
  return (
    left.stage === right.stage && left.job === right.job && left.maxConcurrency === right.maxConcurrency && left.queue === right.queue && left.cluster === right.cluster &&
    left.order[0] === right.order[0] && left.order[1] === right.order[1]
  );
}
