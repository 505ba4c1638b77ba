// Two replicas over one ConfigMap: who waits at one of them is not passed for ever by those who wait at the other.
import { expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { SeededRandom, SimulatedClock } from '@prow/testing-simulation';
import { ClusterPool } from './cluster-pool.ts';
import { SimulatedConfigMap, simulatedKube } from './testing/simulated-kube.ts';

const minuteMs = 60_000;

async function start(names: readonly string[]) {
  const clock = new SimulatedClock(Date.parse('2026-01-01T00:00:00Z'));
  const random = new SeededRandom(7);
  const server = new SimulatedConfigMap();
  const faults = { fails: 0, answerLost: 0, doneLate: 0, crash: 0, isAway: false, slowestMs: 20, slowestEventMs: 20 };
  const pools = await Promise.all(names.map(async (writer) => {
    const kube = simulatedKube({ server, clock, random, faults, process: { isAlive: true, die: () => undefined } });
    const pool = new ClusterPool({ kube, namespace: 'ci', name: 'clusters', prowJobs: undefined, leaseGraceMs: 0, clock, log: silentLogger, random: () => random.next(), writer });
    await pool.start();
    return pool;
  }));
  const settled = <T>(work: Promise<T>): Promise<T> => clock.runDuring(work, { stepMs: 50 });
  const [first, second] = pools as [ClusterPool, ClusterPool];
  return { clock, server, first, second, settled };
}

/** Clients that lease at this replica, work, return there, and lease again. */
function busy(pool: ClusterPool, clock: SimulatedClock, { clients, workMs }: { clients: number; workMs: number }): { leases: number; stop: () => void } {
  const state = { leases: 0, isOn: true, stop: () => void (state.isOn = false) };
  for (let client = 0; client < clients; client += 1) {
    void (async () => {
      for (let round = 0; state.isOn; round += 1) {
        const { name } = await pool.lease({ build: `busy-${client}-${round}`, job: 'e2e' }, { waitMs: 10 * minuteMs });
        state.leases += 1;
        await clock.sleep(workMs);
        await pool.move({ kind: 'finishtest', cluster: name });
      }
    })().catch(() => undefined);
  }
  return state;
}

test('one who waits at the quiet replica is served before those who came to the busy one later', async () => {
  const { clock, first, second, settled } = await start(['a', 'b']);
  await settled(first.move({ kind: 'addcluster', cluster: 'c', region: 'r', administrator: 'j' }));
  const load = busy(first, clock, { clients: 8, workMs: 500 });
  await clock.runUntil(clock.now() + 10_000);
  const before = load.leases;
  const { name } = await settled(second.lease({ build: 'quiet', job: 'e2e' }, { waitMs: 5 * minuteMs }));
  // The eight of before it, and a few while the replicas tell each other.
  expect(load.leases - before).toBeLessThan(8 + 6);
  await settled(second.move({ kind: 'finishtest', cluster: name }));
  load.stop();
});

test('one who is gone, or whom the cluster does not fit, holds up nobody for long', async () => {
  const { clock, first, second, settled } = await start(['a', 'b']);
  await settled(first.move({ kind: 'addcluster', cluster: 'c', region: 'r', administrator: 'j' }));
  await settled(second.lease({ build: '1', job: 'e2e' }));
  const far = second.lease({ build: 'far', job: 'e2e', wanted: { region: 'far' } }, { waitMs: 10 * minuteMs });
  far.catch(() => undefined);
  await clock.runUntil(clock.now() + 5000);
  const load = busy(first, clock, { clients: 4, workMs: 500 });
  await settled(second.move({ kind: 'finishtest', cluster: 'c' }));
  const from = clock.now();
  await clock.runUntil(from + 60_000);
  // Half a second of work, half a second of respect, and the way to the storage and back.
  expect(load.leases).toBeGreaterThan(25);
  load.stop();
  await settled(second.stop());
  await far.catch(() => undefined);
});

test('one replica alone writes nothing to tell others', async () => {
  const { clock, server, first, settled } = await start(['a']);
  await settled(first.move({ kind: 'addcluster', cluster: 'c', region: 'r', administrator: 'j' }));
  await settled(first.lease({ build: '1', job: 'e2e' }));
  const waiting = first.lease({ build: '2', job: 'e2e' }, { waitMs: minuteMs / 2 });
  waiting.catch(() => undefined);
  const { writes } = server;
  await clock.runUntil(clock.now() + 20_000);
  expect(server.writes).toBe(writes);
  await expect(settled(waiting)).rejects.toMatchObject({ code: 'PROW_CLUSTER_POOL_NOTHING_VACANT' });
});
