// plank's own picture of all ProwJobs: what the watch tells, and before that what plank itself has written.
import { isComplete, type ProwJob } from '@prow/model-prowjob';
import { requiredJobs, runKey } from './requirements.ts';
import { slimProwJob } from './slim.ts';

/** States in which a run can still be superseded. */
const supersedableStates = new Set(['triggered', 'pending', '']);
/** Deletions remembered, so that a late answer to a write does not bring a deleted job back. */
const maxRememberedDeletions = 10_000;

export interface LedgerEntry {
  prowJob: ProwJob;
  /** Grows with every job seen: tells jobs of the same second apart. */
  readonly arrival: number;
}

export class JobLedger {
  readonly #entries = new Map<string, LedgerEntry>();
  readonly #bySupersedeKey = new Map<string, Set<string>>();
  /** Undefined until a job requires another: most installations never need it. */
  #byRunKey: Map<string, Set<string>> | undefined;
  /** Incomplete jobs by the runs they require. */
  readonly #byRequiredRun = new Map<string, Set<string>>();
  readonly #deletedUids = new Set<string>();
  readonly #onChange: (name: string, prowJob: ProwJob | undefined) => void;
  #arrivals = 0;

  /** @param onChange called for every job that is new, different or gone (undefined) */
  constructor(onChange: (name: string, prowJob: ProwJob | undefined) => void) {
    this.#onChange = onChange;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(name: string): LedgerEntry | undefined {
    return this.#entries.get(name);
  }

  entries(): IterableIterator<LedgerEntry> {
    return this.#entries.values();
  }

  /** Takes a version of a job from a watch, a list or the answer to a write; versions older than the known are ignored. */
  observe(given: ProwJob): void {
    const { name = '', uid = '' } = given.metadata;
    if (this.#deletedUids.has(uid)) return;
    const known = this.#entries.get(name);
    if (known !== undefined && known.prowJob.metadata.uid === uid && !isNewerVersion(given, known.prowJob)) return;
    // Answers to writes are whole; what is over is kept small.
    const prowJob = isComplete(given) && given.spec.pod_spec !== undefined ? slimProwJob(given) : given;
    if (known !== undefined) this.#unindex(known.prowJob);
    this.#entries.set(name, { prowJob, arrival: known?.arrival ?? (this.#arrivals += 1) });
    this.#index(prowJob);
    this.#onChange(name, prowJob);
  }

  /** The job is gone. */
  forget(prowJob: ProwJob): void {
    const { name = '', uid = '' } = prowJob.metadata;
    this.#rememberDeletion(uid);
    const known = this.#entries.get(name);
    if (known === undefined || known.prowJob.metadata.uid !== uid) return;
    this.#unindex(known.prowJob);
    this.#entries.delete(name);
    this.#onChange(name, undefined);
  }

  /** Runs of a job for the same commits as the given one's, oldest first. */
  runsOf(prowJob: ProwJob, job: string): ProwJob[] {
    const key = runKey(prowJob, job);
    if (key === undefined) return [];
    return this.#resolve(this.#runs().get(key)).toSorted(byAge).map((entry) => entry.prowJob);
  }

  /** Incomplete jobs that require the given one. */
  dependantsOf(prowJob: ProwJob): LedgerEntry[] {
    const key = runKey(prowJob);
    return key === undefined ? [] : this.#resolve(this.#byRequiredRun.get(key));
  }

  /** Incomplete runs of the same presubmit for the same pull requests, the given one included. */
  rivalsOf(prowJob: ProwJob): LedgerEntry[] {
    const key = supersedeKey(prowJob);
    return key === undefined ? [] : this.#resolve(this.#bySupersedeKey.get(key));
  }

  /** The run that supersedes a job: the newest of its rivals, if that is not the job itself. */
  supersederOf(prowJob: ProwJob): string | undefined {
    const rivals = this.rivalsOf(prowJob);
    if (rivals.length < 2) return undefined;
    const newest = rivals.reduce((best, each) => (startsLater(each, best) ? each : best));
    const name = newest.prowJob.metadata.name;
    return name === prowJob.metadata.name ? undefined : name;
  }

  #resolve(names: ReadonlySet<string> | undefined): LedgerEntry[] {
    return [...(names ?? [])].flatMap((name) => this.#entries.get(name) ?? []);
  }

  #index(prowJob: ProwJob): void {
    for (const [index, key] of this.#keysOf(prowJob)) addTo(index, key, prowJob.metadata.name ?? '');
  }

  #unindex(prowJob: ProwJob): void {
    for (const [index, key] of this.#keysOf(prowJob)) removeFrom(index, key, prowJob.metadata.name ?? '');
  }

  #runs(): Map<string, Set<string>> {
    if (this.#byRunKey !== undefined) return this.#byRunKey;
    const runs = new Map<string, Set<string>>();
    for (const { prowJob } of this.#entries.values()) {
      const key = runKey(prowJob);
      if (key !== undefined) addTo(runs, key, prowJob.metadata.name ?? '');
    }
    this.#byRunKey = runs;
    return runs;
  }

  #keysOf(prowJob: ProwJob): [Map<string, Set<string>>, string][] {
    const keys: [Map<string, Set<string>>, string | undefined][] = [
      [this.#bySupersedeKey, supersedeKey(prowJob)],
    ];
    if (this.#byRunKey !== undefined) keys.push([this.#byRunKey, runKey(prowJob)]);
    if (!isComplete(prowJob)) for (const job of requiredJobs(prowJob)) keys.push([this.#byRequiredRun, runKey(prowJob, job)]);
    return keys.flatMap(([index, key]): [Map<string, Set<string>>, string][] => (key === undefined ? [] : [[index, key]]));
  }

  #rememberDeletion(uid: string): void {
    this.#deletedUids.add(uid);
    if (this.#deletedUids.size <= maxRememberedDeletions) return;
    const oldest = this.#deletedUids.values().next();
    if (oldest.done !== true) this.#deletedUids.delete(oldest.value);
  }
}

/** Older first: by creation, then in the order seen. */
export function byAge(left: LedgerEntry, right: LedgerEntry): number {
  const [leftAt, rightAt] = [left.prowJob.metadata.creationTimestamp ?? '', right.prowJob.metadata.creationTimestamp ?? ''];
  if (leftAt !== rightAt) return leftAt < rightAt ? -1 : 1;
  return left.arrival - right.arrival;
}

/** Older first, of jobs that were never seen before: in the same second, the one that changed last came later most likely. */
export function byCreation(left: ProwJob, right: ProwJob): number {
  const byTime = byAge({ prowJob: left, arrival: 0 }, { prowJob: right, arrival: 0 });
  if (byTime !== 0) return byTime;
  const versions = [left, right].map((each) => each.metadata.resourceVersion ?? '');
  const [leftVersion = '', rightVersion = ''] = versions;
  if (/^\d+$/.test(leftVersion) && /^\d+$/.test(rightVersion)) return BigInt(leftVersion) < BigInt(rightVersion) ? -1 : 1;
  return leftVersion < rightVersion ? -1 : 1;
}

// upstream: pkg/pjutil/abort.go. SHAs do not count: a run for an older head is superseded, too.
function supersedeKey(prowJob: ProwJob): string | undefined {
  const { spec, status } = prowJob;
  if (spec.type !== 'presubmit' || spec.refs === undefined || isComplete(prowJob) || !supersedableStates.has(status.state ?? '')) return undefined;
  const parts = [spec.refs, ...(spec.extra_refs ?? [])].map((refs) => {
    const pulls = (refs.pulls ?? []).map((pull) => pull.number).toSorted((left, right) => left - right);
    return `${refs.org}/${refs.repo}@${refs.base_ref ?? ''} ${JSON.stringify(pulls)}`;
  });
  return JSON.stringify([spec.job, ...parts]);
}

function startsLater(left: LedgerEntry, right: LedgerEntry): boolean {
  const [leftAt, rightAt] = [left.prowJob.status.startTime ?? '', right.prowJob.status.startTime ?? ''];
  return leftAt === rightAt ? byAge(left, right) > 0 : leftAt > rightAt;
}

function isNewerVersion(prowJob: ProwJob, known: ProwJob): boolean {
  const [version, knownVersion] = [prowJob.metadata.resourceVersion ?? '', known.metadata.resourceVersion ?? ''];
  if (version === knownVersion) return false;
  return /^\d+$/.test(version) && /^\d+$/.test(knownVersion) ? BigInt(version) > BigInt(knownVersion) : true;
}

function addTo(index: Map<string, Set<string>>, key: string, name: string): void {
  const names = index.get(key);
  if (names === undefined) index.set(key, new Set([name]));
  else names.add(name);
}

function removeFrom(index: Map<string, Set<string>>, key: string, name: string): void {
  const names = index.get(key);
  names?.delete(name);
  if (names?.size === 0) index.delete(key);
}
