// One event, two groups.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { coreType, kubeClientFrom, type KubeClient, type KubeResource } from '@prow/clients-kube';
import { startKubeApi, type RunningKubeApi } from '../index.ts';

type Loose = KubeResource & Record<string, unknown>;
let dataDir: string;
let api: RunningKubeApi;
let kube: KubeClient;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'kube-events-'));
  api = await startKubeApi({ dataDir });
  kube = await kubeClientFrom(api.kubeconfig());
});

afterAll(async () => {
  await kube.close();
  await api.stop();
  await rm(dataDir, { recursive: true });
});

test('an event of events.k8s.io is one of core, and may be patched in either form', async () => {
  const modern = kube.resource<Loose>({ group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event', namespaced: true }, 'default');
  const core = kube.resource(coreType<Loose>('events', 'Event'), 'default');
  const created = await modern.create({
    metadata: { name: 'e' },
    regarding: { kind: 'Pod', namespace: 'default', name: 'p' },
    note: 'seen',
    reason: 'Tested',
    type: 'Normal',
    action: 'Testing',
    eventTime: '2026-01-02T03:04:05.123456Z',
    reportingController: 'tester',
    reportingInstance: 'tester-1',
  });
  expect(created).toMatchObject({ apiVersion: 'events.k8s.io/v1', note: 'seen', regarding: { name: 'p' } });
  expect(await core.get('e')).toMatchObject({ apiVersion: 'v1', message: 'seen', involvedObject: { name: 'p' }, reportingComponent: 'tester', eventTime: '2026-01-02T03:04:05.123456Z' });
  const patched = await modern.patch('e', { type: 'strategic', body: { series: { count: 2, lastObservedTime: '2026-01-02T03:04:06.000000Z' } } });
  expect(patched).toMatchObject({ note: 'seen', regarding: { name: 'p' }, series: { count: 2 } });
  expect((await core.patch('e', { type: 'merge', body: { message: 'again' } }))['message']).toBe('again');
  expect((await modern.list({ fieldSelector: 'regarding.name=p' })).items.map((item) => item['note'])).toEqual(['again']);
  expect((await core.list({ fieldSelector: 'involvedObject.name=q' })).items).toEqual([]);
});
