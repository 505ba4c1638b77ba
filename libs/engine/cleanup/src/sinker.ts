// Removes what is over: ProwJobs and pods. upstream: cmd/sinker/main.go
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock, Timer } from '@prow/base-time';
import type { KubeResource, ResourceApi } from '@prow/clients-kube';
import { tryParseTime, type Pod } from '@prow/model-kube-types';
import { createdByProwLabel, type ProwJob } from '@prow/model-prowjob';
import { jobOfPod } from './job-of-pod.ts';
import { podGarbage, prowJobNameOf, selectProwJobs, type Ages, type PodReason } from './select-garbage.ts';
import type { SinkerMetrics, Tally } from './sinker-metrics.ts';

/** Objects in one page of a list. */
const pageSize = 500;
/** Deletions at once. */
const deletionsAtOnce = 8;
/** Past a pod's deletion time, before it is removed without its node. */
const forceDeleteAfterMs = 5 * 60_000;
/** Held by the reporter of pods; nobody else removes it once that reporter is switched off. */
const reporterFinalizer = 'prow.x-k8s.io/gcsk8sreporter';

export interface SinkerSettings extends Ages {
  resyncPeriodMs: number;
  /** Build clusters whose pods are left alone. */
  excludeClusters: readonly string[];
  /** Names of the configured periodic jobs. */
  periodicNames: ReadonlySet<string>;
}

type Collection<T extends KubeResource> = Pick<ResourceApi<T>, 'listPage' | 'delete'>;

export interface SinkerOptions {
  prowJobs: Collection<ProwJob>;
  /** Pods in the pod namespace of each build cluster that can be reached, by alias. */
  podsByCluster: () => ReadonlyMap<string, Collection<Pod> & Pick<ResourceApi<Pod>, 'find' | 'patch'>>;
  settings: () => SinkerSettings;
  /** Says what would be removed instead of removing it. */
  isDryRun: boolean;
  mayWrite?: () => boolean;
  /** Told of the job of each orphaned pod, as far as the pod knows it, before the pod is removed. */
  onOrphan?: (prowJob: ProwJob) => void;
  clock: Clock;
  log: Logger;
  metrics?: SinkerMetrics;
}

export interface CleanupResult {
  prowJobsSeen: number;
  prowJobsRemoved: number;
  podsSeen: number;
  podsRemoved: number;
  failures: number;
}

export class Sinker {
  readonly #options: SinkerOptions;
  #timer: Timer | undefined;
  #round: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor(options: SinkerOptions) {
    this.#options = options;
  }

  /** Cleans up at once, and then once a resync period. */
  start(): void {
    this.#schedule(0);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#round;
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return;
    this.#timer = this.#options.clock.after(delayMs, () => {
      this.#round = this.cleanUp()
        .catch((error: unknown) => this.#options.log.warn('clean-up failed, will be tried again', { error }))
        .finally(() => this.#schedule(this.#options.settings().resyncPeriodMs));
    });
  }

  /** One round. Rejects when ProwJobs can not be listed: without them nobody knows which pods are orphans. */
  async cleanUp(): Promise<CleanupResult> {
    const { clock, settings, podsByCluster, prowJobs, log, metrics } = this.#options;
    const startedMs = clock.now();
    const ages = settings();
    metrics?.beginRound();
    const result: CleanupResult = { prowJobsSeen: 0, prowJobsRemoved: 0, podsSeen: 0, podsRemoved: 0, failures: 0 };
    // Pods first: of a pod that has no job in a list made afterwards, it is sure that the job is gone.
    const podLists = new Map<string, Pod[]>();
    for (const [alias, pods] of podsByCluster()) {
      if (ages.excludeClusters.includes(alias)) continue;
      try {
        podLists.set(alias, await readAll(pods, slimPod));
      } catch (error) {
        result.failures += 1;
        metrics?.count('podErrors', reasonOf(error));
        log.warn('pods of a build cluster can not be listed', { cluster: alias, cause: messageOf(error) });
      }
    }
    const jobs = await readAll(prowJobs, slimProwJob);
    const jobByName = new Map(jobs.map((prowJob) => [prowJob.metadata.name ?? '', prowJob]));
    for (const [alias, pods] of podLists) await this.#cleanPods(alias, pods, jobByName, ages, result);
    const garbage = selectProwJobs(jobs, ages.periodicNames, ages, clock.now());
    await forEach(garbage, (prowJob) => this.#removeProwJob(prowJob, result));
    result.prowJobsSeen = jobs.length;
    metrics?.endRound(result, clock.now() - startedMs);
    log.info('cleaned up', { ...result, durationMs: clock.now() - startedMs, isDryRun: this.#options.isDryRun });
    return result;
  }

  async #cleanPods(alias: string, pods: readonly Pod[], jobs: ReadonlyMap<string, ProwJob>, ages: Ages, result: CleanupResult): Promise<void> {
    result.podsSeen += pods.length;
    const nowMs = this.#options.clock.now();
    await forEach(pods, async (pod) => {
      const reason = podGarbage(pod, jobs.get(prowJobNameOf(pod)), ages, nowMs);
      if (reason !== undefined) await this.#removePod(alias, pod, reason, result);
    });
  }

  async #removePod(alias: string, pod: Pod, reason: PodReason, result: CleanupResult): Promise<void> {
    const { log, isDryRun, metrics } = this.#options;
    const { name = '', uid, finalizers = [] } = pod.metadata;
    const fields = { pod: name, cluster: alias, reason };
    if (isDryRun) {
      log.info('dry run: would remove pod', fields);
      return;
    }
    const pods = this.#options.podsByCluster().get(alias);
    if (pods === undefined || this.#mayNotWrite()) return;
    await this.#attempt(result, 'podErrors', 'pod can not be removed', fields, async () => {
      if (reason === 'orphaned') await this.#tellOrphan(pods, name);
      if (finalizers.includes(reporterFinalizer)) {
        await pods.patch(name, { type: 'merge', body: { metadata: { ...(uid === undefined ? {} : { uid }), finalizers: finalizers.filter((each) => each !== reporterFinalizer) } } });
      }
      // A node that does not answer holds its pods for ever.
      const deletionMs = tryParseTime(pod.metadata.deletionTimestamp);
      const isOverdue = deletionMs !== undefined && this.#options.clock.now() - deletionMs > forceDeleteAfterMs;
      await pods.delete(name, { ...(uid === undefined ? {} : { preconditions: { uid } }), ...(isOverdue ? { gracePeriodSeconds: 0 } : {}) });
      result.podsRemoved += 1;
      metrics?.count('podsRemoved', reason);
      log.info('pod removed', fields);
    });
  }

  async #tellOrphan(pods: Pick<ResourceApi<Pod>, 'find'>, name: string): Promise<void> {
    const { onOrphan } = this.#options;
    const pod = onOrphan === undefined ? undefined : await pods.find(name);
    const prowJob = pod === undefined ? undefined : jobOfPod(pod);
    if (prowJob !== undefined) onOrphan?.(prowJob);
  }

  async #removeProwJob(prowJob: ProwJob, result: CleanupResult): Promise<void> {
    const { log, isDryRun, prowJobs, metrics } = this.#options;
    const { name = '', uid, resourceVersion } = prowJob.metadata;
    const fields = { prowjob: name, job: prowJob.spec.job };
    if (isDryRun) {
      log.info('dry run: would remove ProwJob', fields);
      return;
    }
    if (this.#mayNotWrite()) return;
    await this.#attempt(result, 'prowJobErrors', 'ProwJob can not be removed', fields, async () => {
      await prowJobs.delete(name, { preconditions: { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) } });
      result.prowJobsRemoved += 1;
      metrics?.count('prowJobsCleaned', 'aged');
    });
  }

  #mayNotWrite(): boolean {
    return this.#options.mayWrite?.() === false || this.#isStopped;
  }

  async #attempt(result: CleanupResult, tally: Tally, message: string, fields: Record<string, unknown>, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // Gone already, or changed meanwhile: the next round looks again.
      const reason = reasonOf(error);
      if (reason === 'NotFound' || reason === 'Conflict') return;
      result.failures += 1;
      this.#options.metrics?.count(tally, reason);
      this.#options.log.warn(message, { ...fields, cause: messageOf(error) });
    }
  }
}

/** The API server's word; `Unknown` where there is none, since a message would make a series of its own. */
function reasonOf(error: unknown): string {
  return error instanceof Error && 'reason' in error && typeof error.reason === 'string' && error.reason !== '' ? error.reason : 'Unknown';
}

async function readAll<T extends KubeResource>(collection: Collection<T>, slim: (item: T) => T): Promise<T[]> {
  const items: T[] = [];
  let token: string | undefined;
  do {
    const page = await collection.listPage({ limit: pageSize, labelSelector: `${createdByProwLabel}=true`, ...(token === undefined ? {} : { continue: token }) });
    for (const item of page.items) items.push(slim(item));
    token = page.continue === '' ? undefined : page.continue;
  } while (token !== undefined);
  return items;
}

async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(deletionsAtOnce, items.length) }, worker));
}

// Of many thousands of objects, only what the choice needs is kept.
function slimProwJob({ apiVersion, kind, metadata, spec, status }: ProwJob): ProwJob {
  const { name, uid, resourceVersion, creationTimestamp } = metadata;
  return { apiVersion, kind, metadata: { ...defined({ name, uid, resourceVersion, creationTimestamp }) }, spec: { type: spec.type, job: spec.job }, status };
}

function slimPod({ metadata, status }: Pod): Pod {
  const { name, uid, creationTimestamp, deletionTimestamp, finalizers, labels } = metadata;
  return { metadata: { ...defined({ name, uid, creationTimestamp, deletionTimestamp, finalizers, labels }) }, spec: { containers: [] }, ...(status === undefined ? {} : { status }) };
}

function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
