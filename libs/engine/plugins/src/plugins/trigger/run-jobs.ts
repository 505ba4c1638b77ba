import type { EventPullRequest } from '@prow/model-github-events';
import type { JobSelection } from '@prow/model-job-selection';
import {
  eventGuidLabel,
  newProwJob,
  presubmitLabels,
  presubmitSpec,
  type Presubmit,
  type ProwJob,
  type Pull,
  refsString,
  type Refs,
  retestLabel,
} from '@prow/model-prowjob';
import { derivedUuid } from '../../delivery-uuid.ts';
import type { PluginContext } from '../../plugin.ts';
import { withRequired } from './required-jobs.ts';

type Context = Pick<PluginContext, 'prowJobs' | 'config' | 'clock' | 'guid' | 'decide' | 'log'>;

/** Creations under way at the same time: a burst does not wait for itself, and the API server is spared. */
const parallelCreations = 16;

/** The pull request's change as jobs name it. upstream: pjutil.PullRequest refs in pkg/pjutil/pjutil.go */
export function pullRefs(name: { org: string; repo: string }, pullRequest: EventPullRequest, baseSha: string): Refs {
  const repoLink = pullRequest.base.repository?.htmlUrl ?? '';
  const pull: Pull = {
    number: pullRequest.number,
    author: pullRequest.author.login,
    sha: pullRequest.head.sha,
    title: pullRequest.title,
    head_ref: pullRequest.head.ref,
    link: pullRequest.htmlUrl,
    author_link: pullRequest.author.htmlUrl,
    commit_link: `${repoLink}/pull/${pullRequest.number}/commits/${pullRequest.head.sha}`,
  };
  return {
    ...name,
    repo_link: repoLink,
    base_ref: pullRequest.base.ref,
    base_sha: baseSha,
    base_link: `${repoLink}/commit/${baseSha}`,
    pulls: [pull],
  };
}

/** One name for one job of one delivery on one change: an event handled twice creates it once. */
export function prowJobName(guid: string, job: string, refs: Refs): string {
  return derivedUuid('prowjob', guid, job, `${refs.org}/${refs.repo}`, refsString(refs));
}

export function presubmitJob(job: Presubmit, refs: Refs, { config, clock, guid, log }: Omit<Context, 'prowJobs' | 'decide'>, extraLabels: Record<string, string> = {}): ProwJob {
  return newProwJob(presubmitSpec(job, refs), {
    name: prowJobName(guid, job.name, refs),
    namespace: config.prowjob_namespace,
    labels: presubmitLabels(job, { [eventGuidLabel]: guid, ...extraLabels }),
    annotations: { ...job.annotations },
    nowMs: clock.now(),
    state: config.scheduler?.enabled ? 'scheduling' : 'triggered',
    onDroppedLabel: (key, value) => log.warn('label of a job cannot be a label and is left out', { job: job.name, key, value }),
  });
}

/** Creates the selected jobs, and of `presubmits` those that they require, side by side; a second run of the event finds them there. */
export async function runPresubmits(
  selection: JobSelection<Presubmit>,
  refs: Refs,
  context: Context,
  { presubmits, isRetest = false }: { presubmits: readonly Presubmit[]; isRetest?: boolean },
): Promise<void> {
  const whole = await withRequired(selection, presubmits, refs, context);
  recordSelection(whole, context);
  const labels: Record<string, string> = isRetest ? { [retestLabel]: 'true' } : {};
  await createAll(whole.toRun.map((job) => presubmitJob(job, refs, context, labels)), context);
}

export async function createAll(prowJobs: readonly ProwJob[], { prowJobs: client, decide }: Pick<Context, 'prowJobs' | 'decide'>): Promise<void> {
  const queue = [...prowJobs];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { created } = await client.create(next);
      decide(created ? 'job created' : 'job was created before', { job: next.spec.job, prowjob: next.metadata.name });
    }
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(parallelCreations, queue.length) }, work));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

export function recordSelection(selection: JobSelection<{ name: string }>, { decide }: Pick<Context, 'decide'>): void {
  for (const { job, runs, reason } of selection.decisions) decide(`job ${runs ? 'runs' : 'does not run'}`, { job: job.name, reason });
}

/** Asks for the end of a pull request's running jobs; those of the delivery `exceptGuid` stay. */
export async function abortRunning(
  name: { org: string; repo: string; number: number },
  { prowJobs, decide }: Pick<Context, 'prowJobs' | 'decide'>,
  { exceptGuid }: { exceptGuid?: string } = {},
): Promise<void> {
  for (const prowJob of await prowJobs.listRunning(name)) {
    const isOurs = exceptGuid !== undefined && prowJob.metadata.labels?.[eventGuidLabel] === exceptGuid;
    if (prowJob.status.state === 'aborted' || isOurs) continue;
    const isAborted = await prowJobs.abort(prowJob, 'Aborted by trigger plugin.');
    decide(isAborted ? 'job aborted' : 'job changed meanwhile, not aborted', { job: prowJob.spec.job, prowjob: prowJob.metadata.name });
  }
}
