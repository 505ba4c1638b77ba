import { isTransient } from '@prow/base-errors';
import { systemClock, type Clock } from './clock.ts';

export interface Backoff {
  /** The wait after the first failure. */
  baseMs: number;
  /** Each further wait is this many times longer. Default 2. */
  factor?: number;
  /** No wait is longer. */
  maxMs: number;
  /** Part of the wait that is left to chance, 0 to 1: 0.2 gives 80 % to 100 %. Default 0. */
  jitter?: number;
  /** Chance, from 0 up to 1. Default Math.random. */
  random?: () => number;
}

/** How long to wait after a failure. @param attempt 0 for the first failure */
export function backoffMs(attempt: number, { baseMs, factor = 2, maxMs, jitter = 0, random = Math.random }: Backoff): number {
  const full = Math.min(maxMs, baseMs * factor ** Math.max(0, attempt));
  return full * (1 - jitter * random());
}

export interface RetryOptions {
  /** Calls in all, at least 1. */
  attempts: number;
  backoff: Backoff;
  /** Default: the machine's clock. */
  clock?: Clock;
  /** Ends the waiting; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Which failures are tried again. Default: those that `isTransient` accepts. */
  isRetryable?: (error: unknown) => boolean;
}

/** Calls until one call succeeds; rejects with the last failure. */
export async function retry<T>(call: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { attempts, backoff, clock = systemClock, signal, isRetryable = isTransient } = options;
  for (let attempt = 0; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await call(attempt);
    } catch (error) {
      if (attempt + 1 >= attempts || !isRetryable(error)) throw error;
    }
    await clock.sleep(backoffMs(attempt, backoff), signal);
  }
}
