import type { Logger } from '@prow/base-log';
import { backoffMs, type Backoff, type Clock, type Timer } from '@prow/base-time';

export type WorkResult = void | undefined | { requeueAfterMs: number };

export interface WorkQueueOptions {
  /** For log lines. */
  name: string;
  /** Keys worked on at the same time, at least 1. */
  concurrency: number;
  /**
   * Brings one key's world into its wished state. Rejecting puts the key back with a growing wait; `requeueAfterMs`
   * asks for another look. The signal is aborted when the queue stops.
   */
  process: (key: string, signal: AbortSignal) => Promise<WorkResult>;
  clock: Clock;
  log: Logger;
  /** The wait after failures of one key in a row. Default 5 ms doubling up to 1000 s, as client-go. */
  backoff?: Backoff;
}

const defaultBackoff: Backoff = { baseMs: 5, factor: 2, maxMs: 1_000_000 };

/**
 * Work by key, with the guarantees of client-go's workqueue: a key is never worked on twice at once; added while it
 * is being worked on, it is worked on once more afterwards; added many times while waiting, it is worked on once.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #backoff: Backoff;
  /** Keys to be worked on, oldest first. */
  readonly #ready = new Set<string>();
  readonly #running = new Set<string>();
  /** Keys added while being worked on. */
  readonly #again = new Set<string>();
  readonly #delayed = new Map<string, { at: number; timer: Timer }>();
  readonly #failures = new Map<string, number>();
  readonly #abort = new AbortController();
  #idleWaiters: (() => void)[] = [];
  #state: 'new' | 'started' | 'stopped' = 'new';

  constructor(options: WorkQueueOptions) {
    if (!Number.isInteger(options.concurrency) || options.concurrency < 1) throw new RangeError(`concurrency must be a whole number from 1, found ${options.concurrency}`);
    this.#options = options;
    this.#backoff = options.backoff ?? defaultBackoff;
  }

  /** Keys ready to be worked on; neither those in work nor those waiting for their time. */
  get depth(): number {
    return this.#ready.size;
  }

  /** Keys in work. */
  get runningCount(): number {
    return this.#running.size;
  }

  /** Keys waiting for their time. */
  get delayedCount(): number {
    return this.#delayed.size;
  }

  /** Failures in a row of a key. */
  failuresOf(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Asks for a key to be worked on. Ignored once the queue is stopped. */
  add(key: string): void {
    if (this.#state === 'stopped') return;
    if (this.#running.has(key)) this.#again.add(key);
    else this.#ready.add(key);
    this.#dispatch();
  }

  /** Like `add`, `delayMs` from now; of several waits for one key the one that ends first counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.#state === 'stopped') return;
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const at = this.#options.clock.now() + delayMs;
    const waiting = this.#delayed.get(key);
    if (waiting !== undefined && waiting.at <= at) return;
    waiting?.timer.cancel();
    const timer = this.#options.clock.after(delayMs, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { at, timer });
  }

  /** Begins to work; keys added before are kept. */
  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'started';
    this.#dispatch();
  }

  /** Drops what waits, aborts the signal of what is in work, and resolves when that has ended. Idempotent. */
  async stop(): Promise<void> {
    this.#state = 'stopped';
    this.#ready.clear();
    this.#again.clear();
    for (const { timer } of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    this.#abort.abort(new DOMException('the queue stops', 'AbortError'));
    this.#wakeIdle();
    await this.idle();
  }

  /** Resolves when nothing is ready or in work (keys waiting for their time do not count). */
  idle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  #isIdle(): boolean {
    return this.#ready.size === 0 && this.#running.size === 0;
  }

  #wakeIdle(): void {
    if (!this.#isIdle()) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const wake of waiters) wake();
  }

  #dispatch(): void {
    if (this.#state !== 'started') return;
    for (const key of this.#ready) {
      if (this.#running.size >= this.#options.concurrency) return;
      this.#ready.delete(key);
      this.#running.add(key);
      void this.#work(key);
    }
  }

  async #work(key: string): Promise<void> {
    const { name, process, log } = this.#options;
    let retryAfterMs: number | undefined;
    try {
      const result = await process(key, this.#abort.signal);
      this.#failures.delete(key);
      if (result !== undefined) retryAfterMs = result.requeueAfterMs;
    } catch (error) {
      if (this.#state !== 'stopped') {
        const failures = this.failuresOf(key);
        this.#failures.set(key, failures + 1);
        retryAfterMs = backoffMs(failures, this.#backoff);
        log.warn('work failed, will be tried again', { queue: name, key, failures: failures + 1, retryAfterMs, error });
      }
    }
    this.#running.delete(key);
    if (this.#again.delete(key)) this.#ready.add(key);
    else if (retryAfterMs !== undefined) this.addAfter(key, retryAfterMs);
    this.#dispatch();
    this.#wakeIdle();
  }
}
