// What people and machines do to plank's world behind its back: the right end, and a clear word.
import { afterEach, expect, test } from '@jest/globals';
import type { Pod } from '@prow/model-kube-types';
import { prowJobResource } from '@prow/model-prowjob';
import type { PlankSection } from './settings.ts';
import { namespace, podType, World } from './testing/plank-world.ts';

const worlds: World[] = [];
async function world(settings?: Partial<PlankSection>): Promise<World> {
  const made = await World.start(settings);
  worlds.push(made);
  return made;
}

afterEach(async () => {
  for (const each of worlds.splice(0)) await each.stop();
});

const completionTime = '2026-01-02T03:05:00Z';

test('a job ended by hand, while it waits or runs, stays so, and nothing of it goes on', async () => {
  const w = await world({ max_concurrency: 1 });
  w.create('runs', { job: 'a' });
  await w.pass(2000);
  w.create('waits', { job: 'b' });
  await w.pass(2000);
  expect(w.pods()).toEqual(['runs']);
  for (const name of ['runs', 'waits']) w.edit(name, { status: { state: 'success', description: 'Edited.', completionTime } });
  await w.pass(60_000);
  for (const name of ['runs', 'waits']) expect(w.job(name)).toMatchObject({ state: 'success', description: 'Edited.', completionTime });
  expect(w.pods()).toEqual([]);
});

test('a job aborted by hand ends, whatever state it was in', async () => {
  const w = await world({ max_concurrency: 1 });
  w.create('runs', { job: 'a' });
  w.create('waits', { job: 'b' });
  await w.pass(2000);
  for (const name of ['runs', 'waits']) w.edit(name, { status: { state: 'aborted', description: 'Aborted by a person.' } });
  await w.pass(60_000);
  for (const name of ['runs', 'waits']) expect(w.job(name)).toMatchObject({ state: 'aborted', description: 'Aborted by a person.', completionTime: expect.any(String) });
  expect(w.pods()).toEqual([]);
});

test('a job deleted by hand gives its place to the next', async () => {
  const w = await world({ max_concurrency: 1 });
  w.create('first', { job: 'a' });
  await w.pass(2000);
  w.create('second', { job: 'b' });
  await w.pass(2000);
  expect(w.job('second').description).toMatch(/^Waiting for /);
  void w.api.delete(prowJobResource, namespace, 'first');
  await w.pass(60_000);
  expect(w.job('second').state).toBe('pending');
  expect(w.pods()).toEqual(['second']);
});

test('the pod of a job deleted by hand is stopped, also one whose cluster is away, and a pod of somebody else is not', async () => {
  const w = await world();
  for (const name of ['runs', 'away', 'over']) w.create(name, { job: name });
  await w.api.create(podType, namespace, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'stranger', namespace, labels: { 'created-by-prow': 'true', 'prow.k8s.io/id': 'nobody' } }, spec: { containers: [{ name: 'other', image: 'i' }] } } as Pod);
  await w.pass(2000);
  w.end('over', 'Succeeded');
  await w.pass(2000);
  for (const name of ['runs', 'over']) void w.api.delete(prowJobResource, namespace, name);
  await w.pass(60_000);
  // What ended by itself is left to sinker, which keeps it for its logs.
  expect(w.pods()).toEqual(['away', 'over', 'stranger']);
  w.isAway = true;
  await w.pass(60_000);
  void w.api.delete(prowJobResource, namespace, 'away');
  await w.pass(60_000);
  expect(w.pods()).toContain('away');
  w.isAway = false;
  await w.pass(60_000);
  expect(w.pods()).toEqual(['over', 'stranger']);
});

test('a job moved to another build cluster by hand runs there alone; under another name of its cluster it runs on', async () => {
  const w = await world();
  for (const name of ['moves', 'renamed']) w.create(name, { job: name });
  await w.pass(2000);
  const uid = w.api.find(podType, namespace, 'renamed')?.metadata.uid;
  w.edit('moves', { spec: { cluster: 'other' } });
  w.edit('renamed', { spec: { cluster: 'twin' } });
  await w.pass(120_000);
  expect(w.pods()).toEqual(['renamed']);
  expect(w.api.find(podType, namespace, 'renamed')?.metadata.uid).toBe(uid);
  expect(w.other.list(podType).map((pod) => pod.metadata.name)).toEqual(['moves']);
  expect(w.job('moves')).toMatchObject({ state: 'pending', pod_revival_count: 1 });
});

test('a job made again under the name of a deleted one has its run', async () => {
  const w = await world();
  w.create('again');
  await w.pass(2000);
  void w.api.delete(prowJobResource, namespace, 'again');
  w.create('again');
  await w.pass(60_000);
  w.end('again', 'Succeeded');
  await w.pass(60_000);
  expect(w.job('again').state).toBe('success');
});

test('a state put back by hand runs to its end again; rubbish in times and counts hurts nobody', async () => {
  const w = await world();
  w.create('back');
  w.create('rubbish');
  await w.pass(2000);
  w.edit('back', { status: { state: 'triggered', build_id: null, pendingTime: null } });
  w.edit('rubbish', { metadata: { annotations: { 'prow.k8s.io/retry-at': 'tomorrow', 'prow.k8s.io/awaited-build-id': 'x' } } });
  await w.pass(5000);
  for (const name of ['back', 'rubbish']) {
    expect(w.job(name).state).toBe('pending');
    w.end(name, 'Succeeded');
  }
  await w.pass(5000);
  for (const name of ['back', 'rubbish']) expect(w.job(name).state).toBe('success');
});

test('a pod deleted by hand is replaced, and counted', async () => {
  const w = await world();
  w.create('work');
  await w.pass(2000);
  void w.api.delete(podType, namespace, 'work', { gracePeriodSeconds: 0 });
  await w.pass(3000);
  expect(w.job('work')).toMatchObject({ state: 'pending', pod_revival_count: 1, description: expect.stringMatching(/attempt 2 follows/) });
  await w.pass(30_000);
  expect(w.pods()).toEqual(['work']);
  w.end('work', 'Succeeded');
  await w.pass(5000);
  expect(w.job('work').state).toBe('success');
});

test('a foreign pod under our labels is left alone, also where it has the name of a job', async () => {
  const w = await world();
  const foreign = (name: string, id: string): Pod => ({
    apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels: { 'created-by-prow': 'true', 'prow.k8s.io/id': id } }, spec: { containers: [{ name: 'other', image: 'i' }] },
  });
  await w.api.create(podType, namespace, foreign('stranger', 'nobody'));
  await w.api.create(podType, namespace, foreign('taken', 'somebody-else'));
  w.create('taken');
  await w.pass(60_000);
  expect(w.pods()).toEqual(['stranger', 'taken']);
  expect(w.job('taken')).toMatchObject({ state: 'error', description: expect.stringMatching(/taken.*(not|another|foreign)/i) });
});

test('a pod of a mebibyte is made; one that no server stores ends its job with the reason', async () => {
  const w = await world();
  const withBytes = (bytes: number): object => ({ pod_spec: { containers: [{ name: 'test', image: 'i', env: [{ name: 'BIG', value: 'x'.repeat(bytes) }] }] } });
  w.create('big', withBytes(1024 * 1024));
  w.create('fits-once', withBytes(1_572_864 - 1300));
  await w.pass(5000);
  expect(w.job('big').state).toBe('pending');
  expect(w.job('fits-once')).toMatchObject({ state: 'error', description: expect.stringMatching(/^Pod can not be created: .*too large/) });
});

test('an unknown cluster: which it might have been, and which there are', async () => {
  const w = await world();
  w.create('lost', { cluster: 'defualt' });
  await w.pass(2000);
  expect(w.job('lost')).toMatchObject({ state: 'error', description: 'Terminal error: unknown cluster alias "defualt", did you mean default?; known: default, twin, other.' });
});

test('a clock that jumps back ends nothing early and gives no build id twice; one that jumps forth fires what is due', async () => {
  const w = await world({ pod_running_timeout: '1h' });
  w.create('first');
  await w.pass(2000);
  w.end('first', 'Succeeded', { phase: 'Running', startTime: `${new Date(w.clock.now()).toISOString().slice(0, 19)}Z` });
  w.clockErrorMs = -2 * 3_600_000;
  w.create('second');
  await w.pass(10 * 60_000);
  expect([w.job('first').state, w.job('second').state]).toEqual(['pending', 'pending']);
  expect(BigInt(w.job('second').build_id ?? '0') > BigInt(w.job('first').build_id ?? '0')).toBe(true);
  w.clockErrorMs = 3_600_000;
  await w.pass(6 * 60_000);
  expect(w.job('first')).toMatchObject({ state: 'aborted', description: 'Pod running timeout.' });
});
