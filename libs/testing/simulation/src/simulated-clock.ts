import { sleepWith, type Clock, type Timer } from '@prow/base-time';

interface Call {
  atMs: number;
  order: number;
  callback: (() => void) | undefined;
}

const nextTurn = globalThis.setImmediate;

/**
 * Time for simulations: calls are made in order of their time and, at the same time, in the order they were asked for.
 * Between two times everything that is ready runs. Nothing in a simulation may wait for anything but this clock.
 */
export class SimulatedClock implements Clock {
  #nowMs: number;
  readonly #settle: () => Promise<void>;
  #order = 0;
  /** A binary heap. */
  readonly #heap: Call[] = [];

  /** @param promisesOnly nothing but promises is ever continued between two times: a fraction of a turn of the event loop suffices */
  constructor(startMs: number, { promisesOnly = false }: { promisesOnly?: boolean } = {}) {
    this.#nowMs = startMs;
    this.#settle = promisesOnly ? tick : turn;
  }

  now(): number {
    return this.#nowMs;
  }

  after(ms: number, callback: () => void): Timer {
    const call: Call = { atMs: this.#nowMs + Math.max(0, ms), order: (this.#order += 1), callback };
    this.#push(call);
    return {
      cancel: () => {
        call.callback = undefined;
      },
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepWith((callback) => this.after(ms, callback), signal);
  }

  /** Lets time pass until the given moment. */
  async runUntil(untilMs: number): Promise<void> {
    await turn();
    for (let call = this.#heap[0]; call !== undefined && call.atMs <= untilMs; call = this.#heap[0]) {
      this.#nowMs = Math.max(this.#nowMs, call.atMs);
      let made = false;
      while (this.#heap[0] !== undefined && this.#heap[0].atMs <= this.#nowMs) {
        const due = this.#pop();
        if (due?.callback === undefined) continue;
        due.callback();
        made = true;
      }
      if (made) await this.#settle();
    }
    this.#nowMs = untilMs;
  }

  /** Lets time pass, in steps, until the work is done or has failed. */
  async runDuring<T>(work: Promise<T>, { stepMs }: { stepMs: number }): Promise<T> {
    let isOver = false;
    const over = work.finally(() => (isOver = true));
    // Told by what is returned, once it is over.
    over.catch(() => undefined);
    while (!isOver) await this.runUntil(this.#nowMs + stepMs);
    return over;
  }

  #push(call: Call): void {
    const heap = this.#heap;
    let index = heap.push(call) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(call, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = call;
  }

  #pop(): Call | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) child += 1;
      const smaller = heap[child];
      if (smaller === undefined || !isBefore(smaller, last)) break;
      heap[index] = smaller;
      index = child;
    }
    heap[index] = last;
    return top;
  }
}

function isBefore(left: Call, right: Call): boolean {
  return left.atMs === right.atMs ? left.order < right.order : left.atMs < right.atMs;
}

// Comes once no promise is left to be continued.
function tick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

// Lets the process do what else it does between turns: immediates, output, signals, finalizers.
function turn(): Promise<void> {
  return new Promise((resolve) => nextTurn(resolve));
}
