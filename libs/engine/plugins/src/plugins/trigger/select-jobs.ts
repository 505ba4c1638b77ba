import { type JobSelection, type PresubmitFilter, selectPresubmits } from '@prow/model-job-selection';
import type { Presubmit, Refs } from '@prow/model-prowjob';
import { baseTip, type Change } from '../../base-tip.ts';
import { changedPaths } from '../../changed-paths.ts';
import type { JobsOfRepository } from '../../ports/jobs.ts';
import type { PluginContext } from '../../plugin.ts';
import { pullRefs } from './run-jobs.ts';

type Context = Pick<PluginContext, 'github' | 'jobs' | 'decide'>;

export async function jobsOfChange(change: Change, context: Context): Promise<JobsOfRepository> {
  const { org, repo, pullRequest } = change;
  const jobs = await context.jobs({
    org,
    repo,
    baseSha: () => baseTip(change, context),
    headShas: [pullRequest.head.sha],
    refs: [`refs/heads/${pullRequest.base.ref}`, `refs/pull/${pullRequest.number}/head`],
  });
  if (jobs.inRepoProblem !== undefined) context.decide("the repository's own configuration cannot be used", { problem: jobs.inRepoProblem });
  return jobs;
}

export async function selectFor(change: Change, presubmits: readonly Presubmit[], filter: PresubmitFilter, context: Context): Promise<JobSelection<Presubmit>> {
  return selectPresubmits({ presubmits, branch: change.pullRequest.base.ref, files: () => changedPaths(context.github, { org: change.org, repo: change.repo, number: change.pullRequest.number }), filter });
}

export async function refsOf(change: Change, context: Pick<Context, 'github'>): Promise<Refs> {
  return pullRefs({ org: change.org, repo: change.repo }, change.pullRequest, await baseTip(change, context));
}
