import { jobsRequiredBy, type JobDecision, type JobSelection, type RequiredJob } from '@prow/model-job-selection';
import { isComplete, type Postsubmit, type Presubmit, type Refs } from '@prow/model-prowjob';
import type { PluginContext } from '../../plugin.ts';

/**
 * The selection with the jobs that those in it require, except those that have succeeded on this commit or are on their
 * way: whoever asks for a job gets it without asking for what comes first, and nothing runs twice.
 */
export async function withRequired(selection: JobSelection<Presubmit>, presubmits: readonly Presubmit[], refs: Refs, { prowJobs }: Pick<PluginContext, 'prowJobs'>): Promise<JobSelection<Presubmit>> {
  const required = jobsRequiredBy(selection.toRun, presubmits, refs.base_ref ?? '');
  const pull = refs.pulls?.[0];
  if (required.length === 0 || pull === undefined) return selection;
  const runs = (await prowJobs.listOfPull({ org: refs.org, repo: refs.repo, number: pull.number })).filter(({ spec }) => spec.refs?.pulls?.[0]?.sha === pull.sha);
  const isSettled = (name: string): boolean => runs.some((run) => run.spec.job === name && (!isComplete(run) || run.status.state === 'success'));
  return addRequired(selection, required, isSettled);
}

/** The selection with the required jobs, of which those that are settled do not run. */
export function addRequired<Job extends Presubmit | Postsubmit>(selection: JobSelection<Job>, required: readonly RequiredJob<Job>[], isSettled: (name: string) => boolean = () => false): JobSelection<Job> {
  const decisions: JobDecision<Job>[] = required.map(({ job, by }) =>
    isSettled(job.name) ? { job, runs: false, reason: `is required by ${by}, and has succeeded on this commit or is on its way` } : { job, runs: true, reason: `is required by ${by}` },
  );
  const decided = new Set(decisions.map(({ job }) => job));
  return {
    decisions: [...selection.decisions.filter(({ job }) => !decided.has(job)), ...decisions],
    toRun: [...selection.toRun, ...decisions.filter(({ runs }) => runs).map(({ job }) => job)],
  };
}
