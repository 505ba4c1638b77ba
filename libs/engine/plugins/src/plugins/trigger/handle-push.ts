import type { PushEvent } from '@prow/model-github-events';
import { jobsRequiredBy, selectPostsubmits } from '@prow/model-job-selection';
import { eventGuidLabel, newProwJob, postsubmitSpec, type Postsubmit, type ProwJob, type Refs } from '@prow/model-prowjob';
import { nameOf, type PluginContext } from '../../plugin.ts';
import { addRequired } from './required-jobs.ts';
import { createAll, prowJobName, recordSelection } from './run-jobs.ts';

const zeroSha = /^0+$/;

/** A push to a branch or tag runs the postsubmits that want it. upstream: pkg/plugins/trigger/push.go */
export async function handlePush(event: PushEvent, context: PluginContext): Promise<void> {
  if (event.isDeleted || zeroSha.test(event.after)) {
    context.decide('a ref was deleted: nothing runs', { ref: event.ref });
    return;
  }
  const name = nameOf(event.repository);
  const jobs = await context.jobs({ ...name, baseSha: async () => event.after, headShas: [], refs: [event.ref] });
  if (jobs.inRepoProblem !== undefined) context.decide("the repository's own configuration cannot be used", { problem: jobs.inRepoProblem });
  const files = [...new Set(event.commits.flatMap(({ added, removed, modified }) => [...added, ...removed, ...modified]))];
  const wanted = await selectPostsubmits({ postsubmits: jobs.postsubmits, branch: event.branch, files });
  const selection = addRequired(wanted, jobsRequiredBy(wanted.toRun, jobs.postsubmits, event.branch));
  recordSelection(selection, context);
  const refs: Refs = {
    ...name,
    repo_link: event.repository.htmlUrl,
    base_ref: event.branch,
    base_sha: event.after,
    base_link: event.compareUrl,
  };
  await createAll(selection.toRun.map((job) => postsubmitJob(job, refs, context)), context);
}

function postsubmitJob(job: Postsubmit, refs: Refs, { config, clock, guid, log }: PluginContext): ProwJob {
  return newProwJob(postsubmitSpec(job, refs), {
    name: prowJobName(guid, job.name, refs),
    namespace: config.prowjob_namespace,
    labels: { ...job.labels, [eventGuidLabel]: guid },
    annotations: { ...job.annotations },
    nowMs: clock.now(),
    state: config.scheduler?.enabled ? 'scheduling' : 'triggered',
    onDroppedLabel: (key, value) => log.warn('label of a job cannot be a label and is left out', { job: job.name, key, value }),
  });
}
