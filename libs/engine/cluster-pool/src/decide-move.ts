// The state machine: what one move does to the pool. Pure; it looks at a few clusters, never at all.
import { nearestNames } from '@prow/base-errors';
import { brokenCluster, clusterExists, movedSince, nothingVacant, othersLease, otherLease, otherWanted, unknownCluster, wrongState } from './refusal.ts';
import type { Cluster, ClusterState, Decision, Lease, LeaseCaller, Move, PoolRules, PoolView, Wanted } from './types.ts';

/** @throws ProwError PROW_CLUSTER_POOL_*: refused, nothing changes */
export function decideMove(pool: PoolView, move: Move, { nowMs, cleans }: PoolRules & { nowMs: number }): Decision {
  const since = new Date(nowMs).toISOString();
  const rules = { since, cleans };
  switch (move.kind) {
    case 'read':
      return { cluster: undefined };
    case 'getvacant':
      return lease(pool, move, nowMs);
    case 'addcluster':
      return add(pool, move, since);
    case 'finishtest': {
      const cluster = mustBeLease(pool, move);
      mustHold(cluster, move.caller);
      return put(cluster, returned(cluster, rules));
    }
    case 'holdcluster': {
      const cluster = mustBeLease(pool, move);
      return put(cluster, { ...cluster, state: 'held', since, hold: { user: move.user, reason: move.reason, since, until: new Date(nowMs + move.forMs).toISOString() } });
    }
    case 'releasecluster': {
      const cluster = mustBe(pool, move, 'held');
      return put(cluster, returned(cluster, rules));
    }
    case 'disablecluster': {
      const cluster = mustBe(pool, move, 'finished');
      return put(cluster, { ...cluster, state: 'disabled', since, ...(move.reason === undefined ? {} : { reason: move.reason }) });
    }
    case 'enablecluster': {
      const cluster = mustBe(pool, move, 'disabled');
      return put(cluster, vacant(cluster, since));
    }
    case 'deletecluster': {
      const cluster = mustBe(pool, move, 'finished');
      return { cluster, change: { name: cluster.name, before: cluster, after: undefined } };
    }
    default:
      return ownMove(pool, move, { nowMs, ...rules });
  }
}

/** Moves of the pool itself: what they were made for may be past already; then they change nothing. */
function ownMove(pool: PoolView, move: Extract<Move, { kind: 'expirehold' | 'endlease' | 'knowprowjob' | 'unanswered' | 'startcleaning' | 'endcleaning' }>, rules: { nowMs: number; since: string; cleans: boolean }): Decision {
  const cluster = pool.problemOf(move.cluster) === undefined ? pool.get(move.cluster) : undefined;
  const nothing: Decision = { cluster };
  if (cluster === undefined) return nothing;
  switch (move.kind) {
    case 'expirehold':
      return cluster.state !== 'held' || cluster.hold?.until !== move.until || Date.parse(move.until) > rules.nowMs ? nothing : put(cluster, returned(cluster, rules));
    case 'endlease':
      return isThatLease(cluster, move) ? put(cluster, returned(cluster, rules)) : nothing;
    case 'unanswered':
      // It was used by nobody: there is nothing to clean.
      return isThatLease(cluster, move) && cluster.lease !== undefined ? put(cluster, afterUnanswered(cluster, cluster.lease, rules.since)) : nothing;
    case 'knowprowjob':
      return !isThatLease(cluster, move) || cluster.lease === undefined || cluster.lease.prowjob === move.prowjob ? nothing : put(cluster, { ...cluster, lease: { ...cluster.lease, prowjob: move.prowjob } });
    case 'startcleaning':
      return cluster.state !== 'cleaning' || cluster.since !== move.since || cluster.cleaning?.prowjob === move.prowjob ? nothing : put(cluster, { ...cluster, cleaning: { since: cluster.since, prowjob: move.prowjob, ...(move.url === '' ? {} : { url: move.url }) } });
    case 'endcleaning': {
      if (cluster.state !== 'cleaning' || cluster.since !== move.since) return nothing;
      const clean = vacant(cluster, rules.since);
      return put(cluster, move.problem === undefined ? clean : { ...clean, state: 'disabled', reason: move.problem });
    }
  }
}

function lease(pool: PoolView, { build, job, wanted = {}, ttlMs, caller }: Extract<Move, { kind: 'getvacant' }>, nowMs: number): Decision {
  const since = new Date(nowMs).toISOString();
  const own = pool.leasedTo(build, job);
  const problem = own === undefined ? undefined : pool.problemOf(own.name);
  if (own !== undefined && problem !== undefined) throw brokenCluster(own.name, problem);
  if (own !== undefined) mustHold(own, caller);
  if (own !== undefined && !fits(own, wanted)) throw otherWanted(own, describeWanted(wanted));
  if (own?.lease !== undefined) return put(own, { ...own, lease: { ...own.lease, askedAgain: since, asked: timesAsked(own.lease) + 1 } });
  const first = pool.firstVacant(wanted);
  if (first === undefined) throw nothingVacant(describeWanted(wanted));
  return put(first, { ...first, state: 'testing', since, lease: { build, job, since, ...(caller === undefined ? {} : { holder: caller.name }), ...(ttlMs === undefined ? {} : { until: new Date(nowMs + ttlMs).toISOString() }) } });
}

function add(pool: PoolView, move: Extract<Move, { kind: 'addcluster' }>, since: string): Decision {
  const problem = pool.problemOf(move.cluster);
  if (problem !== undefined) throw brokenCluster(move.cluster, problem);
  const known = pool.get(move.cluster);
  if (known !== undefined) {
    // Asked again after a lost answer: as good as done. Anything else by that name is another cluster.
    if (known.region === move.region && known.administrator === move.administrator) return { cluster: known };
    throw clusterExists(known);
  }
  const after: Cluster = { name: move.cluster, region: move.region, administrator: move.administrator, ...(move.labels === undefined ? {} : { labels: move.labels }), state: 'finished', since };
  return { cluster: after, change: { name: after.name, before: undefined, after } };
}

export function fits(cluster: Cluster, { region, labels }: Wanted): boolean {
  if (region !== undefined && cluster.region !== region) return false;
  if (labels === undefined) return true;
  for (const [key, value] of Object.entries(labels)) if (cluster.labels === undefined || !Object.hasOwn(cluster.labels, key) || cluster.labels[key] !== value) return false;
  return true;
}

export function describeWanted({ region, labels = {} }: Wanted): string {
  const parts = [...(region === undefined ? [] : [`region ${region}`]), ...Object.entries(labels).map(([key, value]) => `label ${key}=${value}`)];
  return parts.length === 0 ? '' : ` with ${parts.join(', ')}`;
}

function mustBe(pool: PoolView, { cluster: name, since, kind }: { cluster: string; since?: string; kind: string }, wanted: ClusterState): Cluster {
  const problem = pool.problemOf(name);
  if (problem !== undefined) throw brokenCluster(name, problem);
  const cluster = pool.get(name);
  if (cluster === undefined) throw unknownCluster(name, nearestNames(name, pool.names()));
  if (cluster.state !== wanted) throw wrongState(cluster, kind);
  if (since !== undefined && since !== cluster.since) throw movedSince(cluster, since);
  return cluster;
}

function mustBeLease(pool: PoolView, move: Extract<Move, { kind: 'finishtest' | 'holdcluster' }>): Cluster {
  const cluster = mustBe(pool, move, 'testing');
  const { build, job } = move;
  if ((build !== undefined && build !== cluster.lease?.build) || (job !== undefined && job !== cluster.lease?.job)) throw otherLease(cluster);
  return cluster;
}

function mustHold(cluster: Cluster, caller: LeaseCaller | undefined): void {
  const holder = cluster.lease?.holder;
  if (caller !== undefined && holder !== undefined && !caller.isOperator && holder !== caller.name) throw othersLease(cluster);
}

function isThatLease({ state, lease: held }: Cluster, { build, job, since }: { build: string; job: string; since: string }): boolean {
  return state === 'testing' && held?.build === build && held.job === job && held.since === since;
}

/** Vacant when no answer about this lease has reached anybody, or may still do so. */
function afterUnanswered(cluster: Cluster, lease: Lease, since: string): Cluster {
  const unanswered = (lease.unanswered ?? 0) + 1;
  return unanswered >= timesAsked(lease) ? vacant(cluster, since) : { ...cluster, lease: { ...lease, unanswered } };
}

function timesAsked({ asked, askedAgain }: Lease): number {
  return asked ?? (askedAgain === undefined ? 1 : 2);
}

/** After use: vacant, by way of the clean-up where there is one. */
function returned(cluster: Cluster, { since, cleans }: { since: string; cleans: boolean }): Cluster {
  const free = vacant(cluster, since);
  return cleans ? { ...free, state: 'cleaning', cleaning: { since } } : free;
}

function vacant({ lease: _lease, hold: _hold, cleaning: _cleaning, reason: _reason, ...cluster }: Cluster, since: string): Cluster {
  return { ...cluster, state: 'finished', since };
}

function put(before: Cluster, after: Cluster): Decision {
  return { cluster: after, change: { name: after.name, before, after } };
}
