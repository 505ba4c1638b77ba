import type { Clock, Timer } from '@prow/base-time';
import type { RateBudget, RequestPriority } from '../roles/rates.ts';

const order: readonly RequestPriority[] = ['urgent', 'normal', 'background'];
/** Part of the hourly budget that is kept for higher priorities. */
const reserved: Record<RequestPriority, number> = { urgent: 0, normal: 0.02, background: 0.2 };

interface Waiting {
  resource: string;
  start(): void;
}

export interface RequestBudgetOptions {
  clock: Clock;
  /** Requests under way at once; GitHub allows 100 a token. */
  maxConcurrent?: number;
}

/**
 * The budget of one token, shared by everyone who uses it: who may send now, who waits. Waits while GitHub asks for a
 * pause (secondary limit) and while the hourly budget is down to what higher priorities are owed.
 */
export class RequestBudget {
  readonly #clock: Clock;
  readonly #maxConcurrent: number;
  readonly #queues: Record<RequestPriority, Waiting[]> = { urgent: [], normal: [], background: [] };
  readonly #budgets = new Map<string, RateBudget>();
  #running = 0;
  #pausedUntil = 0;
  #timer: Timer | undefined;

  constructor({ clock, maxConcurrent = 48 }: RequestBudgetOptions) {
    this.#clock = clock;
    this.#maxConcurrent = maxConcurrent;
  }

  get budgets(): ReadonlyMap<string, RateBudget> {
    return this.#budgets;
  }

  /** Milliseconds until a request of this kind may start, as far as limits are known. */
  waitMs(priority: RequestPriority, resource: string): number {
    const now = this.#clock.now();
    const pauseMs = Math.max(0, this.#pausedUntil - now);
    const budget = this.#budgets.get(resource);
    if (budget === undefined || budget.resetsAt <= now) return pauseMs;
    const spent = budget.remaining <= Math.floor(budget.limit * reserved[priority]);
    return spent ? Math.max(pauseMs, budget.resetsAt - now) : pauseMs;
  }

  /** Resolves when the request may start; call what it gives when the request has ended. */
  acquire(priority: RequestPriority, resource: string): Promise<() => void> {
    return new Promise((resolve) => {
      this.#queues[priority].push({ resource, start: () => resolve(this.#releaser()) });
      this.#startWhatMay();
    });
  }

  /** All requests wait this long: GitHub's secondary limit. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + ms);
  }

  /** Takes in what an answer's headers tell about the budget. */
  observe(headers: Readonly<Record<string, string | number | undefined>>): void {
    const limit = Number(headers['x-ratelimit-limit']);
    const remaining = Number(headers['x-ratelimit-remaining']);
    const resetsAt = Number(headers['x-ratelimit-reset']) * 1000;
    if (!Number.isFinite(limit) || !Number.isFinite(remaining) || !Number.isFinite(resetsAt)) return;
    const resource = String(headers['x-ratelimit-resource'] ?? 'core');
    const known = this.#budgets.get(resource);
    // Answers overtake one another: within one window the lowest number is the newest.
    const isOlder = known !== undefined && known.resetsAt === resetsAt && known.remaining < remaining;
    if (!isOlder) this.#budgets.set(resource, { limit, remaining, resetsAt });
  }

  #releaser(): () => void {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#running -= 1;
      this.#startWhatMay();
    };
  }

  #startWhatMay(): void {
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const priority of order) {
      const queue = this.#queues[priority];
      for (let at = 0; at < queue.length; ) {
        if (this.#running >= this.#maxConcurrent) return;
        const waiting = queue[at];
        if (waiting === undefined) break;
        const waitMs = this.waitMs(priority, waiting.resource);
        if (waitMs > 0) {
          soonestMs = Math.min(soonestMs, waitMs);
          at += 1;
          continue;
        }
        queue.splice(at, 1);
        this.#running += 1;
        this.#spend(waiting.resource);
        waiting.start();
      }
    }
    this.#timer?.cancel();
    if (Number.isFinite(soonestMs)) this.#timer = this.#clock.after(soonestMs + 1, () => this.#startWhatMay());
  }

  /** Counts a request before its answer tells, so that a burst does not overdraw. */
  #spend(resource: string): void {
    const budget = this.#budgets.get(resource);
    if (budget !== undefined && budget.remaining > 0) this.#budgets.set(resource, { ...budget, remaining: budget.remaining - 1 });
  }
}
