import type { ProwJob, ProwJobState, Refs } from './types.ts';

/** `base_ref[:base_sha]{,number:sha[:ref]}`, the form in PULL_REFS and started.json. upstream: Refs.String */
export function refsString(refs: Refs): string {
  const base = refs.base_sha === undefined || refs.base_sha === '' ? (refs.base_ref ?? '') : `${refs.base_ref ?? ''}:${refs.base_sha}`;
  const pulls = (refs.pulls ?? []).map((pull) => {
    const ref = pull.ref === undefined || pull.ref === '' ? '' : `:${pull.ref}`;
    return `${pull.number}:${pull.sha}${ref}`;
  });
  return [base, ...pulls].join(',');
}

/** `org/repo`, the repository's key in configuration. */
export function orgRepoString(refs: Pick<Refs, 'org' | 'repo'>): string {
  return `${refs.org}/${refs.repo}`;
}

const finalStates: ReadonlySet<ProwJobState> = new Set<ProwJobState>(['success', 'failure', 'error', 'aborted']);

/** Whether nothing will happen to the job any more: it has a completionTime. upstream: ProwJob.Complete */
export function isComplete(prowJob: Pick<ProwJob, 'status'>): boolean {
  return prowJob.status.completionTime !== undefined;
}

/** Whether a state is one a job ends in; an aborted job is over only once it has a completionTime, too. */
export function isFinalState(state: ProwJobState | undefined): boolean {
  return state !== undefined && finalStates.has(state);
}

/** The build cluster's alias of a job; absent and empty are `default`. */
export function clusterAlias(prowJob: Pick<ProwJob, 'spec'>): string {
  const cluster = prowJob.spec.cluster;
  return cluster === undefined || cluster === '' ? 'default' : cluster;
}
