// What a commit is made of, and what another hand may do to the ConfigMap.
import { describe, expect, test } from '@jest/globals';
import { silentLogger, type Logger } from '@prow/base-log';
import { KubeError, type ResourceApi } from '@prow/clients-kube';
import type { ConfigMap } from '@prow/model-kube-types';
import { SeededRandom, SimulatedClock } from '@prow/testing-simulation';
import { maxBytes } from './pool-document.ts';
import { PoolWriter } from './pool-writer.ts';
import { SimulatedConfigMap, simulatedKube, type LineFaults } from './testing/simulated-kube.ts';
import type { Move } from './types.ts';

const noFaults = { fails: 0, answerLost: 0, doneLate: 0, crash: 0, isAway: false, slowestMs: 0, slowestEventMs: 0 };
const add = (cluster: string): Move => ({ kind: 'addcluster', cluster, region: 'r', administrator: 'a' });
const get = (build: string): Move => ({ kind: 'getvacant', build, job: 'e2e' });

function start(server = new SimulatedConfigMap(), faults: LineFaults = noFaults, log: Logger = silentLogger) {
  const clock = new SimulatedClock(Date.parse('2026-01-01T00:00:00Z'));
  const random = new SeededRandom(1);
  const kube = simulatedKube({ server, clock, random, faults, process: { isAlive: true, die: () => undefined } });
  const writer = new PoolWriter({ configMaps: kube.resource<ConfigMap>(undefined as never), name: 'clusters', rules: { cleans: false }, clock, log, random: () => random.next(), writer: 'w' });
  /** Lets the simulated time pass that it takes. */
  const settled = <T>(work: Promise<T>): Promise<T> => clock.runDuring(work, { stepMs: 50 });
  return { server, writer, clock, submit: (move: Move) => settled(writer.submit(move)), read: () => settled(writer.read()), settled };
}

test('requests that come together are one commit, of the keys that changed', async () => {
  const { server, writer, settled, submit } = start();
  await settled(Promise.all(Array.from({ length: 50 }, (_, index) => writer.submit(add(`c${index}`)))));
  expect(server.writes).toBe(1);
  expect(Object.keys(server.object?.data ?? {})).toHaveLength(52);
  await submit(get('1'));
  expect(JSON.parse(server.object?.data?.['cluster.c0'] ?? '')).toMatchObject({ state: 'testing', lease: { build: '1', job: 'e2e' } });
  expect(server.object?.data?.['cluster.c0']).not.toContain('\n');
  const moves = Object.entries(server.object?.data ?? {}).filter(([key]) => key.startsWith('moves.'));
  expect(moves).toHaveLength(2);
  expect(JSON.parse(moves[1]?.[1] ?? '')).toMatchObject({ id: '2.0.w', cluster: 'c0', move: 'getvacant', from: 'finished', to: 'testing' });
});

test('clients that come again as soon as they are answered share one commit', async () => {
  const { server, writer, clock, settled } = start(new SimulatedConfigMap(), { ...noFaults, slowestMs: 40 });
  await settled(Promise.all(Array.from({ length: 16 }, (_, index) => writer.submit(add(`c${index}`)))));
  const rounds = async (clients: number, from: number): Promise<number> => {
    const before = server.writes;
    await settled(Promise.all(Array.from({ length: clients }, async (_, client) => {
      // They begin one after the other.
      await clock.sleep(client * 7);
      for (let round = 0; round < 20; round += 1) {
        const { cluster } = await writer.submit(get(`${from + client}-${round}`));
        await clock.sleep(3);
        await writer.submit({ kind: 'finishtest', cluster: cluster?.name ?? '' });
        await clock.sleep(3);
      }
    })));
    return (clients * 40) / (server.writes - before);
  };
  expect(await rounds(12, 0)).toBeGreaterThan(10);
  expect(await rounds(1, 100)).toBe(1);
});

test('lasting trouble is told apart from an empty pool', async () => {
  const forbidden = { find: () => Promise.reject(new KubeError('no', { reason: 'Forbidden', status: 403, request: 'x' })) } as Partial<ResourceApi<ConfigMap>> as ResourceApi<ConfigMap>;
  const writer = new PoolWriter({ configMaps: forbidden, name: 'clusters', rules: { cleans: false }, clock: new SimulatedClock(0), log: silentLogger });
  await expect(writer.submit(get('1'))).rejects.toMatchObject({ code: 'PROW_CLUSTER_POOL_STORAGE', httpStatus: 503 });
  await writer.stop();
});

test('a pool of version 1 is taken over by the first commit', async () => {
  const server = new SimulatedConfigMap();
  const old = { version: 1, commits: {}, clusters: { a: { name: 'a', region: 'r', administrator: 'x', state: 'testing', since: '2026-01-01T00:00:00Z', lease: { build: '7', job: 'e2e', since: '2026-01-01T00:00:00Z' } } } };
  server.edit({ 'clusters.json': JSON.stringify(old) });
  const { submit, read } = start(server);
  expect((await read()).clusters).toMatchObject([{ name: 'a', state: 'testing' }]);
  await submit({ kind: 'finishtest', cluster: 'a', build: '7', job: 'e2e' });
  expect(Object.keys(server.object?.data ?? {}).filter((key) => !key.startsWith('moves.')).toSorted()).toEqual(['cluster.a', 'pool.json']);
});

describe('another hand', () => {
  test('a good edit counts from the next call on', async () => {
    const { server, submit } = start();
    await submit(add('a'));
    server.edit({ ...server.object?.data, 'cluster.b': JSON.stringify({ region: 'r', administrator: 'me', state: 'disabled', since: '2026-01-01T00:00:00Z' }) });
    expect((await submit({ kind: 'enablecluster', cluster: 'b' })).cluster?.state).toBe('finished');
  });

  test('a broken edit of a cluster is kept out: its last good state is shown, nobody gets it, the others go on; mended, it counts', async () => {
    const { server, submit, read, writer } = start();
    await submit(add('a'));
    await submit(add('b'));
    const good = server.object?.data?.['cluster.a'] ?? '';
    server.edit({ ...server.object?.data, 'cluster.a': good.replace('finished', 'finnished') });
    expect(await read()).toMatchObject({ clusters: [{ name: 'a', state: 'finished' }, { name: 'b' }], broken: [{ key: 'cluster.a', problem: expect.stringContaining('/state') }] });
    expect((await submit(get('1'))).cluster?.name).toBe('b');
    await expect(submit(get('2'))).rejects.toMatchObject({ code: 'PROW_CLUSTER_POOL_NOTHING_VACANT' });
    await expect(submit({ kind: 'disablecluster', cluster: 'a' })).rejects.toMatchObject({ code: 'PROW_CLUSTER_POOL_DOCUMENT', httpStatus: 503 });
    expect(server.object?.data?.['cluster.a']).toContain('finnished');
    expect(writer.figures.brokenEdits).toBe(1);
    server.edit({ ...server.object?.data, 'cluster.a': good });
    expect((await submit(get('2'))).cluster?.name).toBe('a');
    expect((await read()).broken).toEqual([]);
  });

  test('one that breaks what was never known good here is told of as such', async () => {
    const told: string[] = [];
    const server = new SimulatedConfigMap();
    server.edit({ 'pool.json': '{"version":2,"sequence":0}', 'cluster.hand': '{' });
    const { read, submit } = start(server, noFaults, { ...silentLogger, error: (message) => void told.push(message) });
    expect((await read()).broken).toMatchObject([{ key: 'cluster.hand' }]);
    expect(told).toEqual([expect.stringContaining('no good state of it is known here')]);
    server.object = undefined;
    await submit(add('a'));
    expect(told[1]).toContain('was deleted');
  });

  test('one that gives a build a second cluster is told of', async () => {
    const told: unknown[] = [];
    const server = new SimulatedConfigMap();
    const { submit, read } = start(server, noFaults, { ...silentLogger, error: (_message, fields) => void told.push(fields) });
    await submit(add('a'));
    await submit(add('b'));
    await submit(get('1'));
    const { data = {} } = server.object ?? {};
    server.edit({ ...data, 'cluster.b': data['cluster.a'] ?? '' });
    await read();
    expect(told).toEqual([{ clusters: ['a', 'b'] }]);
    // One that moves from one cluster to the other has one only.
    server.edit({ ...data, 'cluster.a': data['cluster.b'] ?? '', 'cluster.b': data['cluster.a'] ?? '' });
    await read();
    expect(told).toHaveLength(1);
  });

  test('where what all agree on is broken, nothing is changed', async () => {
    const { server, submit, read } = start();
    await submit(add('a'));
    const good = server.object?.data?.['pool.json'] ?? '';
    server.edit({ ...server.object?.data, 'pool.json': '{"version":3}' });
    const { writes } = server;
    await expect(submit(get('1'))).rejects.toMatchObject({ code: 'PROW_CLUSTER_POOL_DOCUMENT', httpStatus: 503 });
    expect((await read()).broken).toMatchObject([{ key: 'pool.json', problem: '/version: found 3, expected 2' }]);
    expect(server.writes).toBe(writes);
    server.edit({ ...server.object?.data, 'pool.json': good });
    expect((await submit(get('1'))).cluster?.name).toBe('a');
  });
});

test('a full ConfigMap is refused before it breaks: nothing more is added, what is there is leased, held and returned', async () => {
  const { server, submit } = start();
  const labels = { note: 'x'.repeat(63) };
  const data: Record<string, string> = { 'pool.json': '{"version":2,"sequence":0}' };
  const text = JSON.stringify({ region: 'r'.repeat(60), administrator: 'a'.repeat(190), labels, state: 'finished', since: '2026-01-01T00:00:00.000Z' });
  let count = 0;
  for (let bytes = 0; bytes < maxBytes.toAdd - 500; count += 1) {
    const key = `cluster.c${String(count).padStart(6, '0')}`;
    data[key] = text;
    bytes += key.length + text.length;
  }
  server.edit(data);
  let refused: unknown;
  for (let index = 0; index < 20 && refused === undefined; index += 1) await submit({ kind: 'addcluster', cluster: `extra-${index}`, region: 'r', administrator: 'a'.repeat(190), labels }).catch((error: unknown) => (refused = error));
  expect(refused).toMatchObject({ code: 'PROW_CLUSTER_POOL_FULL', httpStatus: 507 });
  // As many leases as there is room for, with the longest names; then refusals, never an update that the API server refuses.
  const leased: string[] = [];
  let noRoom: unknown;
  for (let index = 0; index < 400 && noRoom === undefined; index += 1) {
    await submit({ kind: 'getvacant', build: `${index}-`.padEnd(200, 'b'), job: 'j'.repeat(300) }).then(
      ({ cluster }) => leased.push(cluster?.name ?? ''),
      (error: unknown) => (noRoom = error),
    );
  }
  expect(leased.length).toBeGreaterThan(50);
  expect(noRoom).toMatchObject({ code: 'PROW_CLUSTER_POOL_FULL' });
  for (const cluster of leased) await submit({ kind: 'finishtest', cluster });
  expect((await submit(get('again'))).cluster?.state).toBe('testing');
});
