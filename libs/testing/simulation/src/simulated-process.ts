// A process of controllers: it may die at any call, and stand still while the world goes on.
import { sleepWith, type Clock, type Timer } from '@prow/base-time';

/** Once dead, its calls reach nobody and are never answered. */
export interface SimulatedProcess {
  isAlive: boolean;
  /** Until then it does nothing: a long collection of garbage, a paused machine, SIGSTOP. */
  frozenUntilMs?: number;
  die(): void;
}

const never = new Promise<never>(() => undefined);

/** What was on its way to a process arrives when it is awake, and never in a dead one. */
export async function arrived<R>(process: SimulatedProcess, clock: Clock, answer: Promise<R>): Promise<R> {
  try {
    return await answer;
  } finally {
    await awake(process, clock);
  }
}

export async function awake(process: SimulatedProcess, clock: Clock): Promise<void> {
  for (;;) {
    if (!process.isAlive) await never;
    const frozenMs = (process.frozenUntilMs ?? 0) - clock.now();
    if (frozenMs <= 0) return;
    await clock.sleep(frozenMs);
  }
}

/** The clock of one process: its timers die with it, and come late while it is frozen. */
export class ProcessClock implements Clock {
  readonly #clock: Clock;
  readonly #process: SimulatedProcess;

  constructor(clock: Clock, process: SimulatedProcess) {
    this.#clock = clock;
    this.#process = process;
  }

  now(): number {
    return this.#clock.now();
  }

  after(ms: number, callback: () => void): Timer {
    const fire = (): void => {
      if (!this.#process.isAlive) return;
      const frozenMs = (this.#process.frozenUntilMs ?? 0) - this.#clock.now();
      if (frozenMs > 0) timer = this.#clock.after(frozenMs, fire);
      else callback();
    };
    let timer = this.#clock.after(ms, fire);
    return { cancel: () => timer.cancel() };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepWith((callback) => this.after(ms, callback), signal);
  }
}
