// Brings the open pull requests of one repository in line with its jobs.
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import { messageOf } from '@prow/base-errors';
import type { GitHubClient, PullRequest } from '@prow/clients-github';
import { decidePresubmit, jobsRequiredBy } from '@prow/model-job-selection';
import { newProwJob, presubmitLabels, presubmitSpec, type Presubmit, type ProwJob, type Refs } from '@prow/model-prowjob';
import { createHash } from 'node:crypto';
import type { RepoChanges } from './compare-jobs.ts';

type Needs = Pick<GitHubClient, 'listPullRequests' | 'listChangedFiles' | 'getRef' | 'getCombinedStatus' | 'createStatus'>;

export interface ReconcileOptions {
  github: Needs;
  /** All of the repository now. */
  presubmits: readonly Presubmit[];
  /** Whether jobs may be started for the pull request without anybody's word. */
  isTrusted: (repo: { org: string; repo: string }, pull: PullRequest) => Promise<boolean>;
  /** False when it was there already. */
  createProwJob: (prowJob: ProwJob) => Promise<boolean>;
  namespace: string;
  isSchedulerEnabled: boolean;
  /** Statuses only: no jobs are started. */
  mayStartJobs: boolean;
  clock: Clock;
  log: Logger;
}

/** Rejects when a pull request could not be dealt with, after all others were. Doing it again does no harm. */
export async function reconcileRepo(name: { org: string; repo: string }, changes: RepoChanges, options: ReconcileOptions): Promise<void> {
  const failures: unknown[] = [];
  for (const pull of await options.github.listPullRequests({ ...name, state: 'open' })) {
    try {
      await startAdded(name, pull, changes.added, options);
      await settleStatuses(name, pull, changes, options);
    } catch (error) {
      failures.push(error);
      options.log.warn('pull request is not in line with the jobs yet', { pull: `${name.org}/${name.repo}#${pull.number}`, cause: messageOf(error) });
    }
  }
  if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures, `${failures.length} pull requests of ${name.org}/${name.repo} failed`);
}

async function startAdded(name: { org: string; repo: string }, pull: PullRequest, added: readonly Presubmit[], options: ReconcileOptions): Promise<void> {
  if (added.length === 0 || !options.mayStartJobs || pull.draft) return;
  let read: Promise<string[]> | undefined;
  const files = (): Promise<string[]> => (read ??= options.github.listChangedFiles({ ...name, number: pull.number }).then((all) => all.map((file) => file.filename)));
  const due: Presubmit[] = [];
  for (const job of added) if ((await decidePresubmit(job, pull.base.ref, files, { forced: false, defaultRun: false })).runs) due.push(job);
  if (due.length === 0 || !(await options.isTrusted(name, pull))) return;
  const baseSha = await options.github.getRef({ ...name, ref: `heads/${pull.base.ref}` });
  if (baseSha === undefined) return;
  for (const job of [...due, ...(await requiredBy(due, name, pull, options))]) {
    const created = await options.createProwJob(prowJobFor(name, pull, job, baseSha, options));
    if (created) options.log.info('newly required job started', { job: job.name, pull: `${name.org}/${name.repo}#${pull.number}` });
  }
}

// What newly required jobs require, unless it has succeeded on this commit or is on its way.
async function requiredBy(due: readonly Presubmit[], name: { org: string; repo: string }, pull: PullRequest, { github, presubmits }: ReconcileOptions): Promise<Presubmit[]> {
  const required = jobsRequiredBy(due, presubmits, pull.base.ref);
  if (required.length === 0) return [];
  const { statuses } = await github.getCombinedStatus({ ...name, ref: pull.head.sha });
  const settled = new Set(statuses.filter(({ state }) => state === 'success' || state === 'pending').map(({ context }) => context));
  return required.flatMap(({ job }) => (settled.has(job.context ?? job.name) ? [] : [job]));
}

function prowJobFor(name: { org: string; repo: string }, pull: PullRequest, job: Presubmit, baseSha: string, { namespace, clock, isSchedulerEnabled }: ReconcileOptions): ProwJob {
  const repoLink = pull.base.repo.html_url;
  const refs: Refs = {
    ...name,
    repo_link: repoLink,
    base_ref: pull.base.ref,
    base_sha: baseSha,
    base_link: `${repoLink}/commit/${baseSha}`,
    pulls: [{
      number: pull.number, author: pull.user.login, sha: pull.head.sha, title: pull.title, head_ref: pull.head.ref, link: pull.html_url,
      commit_link: `${repoLink}/pull/${pull.number}/commits/${pull.head.sha}`, ...(pull.user.html_url === undefined ? {} : { author_link: pull.user.html_url }),
    }],
  };
  return newProwJob(presubmitSpec(job, refs), {
    // One run for one head, however often this is done.
    name: derivedName(['status-reconciler', `${name.org}/${name.repo}`, String(pull.number), pull.head.sha, job.name]),
    namespace,
    labels: presubmitLabels(job),
    annotations: { ...job.annotations },
    nowMs: clock.now(),
    ...(isSchedulerEnabled ? { state: 'scheduling' as const } : {}),
  });
}

function derivedName(parts: readonly string[]): string {
  const hex = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

async function settleStatuses(name: { org: string; repo: string }, pull: PullRequest, { retired, moved }: RepoChanges, { github }: ReconcileOptions): Promise<void> {
  if (retired.length === 0 && moved.length === 0) return;
  const { sha } = pull.head;
  const statuses = new Map((await github.getCombinedStatus({ ...name, ref: sha })).statuses.map((status) => [status.context, status]));
  const retire = (context: string, description: string): Promise<void> => github.createStatus({ ...name, sha, context, state: 'success', description });
  for (const context of retired) {
    const status = statuses.get(context);
    if (status !== undefined && status.state !== 'success') await retire(context, 'Context retired without replacement.');
  }
  for (const { from, to } of moved) {
    const status = statuses.get(from);
    if (status === undefined) continue;
    // First the new one: in between, nothing looks better than it is.
    if (!statuses.has(to)) {
      await github.createStatus({ ...name, sha, context: to, state: status.state, description: status.description ?? '', ...(status.target_url == null ? {} : { targetUrl: status.target_url }) });
    }
    if (status.state !== 'success') await retire(from, `Context retired. Status moved to "${to}".`);
  }
}
