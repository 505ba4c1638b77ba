// The pool's figures for Prometheus.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ClusterPool, PoolFigures } from '@prow/engine-cluster-pool';

type Plain = { [Key in keyof PoolFigures]: PoolFigures[Key] extends number ? Key : never }[keyof PoolFigures];

const counters: readonly [string, string, Plain][] = [
  ['cimaster_commits_total', 'Updates of the ConfigMap', 'commits'],
  ['cimaster_committed_requests_total', 'Requests answered by those updates: many share one', 'moves'],
  ['cimaster_commit_seconds_total', 'Time those updates took, in seconds', 'commitSeconds'],
  ['cimaster_conflicts_total', 'Updates that another writer was faster than', 'conflicts'],
  ['cimaster_storage_troubles_total', 'Calls of the Kubernetes API that failed for the moment, or whose answer was lost', 'troubles'],
  ['cimaster_broken_edits_total', 'Edits of the ConfigMap by hand that were broken and refused', 'brokenEdits'],
  ['cimaster_history_dropped_moves_total', 'Moves of the history that found no room before they were stored', 'droppedMoves'],
  ['cimaster_history_failures_total', 'Tries to store the history that failed', 'historyFailures'],
];
const gauges: readonly [string, string, Plain][] = [
  ['cimaster_broken_keys', 'Keys of the ConfigMap that are broken now', 'broken'],
  ['cimaster_waiting', 'Clients that wait for a cluster here', 'waiting'],
  ['cimaster_state_bytes', 'Size of the ConfigMap, of at most 1048576 bytes', 'bytes'],
  ['cimaster_history_unstored_bytes', 'Moves that are in the ConfigMap only', 'unstoredMovesBytes'],
];

export function registerPoolMetrics(registry: Registry, pool: ClusterPool): void {
  const registers = [registry];
  for (const [name, help, key] of counters) {
    const counter: Counter = new Counter({ name, help, registers, collect: () => {
      counter.reset();
      counter.inc(pool.figures()[key]);
    } });
  }
  for (const [name, help, key] of gauges) {
    const gauge: Gauge = new Gauge({ name, help, registers, collect: () => gauge.set(pool.figures()[key]) });
  }
  const clusters: Gauge = new Gauge({ name: 'cimaster_clusters', help: 'Clusters by state', labelNames: ['state'], registers, collect: () => {
    for (const [state, count] of Object.entries(pool.figures().clusters)) clusters.set({ state }, count);
  } });
}

/** Counts calls and their time, waiting included. */
export function measureCalls(registry: Registry): (call: string, status: number, tookMs: number) => void {
  const seconds = new Histogram({ name: 'cimaster_call_seconds', help: 'Time to the answer, in seconds, by call and status', labelNames: ['call', 'status'], buckets: [0.005, 0.02, 0.08, 0.3, 1, 5, 30, 300, 3600], registers: [registry] });
  return (call, status, tookMs) => seconds.observe({ call, status }, tookMs / 1000);
}
