// Delivers the states of ProwJobs to one reporter, until each is delivered. upstream: pkg/crier/controller.go
import type { Informer, ResourceApi } from '@prow/clients-kube';
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { WorkQueue, type WorkResult } from '@prow/base-queue';
import type { Clock } from '@prow/base-time';
import { noTracing, type Tracing } from '@prow/base-tracing';
import { jobTraceparent, type ProwJob, type ProwJobState } from '@prow/model-prowjob';
import type { ReportMetrics } from './report-metrics.ts';
import { stateOf, type ReportOutcome, type Reporter } from './reporter.ts';

/** Waits between attempts for one pull request: soon at first, an hour's outage costs some tens of attempts. */
const backoff = { baseMs: 1000, factor: 2, maxMs: 5 * 60_000 };
/** A replica that leads no more is about to be stopped. */
const noLeaderWaitMs = 1000;

export interface ReportControllerOptions {
  reporter: Reporter;
  /** Started and stopped by its owner; must have had `indexByReportKey` applied for this reporter before its start. */
  prowJobs: Informer<ProwJob>;
  prowJobApi: (namespace: string) => Pick<ResourceApi<ProwJob>, 'patch'>;
  /** Keys (pull requests) worked on at once. */
  workers: number;
  /** Deliveries are not noted in the jobs, for nothing was delivered. */
  isDryRun?: boolean;
  /** False once another replica may lead. Default: always true. */
  mayWrite?: () => boolean;
  clock: Clock;
  log: Logger;
  metrics?: ReportMetrics;
  tracing?: Tracing;
}

/** Name of the informer's index by `reporter.keyOf`. */
export function reportIndex(reporter: Pick<Reporter, 'name'>): string {
  return `report-key/${reporter.name}`;
}

/** Lets the informer find the jobs of one report key; call before the informer starts. */
export function indexByReportKey(prowJobs: Informer<ProwJob>, reporter: Reporter): void {
  prowJobs.addIndex(reportIndex(reporter), (prowJob) => [reporter.keyOf(prowJob)]);
}

export class ReportController {
  readonly #options: ReportControllerOptions;
  readonly #queue: WorkQueue;
  /** States delivered by this process that the cache may not show yet, by uid. */
  readonly #delivered = new Map<string, ProwJobState>();
  #removeHandler: (() => void) | undefined;

  constructor(options: ReportControllerOptions) {
    this.#options = options;
    const { reporter, workers, clock, log } = options;
    this.#queue = new WorkQueue({ name: `crier-${reporter.name}`, concurrency: workers, process: (key, signal) => this.#process(key, signal), clock, log, backoff });
  }

  start(): void {
    const { prowJobs } = this.#options;
    this.#removeHandler = prowJobs.addHandler({
      onAdd: (prowJob) => this.#consider(prowJob),
      onUpdate: (_previous, prowJob) => this.#consider(prowJob),
      onDelete: (prowJob) => void this.#delivered.delete(prowJob.metadata.uid ?? ''),
    });
    this.#queue.start();
    for (const prowJob of prowJobs.list()) this.#consider(prowJob);
  }

  async stop(): Promise<void> {
    this.#removeHandler?.();
    await this.#queue.stop();
  }

  /** Looks again at everything, e.g. after a change of the configuration. */
  resync(): void {
    for (const prowJob of this.#options.prowJobs.list()) this.#consider(prowJob);
  }

  /** Resolves when nothing is being reported or ready to be. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  #consider(prowJob: ProwJob): void {
    if (this.#isDue(prowJob)) this.#queue.add(this.#options.reporter.keyOf(prowJob));
  }

  #isDue(prowJob: ProwJob): boolean {
    const { reporter } = this.#options;
    const state = stateOf(prowJob);
    if (prowJob.status.prev_report_states?.[reporter.name] === state) {
      this.#delivered.delete(prowJob.metadata.uid ?? '');
      return false;
    }
    return this.#delivered.get(prowJob.metadata.uid ?? '') !== state && reporter.shouldReport(prowJob);
  }

  async #process(key: string, signal: AbortSignal): Promise<WorkResult> {
    const { reporter, prowJobs, metrics, clock, mayWrite = () => true } = this.#options;
    if (!mayWrite()) return { requeueAfterMs: noLeaderWaitMs };
    const due = prowJobs.byIndex(reportIndex(reporter), key).filter((prowJob) => this.#isDue(prowJob));
    if (due.length === 0) return undefined;
    const startedAtMs = clock.now();
    const outcomes = await reporter.report(due, signal, () => mayWrite() && !signal.aborted);
    const failures: unknown[] = [];
    let laterMs: number | undefined;
    for (const prowJob of due) {
      const outcome: ReportOutcome = outcomes.get(prowJob.metadata.name ?? '') ?? { kind: 'failed', error: new Error('the reporter gave no outcome') };
      metrics?.count(reporter.name, prowJob, outcome.kind, clock.now());
      this.#trace(prowJob, outcome, startedAtMs);
      if (outcome.kind === 'failed') failures.push(outcome.error);
      else if (outcome.kind === 'later') laterMs = Math.min(laterMs ?? outcome.afterMs, outcome.afterMs);
      else await this.#note(prowJob).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures, `${failures.length} reports failed`);
    return laterMs === undefined ? undefined : { requeueAfterMs: laterMs };
  }

  #trace(prowJob: ProwJob, outcome: ReportOutcome, startedAtMs: number): void {
    const { reporter, clock, tracing = noTracing } = this.#options;
    if (!tracing.isOn || outcome.kind === 'later') return;
    const attributes = { 'prow.reporter': reporter.name, 'prow.state': stateOf(prowJob), 'prow.prowjob': prowJob.metadata.name ?? '' };
    const error = outcome.kind === 'failed' ? messageOf(outcome.error) : undefined;
    tracing.record({ name: 'prowjob report', kind: 'client', parent: jobTraceparent(prowJob), attributes, startedAtMs, endedAtMs: clock.now(), error });
  }

  async #note(prowJob: ProwJob): Promise<void> {
    const { reporter, prowJobApi, log, isDryRun = false } = this.#options;
    const { name = '', namespace = '', uid = '' } = prowJob.metadata;
    const state = stateOf(prowJob);
    this.#delivered.set(uid, state);
    if (isDryRun) return;
    try {
      await prowJobApi(namespace).patch(name, { type: 'merge', body: { status: { prev_report_states: { [reporter.name]: state } } } });
    } catch (error) {
      if (error instanceof Error && 'reason' in error && error.reason === 'NotFound') return;
      this.#delivered.delete(uid);
      throw error;
    }
    log.debug('reported', { reporter: reporter.name, prowjob: name, state });
  }
}
