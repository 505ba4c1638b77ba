/** A pending call; `cancel` is idempotent and does nothing once the call was made. */
export interface Timer {
  cancel(): void;
}

/** The only source of time in this code base: tests replace it with `VirtualClock`. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /** Calls back once, `ms` from now (at the next turn for `ms` ≤ 0). Does not keep the process alive by itself. */
  after(ms: number, callback: () => void): Timer;
  /** Resolves `ms` from now; keeps the process alive meanwhile. Rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Node fires longer timers at once, so a long wait is made of several. */
const maxTimerMs = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => startTimer(ms, callback, false),
  sleep: (ms, signal) => sleepWith((callback) => startTimer(ms, callback, true), signal),
};

function startTimer(ms: number, callback: () => void, keepsAlive: boolean): Timer {
  let remainingMs = Number.isNaN(ms) ? 0 : Math.max(0, ms);
  let handle: NodeJS.Timeout;
  const arm = (): void => {
    const stepMs = Math.min(remainingMs, maxTimerMs);
    remainingMs -= stepMs;
    handle = setTimeout(() => (remainingMs > 0 ? arm() : callback()), stepMs);
    if (!keepsAlive) handle.unref();
  };
  arm();
  return { cancel: () => clearTimeout(handle) };
}

/** A sleep made of any way to start a timer. */
export function sleepWith(start: (callback: () => void) => Timer, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason as Error);
    };
    const timer = start(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
