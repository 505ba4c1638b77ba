// How many clusters were in which state when: from what is now, backwards through the moves.
import type { Cluster, ClusterState, MoveRecord } from './types.ts';

export type StateCounts = Record<ClusterState, number>;

export interface UseAt {
  atMs: number;
  counts: StateCounts;
}

/**
 * @param records moves since `fromMs` or earlier, oldest first
 * @param steps so many moments from `fromMs` to `toMs`, both included; at least 2
 */
export function useOverTime(clusters: Iterable<Cluster>, records: readonly MoveRecord[], { fromMs, toMs, steps }: { fromMs: number; toMs: number; steps: number }): UseAt[] {
  const counts: StateCounts = { finished: 0, testing: 0, held: 0, cleaning: 0, disabled: 0 };
  for (const { state } of clusters) counts[state] += 1;
  const use: UseAt[] = [];
  let at = records.length - 1;
  for (let step = steps - 1; step >= 0; step -= 1) {
    const atMs = fromMs + ((toMs - fromMs) * step) / (steps - 1);
    for (let record = records[at]; record !== undefined && Date.parse(record.at) > atMs; at -= 1, record = records[at]) {
      if (record.to !== '') counts[record.to] = Math.max(0, counts[record.to] - 1);
      if (record.from !== '') counts[record.from] += 1;
    }
    use.push({ atMs, counts: { ...counts } });
  }
  return use.toReversed();
}
