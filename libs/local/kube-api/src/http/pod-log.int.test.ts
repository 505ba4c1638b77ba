// Logs come from the kubelet of the pod's node, with the query that the client gave and the server's own token.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { coreType, kubeClientFrom, type KubeClient, type KubeResource } from '@prow/clients-kube';
import { startKubeApi, type RunningKubeApi } from '../index.ts';

interface Loose extends KubeResource {
  spec?: object;
  status?: object;
}
const pods = coreType<Loose>('pods', 'Pod');
let dataDir: string;
let api: RunningKubeApi;
let kube: KubeClient;
let kubelet: Server;
const asked: { url: string; authorization: string | undefined }[] = [];

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'kube-log-'));
  api = await startKubeApi({ dataDir });
  kube = await kubeClientFrom(api.kubeconfig());
  kubelet = createServer((request, response) => {
    asked.push({ url: request.url ?? '', authorization: request.headers.authorization });
    if (request.url?.includes('/broken')) response.writeHead(400).end('container "broken" in pod "p" is waiting to start: ContainerCreating');
    else response.end('line 1\nline 2\n');
  });
  await new Promise<void>((resolve) => kubelet.listen(0, '127.0.0.1', resolve));
  const { port } = kubelet.address() as AddressInfo;
  const status = { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: port } } };
  const nodes = kube.resource(coreType<Loose>('nodes', 'Node', false));
  await nodes.create({ metadata: { name: 'n' } });
  await nodes.patch('n', { type: 'merge', body: { status } }, { subresource: 'status' });
  const api_ = kube.resource(pods, 'default');
  await api_.create({ metadata: { name: 'p' }, spec: { containers: [{ name: 'a', image: 'x' }, { name: 'broken', image: 'x' }] } });
  await api_.create({ metadata: { name: 'unbound' }, spec: { containers: [{ name: 'a', image: 'x' }] } });
  await api_.createSubresource('p', 'binding', { metadata: { name: 'p' }, target: { kind: 'Node', name: 'n' } });
});

afterAll(async () => {
  await kube.close();
  await api.stop();
  await new Promise((resolve) => kubelet.close(resolve));
  await rm(dataDir, { recursive: true });
});

async function log(pod: string, options: Parameters<KubeClient['podLog']>[2] = {}): Promise<string> {
  let text = '';
  for await (const chunk of await kube.podLog('default', pod, options)) text += String(chunk);
  return text;
}

test('a log is passed on', async () => {
  expect(await log('p', { container: 'a', tailLines: 5, timestamps: true, follow: true })).toBe('line 1\nline 2\n');
  expect(asked.at(-1)).toEqual({ url: '/containerLogs/default/p/a?follow=true&timestamps=true&tailLines=5', authorization: `Bearer ${api.kubeletToken}` });
});

test('which container is asked where there are several', async () => {
  await expect(log('p')).rejects.toThrow('a container name must be specified for pod p, choose one of: [a broken]');
  await expect(log('p', { container: '../etc' })).rejects.toMatchObject({ status: 400, message: 'container ../etc is not valid for pod p' });
});

test('what the kubelet refuses is refused; a pod on no node has no log; a pod that is not there is NotFound', async () => {
  await expect(log('p', { container: 'broken' })).rejects.toMatchObject({ status: 400, message: 'container "broken" in pod "p" is waiting to start: ContainerCreating' });
  expect(await log('unbound')).toBe('');
  await expect(log('nothing')).rejects.toMatchObject({ reason: 'NotFound' });
});
