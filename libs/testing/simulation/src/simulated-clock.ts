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
  #order = 0;
  /** A binary heap. */
  readonly #heap: Call[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
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
    await settle();
    for (let call = this.#heap[0]; call !== undefined && call.atMs <= untilMs; call = this.#heap[0]) {
      this.#nowMs = Math.max(this.#nowMs, call.atMs);
      let made = false;
      while (this.#heap[0] !== undefined && this.#heap[0].atMs <= this.#nowMs) {
        const due = this.#pop();
        if (due?.callback === undefined) continue;
        due.callback();
        made = true;
      }
      if (made) await settle();
    }
    this.#nowMs = untilMs;
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

function settle(): Promise<void> {
  return new Promise((resolve) => nextTurn(resolve));
}
