// A job that is deleted before it has ended leaves a status that says `pending` for ever. Here it gets its end. What
// GitHub shows is asked first: only a status that is this very job's is changed, so nothing need be remembered of what
// was reported, and telling twice does no harm.
import type { Logger } from '@prow/base-log';
import { WorkQueue } from '@prow/base-queue';
import type { Clock } from '@prow/base-time';
import { GitHubError, type Statuses } from '@prow/clients-github';
import type { Informer } from '@prow/clients-kube';
import { isComplete, type ProwJob } from '@prow/model-prowjob';
import { commitOf } from './commit-of.ts';
import { statusDescription } from './status-description.ts';

export const deletedDescription = 'Aborted: the ProwJob was deleted.';
const workers = 4;
const backoff = { baseMs: 1000, factor: 2, maxMs: 5 * 60_000 };
/** About a day of GitHub's silence. */
const maxAttempts = 300;
const maxWaiting = 10_000;

export interface DeletedJobsOptions {
  github: Pick<Statuses, 'createStatus' | 'getCombinedStatus'>;
  prowJobs: Pick<Informer<ProwJob>, 'addHandler'>;
  /** Whether states of such a job are told to GitHub at all. */
  shouldReport: (prowJob: ProwJob) => boolean;
  /** All known jobs of the same pull request or commit. */
  siblingsOf: (prowJob: ProwJob) => readonly ProwJob[];
  clock: Clock;
  log: Logger;
}

export class DeletedJobs {
  readonly #options: DeletedJobsOptions;
  readonly #waiting = new Map<string, ProwJob>();
  #queue: WorkQueue | undefined;
  #removeHandler: (() => void) | undefined;
  #mayWrite: () => boolean = () => false;

  constructor(options: DeletedJobsOptions) {
    this.#options = options;
  }

  start(mayWrite: () => boolean): void {
    const { prowJobs, clock, log } = this.#options;
    this.#mayWrite = mayWrite;
    this.#queue = new WorkQueue({ name: 'crier-deleted-jobs', concurrency: workers, process: (name) => this.#process(name), clock, log, backoff });
    this.#removeHandler = prowJobs.addHandler({ onDelete: (prowJob) => this.add(prowJob) });
    for (const name of this.#waiting.keys()) this.#queue.add(name);
    this.#queue.start();
  }

  async stop(): Promise<void> {
    this.#removeHandler?.();
    await this.#queue?.stop();
    this.#queue = undefined;
  }

  /** Takes the last that is known of a job that is gone. Told once this replica leads. */
  add(prowJob: ProwJob): void {
    const { name = '' } = prowJob.metadata;
    if (isComplete(prowJob) || !this.#options.shouldReport(prowJob) || this.#waiting.size >= maxWaiting) return;
    this.#waiting.set(name, prowJob);
    this.#queue?.add(name);
  }

  /** Resolves when nothing is being told or ready to be. */
  async idle(): Promise<void> {
    await this.#queue?.idle();
  }

  async #process(name: string): Promise<void> {
    const prowJob = this.#waiting.get(name);
    if (prowJob === undefined) return;
    try {
      await this.#tell(prowJob);
    } catch (error) {
      const isHopeless = error instanceof GitHubError && (error.isNotFound || error.isValidation);
      if (!isHopeless && (this.#queue?.failuresOf(name) ?? 0) < maxAttempts) throw error;
      this.#options.log.warn('GitHub did not take the end of a deleted job', { prowjob: name, error });
    }
    this.#waiting.delete(name);
  }

  async #tell(prowJob: ProwJob): Promise<void> {
    const { github, siblingsOf, log } = this.#options;
    const { refs, context = '' } = prowJob.spec;
    if (refs === undefined) return;
    const others = siblingsOf(prowJob).filter((other) => other.metadata.name !== prowJob.metadata.name && other.spec.context === context && commitOf(other) === commitOf(prowJob));
    // Another run owns the status, and will end it.
    if (others.some((other) => !isComplete(other))) return;
    const repository = { org: refs.org, repo: refs.repo };
    const { statuses } = await github.getCombinedStatus({ ...repository, ref: commitOf(prowJob) });
    const shown = statuses.find((status) => status.context === context);
    if (shown?.state !== 'pending' || (others.length > 0 && !isOf(prowJob, shown.target_url ?? '')) || !this.#mayWrite()) return;
    await github.createStatus({
      ...repository, sha: commitOf(prowJob), context, state: 'failure', description: statusDescription(deletedDescription, refs.base_sha ?? ''), targetUrl: shown.target_url ?? '',
    });
    log.info('the end of a deleted job was told', { prowjob: prowJob.metadata.name, job: prowJob.spec.job });
  }
}

// A job has no address before its pod has a build id, and none at all where no prefix is configured; of one whose pod was
// lost, GitHub shows the address of the first.
function isOf({ status }: ProwJob, targetUrl: string): boolean {
  const { build_id: buildId = '', url = '', pod_revival_count: revivals = 0 } = status;
  return targetUrl === '' || targetUrl === url || revivals > 0 || (buildId !== '' && targetUrl.includes(buildId));
}
