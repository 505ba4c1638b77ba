// Pull requests that GitHub refused to merge: left alone for a while, so that one of them cannot stall all others.
// (Upstream tries the same one at every sync, for ever.)
import { backoffMs, type Clock } from '@prow/base-time';
import type { TidePull } from './types.ts';

interface Exclusion {
  headSha: string;
  reason: string;
  attempt: number;
  untilMs: number;
}

const backoff = { baseMs: 60_000, factor: 2, maxMs: 3_600_000 };

/** Keyed by head: a new push is a new try. Kept in memory; after a restart one try more is made. */
export class Exclusions {
  readonly #clock: Clock;
  readonly #byPull = new Map<string, Exclusion>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  refuse(pull: TidePull, reason: string): void {
    const key = keyOf(pull);
    const before = this.#byPull.get(key);
    const attempt = before?.headSha === pull.headSha ? before.attempt + 1 : 0;
    this.#byPull.set(key, { headSha: pull.headSha, reason, attempt, untilMs: this.#clock.now() + backoffMs(attempt, backoff) });
  }

  /** Why it is left alone now; undefined when it may be tried. */
  reasonFor(pull: TidePull): string | undefined {
    const found = this.#byPull.get(keyOf(pull));
    return found !== undefined && found.headSha === pull.headSha && found.untilMs > this.#clock.now() ? found.reason : undefined;
  }

  /** Forgets all that are not among these: merged, closed, or out of the pool. */
  keepOnly(pulls: readonly TidePull[]): void {
    const here = new Set(pulls.map(keyOf));
    for (const key of this.#byPull.keys()) if (!here.has(key)) this.#byPull.delete(key);
  }
}

function keyOf({ org, repo, number }: TidePull): string {
  return `${org}/${repo}#${number}`;
}
