// What tide did, by branch. upstream: pkg/tide/history/history.go
import type { HistoryRecord } from './types.ts';

/** The newest records of each pool, newest first; the same record again only moves its time. */
export class History {
  readonly #maxPerPool: number;
  readonly #pools = new Map<string, HistoryRecord[]>();

  constructor(maxPerPool: number) {
    this.#maxPerPool = maxPerPool;
  }

  record(pool: string, record: HistoryRecord): void {
    const { time: _time, ...what } = record;
    const [newest, ...older] = this.#pools.get(pool) ?? [];
    const { time: _newestTime, ...newestWhat } = newest ?? { time: '' };
    const before = newest === undefined ? [] : JSON.stringify(newestWhat) === JSON.stringify(what) ? older : [newest, ...older];
    this.#pools.set(pool, [record, ...before].slice(0, this.#maxPerPool));
  }

  all(): Record<string, HistoryRecord[]> {
    return Object.fromEntries(this.#pools);
  }
}
