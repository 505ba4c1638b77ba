import { ProwError } from '@prow/base-errors';
import { sleepWith, type Clock, type Timer } from './clock.ts';

interface PendingCall {
  at: number;
  order: number;
  callback: () => void;
}

const nextTurn = globalThis.setImmediate;
const maxCallsPerRun = 100_000;

/** A clock for tests: time passes only when told to, and due calls are made in order of their time. */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  #pending: PendingCall[] = [];

  /** @param startMs unix milliseconds; default 2026-01-02T03:04:05Z */
  constructor(startMs = Date.UTC(2026, 0, 2, 3, 4, 5)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): Timer {
    const call: PendingCall = { at: this.#now + Math.max(0, ms), order: (this.#order += 1), callback };
    this.#pending.push(call);
    return {
      cancel: () => {
        this.#pending = this.#pending.filter((each) => each !== call);
      },
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepWith((callback) => this.after(ms, callback), signal);
  }

  /** How many calls wait for their time. */
  get pendingCount(): number {
    return this.#pending.length;
  }

  /** Unix milliseconds of the next pending call. */
  get nextAt(): number | undefined {
    return this.#earliest()?.at;
  }

  /** Lets `ms` pass, making the calls that become due; between two of them promises get to run. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    let calls = 0;
    for (let call = this.#earliest(); call !== undefined && call.at <= until; call = this.#earliest()) {
      this.#make(call);
      await settle();
      if ((calls += 1) > maxCallsPerRun) throw tooManyCalls();
    }
    this.#now = until;
    await settle();
  }

  /** Lets time pass until nothing is pending (or the given time is reached). */
  async runAll({ untilMs = Number.POSITIVE_INFINITY }: { untilMs?: number } = {}): Promise<void> {
    await settle();
    let calls = 0;
    for (let call = this.#earliest(); call !== undefined && call.at <= untilMs; call = this.#earliest()) {
      this.#make(call);
      await settle();
      if ((calls += 1) > maxCallsPerRun) throw tooManyCalls();
    }
  }

  #make(call: PendingCall): void {
    this.#pending = this.#pending.filter((each) => each !== call);
    this.#now = Math.max(this.#now, call.at);
    call.callback();
  }

  #earliest(): PendingCall | undefined {
    let best: PendingCall | undefined;
    for (const call of this.#pending) {
      if (best === undefined || call.at < best.at || (call.at === best.at && call.order < best.order)) best = call;
    }
    return best;
  }
}

/** Lets everything that is ready to run, run: promises, and work that takes a few turns of the event loop. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => nextTurn(resolve));
}

function tooManyCalls(): ProwError {
  return new ProwError('PROW_TIME_RUNAWAY', `more than ${maxCallsPerRun} timer calls in one run: something re-arms itself without end`);
}
