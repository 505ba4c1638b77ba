// Makes ProwJobs of periodic jobs when they are due. upstream: cmd/horologium/main.go
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock, Timer } from '@prow/base-time';
import type { Informer, ResourceApi } from '@prow/clients-kube';
import { jobAnnotation, newProwJob, periodicSpec, typeLabel, type Periodic, type ProwJob } from '@prow/model-prowjob';
import { decideRun } from './decide-run.ts';
import type { FirstSeen } from './first-seen.ts';
import { runName } from './run-name.ts';

/** Name of the informer's index by periodic job. */
const periodicIndex = 'periodic-job';
/** The wait after a look that failed. */
const retryMs = 5000;

export interface HorologiumSettings {
  periodics: readonly Periodic[];
  /** `horologium.tick_interval`. */
  tickIntervalMs: number;
  prowJobNamespace: string;
  /** `scheduler.enabled`: new jobs wait for a scheduler. */
  isSchedulerEnabled: boolean;
}

export interface HorologiumOptions {
  /** `indexByPeriodic` was applied before its start; must have synced before `start`. */
  prowJobs: Informer<ProwJob>;
  prowJobApi: (namespace: string) => Pick<ResourceApi<ProwJob>, 'create'>;
  firstSeen: FirstSeen;
  settings: () => HorologiumSettings;
  mayWrite?: () => boolean;
  clock: Clock;
  log: Logger;
}

/** Lets the informer find the runs of one periodic job; call before the informer starts. */
export function indexByPeriodic(prowJobs: Informer<ProwJob>): void {
  prowJobs.addIndex(periodicIndex, (prowJob) => (prowJob.metadata.labels?.[typeLabel] === 'periodic' || prowJob.spec.type === 'periodic' ? [jobNameOf(prowJob)] : []));
}

function jobNameOf(prowJob: ProwJob): string {
  return prowJob.metadata.annotations?.[jobAnnotation] ?? prowJob.spec.job;
}

export class Horologium {
  readonly #options: HorologiumOptions;
  /** Runs just created that the cache may not show yet, by job. */
  readonly #created = new Map<string, ProwJob>();
  #timer: Timer | undefined;
  #look: Promise<void> = Promise.resolve();
  #isStopped = false;
  #isLoaded = false;

  constructor(options: HorologiumOptions) {
    this.#options = options;
  }

  /** Looks at once, and then at every tick. */
  start(): void {
    this.#schedule(0);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#look;
  }

  /** One look at all periodic jobs. */
  async look(): Promise<void> {
    const { settings, firstSeen, clock, mayWrite = () => true } = this.#options;
    if (!this.#isLoaded) await firstSeen.load();
    this.#isLoaded = true;
    if (!mayWrite()) return;
    const { periodics } = settings();
    const due: (() => Promise<void>)[] = [];
    for (const job of periodics) {
      const nowMs = clock.now();
      const sinceMs = firstSeen.sinceMs(job.name, scheduleText(job), nowMs);
      const decision = decideRun({ job, lastRun: this.#lastRunOf(job.name), sinceMs, nowMs });
      if (decision.kind === 'broken') this.#options.log.error('periodic job has a schedule that can not be read', { job: job.name, cause: messageOf(decision.error) });
      if (decision.kind === 'run') due.push(() => this.#create(job, decision.key, decision.annotations, decision.because));
    }
    // Kept before anything fires on its strength.
    await firstSeen.save(new Set(periodics.map((job) => job.name)));
    for (const create of due) await create();
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return;
    this.#timer = this.#options.clock.after(delayMs, () => {
      this.#look = this.look().then(
        () => this.#schedule(this.#options.settings().tickIntervalMs),
        (error: unknown) => {
          this.#options.log.warn('look at periodic jobs failed, will be tried again', { error });
          this.#schedule(retryMs);
        },
      );
    });
  }

  #lastRunOf(job: string): ProwJob | undefined {
    const created = this.#created.get(job);
    const known = this.#options.prowJobs.byIndex(periodicIndex, job);
    if (created !== undefined && known.some((each) => each.metadata.uid === created.metadata.uid)) this.#created.delete(job);
    const runs = created === undefined || known.some((each) => each.metadata.uid === created.metadata.uid) ? known : [...known, created];
    return runs.reduce<ProwJob | undefined>((newest, each) => (newest === undefined || startedAt(each) >= startedAt(newest) ? each : newest), undefined);
  }

  async #create(job: Periodic, key: string, annotations: Record<string, string>, because: string): Promise<void> {
    const { prowJobApi, settings, clock, log } = this.#options;
    const { prowJobNamespace, isSchedulerEnabled } = settings();
    const prowJob = newProwJob(periodicSpec(job), {
      name: runName(job.name, key),
      namespace: prowJobNamespace,
      labels: job.labels ?? {},
      annotations: { ...job.annotations, ...annotations },
      nowMs: clock.now(),
      ...(isSchedulerEnabled ? { state: 'scheduling' as const } : {}),
    });
    try {
      this.#created.set(job.name, await prowJobApi(prowJobNamespace).create(prowJob));
      log.info('periodic job started', { job: job.name, prowjob: prowJob.metadata.name, because });
    } catch (error) {
      const isThere = error instanceof Error && 'reason' in error && error.reason === 'AlreadyExists';
      if (!isThere) throw error;
      log.debug('periodic job was started already', { job: job.name, prowjob: prowJob.metadata.name });
    }
  }
}

function scheduleText(job: Periodic): string {
  return job.cron ?? job.interval ?? job.minimum_interval ?? '';
}

function startedAt(prowJob: ProwJob): string {
  return prowJob.status.startTime ?? prowJob.metadata.creationTimestamp ?? '';
}
