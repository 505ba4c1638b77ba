// Watches under strain: a consumer that does not read, versions out of the window, many watchers.
import { mkdtemp, rm } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { coreType, kubeClientFrom, type KubeClient, type KubeResource, type ResourceApi } from '@prow/clients-kube';
import { startKubeApi, type RunningKubeApi } from './index.ts';

interface ConfigMap extends KubeResource {
  data?: Record<string, string>;
}
const type = coreType<ConfigMap>('configmaps', 'ConfigMap');
let dataDir: string;
let api: RunningKubeApi;
let kube: KubeClient;
let maps: ResourceApi<ConfigMap>;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'kube-watch-'));
  api = await startKubeApi({ dataDir, tls: 'off', history: { maxChanges: 60, maxBytes: 64 * 1024 * 1024 }, maxWatches: 20 });
  kube = await kubeClientFrom(api.kubeconfig());
  maps = kube.resource(type, 'default');
});

afterAll(async () => {
  await kube.close();
  await api.stop();
  await rm(dataDir, { recursive: true });
});

function open(path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(`${api.url}${path}`, { agent: false, headers: { authorization: `Bearer ${api.token}` } }, resolve).on('error', reject);
  });
}

const watchPath = '/api/v1/namespaces/default/configmaps?watch=true&allowWatchBookmarks=true';

async function change(name: string, times: number, bytes: number): Promise<void> {
  for (let index = 0; index < times; index += 1) await maps.patch(name, { type: 'merge', body: { data: { index: String(index), ballast: 'x'.repeat(bytes) } } });
}

test('a consumer that does not read costs little and is dropped with 410 once the window has passed', async () => {
  await maps.create({ metadata: { name: 'slow' } });
  const { resourceVersion } = await maps.list();
  const response = await open(`${watchPath}&resourceVersion=${resourceVersion}`);
  response.pause();
  const before = process.memoryUsage().rss;
  await change('slow', 200, 120_000);
  // 24 MB went by; a queue of its own for one watcher would hold most of it.
  expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
  let text = '';
  for await (const chunk of response) text += String(chunk);
  const events = text.trim().split('\n').map((line) => JSON.parse(line) as { type: string; object: { code?: number; reason?: string; data?: { index: string } } });
  expect(events.at(-1)).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  const indexes = events.slice(0, -1).map(({ object }) => Number(object.data?.index));
  expect(indexes).toEqual(indexes.map((_, index) => index));
});

test('a version out of the window is 410, and an informer lists again', async () => {
  const old = (await maps.list()).resourceVersion;
  await change('slow', 130, 10);
  const events = maps.watch({ resourceVersion: old, signal: AbortSignal.timeout(10_000) });
  await expect((async () => { for await (const _event of events) break; })()).rejects.toMatchObject({ reason: 'Expired', status: 410 });
});

test('a page whose snapshot is gone is 410', async () => {
  for (const name of ['a', 'b', 'c']) await maps.create({ metadata: { name } });
  const page = await maps.listPage({ limit: 1 });
  await change('slow', 130, 10);
  await expect(maps.listPage({ limit: 1, ...(page.continue ? { continue: page.continue } : {}) })).rejects.toMatchObject({ reason: 'Expired', status: 410 });
});

test('changes of other resources do not push a quiet watcher out', async () => {
  const secrets = kube.resource(coreType<KubeResource>('secrets', 'Secret'), 'default');
  const { resourceVersion } = await secrets.list();
  const seen: string[] = [];
  const abort = new AbortController();
  const watching = (async () => {
    for await (const event of secrets.watch({ resourceVersion, signal: abort.signal })) if (event.type !== 'BOOKMARK') seen.push(event.object.metadata.name ?? '');
  })();
  await change('slow', 130, 10);
  await secrets.create({ metadata: { name: 'late' } });
  for (let attempt = 0; attempt < 200 && seen.length === 0; attempt += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  abort.abort();
  await watching;
  expect(seen).toEqual(['late']);
});

test('watches beyond the limit are refused with 429 and a time to come again', async () => {
  const responses = await Promise.all(Array.from({ length: 25 }, () => open(watchPath)));
  const codes = responses.map(({ statusCode }) => statusCode);
  expect(codes.filter((code) => code === 429)).toHaveLength(5);
  expect(responses.find(({ statusCode }) => statusCode === 429)?.headers['retry-after']).toBe('5');
  for (const response of responses) response.destroy();
});

test('a watch ends at its timeout with a bookmark', async () => {
  const response = await open(`${watchPath}&timeoutSeconds=1&resourceVersion=${(await maps.list()).resourceVersion}`);
  let text = '';
  for await (const chunk of response) text += String(chunk);
  expect(JSON.parse(text.trim().split('\n').at(-1) ?? '')).toMatchObject({ type: 'BOOKMARK', object: { kind: 'ConfigMap' } });
});
