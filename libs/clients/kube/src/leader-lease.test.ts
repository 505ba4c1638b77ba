// Leadership in hard times, on a virtual clock: replicas that die, hang and stand still, and clocks that jump.
import { beforeEach, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { sleepWith, type Clock } from '@prow/base-time';
import { noFaults, SeededRandom, SimulatedApi, SimulatedClient, SimulatedClock, type SimulatedProcess } from '@prow/testing-simulation';
import { runAsLeader } from './index.ts';

const takeoverMs = 20_000;

let clock: SimulatedClock;
let api: SimulatedApi;

beforeEach(async () => {
  clock = new SimulatedClock(Date.UTC(2026, 0, 2));
  api = await SimulatedApi.open({ clock });
});

/** The wall clock of one machine. */
class MachineClock implements Clock {
  aheadMs = 0;

  now(): number {
    return clock.now() + this.aheadMs;
  }

  after(ms: number, callback: () => void): ReturnType<Clock['after']> {
    return clock.after(ms, callback);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepWith((callback) => this.after(ms, callback), signal);
  }
}

class Machine {
  readonly clock = new MachineClock();
  readonly process: SimulatedProcess = { isAlive: true, die: () => undefined };
  /** What becomes of calls. */
  line: 'works' | 'hangs' | 'fails' = 'works';
  leads = 0;
  isHeld: () => boolean = () => false;
  #signal: AbortSignal | undefined;

  constructor(identity: string, { slowestCallMs = 1 }: { slowestCallMs?: number } = {}) {
    const line = new SimulatedClient({ api, name: 'main', clock, random: new SeededRandom(7), faults: { ...noFaults, slowestCallMs }, process: this.process, isAway: () => false });
    const trouble = { hangs: (): Promise<never> => new Promise(() => undefined), fails: (): Promise<never> => Promise.reject(new Error('no')) };
    const kube = new Proxy(line, {
      get: (target, key) => (key === 'resource' ? (...given: Parameters<SimulatedClient['resource']>) => new Proxy(target.resource(...given), { get: (resource, method) => (this.line === 'works' ? (Reflect.get(resource, method) as () => unknown).bind(resource) : trouble[this.line]) }) : Reflect.get(target, key)),
    });
    void runAsLeader({
      kube, identity, namespace: 'default', name: 'leader', clock: this.clock, log: silentLogger, signal: new AbortController().signal,
      lead: async (signal, isHeld) => {
        this.leads += 1;
        this.#signal = signal;
        this.isHeld = () => this.process.isAlive && isHeld();
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      },
    });
  }

  isTold(): boolean {
    return this.#signal?.aborted === true;
  }
}

async function pass(ms: number): Promise<void> {
  await clock.runUntil(clock.now() + ms);
}

/** Lets time pass until it is so; at most an hour. */
async function passUntil(condition: () => boolean): Promise<number> {
  const startedMs = clock.now();
  while (!condition() && clock.now() - startedMs < 3_600_000) await pass(100);
  return clock.now() - startedMs;
}

test.each([1, 800])('another leads less than 20 s after the leader died, with calls of up to %i ms', async (slowestCallMs) => {
  for (let round = 0; round < 20; round += 1) {
    const first = new Machine(`first-${round}`, { slowestCallMs });
    await passUntil(() => first.isHeld());
    const second = new Machine(`second-${round}`, { slowestCallMs });
    await pass(10_000 + round * 137);
    expect(second.leads).toBe(0);
    first.process.isAlive = false;
    expect(await passUntil(() => second.isHeld())).toBeLessThan(takeoverMs - 4000);
    second.process.isAlive = false;
  }
});

test.each(['hangs', 'fails'] as const)('a leader whose line %s stops before another begins', async (line) => {
  const [first, second] = [new Machine('first'), new Machine('second')];
  await pass(10_000);
  const [leader, other] = first.isHeld() ? [first, second] : [second, first];
  leader.line = line;
  await passUntil(() => !leader.isHeld());
  expect(leader.isTold()).toBe(true);
  expect(other.leads).toBe(0);
  await passUntil(() => other.isHeld());
  expect(leader.isHeld()).toBe(false);
});

test('a leader that stood still does not write on', async () => {
  const first = new Machine('first');
  await pass(10_000);
  expect(first.isHeld()).toBe(true);
  // Its machine slept: the clock went on, and no timer has fired yet.
  first.clock.aheadMs += 60_000;
  expect(first.isHeld()).toBe(false);
});

test('a clock that jumps takes the lease from nobody', async () => {
  const [first, second] = [new Machine('first'), new Machine('second')];
  await pass(10_000);
  const [leader, other] = first.isHeld() ? [first, second] : [second, first];
  for (const jumpMs of [3_600_000, -7_200_000, 3_600_000]) {
    other.clock.aheadMs += jumpMs;
    await pass(20_000);
  }
  expect(other.leads).toBe(0);
  // Set back, the leader still loses the lease that it cannot renew.
  leader.clock.aheadMs -= 3_600_000;
  leader.line = 'fails';
  await pass(6500);
  expect(leader.isHeld()).toBe(false);
});
