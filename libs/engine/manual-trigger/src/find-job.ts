// The configured job that a request means.
import { nearestNames, ProwError } from '@prow/base-errors';
import type { Periodic, Postsubmit, Presubmit } from '@prow/model-prowjob';
import { runsAgainstBranch } from '@prow/model-job-selection';
import type { TriggerRequest } from './types.ts';

export interface JobsOfRepository {
  presubmits: readonly Presubmit[];
  postsubmits: readonly Postsubmit[];
  periodics: readonly Periodic[];
}

export type FoundJob = { type: 'presubmit' | 'batch'; job: Presubmit } | { type: 'postsubmit'; job: Postsubmit } | { type: 'periodic'; job: Periodic };

/**
 * @throws ProwError PROW_MANUAL_TRIGGER_UNKNOWN (404, with the nearest names), _TYPE (409: there is one by that name, of
 * another type), _BRANCH (409: it does not run on that branch), _AMBIGUOUS (409)
 */
export function findJob({ presubmits, postsubmits, periodics }: JobsOfRepository, { org, repo, base_ref: branch, prowtype, prowjob }: TriggerRequest): FoundJob {
  const place = `${org}/${repo}`;
  const candidates: { type: string; name: string; found: FoundJob; isOnBranch: boolean }[] = [
    ...presubmits.map((job) => ({ type: 'presubmit', name: job.name, found: { type: prowtype === 'batch' ? ('batch' as const) : ('presubmit' as const), job }, isOnBranch: runsAgainstBranch(job, branch) })),
    ...postsubmits.map((job) => ({ type: 'postsubmit', name: job.name, found: { type: 'postsubmit' as const, job }, isOnBranch: runsAgainstBranch(job, branch) })),
    ...periodics.map((job) => ({ type: 'periodic', name: job.name, found: { type: 'periodic' as const, job }, isOnBranch: true })),
  ];
  const named = candidates.filter(({ name }) => name === prowjob);
  if (named.length === 0) {
    const near = nearestNames(prowjob, candidates.map(({ name }) => name));
    throw new ProwError('PROW_MANUAL_TRIGGER_UNKNOWN', `${place} has no job "${prowjob}"${near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`}`, { httpStatus: 404, details: { prowjob, near } });
  }
  const wanted = prowtype === 'batch' ? 'presubmit' : prowtype;
  const typed = named.filter(({ type }) => type === wanted);
  if (typed.length === 0) throw new ProwError('PROW_MANUAL_TRIGGER_TYPE', `job "${prowjob}" is a ${named[0]?.type ?? ''}, not a ${prowtype}`, { httpStatus: 409, details: { prowjob, type: named[0]?.type } });
  const onBranch = typed.filter(({ isOnBranch }) => isOnBranch);
  const [first, second] = onBranch;
  if (first === undefined) throw new ProwError('PROW_MANUAL_TRIGGER_BRANCH', `job "${prowjob}" does not run on branch ${branch}`, { httpStatus: 409, details: { prowjob, branch } });
  if (second !== undefined) throw new ProwError('PROW_MANUAL_TRIGGER_AMBIGUOUS', `${onBranch.length} ${prowtype}s of ${place} are named "${prowjob}" on branch ${branch}`, { httpStatus: 409, details: { prowjob, choices: onBranch.map(({ found }) => found.job.name) } });
  return first.found;
}
