import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { VirtualClock } from '@prow/base-time';
import { coreType, kubeClientFrom, type KubeResource } from '@prow/clients-kube';
import { startKubeApi } from './index.ts';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'kube-start-'));
});

afterEach(async () => {
  await rm(dataDir, { recursive: true });
});

test('a fresh cluster has its namespaces, each with a service account', async () => {
  const api = await startKubeApi({ dataDir });
  const kube = await kubeClientFrom(api.kubeconfig());
  const names = (await kube.resource(coreType<KubeResource>('namespaces', 'Namespace', false)).list()).items.map(({ metadata }) => metadata.name);
  expect(names).toEqual(['default', 'kube-node-lease', 'kube-public', 'kube-system']);
  const accounts = kube.resource(coreType<KubeResource>('serviceaccounts', 'ServiceAccount'));
  for (let attempt = 0; attempt < 100 && (await accounts.list()).items.length < 4; attempt += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await accounts.list()).items).toHaveLength(4);
  await kube.close();
  await api.stop();
});

test('the token, the certificate and the objects survive a restart', async () => {
  const first = await startKubeApi({ dataDir });
  const { token } = first;
  const certificate = /certificate-authority-data: (\S+)/.exec(first.kubeconfig())?.[1];
  await first.stop();
  await first.stop();
  const second = await startKubeApi({ dataDir });
  expect(second.token).toBe(token);
  expect(second.kubeconfig()).toContain(certificate);
  await second.stop();
  expect((await readdir(dataDir)).sort()).toEqual(['auth', 'objects', 'tls']);
});

test('a folder has one server, a port one listener', async () => {
  const api = await startKubeApi({ dataDir });
  await expect(startKubeApi({ dataDir })).rejects.toMatchObject({ code: 'PROW_KUBE_API_IN_USE' });
  const other = await mkdtemp(join(tmpdir(), 'kube-other-'));
  const port = Number(new URL(api.url).port);
  await expect(startKubeApi({ dataDir: other, port })).rejects.toMatchObject({ code: 'PROW_KUBE_API_LISTEN', message: `cannot listen on 127.0.0.1:${port}: the port is in use` });
  await rm(other, { recursive: true });
  await api.stop();
});

test('events go an hour after they last happened', async () => {
  const clock = new VirtualClock(Date.now());
  const api = await startKubeApi({ dataDir, clock });
  const kube = await kubeClientFrom(api.kubeconfig());
  const events = kube.resource(coreType<KubeResource & { involvedObject: object; reason: string }>('events', 'Event'), 'default');
  await events.create({ metadata: { name: 'old' }, involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' }, reason: 'Tested' });
  await clock.advance(50 * 60_000);
  await events.create({ metadata: { name: 'new' }, involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' }, reason: 'Tested' });
  await clock.advance(20 * 60_000);
  for (let attempt = 0; attempt < 100 && (await events.list()).items.length > 1; attempt += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await events.list()).items.map(({ metadata }) => metadata.name)).toEqual(['new']);
  await kube.close();
  await api.stop();
});
