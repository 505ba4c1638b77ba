// The state machine: one move on one state. Pure.
import { nearestNames } from '@prow/base-errors';
import { clusterExists, nothingVacant, otherLease, unknownCluster, wrongState } from './refusal.ts';
import type { Cluster, Move, MoveOutcome, PoolState, Wanted } from './types.ts';

/** @throws ProwError PROW_CLUSTER_POOL_*: refused, nothing changed */
export function applyMove(state: PoolState, move: Move, nowMs: number): MoveOutcome {
  const since = new Date(nowMs).toISOString();
  switch (move.kind) {
    case 'read':
      return { state, cluster: undefined, changed: false };
    case 'getvacant':
      return lease(state, move, nowMs);
    case 'addcluster': {
      const known = clusterOf(state, move.cluster);
      if (known !== undefined) {
        // Asked again after a lost answer: as good as done. Anything else by that name is another cluster.
        if (known.region === move.region && known.administrator === move.administrator) return { state, cluster: known, changed: false };
        throw clusterExists(known);
      }
      return put(state, { name: move.cluster, region: move.region, administrator: move.administrator, ...(move.labels === undefined ? {} : { labels: move.labels }), state: 'finished', since });
    }
    case 'finishtest': {
      const cluster = mustBe(state, move.cluster, 'testing', move.kind);
      const { build, job } = move;
      if ((build !== undefined && build !== cluster.lease?.build) || (job !== undefined && job !== cluster.lease?.job)) throw otherLease(cluster);
      return put(state, vacant(cluster, since));
    }
    case 'holdcluster': {
      const cluster = mustBe(state, move.cluster, 'testing', move.kind);
      return put(state, { ...cluster, state: 'held', since, hold: { user: move.user, reason: move.reason, since, until: new Date(nowMs + move.forMs).toISOString() } });
    }
    case 'releasecluster':
      return put(state, vacant(mustBe(state, move.cluster, 'held', move.kind), since));
    case 'disablecluster':
      return put(state, { ...mustBe(state, move.cluster, 'finished', move.kind), state: 'disabled', since });
    case 'enablecluster':
      return put(state, vacant(mustBe(state, move.cluster, 'disabled', move.kind), since));
    case 'deletecluster': {
      const cluster = mustBe(state, move.cluster, 'finished', move.kind);
      const { [cluster.name]: _gone, ...clusters } = state.clusters;
      return { state: { ...state, clusters }, cluster, changed: true };
    }
    case 'expirehold': {
      const cluster = clusterOf(state, move.cluster);
      if (cluster?.state !== 'held' || cluster.hold?.until !== move.until || Date.parse(move.until) > nowMs) return { state, cluster, changed: false };
      return put(state, vacant(cluster, since));
    }
    case 'endlease': {
      const cluster = leasedBy(state, move);
      return cluster === undefined ? { state, cluster, changed: false } : put(state, vacant(cluster, since));
    }
    case 'knowprowjob': {
      const cluster = leasedBy(state, move);
      if (cluster?.lease === undefined || cluster.lease.prowjob === move.prowjob) return { state, cluster, changed: false };
      return put(state, { ...cluster, lease: { ...cluster.lease, prowjob: move.prowjob } });
    }
  }
}

function lease(state: PoolState, { build, job, wanted = {}, ttlMs }: Extract<Move, { kind: 'getvacant' }>, nowMs: number): MoveOutcome {
  const all = Object.values(state.clusters);
  const own = all.find((cluster) => cluster.state === 'testing' && cluster.lease?.build === build && cluster.lease.job === job);
  if (own !== undefined) return { state, cluster: own, changed: false };
  const vacantOnes = all.filter((cluster) => cluster.state === 'finished' && fits(cluster, wanted));
  // The one that has rested longest: all are used alike, and a broken one shows itself to all.
  const [first] = vacantOnes.toSorted((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : a.name < b.name ? -1 : 1));
  if (first === undefined) throw nothingVacant(describe(wanted));
  const since = new Date(nowMs).toISOString();
  return put(state, { ...first, state: 'testing', since, lease: { build, job, since, ...(ttlMs === undefined ? {} : { until: new Date(nowMs + ttlMs).toISOString() }) } });
}

export function fits(cluster: Cluster, { region, labels = {} }: Wanted): boolean {
  return (region === undefined || cluster.region === region) && Object.entries(labels).every(([key, value]) => cluster.labels?.[key] === value);
}

function describe({ region, labels = {} }: Wanted): string {
  const parts = [...(region === undefined ? [] : [`region ${region}`]), ...Object.entries(labels).map(([key, value]) => `label ${key}=${value}`)];
  return parts.length === 0 ? '' : ` with ${parts.join(', ')}`;
}

function clusterOf({ clusters }: PoolState, name: string): Cluster | undefined {
  return Object.hasOwn(clusters, name) ? clusters[name] : undefined;
}

function mustBe(state: PoolState, name: string, wanted: Cluster['state'], move: string): Cluster {
  const cluster = clusterOf(state, name);
  if (cluster === undefined) throw unknownCluster(name, nearestNames(name, Object.keys(state.clusters)));
  if (cluster.state !== wanted) throw wrongState(cluster, move);
  return cluster;
}

function leasedBy(state: PoolState, { cluster: name, build, job }: { cluster: string; build: string; job: string }): Cluster | undefined {
  const cluster = clusterOf(state, name);
  return cluster?.state === 'testing' && cluster.lease?.build === build && cluster.lease.job === job ? cluster : undefined;
}

function vacant({ lease: _lease, hold: _hold, ...cluster }: Cluster, since: string): Cluster {
  return { ...cluster, state: 'finished', since };
}

function put(state: PoolState, cluster: Cluster): MoveOutcome {
  return { state: { ...state, clusters: { ...state.clusters, [cluster.name]: cluster } }, cluster, changed: true };
}
