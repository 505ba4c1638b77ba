// A request → one ProwJob of a configured job.
import { createHash, randomUUID } from 'node:crypto';
import { ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import type { PullRequests, Repositories } from '@prow/clients-github';
import { hasReason, type ResourceApi } from '@prow/clients-kube';
import { batchSpec, newProwJob, periodicSpec, postsubmitSpec, presubmitLabels, presubmitSpec, type ProwJob, type ProwJobSpec, type Pull, type Refs } from '@prow/model-prowjob';
import { findJob, type FoundJob, type JobsOfRepository } from './find-job.ts';
import type { Triggered, TriggerRequest } from './types.ts';

/** On the ProwJob: who asked, as label (made to fit) and annotation (whole). */
export const userKey = 'prow.k8s.io/user';

export interface ManualTriggerOptions {
  github: PullRequests & Repositories;
  /** `https://github.com`, without a slash at its end. */
  webUrl: string;
  prowJobs: ResourceApi<ProwJob>;
  namespace: () => string;
  isSchedulerEnabled: () => boolean;
  jobsOf: (name: { org: string; repo: string }) => Promise<JobsOfRepository>;
  clock: Clock;
  log: Logger;
}

export class ManualTrigger {
  readonly #options: ManualTriggerOptions;

  constructor(options: ManualTriggerOptions) {
    this.#options = options;
  }

  /**
   * @param idempotencyKey the same key gives the same ProwJob
   * @throws ProwError PROW_MANUAL_TRIGGER_*; GitHubError, KubeError as they come
   */
  async trigger(request: TriggerRequest, idempotencyKey: string | undefined): Promise<Triggered> {
    const { prowJobs, namespace, clock, log, isSchedulerEnabled } = this.#options;
    const { org, repo, user } = request;
    const found = findJob(await this.#options.jobsOf({ org, repo }), request);
    const name = idempotencyKey === undefined ? randomUUID() : uuidOf(idempotencyKey);
    if (idempotencyKey !== undefined) {
      const before = await prowJobs.find(name);
      if (before !== undefined) return { prowJob: before, created: false };
    }
    const { spec, labels } = await this.#specOf(found, request);
    const prowJob = newProwJob(spec, {
      name,
      namespace: namespace(),
      nowMs: clock.now(),
      labels: { ...labels, [userKey]: labelOf(user) },
      annotations: { ...found.job.annotations, [userKey]: user },
      ...(isSchedulerEnabled() ? { state: 'scheduling' as const } : {}),
    });
    if (request.dry_run === true) return { prowJob, created: false };
    try {
      const created = await prowJobs.create(prowJob);
      log.info('job triggered', { prowjob: name, job: spec.job, org, repo, user });
      return { prowJob: created, created: true };
    } catch (error) {
      if (hasReason(error, 'AlreadyExists')) return { prowJob: await prowJobs.get(name), created: false };
      throw error;
    }
  }

  async #specOf({ type, job }: FoundJob, request: TriggerRequest): Promise<{ spec: ProwJobSpec; labels: Record<string, string> }> {
    if (type === 'periodic') return { spec: periodicSpec(job), labels: job.labels ?? {} };
    const pulls = request.pulls ?? [];
    const wanted = { presubmit: pulls.length === 1, batch: pulls.length > 1, postsubmit: pulls.length === 0 }[type];
    if (!wanted) {
      const expected = { presubmit: 'the number of one pull request', batch: 'the numbers of two or more pull requests', postsubmit: 'none' }[type];
      throw new ProwError('PROW_MANUAL_TRIGGER_REQUEST', `pulls: found ${pulls.length}, expected ${expected} for a ${type}`, { httpStatus: 400, details: { field: 'pulls' } });
    }
    const refs = await this.#refsOf(request, pulls);
    if (type === 'postsubmit') return { spec: postsubmitSpec(job, refs), labels: job.labels ?? {} };
    return { spec: type === 'batch' ? batchSpec(job, refs) : presubmitSpec(job, refs), labels: presubmitLabels(job) };
  }

  async #refsOf({ org, repo, base_ref: baseRef, base_sha: givenSha }: TriggerRequest, numbers: readonly number[]): Promise<Refs> {
    const { github, webUrl } = this.#options;
    const baseSha = givenSha ?? (await github.getRef({ org, repo, ref: `heads/${baseRef}` }));
    if (baseSha === undefined) throw new ProwError('PROW_MANUAL_TRIGGER_BASE', `base_ref: ${org}/${repo} has no branch "${baseRef}"`, { httpStatus: 404, details: { field: 'base_ref' } });
    const repoLink = `${webUrl}/${org}/${repo}`;
    const pulls = await Promise.all(numbers.map((number) => this.#pullOf(org, repo, number, baseRef)));
    return { org, repo, repo_link: repoLink, base_ref: baseRef, base_sha: baseSha, base_link: `${repoLink}/commit/${baseSha}`, ...(pulls.length === 0 ? {} : { pulls }) };
  }

  async #pullOf(org: string, repo: string, number: number, baseRef: string): Promise<Pull> {
    const { github, webUrl } = this.#options;
    const pull = await github.findPullRequest({ org, repo, number });
    if (pull === undefined) throw new ProwError('PROW_MANUAL_TRIGGER_PULL', `pulls: ${org}/${repo} has no pull request ${number}`, { httpStatus: 404, details: { field: 'pulls' } });
    if (pull.base.ref !== baseRef) throw new ProwError('PROW_MANUAL_TRIGGER_PULL', `pulls: ${number} goes into ${pull.base.ref}, expected ${baseRef}`, { httpStatus: 409, details: { field: 'pulls' } });
    const link = `${webUrl}/${org}/${repo}/pull/${number}`;
    return { number, author: pull.user.login, sha: pull.head.sha, title: pull.title, head_ref: pull.head.ref, link, commit_link: `${link}/commits/${pull.head.sha}`, author_link: `${webUrl}/${pull.user.login}` };
  }
}

/** A user's name as a label can hold it. */
function labelOf(user: string): string {
  return user.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 63).replaceAll(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '') || 'unknown';
}

function uuidOf(key: string): string {
  const hex = createHash('sha256').update(`manual-trigger\0${key}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
