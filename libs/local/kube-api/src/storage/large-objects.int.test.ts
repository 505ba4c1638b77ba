// A large object that is patched again and again, as the cluster pool does: answered by its metadata, and never a mixture.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { coreType, kubeClientFrom, type KubeClient, type KubeResource } from '@prow/clients-kube';
import { startKubeApi, type RunningKubeApi } from '../index.ts';

interface ConfigMap extends KubeResource {
  data?: Record<string, string>;
}

let dataDir: string;
let api: RunningKubeApi;
let kube: KubeClient;
const first = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`key-${at}`, `${at} ${'x'.repeat(200)}`]));

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'kube-large-'));
  api = await startKubeApi({ dataDir, tls: 'off' });
  kube = await kubeClientFrom(api.kubeconfig());
});

afterAll(async () => {
  await kube.close();
  await api.stop();
  await rm(dataDir, { recursive: true });
});

test('patches of a large object build on each other; what is refused leaves no trace', async () => {
  const maps = kube.resource(coreType<ConfigMap>('configmaps', 'ConfigMap'), 'default');
  await maps.create({ metadata: { name: 'large' }, data: first });
  const wanted: Record<string, string> = { ...first };
  for (let round = 0; round < 20; round += 1) {
    const data = { [`key-${round}`]: `round ${round}`, [`more-${round}`]: 'new', ...(round % 5 === 0 ? { [`key-${100 + round}`]: null } : {}) };
    const answer = await maps.patch('large', { type: 'merge', body: { metadata: { labels: { round: String(round) } }, data } }, { metadataOnly: true });
    for (const [key, value] of Object.entries(data)) {
      if (value === null) delete wanted[key];
      else wanted[key] = value;
    }
    expect(answer).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'large', labels: { round: String(round) } } });
    expect(answer.data).toBeUndefined();
    await expect(maps.patch('large', { type: 'merge', body: { data: { 'key-1': 'lost', 'no good key': 'x' } } })).rejects.toMatchObject({ reason: 'Invalid' });
    await expect(maps.patch('large', { type: 'json', body: [{ op: 'replace', path: '/data/key-2', value: 'lost' }, { op: 'test', path: '/data/key-3', value: 'other' }] })).rejects.toMatchObject({ reason: 'Invalid' });
    const read = await maps.get('large');
    expect(read.metadata.resourceVersion).toBe(answer.metadata.resourceVersion);
    expect(read.data).toEqual(wanted);
  }
});

test('many patches at once of one large object are all there', async () => {
  const maps = kube.resource(coreType<ConfigMap>('configmaps', 'ConfigMap'), 'default');
  await maps.create({ metadata: { name: 'crowd' }, data: first });
  await Promise.all(Array.from({ length: 40 }, (_, at) => maps.patch('crowd', { type: 'merge', body: { data: { [`key-${at}`]: `by ${at}` } } }, { metadataOnly: true })));
  const { data } = await maps.get('crowd');
  for (let at = 0; at < 40; at += 1) expect(data?.[`key-${at}`]).toBe(`by ${at}`);
  expect(Object.keys(data ?? {})).toHaveLength(500);
});
