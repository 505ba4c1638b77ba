// Moves that wait for a commit: each for a while only, and as many together as can be had without holding up one alone.
import type { Clock } from '@prow/base-time';
import type { MoveNote } from './pool-draft.ts';
import type { Cluster, Move, PoolSnapshot } from './types.ts';

const requestTimeoutMs = 20_000;
/** Of a look, that changes nothing. */
const readTimeoutMs = 5000;
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

export interface SubmitOptions {
  /** False: whoever asked is gone. It is not carried out any more, unless a write with it is under way. */
  isWanted?: () => boolean;
  /** It was carried out after all, and nobody is told of it. */
  onUnheard?: (answer: MoveAnswer) => void;
  /** The pool's own: kept until it is carried out, and asked also while the storage is away. */
  isPatient?: boolean;
}

export interface QueuedMove {
  move: Move;
  note: MoveNote;
  resolve: (answer: MoveAnswer) => void;
  reject: (error: unknown) => void;
  /** A write with it is under way: whether it takes effect is not known. */
  isUnderWay: boolean;
  /** Its time was up, or nobody wants it any more. */
  isGone: () => boolean;
}

export class MoveQueue {
  readonly #clock: Clock;
  /** What is told to those whose time is up, or for whom there is no room. */
  readonly #trouble: (outcome: 'undone' | 'unknown') => Error;
  #queue: QueuedMove[] = [];
  /** Of the last commit; `expected`: how many would make the next one full, if all who were answered ask again. */
  #last = { startedMs: 0, endedMs: 0, expected: 0 };
  #onAdded: (() => void) | undefined;

  constructor({ clock, trouble }: { clock: Clock; trouble: (outcome: 'undone' | 'unknown') => Error }) {
    this.#clock = clock;
    this.#trouble = trouble;
  }

  get length(): number {
    return this.#queue.length;
  }

  add(move: Move, note: MoveNote, { isWanted = () => true, onUnheard, isPatient = false }: SubmitOptions = {}): Promise<MoveAnswer> {
    if (this.#queue.length >= maxQueue) return Promise.reject(this.#trouble('undone'));
    return new Promise((resolve, reject) => {
      let isLate = false;
      const timer = isPatient ? undefined : this.#clock.after(move.kind === 'read' ? readTimeoutMs : requestTimeoutMs, () => {
        isLate = true;
        reject(this.#trouble(queued.isUnderWay ? 'unknown' : 'undone'));
      });
      const queued: QueuedMove = {
        move,
        note,
        resolve: (answer) => {
          timer?.cancel();
          if (queued.isGone()) onUnheard?.(answer);
          // Who is late has been told already.
          resolve(answer);
        },
        reject: (error) => {
          timer?.cancel();
          reject(error as Error);
        },
        isUnderWay: false,
        isGone: () => isLate || !isWanted(),
      };
      this.#queue.push(queued);
      this.#onAdded?.();
    });
  }

  /** The next batch. */
  async take(): Promise<QueuedMove[]> {
    await this.#gather();
    this.#last.startedMs = this.#clock.now();
    this.#queue = this.stillWanted(this.#queue);
    return this.#queue.splice(0, maxBatch);
  }

  /** Without those whose asker is gone: they are refused, and are not carried out. */
  stillWanted(moves: readonly QueuedMove[]): QueuedMove[] {
    const left: QueuedMove[] = [];
    for (const each of moves) {
      if (each.isGone()) each.reject(this.#trouble('undone'));
      else left.push(each);
    }
    return left;
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
