// Moves that wait for a commit: each for a while only, and as many together as can be had without holding up one alone.
import type { Clock } from '@prow/base-time';
import type { MoveNote } from './pool-draft.ts';
import type { Cluster, Move, PoolSnapshot } from './types.ts';

const requestTimeoutMs = 20_000;
/** The moves of one commit have room in the ConfigMap. */
const maxBatch = 400;
/** So many moves may wait for a commit; what comes then is refused. */
const maxQueue = 20_000;
/** A commit waits for those who were just answered and may ask again: this part of the time that the last one took. */
const gathering = { part: 0.5, maxMs: 20 } as const;

export interface MoveAnswer {
  cluster: Cluster | undefined;
  changed: boolean;
  /** Of `read`. */
  snapshot?: PoolSnapshot;
}

export interface QueuedMove {
  move: Move;
  note: MoveNote;
  resolve: (answer: MoveAnswer) => void;
  reject: (error: unknown) => void;
  /** Its time was up; what becomes of it is nobody's business any more. */
  isGone: boolean;
}

export class MoveQueue {
  readonly #clock: Clock;
  /** What is told to those whose time is up, or for whom there is no room. */
  readonly #trouble: () => Error;
  #queue: QueuedMove[] = [];
  /** Of the last commit; `expected`: how many would make the next one full, if all who were answered ask again. */
  #last = { startedMs: 0, endedMs: 0, expected: 0 };
  #onAdded: (() => void) | undefined;

  constructor({ clock, trouble }: { clock: Clock; trouble: () => Error }) {
    this.#clock = clock;
    this.#trouble = trouble;
  }

  get length(): number {
    return this.#queue.length;
  }

  add(move: Move, note: MoveNote): Promise<MoveAnswer> {
    if (this.#queue.length >= maxQueue) return Promise.reject(this.#trouble());
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(requestTimeoutMs, () => {
        queued.isGone = true;
        reject(this.#trouble());
      });
      const queued: QueuedMove = {
        move,
        note,
        resolve: (answer) => {
          timer.cancel();
          resolve(answer);
        },
        reject: (error) => {
          timer.cancel();
          reject(error as Error);
        },
        isGone: false,
      };
      this.#queue.push(queued);
      this.#onAdded?.();
    });
  }

  /** The next batch. */
  async take(): Promise<QueuedMove[]> {
    await this.#gather();
    this.#last.startedMs = this.#clock.now();
    return this.#queue.splice(0, maxBatch);
  }

  /** A batch of so many has been answered. */
  committed(count: number): void {
    this.#last.endedMs = this.#clock.now();
    this.#last.expected = Math.min(maxBatch, count + this.#queue.length);
  }

  /**
   * Clients that lease, work and return would come in two groups, of which one is answered while the other waits: each
   * commit would carry half of what it could. One client alone never waits.
   */
  async #gather(): Promise<void> {
    const { startedMs, endedMs, expected } = this.#last;
    const waitMs = Math.min(gathering.maxMs, (endedMs - startedMs) * gathering.part) - (this.#clock.now() - endedMs);
    if (waitMs <= 0 || this.#queue.length >= expected) return;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(waitMs, resolve);
      this.#onAdded = () => {
        if (this.#queue.length < expected) return;
        timer.cancel();
        resolve();
      };
    });
    this.#onAdded = undefined;
  }
}
