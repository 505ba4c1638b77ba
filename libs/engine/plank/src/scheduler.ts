// Gives a job in state `scheduling` its build cluster. upstream: pkg/scheduler/reconciler.go, pkg/scheduler/strategy
import { messageOf, ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { WorkQueue } from '@prow/base-queue';
import type { Clock } from '@prow/base-time';
import type { Informer, ResourceApi } from '@prow/clients-kube';
import { clusterAlias, isComplete, type ProwJob } from '@prow/model-prowjob';
import { reasonOf } from './kube-failure.ts';

const workers = 10;
const backoff = { baseMs: 500, factor: 2, maxMs: 60_000 };
const externalTimeoutMs = 10_000;
const maxAnswerLength = 10_000;
const defaultCacheMs = 5 * 60_000;

/** `scheduler` of config.yaml. */
export interface SchedulerSettings {
  /** From the cluster a job names to the one it gets. */
  mappings: Readonly<Record<string, string>>;
  /** A service that is asked for the cluster of a job: POST {job} → {cluster}. */
  external: { url: string; cacheMs?: number } | undefined;
}

export interface SchedulerOptions {
  prowJobs: Informer<ProwJob>;
  prowJobApi: Pick<ResourceApi<ProwJob>, 'patch'>;
  settings: () => SchedulerSettings;
  mayWrite?: () => boolean;
  clock: Clock;
  log: Logger;
}

export class SchedulerController {
  readonly #options: SchedulerOptions;
  readonly #queue: WorkQueue;
  /** Answers of the external service, by its URL and the job's name. */
  readonly #answers = new Map<string, { cluster: string; untilMs: number }>();
  #removeHandler: (() => void) | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.#queue = new WorkQueue({ name: 'scheduler', concurrency: workers, process: (key, signal) => this.#process(key, signal), clock, log, backoff });
  }

  /** Begins to work with what the informer knows; it must have synced. */
  start(): void {
    const consider = (prowJob: ProwJob): void => {
      if (isWaiting(prowJob)) this.#queue.add(`${prowJob.metadata.namespace ?? ''}/${prowJob.metadata.name ?? ''}`);
    };
    this.#removeHandler = this.#options.prowJobs.addHandler({ onAdd: consider, onUpdate: (_previous, prowJob) => consider(prowJob) });
    for (const prowJob of this.#options.prowJobs.list()) consider(prowJob);
    this.#queue.start();
  }

  async stop(): Promise<void> {
    this.#removeHandler?.();
    await this.#queue.stop();
  }

  async #process(key: string, signal: AbortSignal): Promise<void> {
    const { prowJobs, prowJobApi, mayWrite = () => true, log } = this.#options;
    const [namespace = '', name = ''] = key.split('/');
    const prowJob = prowJobs.get(namespace, name);
    if (prowJob === undefined || !isWaiting(prowJob)) return;
    const cluster = await this.#clusterFor(prowJob, signal);
    if (!mayWrite()) return;
    const { resourceVersion } = prowJob.metadata;
    try {
      await prowJobApi.patch(name, { type: 'merge', body: { spec: { cluster }, status: { state: 'triggered' } } }, resourceVersion === undefined ? {} : { resourceVersion });
      log.info('job scheduled', { prowjob: name, cluster });
    } catch (error) {
      // Changed meanwhile: the change brings it back here, if it still waits.
      if (reasonOf(error) !== 'Conflict' && reasonOf(error) !== 'NotFound') throw error;
    }
  }

  async #clusterFor(prowJob: ProwJob, signal: AbortSignal): Promise<string> {
    const { mappings, external } = this.#options.settings();
    const wanted = clusterAlias(prowJob);
    if (external !== undefined) return await this.#ask(external, prowJob, signal);
    return Object.hasOwn(mappings, wanted) ? (mappings[wanted] ?? wanted) : wanted;
  }

  async #ask({ url, cacheMs = defaultCacheMs }: { url: string; cacheMs?: number }, prowJob: ProwJob, signal: AbortSignal): Promise<string> {
    const { clock } = this.#options;
    const key = `${url} ${prowJob.spec.job}`;
    const known = this.#answers.get(key);
    if (known !== undefined && known.untilMs > clock.now()) return known.cluster;
    const cluster = await askExternal(url, prowJob.spec.job, signal);
    for (const [each, { untilMs }] of this.#answers) if (untilMs <= clock.now()) this.#answers.delete(each);
    this.#answers.set(key, { cluster, untilMs: clock.now() + cacheMs });
    return cluster;
  }
}

function isWaiting(prowJob: ProwJob): boolean {
  return prowJob.status.state === 'scheduling' && !isComplete(prowJob);
}

async function askExternal(url: string, job: string, signal: AbortSignal): Promise<string> {
  let text: string;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ job }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(externalTimeoutMs)]),
    });
    text = (await response.text()).slice(0, maxAnswerLength);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
  } catch (error) {
    throw new ProwError('PROW_PLANK_SCHEDULER', `scheduler.external.url ${url} gave no cluster for job ${job}: ${messageOf(error)}`, { transient: true, cause: error });
  }
  const cluster = readCluster(text);
  if (cluster === undefined) throw new ProwError('PROW_PLANK_SCHEDULER', `scheduler.external.url ${url}: expected {"cluster": "…"} for job ${job}, found ${JSON.stringify(text.slice(0, 100))}`, { transient: true });
  return cluster;
}

function readCluster(text: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null && 'cluster' in answer && typeof answer.cluster === 'string' && answer.cluster !== '' ? answer.cluster : undefined;
  } catch {
    return undefined;
  }
}
