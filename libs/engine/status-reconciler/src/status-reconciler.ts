// Follows the configuration and does what its changes ask of open pull requests. upstream: pkg/statusreconciler
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { WorkQueue } from '@prow/base-queue';
import type { Clock } from '@prow/base-time';
import type { Presubmit } from '@prow/model-prowjob';
import { compareJobs, type Presubmits } from './compare-jobs.ts';
import { reconcileRepo, type ReconcileOptions } from './reconcile-repo.ts';

const backoff = { baseMs: 5000, factor: 2, maxMs: 10 * 60_000 };
const reposAtOnce = 4;

/** Where the jobs are kept that the pull requests are in line with. */
export interface SavedJobs {
  /** Undefined: nothing was kept yet. */
  load(): Promise<Presubmits | undefined>;
  save(jobs: Presubmits): Promise<void>;
}

export interface StatusReconcilerOptions {
  presubmits: () => Presubmits;
  saved: SavedJobs;
  /** `org` or `org/repo` that are left alone. */
  denylist: readonly string[];
  /** `org` or `org/repo` whose statuses are settled, but for which no jobs are started. */
  noJobsFor: readonly string[];
  reconcile: Omit<ReconcileOptions, 'mayStartJobs' | 'isSchedulerEnabled' | 'presubmits'> & { isSchedulerEnabled: () => boolean };
  clock: Clock;
  log: Logger;
}

export class StatusReconciler {
  readonly #options: StatusReconcilerOptions;
  readonly #queue: WorkQueue;
  /** What each repository is in line with. */
  #settled: Record<string, readonly Presubmit[]> = {};
  #isLoaded = false;

  constructor(options: StatusReconcilerOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.#queue = new WorkQueue({ name: 'status-reconciler', concurrency: reposAtOnce, process: (repo) => this.#process(repo), clock, log, backoff });
  }

  /** Takes what was kept; where nothing was, the present configuration is the start. */
  async start(): Promise<void> {
    const { saved, presubmits } = this.#options;
    const known = await saved.load();
    this.#settled = essence(known ?? presubmits());
    this.#isLoaded = true;
    if (known === undefined) await saved.save(this.#settled);
    this.#queue.start();
    this.look();
  }

  /** Compares the present configuration with what the pull requests are in line with. */
  look(): void {
    if (!this.#isLoaded) return;
    const now = essence(this.#options.presubmits());
    const changes = compareJobs(this.#settled, now);
    for (const repo of changes.keys()) this.#queue.add(repo);
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  async stop(): Promise<void> {
    await this.#queue.stop();
  }

  async #process(repo: string): Promise<void> {
    const { presubmits, denylist, noJobsFor, reconcile, saved, log } = this.#options;
    const all = presubmits();
    const now = Object.hasOwn(all, repo) ? (all[repo] ?? []) : [];
    const before = this.#settled[repo] ?? [];
    const [org = '', name = ''] = repo.split('/');
    const isListed = (list: readonly string[]): boolean => list.includes(org) || list.includes(repo);
    const changes = compareJobs({ [repo]: before }, { [repo]: now }).get(repo);
    if (changes !== undefined && !isListed(denylist)) {
      log.info('jobs of a repository changed', { repo, added: changes.added.map((job) => job.name), retired: changes.retired, moved: changes.moved });
      await reconcileRepo({ org, repo: name }, changes, { ...reconcile, presubmits: now, isSchedulerEnabled: reconcile.isSchedulerEnabled(), mayStartJobs: !isListed(noJobsFor) });
    }
    const { [repo]: _before, ...others } = this.#settled;
    this.#settled = now.length === 0 ? others : { ...others, ...essence({ [repo]: now }) };
    await saved.save(this.#settled).catch((error: unknown) => log.warn('jobs could not be kept; after a restart some are compared again', { cause: messageOf(error) }));
  }
}

// Only what the comparison reads: the whole configuration may be many megabytes.
function essence(presubmits: Presubmits): Record<string, Presubmit[]> {
  return Object.fromEntries(Object.entries(presubmits).map(([repo, jobs]) => [repo, jobs.map((job) => essenceOfJob(job))]));
}

function essenceOfJob({ name, agent, cluster, context, always_run, optional, skip_report, run_if_changed, skip_if_only_changed, branches, skip_branches, trigger, rerun_command }: Presubmit): Presubmit {
  const fields = { name, agent, cluster, context, always_run, optional, skip_report, run_if_changed, skip_if_only_changed, branches, skip_branches, trigger, rerun_command };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as unknown as Presubmit;
}
