// A request → one ProwJob of a configured job.
import { createHash, randomUUID } from 'node:crypto';
import { ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import { hasReason, type ResourceApi } from '@prow/clients-kube';
import { batchSpec, newProwJob, periodicSpec, postsubmitSpec, presubmitLabels, presubmitSpec, type ProwJob, type ProwJobSpec, type Refs } from '@prow/model-prowjob';
import { checkAdditions, withEnv, type AllowedAdditions } from './additions.ts';
import { findJob, type FoundJob, type JobsOfRepository } from './find-job.ts';
import { resolveRefs, type RefsSource } from './resolve-refs.ts';
import type { Caller, Triggered, TriggerRequest } from './types.ts';

/** On the ProwJob: whom it is for, as label (made to fit) and annotation (whole). */
export const userKey = 'prow.k8s.io/user';
/** On the ProwJob: whose token asked for it. */
export const callerAnnotation = 'prow.k8s.io/triggered-by';
/** On the ProwJob of a request with an Idempotency-Key: the request's digest. */
export const requestAnnotation = 'prow.k8s.io/trigger-request';

export interface ManualTriggerOptions extends RefsSource {
  prowJobs: ResourceApi<ProwJob>;
  namespace: () => string;
  isSchedulerEnabled: () => boolean;
  /** Central jobs. */
  jobsOf: (name: { org: string; repo: string }) => JobsOfRepository;
  /** The repository's own jobs at these commits, added to the central ones; undefined where it may not have any. */
  ownJobsOf: (refs: Refs) => (() => Promise<JobsOfRepository>) | undefined;
  allowed: AllowedAdditions;
  clock: Clock;
  log: Logger;
}

export interface TriggerOptions {
  caller: Caller;
  /** The same key of the same caller gives the same ProwJob. */
  idempotencyKey?: string | undefined;
  /** Refs that are known already: nothing is asked of GitHub. */
  refs?: Refs | undefined;
  /** Told of the job that was found and the ProwJob to be made; throws to refuse. */
  authorize: (found: FoundJob, prowJob: ProwJob) => Promise<void>;
}

export class ManualTrigger {
  readonly #options: ManualTriggerOptions;

  constructor(options: ManualTriggerOptions) {
    this.#options = options;
  }

  /** @throws ProwError PROW_MANUAL_TRIGGER_*; what `authorize` throws; GitHubError, KubeError as they come (rejects) */
  async trigger(request: TriggerRequest, { caller, idempotencyKey, refs: known, authorize }: TriggerOptions): Promise<Triggered> {
    const { prowJobs, namespace, clock, isSchedulerEnabled, allowed } = this.#options;
    const { user } = request;
    const digest = createHash('sha256').update(JSON.stringify(sorted(request))).digest('hex');
    const name = idempotencyKey === undefined ? randomUUID() : uuidOf(`${caller.id}\0${idempotencyKey}`);
    if (idempotencyKey !== undefined) {
      const before = await prowJobs.find(name);
      if (before !== undefined) return { prowJob: sameRequest(before, digest), created: false };
    }
    checkAdditions(request, allowed);
    const { found, refs } = await this.#find(request, known);
    const { spec, labels } = specOf(found, request, refs);
    const prowJob = newProwJob(withEnv(spec, request.env), {
      name,
      namespace: namespace(),
      nowMs: clock.now(),
      labels: { ...labels, ...request.labels, [userKey]: labelOf(user) },
      annotations: {
        ...found.job.annotations,
        ...request.annotations,
        [userKey]: user,
        ...(caller.name === undefined ? {} : { [callerAnnotation]: caller.name }),
        ...(idempotencyKey === undefined ? {} : { [requestAnnotation]: digest }),
      },
      ...(isSchedulerEnabled() ? { state: 'scheduling' as const } : {}),
    });
    await authorize(found, prowJob);
    if (request.dry_run === true) return { prowJob: await prowJobs.create(prowJob, { dryRun: true }), created: false };
    try {
      return { prowJob: await prowJobs.create(prowJob), created: true };
    } catch (error) {
      // Another replica was quicker, or the answer to our own write before was lost.
      if (hasReason(error, 'AlreadyExists')) return { prowJob: sameRequest(await prowJobs.get(name), digest), created: false };
      throw error;
    }
  }

  /** Central jobs first; a repository is asked for its own only when they do not have the name. */
  async #find(request: TriggerRequest, known: Refs | undefined): Promise<{ found: FoundJob; refs: Refs | undefined }> {
    const central = this.#options.jobsOf(request);
    const resolve = async (): Promise<Refs> => known ?? (await resolveRefs(this.#options, request));
    try {
      const found = findJob(central, request);
      checkPulls(found, known?.pulls?.length ?? request.pulls?.length ?? 0);
      return { found, refs: found.type === 'periodic' ? undefined : await resolve() };
    } catch (error) {
      if (request.prowtype === 'periodic' || !(error instanceof ProwError) || error.code !== 'PROW_MANUAL_TRIGGER_UNKNOWN') throw error;
      const { org, repo, base_ref } = request;
      if (this.#options.ownJobsOf({ org, repo, base_ref }) === undefined) throw error;
      const refs = await resolve();
      const own = await this.#options.ownJobsOf(refs)?.();
      const found = findJob(own ?? central, request);
      checkPulls(found, refs.pulls?.length ?? 0);
      return { found, refs };
    }
  }
}

function checkPulls({ type }: FoundJob, count: number): void {
  if ({ presubmit: count === 1, batch: count > 1, postsubmit: count === 0, periodic: count === 0 }[type]) return;
  const expected = { presubmit: 'the number of one pull request', batch: 'the numbers of two or more pull requests', postsubmit: 'none', periodic: 'none' }[type];
  throw new ProwError('PROW_MANUAL_TRIGGER_REQUEST', `pulls: found ${count}, expected ${expected} for a ${type}`, { httpStatus: 400, details: { field: 'pulls' } });
}

function specOf({ type, job }: FoundJob, { org, repo, base_ref }: TriggerRequest, refs: Refs = { org, repo, base_ref }): { spec: ProwJobSpec; labels: Record<string, string> } {
  if (type === 'periodic') return { spec: periodicSpec(job), labels: job.labels ?? {} };
  if (type === 'postsubmit') return { spec: postsubmitSpec(job, refs), labels: job.labels ?? {} };
  return { spec: type === 'batch' ? batchSpec(job, refs) : presubmitSpec(job, refs), labels: presubmitLabels(job) };
}

/** @throws ProwError PROW_MANUAL_TRIGGER_KEY (422): the key was used for something else */
function sameRequest(prowJob: ProwJob, digest: string): ProwJob {
  const before = prowJob.metadata.annotations?.[requestAnnotation];
  if (before === undefined || before === digest) return prowJob;
  throw new ProwError('PROW_MANUAL_TRIGGER_KEY', `Idempotency-Key: was used for another request, which made ${prowJob.metadata.name ?? ''}; expected the same request or a new key`, { httpStatus: 422, details: { field: 'Idempotency-Key', prowjob: prowJob.metadata.name } });
}

/** Keys in byte order, so that equal requests are equal texts. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sorted(each)]));
}

/** A user's name as a label can hold it. */
function labelOf(user: string): string {
  return user.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 63).replaceAll(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '') || 'unknown';
}

function uuidOf(key: string): string {
  const hex = createHash('sha256').update(`manual-trigger\0${key}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
