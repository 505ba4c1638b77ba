// The configured job that a request means.
import { nearestNames, ProwError } from '@prow/base-errors';
import { sourceOf } from '@prow/model-config';
import { runsAgainstBranch } from '@prow/model-job-selection';
import type { Periodic, Postsubmit, Presubmit } from '@prow/model-prowjob';
import type { TriggerRequest } from './types.ts';

export interface JobsOfRepository {
  presubmits: readonly Presubmit[];
  postsubmits: readonly Postsubmit[];
  periodics: readonly Periodic[];
}

export type FoundJob = { type: 'presubmit' | 'batch'; job: Presubmit } | { type: 'postsubmit'; job: Postsubmit } | { type: 'periodic'; job: Periodic };

interface Candidate {
  type: 'presubmit' | 'postsubmit' | 'periodic';
  found: FoundJob;
  isOnBranch: boolean;
}

/**
 * @throws ProwError PROW_MANUAL_TRIGGER_UNKNOWN (404, with the nearest names), _TYPE (409: there is one by that name, of
 * another type), _BRANCH (409: it does not run on that branch), _AMBIGUOUS (409, with the choices)
 */
export function findJob({ presubmits, postsubmits, periodics }: JobsOfRepository, { org, repo, base_ref: branch, prowtype, prowjob }: Pick<TriggerRequest, 'org' | 'repo' | 'base_ref' | 'prowtype' | 'prowjob'>): FoundJob {
  const place = `${org}/${repo}`;
  const candidates: Candidate[] = [
    ...presubmits.map((job): Candidate => ({ type: 'presubmit', found: { type: prowtype === 'batch' ? 'batch' : 'presubmit', job }, isOnBranch: runsAgainstBranch(job, branch) })),
    ...postsubmits.map((job): Candidate => ({ type: 'postsubmit', found: { type: 'postsubmit', job }, isOnBranch: runsAgainstBranch(job, branch) })),
    ...periodics.map((job): Candidate => ({ type: 'periodic', found: { type: 'periodic', job }, isOnBranch: true })),
  ];
  const named = candidates.filter(({ found }) => found.job.name === prowjob);
  if (named.length === 0) throw unknownJob(place, prowjob, candidates);
  const wanted = prowtype === 'batch' ? 'presubmit' : prowtype;
  const typed = named.filter(({ type }) => type === wanted);
  if (typed.length === 0) {
    const types = [...new Set(named.map(({ type }) => type))];
    throw new ProwError('PROW_MANUAL_TRIGGER_TYPE', `prowtype: job "${prowjob}" is a ${types.join(' and a ')}, not a ${prowtype}`, { httpStatus: 409, details: { field: 'prowtype', prowjob, type: types[0], choices: types } });
  }
  const onBranch = typed.filter(({ isOnBranch }) => isOnBranch);
  const [first, second] = onBranch;
  if (first === undefined) throw new ProwError('PROW_MANUAL_TRIGGER_BRANCH', `base_ref: job "${prowjob}" does not run on branch ${branch}`, { httpStatus: 409, details: { field: 'base_ref', prowjob, branch } });
  if (second !== undefined) {
    const choices = onBranch.map(({ found }) => choiceOf(found));
    throw new ProwError('PROW_MANUAL_TRIGGER_AMBIGUOUS', `prowjob: ${onBranch.length} ${prowtype}s of ${place} are named "${prowjob}" on branch ${branch}: ${choices.map(({ file, context }) => [file, context].filter(Boolean).join(' ')).join('; ')}`, { httpStatus: 409, details: { field: 'prowjob', prowjob, choices } });
  }
  return first.found;
}

function unknownJob(place: string, prowjob: string, candidates: readonly Candidate[]): ProwError {
  const near = nearestNames(prowjob, new Set(candidates.map(({ found }) => found.job.name)));
  return new ProwError('PROW_MANUAL_TRIGGER_UNKNOWN', `prowjob: ${place === '/' ? 'there is no' : `${place} has no`} job "${prowjob}"${near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`}`, { httpStatus: 404, details: { field: 'prowjob', prowjob, near } });
}

/** What tells jobs of one name apart. */
function choiceOf({ job }: FoundJob): { name: string; context?: string; cluster?: string; file?: string } {
  const file = sourceOf(job)?.file;
  return {
    name: job.name,
    ...('context' in job && job.context !== undefined ? { context: job.context } : {}),
    ...(job.cluster === undefined ? {} : { cluster: job.cluster }),
    ...(file === undefined ? {} : { file }),
  };
}
