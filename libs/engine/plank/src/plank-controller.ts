// ProwJob ↔ pod. upstream: pkg/plank/controller.go, pkg/plank/reconciler.go
import type { Logger } from '@prow/base-log';
import { WorkQueue } from '@prow/base-queue';
import type { Clock } from '@prow/base-time';
import type { Informer, ResourceApi } from '@prow/clients-kube';
import { tryParseTime, type Pod } from '@prow/model-kube-types';
import { clusterAlias, isComplete, isFinalState, type ProwJob } from '@prow/model-prowjob';
import { Admission, type Candidate } from './admission.ts';
import { attemptOf } from './attempt.ts';
import { clusterView, type BuildClusters } from './build-clusters.ts';
import type { BuildIds } from './build-id.ts';
import { GoneJobs } from './gone-jobs.ts';
import { isPlanksJob, JobReconciler, type Surroundings } from './job-reconciler.ts';
import { byCreation, JobLedger, type LedgerEntry } from './job-ledger.ts';
import { belongsTo, isLive } from './pod-facts.ts';
import type { PlankMetrics } from './plank-metrics.ts';
import { checkRequirements, requiredJobs } from './requirements.ts';
import { limitsOf, podPolicyOf, type PlankSection } from './settings.ts';
import type { Turn } from './step.ts';

/** Waits between failing looks at one job. */
const backoff = { baseMs: 250, factor: 2, maxMs: 60_000 };
/** Bounds what any lost event can cost. */
const safetyLookMs = 5 * 60_000;
/** A pod of a job that is over may still use what the limit protects; but not for ever. */
const endingPodHoldsSlotMs = 2 * 60_000;

export interface PlankOptions {
  prowJobs: Informer<ProwJob>;
  prowJobApi: Pick<ResourceApi<ProwJob>, 'find' | 'patch'>;
  clusters: BuildClusters;
  buildIds: BuildIds;
  /** Asked whenever needed: configuration is hot. */
  settings: () => PlankSection;
  makePod: (prowJob: ProwJob, buildId: string) => Pod;
  urlOf: (prowJob: ProwJob) => string;
  /** False once another replica may lead. Default: always true. */
  mayWrite?: () => boolean;
  /** Jobs looked at at once, per build cluster. Default 50. */
  concurrency?: number;
  clock: Clock;
  log: Logger;
  metrics?: PlankMetrics;
}

export class PlankController {
  readonly #options: PlankOptions;
  readonly #ledger: JobLedger;
  readonly #admission: Admission;
  readonly #reconciler: JobReconciler;
  /** One a build cluster, so that a slow one keeps nobody else waiting. */
  readonly #queues = new Map<string, WorkQueue>();
  readonly #reserving = new Set<string>();
  readonly #gone: GoneJobs;
  #unsubscribe: (() => void)[] = [];
  #isReviewDue = false;
  #isLoading = true;
  #isStopped = false;

  constructor(options: PlankOptions) {
    this.#options = options;
    this.#ledger = new JobLedger((name, prowJob) => this.#onJob(name, prowJob));
    this.#admission = new Admission({ limits: () => limitsOf(options.settings()), onGranted: (name) => this.#enqueue(name) });
    this.#gone = new GoneJobs({
      present: (name) => this.#ledger.get(name)?.prowJob, podOf: (prowJob) => this.#podOf(prowJob), clock: options.clock,
      look: (alias, name) => this.#isStopped || this.#queueOf(alias).add(name),
    });
    this.#reconciler = new JobReconciler({ prowJobs: options.prowJobApi, surroundings: this.#surroundings(), buildIds: options.buildIds, clock: options.clock, log: options.log });
  }

  /** Begins to work with what the informer knows; it must have synced. */
  start(): void {
    const { prowJobs, clusters } = this.#options;
    // Nobody gets a slot before everybody who has one is counted.
    for (const prowJob of prowJobs.list().toSorted(byCreation)) this.#ledger.observe(prowJob);
    this.#isLoading = false;
    this.#reviewSoon();
    for (const { prowJob } of this.#ledger.entries()) this.#enqueue(prowJob.metadata.name ?? '');
    this.#unsubscribe = [
      prowJobs.addHandler({
        onAdd: (prowJob) => this.#ledger.observe(prowJob),
        onUpdate: (previous, prowJob) => this.#onUpdate(previous, prowJob),
        onDelete: (prowJob) => this.#forget(prowJob),
      }),
      clusters.onPodChange((alias, podName) => this.#onPod(alias, podName)),
      clusters.onClusterChange((alias) => this.#onCluster(alias)),
    ];
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await Promise.all([...this.#queues.values()].map((queue) => queue.stop()));
  }

  /** Looks again at every job, e.g. after a change of the configuration. */
  resync(): void {
    for (const { prowJob } of this.#ledger.entries()) {
      if (isComplete(prowJob)) continue;
      this.#classify(prowJob);
      this.#enqueue(prowJob.metadata.name ?? '');
    }
    this.#reviewSoon();
  }

  /** Resolves when nothing is in work or ready to be. */
  async idle(): Promise<void> {
    for (const queue of this.#queues.values()) await queue.idle();
  }

  /** How many jobs wait for a slot. */
  get waitingCount(): number {
    return this.#admission.waitingCount;
  }

  // Deleted, or moved to another cluster, by hand: nothing may go on for it where it was.
  #onUpdate(previous: ProwJob, prowJob: ProwJob): void {
    this.#ledger.observe(prowJob);
    if (clusterAlias(previous) !== clusterAlias(prowJob)) this.#gone.add(previous);
  }

  #forget(prowJob: ProwJob): void {
    this.#ledger.forget(prowJob);
    this.#gone.add(prowJob);
  }

  #onJob(name: string, prowJob: ProwJob | undefined): void {
    if (prowJob !== undefined) this.#gone.forget(clusterAlias(prowJob), name);
    if (prowJob === undefined) {
      this.#reserving.delete(name);
      this.#admission.remove(name);
      this.#reviewSoon();
      return;
    }
    if (isComplete(prowJob)) this.#reserving.delete(name);
    this.#classify(prowJob);
    this.#enqueue(name);
    const rivals = this.#ledger.rivalsOf(prowJob);
    if (rivals.length > 1) for (const rival of rivals) this.#enqueueOther(rival, name);
    // At its end they go on or are skipped; at its beginning their description changes.
    if (isComplete(prowJob) || prowJob.status.state === 'triggered') for (const dependant of this.#ledger.dependantsOf(prowJob)) this.#enqueueOther(dependant, name);
  }

  #enqueueOther({ prowJob }: LedgerEntry, name: string): void {
    const other = prowJob.metadata.name ?? '';
    if (other === name) return;
    this.#classify(prowJob);
    this.#enqueue(other);
  }

  #onPod(alias: string, podName: string): void {
    const entry = this.#ledger.get(podName);
    if (entry === undefined || clusterAlias(entry.prowJob) !== alias) {
      this.#gone.onPod(alias, podName);
      return;
    }
    this.#classify(entry.prowJob);
    this.#enqueue(podName);
  }

  #onCluster(alias: string): void {
    this.#gone.onCluster(alias);
    for (const { prowJob } of this.#ledger.entries()) {
      if (clusterAlias(prowJob) !== alias) continue;
      this.#classify(prowJob);
      this.#enqueue(prowJob.metadata.name ?? '');
    }
  }

  #enqueue(name: string): void {
    const entry = this.#ledger.get(name);
    if (entry === undefined || this.#isStopped || this.#isLoading || !isPlanksJob(entry.prowJob)) return;
    // Most jobs are over, and have no pod that could be left: nothing to look at.
    if (isComplete(entry.prowJob) && !this.#hasLivePod(entry.prowJob)) return;
    this.#queueOf(clusterAlias(entry.prowJob)).add(name);
  }

  #queueOf(alias: string): WorkQueue {
    const known = this.#queues.get(alias);
    if (known !== undefined) return known;
    const { clock, log, concurrency = 50 } = this.#options;
    const queue = new WorkQueue({ name: `plank-${alias}`, concurrency, process: (name, signal) => this.#process(alias, name, signal), clock, log, backoff });
    this.#queues.set(alias, queue);
    queue.start();
    return queue;
  }

  async #process(alias: string, name: string, signal: AbortSignal): Promise<{ requeueAfterMs: number } | undefined> {
    const { clock, metrics } = this.#options;
    const startedAt = clock.now();
    try {
      const { wakeAtMs } = await this.#reconciler.reconcile(name, signal, () => this.#jobAt(alias, name));
      // Timers do not see a clock that jumps: no deadline is slept through for longer than a safety look.
      if (wakeAtMs !== undefined) return { requeueAfterMs: Math.min(safetyLookMs, Math.max(1, wakeAtMs - clock.now())) };
      const prowJob = this.#jobAt(alias, name);
      return prowJob === undefined || isComplete(prowJob) || !isPlanksJob(prowJob) ? undefined : { requeueAfterMs: safetyLookMs };
    } finally {
      metrics?.observeLook(clock.now() - startedAt);
      const entry = this.#ledger.get(name);
      if (entry !== undefined) this.#classify(entry.prowJob);
    }
  }

  // At a cluster that the job has left, it is over.
  #jobAt(alias: string, name: string): ProwJob | undefined {
    const prowJob = this.#ledger.get(name)?.prowJob;
    return prowJob !== undefined && clusterAlias(prowJob) === alias ? prowJob : this.#gone.get(alias, name);
  }

  // What the job is to the limits now.
  #classify(prowJob: ProwJob): void {
    const name = prowJob.metadata.name ?? '';
    const stage = this.#stageOf(prowJob);
    if (stage === undefined) this.#admission.remove(name);
    else {
      this.#admission.set({
        name,
        order: [prowJob.metadata.creationTimestamp ?? '', this.#ledger.get(name)?.arrival ?? 0],
        stage,
        job: prowJob.spec.job,
        maxConcurrency: prowJob.spec.max_concurrency ?? 0,
        queue: prowJob.spec.job_queue_name ?? '',
        cluster: clusterAlias(prowJob),
      });
    }
    this.#reviewSoon();
  }

  #stageOf(prowJob: ProwJob): Candidate['stage'] | undefined {
    const { clock } = this.#options;
    if (!isPlanksJob(prowJob)) return undefined;
    if (isComplete(prowJob)) {
      const endedAtMs = tryParseTime(prowJob.status.completionTime) ?? 0;
      return clock.now() < endedAtMs + endingPodHoldsSlotMs && this.#hasLivePod(prowJob) ? 'running' : undefined;
    }
    const name = prowJob.metadata.name ?? '';
    const hasPod = this.#podOf(prowJob) !== undefined;
    if (prowJob.status.state === 'pending' || attemptOf(prowJob).isAwaited || hasPod || this.#reserving.has(name)) return 'running';
    // Aborted, but not over: it may have a pod that is not in the cache yet.
    if (isFinalState(prowJob.status.state)) return (prowJob.status.build_id ?? '') === '' ? undefined : 'running';
    const canStart = clusterView(this.#options.clusters, clusterAlias(prowJob)).kind === 'ready' && this.#ledger.supersederOf(prowJob) === undefined && this.#requirementOf(prowJob).kind === 'met';
    return canStart ? 'waiting' : 'held';
  }

  #podOf(prowJob: ProwJob): Pod | undefined {
    const name = prowJob.metadata.name ?? '';
    const pod = this.#options.clusters.find(clusterAlias(prowJob))?.cachedPod(name);
    return pod !== undefined && belongsTo(pod, name) ? pod : undefined;
  }

  #hasLivePod(prowJob: ProwJob): boolean {
    const pod = this.#podOf(prowJob);
    return pod !== undefined && isLive(pod);
  }

  #requirementOf(prowJob: ProwJob): ReturnType<typeof checkRequirements> {
    if (requiredJobs(prowJob).length === 0) return { kind: 'met' };
    const nowMs = this.#options.clock.now();
    return checkRequirements(prowJob, (job) => this.#ledger.runsOf(prowJob, job), tryParseTime(prowJob.metadata.creationTimestamp) ?? nowMs, nowMs);
  }

  #reviewSoon(): void {
    if (this.#isReviewDue || this.#isLoading) return;
    this.#isReviewDue = true;
    queueMicrotask(() => this.#review());
  }

  #review(): void {
    if (!this.#isReviewDue || this.#isStopped) return;
    this.#isReviewDue = false;
    this.#admission.review();
  }

  #turnOf(prowJob: ProwJob): Turn {
    const requirement = this.#requirementOf(prowJob);
    if (requirement.kind === 'failed') return { kind: 'skipped', because: requirement.because };
    if (requirement.kind === 'waiting') return { kind: 'waiting', on: requirement.on, ...(requirement.untilMs === undefined ? {} : { untilMs: requirement.untilMs }) };
    this.#review();
    const name = prowJob.metadata.name ?? '';
    if (this.#admission.isGranted(name) || this.#reserving.has(name)) return { kind: 'granted' };
    return { kind: 'waiting', on: this.#admission.waitsOn(name) ?? 'its turn' };
  }

  #surroundings(): Surroundings {
    const { clusters, settings, makePod, urlOf, mayWrite = () => true } = this.#options;
    return {
      learn: (prowJob) => this.#ledger.observe(prowJob),
      forget: (prowJob) => this.#forget(prowJob),
      cluster: (alias) => ({ cluster: clusters.find(alias), view: clusterView(clusters, alias) }),
      supersederOf: (prowJob) => this.#ledger.supersederOf(prowJob),
      turnOf: (prowJob) => this.#turnOf(prowJob),
      beginReserve: (name) => {
        const entry = this.#ledger.get(name);
        if (entry === undefined || !(this.#admission.isGranted(name) || this.#reserving.has(name) || entry.prowJob.status.state === 'pending')) return false;
        this.#reserving.add(name);
        this.#classify(entry.prowJob);
        return true;
      },
      endReserve: (name) => {
        this.#reserving.delete(name);
        const entry = this.#ledger.get(name);
        if (entry !== undefined) this.#classify(entry.prowJob);
      },
      policyFor: (prowJob) => podPolicyOf(settings(), prowJob),
      urlOf,
      makePod,
      mayWrite,
    };
  }
}
