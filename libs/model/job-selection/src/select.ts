// Which jobs run, and for each that does not, the one reason why. upstream: pjutil.FilterPresubmits, Presubmit.ShouldRun
import type { Postsubmit, Presubmit } from '@prow/model-prowjob';
import { runsAgainstBranch } from './brancher.ts';
import { decisiveFile, hasChangeMatcher } from './changes.ts';
import type { ChangedFiles } from './changes.ts';
import type { PresubmitFilter } from './filters.ts';

export interface JobDecision<Job> {
  readonly job: Job;
  readonly runs: boolean;
  /** Completes "JOB …": `runs by itself`, `does not run on branch gh-pages`. */
  readonly reason: string;
}

export interface JobSelection<Job> {
  /** One per job, in the given order. */
  readonly decisions: readonly JobDecision<Job>[];
  /** Those that run, in the given order. */
  readonly toRun: readonly Job[];
}

/** Presubmits for a change to `branch`, as the filter asks. Files are read once, and only when a job needs them. */
export async function selectPresubmits(options: {
  presubmits: readonly Presubmit[];
  branch: string;
  files: ChangedFiles;
  filter: PresubmitFilter;
}): Promise<JobSelection<Presubmit>> {
  const files = readOnce(options.files);
  const decisions: JobDecision<Presubmit>[] = [];
  for (const job of options.presubmits) {
    const asked = options.filter.decide(job);
    if (!asked.selected) decisions.push({ job, runs: false, reason: asked.reason });
    else decisions.push({ job, ...(await decidePresubmit(job, options.branch, files, asked)) });
  }
  return selection(decisions);
}

/** Whether a selected presubmit runs. upstream: Presubmit.ShouldRun */
export async function decidePresubmit(
  job: Presubmit,
  branch: string,
  files: () => Promise<readonly string[]>,
  asked: { forced: boolean; defaultRun: boolean; reason?: string },
): Promise<{ runs: boolean; reason: string }> {
  if (!runsAgainstBranch(job, branch)) return { runs: false, reason: `does not run on branch ${branch}` };
  if (job.always_run === true) return { runs: true, reason: 'runs for every change' };
  if (asked.forced) return { runs: true, reason: asked.reason ?? 'was asked for' };
  if (hasChangeMatcher(job)) {
    const file = decisiveFile(job, await files());
    if (file !== undefined) return { runs: true, reason: `runs because ${file} changed` };
    if (!asked.defaultRun) return { runs: false, reason: whyNoFile(job) };
  }
  if (asked.defaultRun) return { runs: true, reason: asked.reason ?? 'was asked for' };
  return { runs: false, reason: 'runs only when asked for by name' };
}

/** Postsubmits for a push to `branch`. upstream: Postsubmit.ShouldRun */
export async function selectPostsubmits(options: {
  postsubmits: readonly Postsubmit[];
  branch: string;
  files: ChangedFiles;
}): Promise<JobSelection<Postsubmit>> {
  const files = readOnce(options.files);
  const decisions: JobDecision<Postsubmit>[] = [];
  for (const job of options.postsubmits) decisions.push({ job, ...(await decidePostsubmit(job, options.branch, files)) });
  return selection(decisions);
}

async function decidePostsubmit(job: Postsubmit, branch: string, files: () => Promise<readonly string[]>): Promise<{ runs: boolean; reason: string }> {
  if (!runsAgainstBranch(job, branch)) return { runs: false, reason: `does not run on branch ${branch}` };
  if (hasChangeMatcher(job)) {
    const file = decisiveFile(job, await files());
    return file === undefined ? { runs: false, reason: whyNoFile(job) } : { runs: true, reason: `runs because ${file} changed` };
  }
  if (job.always_run === false) return { runs: false, reason: 'has always_run: false' };
  return { runs: true, reason: 'runs for every push' };
}

function whyNoFile(job: { run_if_changed?: string; skip_if_only_changed?: string }): string {
  return (job.run_if_changed ?? '') === ''
    ? `is skipped: all changed files match skip_if_only_changed ${job.skip_if_only_changed ?? ''}`
    : `is skipped: no changed file matches run_if_changed ${job.run_if_changed ?? ''}`;
}

function selection<Job>(decisions: readonly JobDecision<Job>[]): JobSelection<Job> {
  return { decisions, toRun: decisions.filter((decision) => decision.runs).map((decision) => decision.job) };
}

function readOnce(files: ChangedFiles): () => Promise<readonly string[]> {
  let read: Promise<readonly string[]> | undefined;
  return () => (read ??= typeof files === 'function' ? files() : Promise.resolve(files));
}
