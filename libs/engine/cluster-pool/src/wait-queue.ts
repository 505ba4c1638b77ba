// Those who wait for a cluster, first come first served among all whom a cluster fits.
import { fits } from './decide-move.ts';
import type { Cluster, Wanted } from './types.ts';

export interface Waiter {
  build: string;
  job: string;
  wanted: Wanted;
  sinceMs: number;
}

interface Group<W extends Waiter> {
  wanted: Wanted;
  /** In the order they came. */
  waiters: Set<W>;
}

export class WaitQueue<W extends Waiter> {
  /** Those who want the same are alike: a vacant cluster looks at one of each kind. */
  readonly #groups = new Map<string, Group<W>>();
  readonly #numbers = new Map<W, number>();
  readonly #byPair = new Map<string, Set<W>>();
  #number = 0;

  get size(): number {
    return this.#numbers.size;
  }

  add(waiter: W): void {
    this.#numbers.set(waiter, (this.#number += 1));
    const key = keyOf(waiter.wanted);
    const group = this.#groups.get(key) ?? { wanted: waiter.wanted, waiters: new Set<W>() };
    group.waiters.add(waiter);
    this.#groups.set(key, group);
    const pair = pairOf(waiter.build, waiter.job);
    this.#byPair.set(pair, (this.#byPair.get(pair) ?? new Set<W>()).add(waiter));
  }

  remove(waiter: W): void {
    if (!this.#numbers.delete(waiter)) return;
    const key = keyOf(waiter.wanted);
    const group = this.#groups.get(key);
    group?.waiters.delete(waiter);
    if (group?.waiters.size === 0) this.#groups.delete(key);
    const pair = pairOf(waiter.build, waiter.job);
    const same = this.#byPair.get(pair);
    same?.delete(waiter);
    if (same?.size === 0) this.#byPair.delete(pair);
  }

  /** All who wait under these names: a client that asked twice waits twice. */
  of(build: string, job: string): readonly W[] {
    return [...(this.#byPair.get(pairOf(build, job)) ?? [])];
  }

  /** In the order they came. */
  all(): Iterable<W> {
    return this.#numbers.keys();
  }

  /** From 1; 0: does not wait. */
  placeOf(waiter: W): number {
    if (!this.#numbers.has(waiter)) return 0;
    let place = 0;
    for (const each of this.#numbers.keys()) {
      place += 1;
      if (each === waiter) break;
    }
    return place;
  }

  /** Who gets one of these: each cluster goes to the first whom it fits; `onSpare` is told of those that nobody here wants. */
  assign(vacant: readonly Cluster[], onSpare?: (cluster: Cluster) => void): W[] {
    const chosen: W[] = [];
    const heads = [...this.#groups.values()].map(({ wanted, waiters }) => ({ wanted, waiters: waiters.values(), head: undefined as W | undefined }));
    for (const each of heads) each.head = next(each.waiters);
    for (const cluster of vacant) {
      let first: (typeof heads)[number] | undefined;
      for (const each of heads) {
        if (each.head === undefined || !fits(cluster, each.wanted)) continue;
        if (first?.head === undefined || this.#numberOf(each.head) < this.#numberOf(first.head)) first = each;
      }
      if (first?.head === undefined) {
        onSpare?.(cluster);
        continue;
      }
      chosen.push(first.head);
      first.head = next(first.waiters);
    }
    return chosen;
  }

  #numberOf(waiter: W): number {
    return this.#numbers.get(waiter) ?? 0;
  }
}

function next<W>(waiters: Iterator<W>): W | undefined {
  const { value, done } = waiters.next();
  return done === true ? undefined : (value as W);
}

function keyOf({ region, labels = {} }: Wanted): string {
  return JSON.stringify([region ?? null, Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

function pairOf(build: string, job: string): string {
  return `${build}\0${job}`;
}
