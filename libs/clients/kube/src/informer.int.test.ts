// An informer behind a connection that is cut at any byte, over many objects.
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startKubeApi, type RunningKubeApi } from '@prow/local-kube-api';
import { coreType, kubeClientFrom, type KubeClient, type KubeResource } from './index.ts';

interface ConfigMap extends KubeResource {
  data?: Record<string, string>;
}
const type = coreType<ConfigMap>('configmaps', 'ConfigMap');
let dataDir: string;
let api: RunningKubeApi;
let direct: KubeClient;
let proxy: Server;
/** After so many bytes an answering connection is cut; undefined lets it live. */
let bytesToLive: (() => number) | undefined;
const sockets = new Set<Socket>();

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'kube-informer-'));
  api = await startKubeApi({ dataDir });
  direct = await kubeClientFrom(api.kubeconfig());
  const target = new URL(api.url);
  // On the level of TCP, so that a cut falls anywhere: in a line, in a TLS record, in the head of an answer.
  proxy = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    let left = bytesToLive?.() ?? Infinity;
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => {
        sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.pipe(server);
    server.on('data', (chunk: Buffer) => {
      client.write(chunk.subarray(0, Math.max(0, left)));
      left -= chunk.length;
      if (left <= 0) client.end();
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  await direct.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => proxy.close(resolve));
  await api.stop();
  await rm(dataDir, { recursive: true });
});

const through = (): Promise<KubeClient> => kubeClientFrom(api.kubeconfig().replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${(proxy.address() as AddressInfo).port}`));

test('stays true over connections that are cut at any byte', async () => {
  const count = 1_000;
  const maps = direct.resource(type, 'default');
  await inBatches(count, (index) => maps.create({ metadata: { name: `m-${index}` }, data: { n: '0' } }));
  const kube = await through();
  const informer = kube.informer(type, { namespace: 'default' });
  const events: string[] = [];
  const present = new Set<string>();
  informer.addHandler({
    onAdd: ({ metadata: { name = '' } }) => {
      if (present.has(name)) events.push(`${name} added twice`);
      present.add(name);
    },
    onDelete: ({ metadata: { name = '' } }) => {
      if (!present.delete(name)) events.push(`${name} deleted twice`);
    },
  });
  informer.start();
  await informer.synced();
  expect(informer.list().length).toBe(count + 1);
  bytesToLive = () => 2_000 + Math.floor(Math.random() * 60_000);
  for (const socket of sockets) socket.destroy();
  await inBatches(300, async (index) => {
    if (index % 3 === 0) await maps.delete(`m-${index}`);
    else if (index % 3 === 1) await maps.patch(`m-${index}`, { type: 'merge', body: { data: { n: '1' } } });
    else await maps.create({ metadata: { name: `new-${index}` } });
  });
  bytesToLive = undefined;
  for (const socket of sockets) socket.destroy();
  const { items } = await maps.list();
  const versions = (objects: readonly ConfigMap[]): string => objects.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort().join('\n');
  for (let attempt = 0; attempt < 1_000 && versions(informer.list()) !== versions(items); attempt += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(versions(informer.list())).toBe(versions(items));
  expect(events).toEqual([]);
  expect(present.size).toBe(items.length);
  await kube.close();
}, 60_000);

async function inBatches(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: 16 }, async () => {
    while (next < count) await work(next++);
  }));
}
