import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startKubeApi, type RunningKubeApi } from '@prow/local-kube-api';
import { coreType, hasReason, kubeClientFrom, type KubeClient, type KubeResource } from './index.ts';

interface ConfigMap extends KubeResource {
  data?: Record<string, string>;
}
const configMaps = coreType<ConfigMap>('configmaps', 'ConfigMap');
const namespaces = coreType<KubeResource>('namespaces', 'Namespace', false);

let dataDir: string;
let api: RunningKubeApi;
let kube: KubeClient;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'kube-client-'));
  api = await startKubeApi({ dataDir });
  kube = await kubeClientFrom(api.kubeconfig());
});

afterAll(async () => {
  await kube.close();
  await api.stop();
  await rm(dataDir, { recursive: true });
});

describe('a collection', () => {
  const maps = () => kube.resource(configMaps, 'default');

  test('create, get, update, patch, delete', async () => {
    const created = await maps().create({ metadata: { name: 'a' }, data: { k: '1' } });
    expect(created).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a', namespace: 'default' } });
    const updated = await maps().update({ ...created, data: { k: '2' } });
    expect(updated.data).toEqual({ k: '2' });
    await expect(maps().update({ ...created, data: { k: '3' } })).rejects.toMatchObject({ reason: 'Conflict', status: 409 });
    const patched = await maps().patch('a', { type: 'merge', body: { data: { l: '4' } } });
    expect(patched.data).toEqual({ k: '2', l: '4' });
    expect(await maps().get('a')).toEqual(patched);
    await maps().delete('a');
    expect(await maps().find('a')).toBeUndefined();
    await expect(maps().get('a')).rejects.toThrow('configmaps "a" not found');
  });

  test('a patch with a resourceVersion is refused when another write came first', async () => {
    const created = await maps().create({ metadata: { name: 'cas' }, data: {} });
    await maps().patch('cas', { type: 'merge', body: { data: { a: '1' } } });
    const version = created.metadata.resourceVersion ?? '';
    const late = maps().patch('cas', { type: 'merge', body: { data: { a: '2' } } }, { resourceVersion: version });
    await expect(late).rejects.toMatchObject({ reason: 'Conflict' });
  });

  test('lists page by page as one consistent list', async () => {
    await Promise.all(Array.from({ length: 25 }, (_, index) => maps().create({ metadata: { name: `page-${index}`, labels: { set: 'pages' } } })));
    const first = await maps().listPage({ limit: 10, labelSelector: 'set=pages' });
    expect(first.items).toHaveLength(10);
    await maps().delete('page-9');
    const rest = await maps().listPage({ limit: 100, labelSelector: 'set=pages', ...(first.continue ? { continue: first.continue } : {}) });
    expect([...first.items, ...rest.items]).toHaveLength(25);
    expect((await maps().list({ labelSelector: 'set=pages', limit: 7 })).items).toHaveLength(24);
  });

  test('an unreachable server is named so', async () => {
    const nobody = await kubeClientFrom(api.kubeconfig().replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1'));
    const error = await nobody.resource(configMaps, 'default').create({ metadata: { name: 'x' } }).catch((thrown: unknown) => thrown);
    expect(hasReason(error, 'Unreachable')).toBe(true);
    expect(error).toMatchObject({ transient: true, status: 0 });
    await nobody.close();
  });

  test('a watch that is aborted before it was sent ends', async () => {
    const ending = new AbortController();
    const events = maps().watch({ signal: ending.signal })[Symbol.asyncIterator]();
    const first = events.next();
    ending.abort();
    await expect(first).rejects.toThrow('abort');
  });

  test('a wrong token is Unauthorized', async () => {
    const stranger = await kubeClientFrom(api.kubeconfig().replace(/token: .*/, 'token: "wrong"'));
    await expect(stranger.resource(configMaps, 'default').get('a')).rejects.toMatchObject({ reason: 'Unauthorized' });
    await stranger.close();
  });
});

describe('an informer', () => {
  test('follows a collection, indexes it, and ends with stop', async () => {
    const seen: string[] = [];
    await kube.resource(namespaces).create({ metadata: { name: 'watched' } });
    const maps = kube.resource(configMaps, 'watched');
    await maps.create({ metadata: { name: 'there', labels: { color: 'red' } } });
    // Clusters put things of their own into a namespace.
    const informer = kube.informer(configMaps, { namespace: 'watched', labelSelector: 'color' });
    informer.addIndex('color', (object) => [object.metadata.labels?.['color'] ?? '']);
    informer.addHandler({
      onAdd: (object) => seen.push(`+${object.metadata.name}`),
      onUpdate: (previous, object) => seen.push(`~${object.metadata.name} ${previous.data?.['k']}→${object.data?.['k']}`),
      onDelete: (object) => seen.push(`-${object.metadata.name}`),
    });
    informer.start();
    await informer.synced();
    expect(seen).toEqual(['+there']);
    await maps.create({ metadata: { name: 'new', labels: { color: 'red' } }, data: { k: '1' } });
    await maps.patch('new', { type: 'merge', body: { data: { k: '2' } } });
    await maps.delete('there');
    await until(() => seen.length === 4);
    expect(seen).toEqual(['+there', '+new', '~new 1→2', '-there']);
    expect(informer.byIndex('color', 'red').map((object) => object.metadata.name)).toEqual(['new']);
    await informer.stop();
  });

  test('one odd object keeps nobody from the others: it is completed, kept whole, in no index', async () => {
    const name = 'odd-one';
    const informer = kube.informer(
      { ...configMaps, complete: (map: ConfigMap) => ({ ...map, data: map.data ?? {} }) },
      {
        namespace: 'default',
        transform: (object) => {
          if ((object as ConfigMap).metadata.name === name) throw new TypeError('odd');
          return object;
        },
      },
    );
    informer.addIndex('data', ({ metadata, data }) => {
      if (metadata.name === name) throw new TypeError('odd');
      return Object.keys(data as object);
    });
    informer.start();
    await informer.synced();
    const maps = kube.resource(configMaps, 'default');
    await maps.create({ metadata: { name } });
    await maps.create({ metadata: { name: 'even' }, data: { k: '1' } });
    await until(() => informer.byIndex('data', 'k').length === 1);
    expect(informer.get('default', name)).toMatchObject({ data: {} });
    await maps.delete(name);
    await maps.delete('even');
    await until(() => informer.byIndex('data', 'k').length === 0 && informer.get('default', name) === undefined);
    await informer.stop();
  });

  test('comes back after a restart of the server with what it missed', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'kube-restart-'));
    let server = await startKubeApi({ dataDir: dir });
    const port = Number(new URL(server.url).port);
    const client = await kubeClientFrom(server.kubeconfig());
    try {
      const names = new Set<string>();
      const informer = client.informer(configMaps, { namespace: 'default' });
      informer.addHandler({ onAdd: (object) => names.add(object.metadata.name ?? ''), onDelete: (object) => names.delete(object.metadata.name ?? '') });
      informer.start();
      await informer.synced();
      await client.resource(configMaps, 'default').create({ metadata: { name: 'before' } });
      await until(() => names.has('before'));
      await server.stop();
      server = await startKubeApi({ dataDir: dir, port });
      // A read is repeated until the new server answers; a write would be left to its caller.
      await client.resource(configMaps, 'default').get('before');
      await client.resource(configMaps, 'default').create({ metadata: { name: 'after' } });
      await client.resource(configMaps, 'default').delete('before');
      await until(() => names.has('after') && !names.has('before'));
    } finally {
      await client.close();
      await server.stop();
      await rm(dir, { recursive: true });
    }
  });
});

async function until(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 500 && !condition(); attempt += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(condition()).toBe(true);
}
