import { ProwError } from '@prow/base-errors';
import type { Cluster, ClusterState } from './types.ts';

/** What may be done with a cluster in each state. */
export const allowedMoves: Record<ClusterState, readonly string[]> = {
  finished: ['getvacant', 'disablecluster', 'deletecluster'],
  testing: ['finishtest', 'holdcluster'],
  held: ['releasecluster'],
  cleaning: [],
  disabled: ['enablecluster'],
};

/** 404 */
export function unknownCluster(name: string, near: readonly string[]): ProwError {
  const hint = near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;
  return new ProwError('PROW_CLUSTER_POOL_UNKNOWN', `there is no cluster "${name}"${hint}`, { httpStatus: 404, details: { cluster: name } });
}

/** 409 */
export function wrongState({ name, state }: Cluster, move: string): ProwError {
  const allowed = allowedMoves[state];
  const hint = allowed.length === 0 ? 'nothing is, until its clean-up has ended' : `only ${allowed.join(', ')}`;
  return new ProwError('PROW_CLUSTER_POOL_STATE', `cluster ${name} is ${state}: ${move} is not possible, ${hint}`, {
    httpStatus: 409,
    details: { cluster: name, state, allowed },
  });
}

/** 409 */
export function otherLease({ name, lease }: Cluster): ProwError {
  return new ProwError('PROW_CLUSTER_POOL_LEASE', `cluster ${name} is leased by build ${lease?.build ?? ''} of ${lease?.job ?? ''}, not by the one that asks`, { httpStatus: 409, details: { cluster: name } });
}

/** 409: what it has is not what it asks for now. */
export function otherWanted({ name, lease }: Cluster, wanted: string): ProwError {
  return new ProwError('PROW_CLUSTER_POOL_WANTED', `build ${lease?.build ?? ''} of ${lease?.job ?? ''} has cluster ${name} already, which is none${wanted}: return it first, or ask without`, { httpStatus: 409, details: { cluster: name } });
}

/** 403 */
export function othersLease({ name, lease }: Cluster): ProwError {
  return new ProwError('PROW_CLUSTER_POOL_HOLDER', `the lease of cluster ${name} was taken by ${lease?.holder ?? ''}: only they, and the roles hold and admin, may ask for it again or end it`, { httpStatus: 403, details: { cluster: name } });
}

/** 409 */
export function movedSince({ name, state, since }: Cluster, seen: string): ProwError {
  return new ProwError('PROW_CLUSTER_POOL_MOVED', `cluster ${name} is ${state} since ${since}, not since ${seen}: it has moved in the meantime`, { httpStatus: 409, details: { cluster: name, state, since } });
}

/** 409 */
export function clusterExists({ name, state }: Cluster): ProwError {
  return new ProwError('PROW_CLUSTER_POOL_EXISTS', `cluster ${name} is in the pool already; it is ${state}`, { httpStatus: 409, details: { cluster: name, state } });
}

/** 503: ask again. */
export function nothingVacant(what: string): ProwError {
  return new ProwError('PROW_CLUSTER_POOL_NOTHING_VACANT', `no cluster is vacant${what}`, { httpStatus: 503, transient: true });
}

/** 503, distinct from nothing vacant. `undone`: it has no effect, and will have none. */
export function storageTrouble(cause: unknown, outcome: 'undone' | 'unknown'): ProwError {
  const what = outcome === 'undone' ? 'nothing was done, ask again' : 'whether the request took effect is not known, and asking again is safe';
  return new ProwError('PROW_CLUSTER_POOL_STORAGE', `the state of the pool cannot be stored or read at the moment; ${what}`, { httpStatus: 503, transient: true, cause, details: { outcome } });
}

/** 503: an edit by another hand is in the way. */
export function brokenCluster(name: string, problem: string): ProwError {
  return new ProwError('PROW_CLUSTER_POOL_DOCUMENT', `the state of cluster ${name} was edited by hand and is broken: ${problem}; nothing is done with it until that is mended`, { httpStatus: 503, transient: true, details: { cluster: name, problem } });
}

/** 503: an edit by another hand is in the way. */
export function brokenPool(problem: string): ProwError {
  return new ProwError('PROW_CLUSTER_POOL_DOCUMENT', `the state of the pool is broken: ${problem}; nothing is changed until that is mended`, { httpStatus: 503, transient: true, details: { problem } });
}

/** 507: refused before it breaks. */
export function poolFull(sizeBytes: number, maxBytes: number): ProwError {
  return new ProwError('PROW_CLUSTER_POOL_FULL', `the pool is full: its state would be ${sizeBytes} bytes, expected at most ${maxBytes}; the rest of the 1048576 of a ConfigMap is for leases, holds and their history`, { httpStatus: 507, details: { sizeBytes, maxBytes } });
}
