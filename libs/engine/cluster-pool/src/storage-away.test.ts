// While the API server is away: who is gone gets nothing when it is back, who asks is told the truth in time.
import { expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { SeededRandom, SimulatedClock } from '@prow/testing-simulation';
import { ClusterPool } from './cluster-pool.ts';
import { SimulatedConfigMap, simulatedKube } from './testing/simulated-kube.ts';
import type { Cluster } from './types.ts';

const clusters = 4;

async function start() {
  const clock = new SimulatedClock(Date.parse('2026-01-01T00:00:00Z'));
  const random = new SeededRandom(11);
  const server = new SimulatedConfigMap();
  const faults = { fails: 0, answerLost: 0, doneLate: 0, crash: 0, isAway: false, slowestMs: 5, slowestEventMs: 5 };
  const kube = simulatedKube({ server, clock, random, faults, process: { isAlive: true, die: () => undefined } });
  const pool = new ClusterPool({ kube, namespace: 'ci', name: 'clusters', prowJobs: undefined, leaseGraceMs: 0, clock, log: silentLogger, random: () => random.next(), writer: 'w' });
  await pool.start();
  const pass = (ms: number): Promise<unknown> => clock.runUntil(clock.now() + ms);
  for (let index = 0; index < clusters; index += 1) void pool.move({ kind: 'addcluster', cluster: `c${index}`, region: 'r', administrator: 'j' });
  await pass(2000);
  expect(pool.figures().clusters.finished).toBe(clusters);
  return { clock, faults, pool, pass };
}

/** What became of it, and after how long. */
function watched<T>(clock: SimulatedClock, work: Promise<T>): { outcome?: string; tookMs?: number } {
  const from = clock.now();
  const seen: ReturnType<typeof watched> = {};
  const note = (outcome: string): void => void Object.assign(seen, { outcome, tookMs: clock.now() - from });
  work.then(() => note('done'), (error: unknown) => note(`${(error as { code: string }).code} ${(error as Error).message}`));
  return seen;
}

test('clients that went away or were refused during an outage hold nothing after it', async () => {
  const { clock, faults, pool, pass } = await start();
  faults.isAway = true;
  const asked: Promise<Cluster>[] = [];
  for (let index = 0; index < 12; index += 1) {
    asked.push(pool.lease({ build: `down${index}`, job: 'down' }, { canLeave: (leave) => void clock.after(8000, () => leave(new Error('gone'))) }));
    await pass(100);
  }
  for (const each of asked) each.catch(() => undefined);
  await pass(150_000);
  faults.isAway = false;
  await pass(20_000);
  expect(pool.figures().clusters).toMatchObject({ finished: clusters, testing: 0 });
});

test('a write that was under way when its client left is undone, also when it asked twice', async () => {
  const { clock, faults, pool, pass } = await start();
  faults.slowestMs = 4000;
  for (let round = 0; round < 5; round += 1) {
    const gone = pool.lease({ build: 'slow', job: 'e2e' }, { canLeave: (leave) => void clock.after(500, () => leave(new Error('gone'))) });
    gone.catch(() => undefined);
    await pass(600);
  }
  await pass(60_000);
  expect(pool.figures().clusters).toMatchObject({ finished: clusters, testing: 0 });
});

test('who waits is told of the storage, not that nothing is vacant, when the wait is over', async () => {
  const { clock, faults, pool, pass } = await start();
  faults.isAway = true;
  const first = watched(clock, pool.lease({ build: '1', job: 'e2e' }, { waitMs: 2000 }));
  await pass(10_000);
  expect(first).toEqual({ outcome: expect.stringContaining('PROW_CLUSTER_POOL_STORAGE'), tookMs: expect.any(Number) });
  expect(first.tookMs).toBeLessThan(4000);
  const later = watched(clock, pool.lease({ build: '2', job: 'e2e' }, { waitMs: 2000 }));
  await pass(10_000);
  expect(later.outcome).toContain('nothing was done');
  expect(later.tookMs).toBe(2000);
  faults.isAway = false;
  // A call that was under way may take so long to fail.
  await pass(20_000);
  expect(pool.figures().clusters.testing).toBe(0);
});

test('one who can wait gets a cluster once the storage is back', async () => {
  const { clock, faults, pool, pass } = await start();
  faults.isAway = true;
  const waiting = watched(clock, pool.lease({ build: '1', job: 'e2e' }, { waitMs: 600_000 }));
  await pass(60_000);
  faults.isAway = false;
  await pass(20_000);
  expect(waiting.outcome).toBe('done');
});

test('it is not ready, and reads and moves are refused at once', async () => {
  const { clock, faults, pool, pass } = await start();
  expect(pool.isReady()).toBe(true);
  faults.isAway = true;
  await pass(6000);
  expect(pool.isReady()).toBe(false);
  const read = watched(clock, pool.read());
  const move = watched(clock, pool.move({ kind: 'disablecluster', cluster: 'c0' }));
  await pass(1);
  for (const each of [read, move]) expect(each).toEqual({ outcome: expect.stringMatching(/^PROW_CLUSTER_POOL_STORAGE .*nothing was done/), tookMs: 0 });
  faults.isAway = false;
  await pass(16_000);
  expect(pool.isReady()).toBe(true);
  expect(pool.figures().clusters.disabled).toBe(0);
});
