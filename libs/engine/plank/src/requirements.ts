// `requires`: jobs of one repository that must succeed first. Not upstream's; jobs without it behave as upstream's.
import { tryParseTime } from '@prow/model-kube-types';
import { isComplete, requiresAnnotation, type ProwJob } from '@prow/model-prowjob';

/** How long a job waits for a required job that nobody has started. */
export const unstartedPatienceMs = 10 * 60_000;
/** How long a required run that failed before the job came to be may still be followed by another: `/retest` makes them one by one. */
export const retestPatienceMs = 30_000;

export type Requirement =
  | { kind: 'met' }
  | { kind: 'waiting'; on: string; untilMs?: number }
  | { kind: 'failed'; because: string };

export function requiredJobs(prowJob: ProwJob): string[] {
  const text = prowJob.metadata.annotations?.[requiresAnnotation] ?? '';
  return text.split(',').map((name) => name.trim()).filter((name) => name !== '');
}

/** What runs of one job for the same commits have in common. */
export function runKey(prowJob: ProwJob, job: string = prowJob.spec.job): string | undefined {
  const { refs, type } = prowJob.spec;
  if (refs === undefined) return undefined;
  const pulls = (refs.pulls ?? []).map((pull) => `${pull.number}:${pull.sha}`);
  // A pull request's runs may be tested on different states of the base branch; a postsubmit's are of one commit.
  const base = type === 'presubmit' ? '' : (refs.base_sha ?? '');
  return JSON.stringify([type, refs.org, refs.repo, refs.base_ref ?? '', base, pulls, job]);
}

/**
 * @param runsOf all known runs of a job for the same commits, newest last
 * @param startedAtMs when the dependent job came to be
 */
export function checkRequirements(prowJob: ProwJob, runsOf: (job: string) => readonly ProwJob[], startedAtMs: number, nowMs: number): Requirement {
  let waiting: Requirement | undefined;
  for (const job of requiredJobs(prowJob)) {
    const newest = runsOf(job).at(-1);
    if (newest === undefined) {
      const untilMs = startedAtMs + unstartedPatienceMs;
      if (nowMs >= untilMs) return { kind: 'failed', because: `required job ${job} was not started for this commit.` };
      waiting ??= { kind: 'waiting', on: `required job ${job}, which is not started`, untilMs };
    } else if (!isComplete(newest)) waiting ??= { kind: 'waiting', on: `required job ${job}` };
    else if (newest.status.state === 'success') continue;
    else if (wasOverAt(newest, startedAtMs) && nowMs < startedAtMs + retestPatienceMs) waiting ??= { kind: 'waiting', on: `required job ${job}, which ended with ${newest.status.state ?? 'no state'} before`, untilMs: startedAtMs + retestPatienceMs };
    else return { kind: 'failed', because: `required job ${job} ended with ${newest.status.state ?? 'no state'}.` };
  }
  return waiting ?? { kind: 'met' };
}

function wasOverAt(prowJob: ProwJob, ms: number): boolean {
  const endedMs = tryParseTime(prowJob.status.completionTime);
  return endedMs !== undefined && endedMs <= ms;
}
