import { expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import type { ConfigMap } from '@prow/model-kube-types';
import { SeededRandom, SimulatedClock } from '@prow/testing-simulation';
import { LeaseDesk } from './lease-desk.ts';
import { PoolWriter } from './pool-writer.ts';
import { SimulatedConfigMap, simulatedKube } from './testing/simulated-kube.ts';

async function start() {
  const clock = new SimulatedClock(Date.parse('2026-01-01T00:00:00Z'));
  const server = new SimulatedConfigMap();
  const kube = simulatedKube({ server, clock, random: new SeededRandom(1), faults: { fails: 0, answerLost: 0, doneLate: 0, crash: 0, isAway: false, slowestMs: 40, slowestEventMs: 0 }, process: { isAlive: true, die: () => undefined } });
  const writer: PoolWriter = new PoolWriter({ configMaps: kube.resource<ConfigMap>(undefined as never), name: 'clusters', rules: { cleans: false }, clock, log: silentLogger, writer: 'w', onChanged: (changes) => desk.onChanged(changes) });
  const desk: LeaseDesk = new LeaseDesk({ writer, clock, log: silentLogger });
  const settled = <T>(work: Promise<T>): Promise<T> => clock.runDuring(work, { stepMs: 10 });
  await settled(writer.submit({ kind: 'addcluster', cluster: 'c', region: 'r', administrator: 'j' }));
  const { cluster: taken } = await settled(writer.submit({ kind: 'getvacant', build: '1', job: 'e2e' }));
  expect(taken?.lease?.build).toBe('1');
  return { clock, server, writer, desk, settled };
}

test('a lease that is being made for one who leaves meanwhile ends again, and the next gets the cluster', async () => {
  const { clock, server, writer, desk, settled } = await start();
  let leave: ((error: Error) => void) | undefined;
  const gone = desk.lease({ build: 'gone', job: 'e2e' }, { waitMs: 60_000, canLeave: (take) => (leave = take) });
  gone.catch(() => undefined);
  const next = desk.lease({ build: 'next', job: 'e2e' }, { waitMs: 60_000 });
  const leases = new Set<string>();
  server.watchers.add(({ data = {} }) => {
    const { lease } = JSON.parse(data['cluster.c'] ?? '{}') as { lease?: { build: string } };
    if (lease === undefined) return;
    leases.add(lease.build);
    // The storage has it; the answer is on its way.
    if (lease.build === 'gone') leave?.(new Error('the client went away'));
  });
  await settled(writer.submit({ kind: 'finishtest', cluster: 'c' }));
  await expect(settled(gone)).rejects.toThrow('the client went away');
  expect((await settled(next)).lease).toMatchObject({ build: 'next' });
  expect([...leases]).toEqual(['gone', 'next']);
  await clock.runUntil(clock.now() + 1000);
  expect(desk.waiting).toBe(0);
});
