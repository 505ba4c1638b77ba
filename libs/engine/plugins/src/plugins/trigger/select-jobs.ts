import type { EventPullRequest } from '@prow/model-github-events';
import { type JobSelection, type PresubmitFilter, selectPresubmits } from '@prow/model-job-selection';
import type { Presubmit, Refs } from '@prow/model-prowjob';
import { ProwError } from '@prow/base-errors';
import type { JobsOfRepository } from '../../ports/jobs.ts';
import type { PluginContext } from '../../plugin.ts';
import { pullRefs } from './run-jobs.ts';

type Context = Pick<PluginContext, 'github' | 'jobs' | 'decide'>;

/** A pull request whose jobs are to be chosen. */
export interface Change {
  readonly org: string;
  readonly repo: string;
  readonly pullRequest: EventPullRequest;
}

/** The tip of the base branch now: what the change will be merged onto. */
export async function baseTip({ org, repo, pullRequest }: Change, { github }: Pick<Context, 'github'>): Promise<string> {
  const sha = await github.getRef({ org, repo, ref: `heads/${pullRequest.base.ref}` });
  if (sha === undefined) throw new ProwError('PROW_PLUGINS_BASE', `${org}/${repo}: there is no branch ${pullRequest.base.ref}`, { details: { org, repo, branch: pullRequest.base.ref } });
  return sha;
}

export async function jobsOfChange(change: Change, context: Context): Promise<JobsOfRepository> {
  const { org, repo, pullRequest } = change;
  const jobs = await context.jobs({
    org,
    repo,
    baseRef: pullRequest.base.ref,
    baseSha: () => baseTip(change, context),
    headShas: [pullRequest.head.sha],
  });
  if (jobs.inRepoProblem !== undefined) context.decide("the repository's own configuration cannot be used", { problem: jobs.inRepoProblem });
  return jobs;
}

/** Files a change touches, under their old names, too. GitHub is asked when the first job needs to know. */
export async function changedFiles({ org, repo, pullRequest }: Change, { github }: Pick<Context, 'github'>): Promise<string[]> {
  const files = await github.listChangedFiles({ org, repo, number: pullRequest.number });
  return [...new Set(files.flatMap((file) => (file.previous_filename ? [file.filename, file.previous_filename] : [file.filename])))];
}

export async function selectFor(change: Change, presubmits: readonly Presubmit[], filter: PresubmitFilter, context: Context): Promise<JobSelection<Presubmit>> {
  return selectPresubmits({ presubmits, branch: change.pullRequest.base.ref, files: () => changedFiles(change, context), filter });
}

export async function refsOf(change: Change, context: Pick<Context, 'github'>): Promise<Refs> {
  return pullRefs({ org: change.org, repo: change.repo }, change.pullRequest, await baseTip(change, context));
}
