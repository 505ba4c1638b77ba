// JSON patch, merge patch, strategic merge patch, apply.
import assert from 'node:assert/strict';
import { pods, refusal, type ConformanceCase } from '../cluster.ts';

export const patchCases: readonly ConformanceCase[] = [
  {
    name: 'merge patch sets, merges and removes',
    async run({ configMaps }) {
      await configMaps.create({ metadata: { name: 'a' }, data: { keep: '1', drop: '2' } });
      const patched = await configMaps.patch('a', { type: 'merge', body: { data: { drop: null, add: '3' } } });
      assert.deepEqual(patched.data, { keep: '1', add: '3' });
    },
  },
  {
    name: 'a writer that asks for the metadata alone is answered with that',
    async run({ configMaps }) {
      const created = await configMaps.create({ metadata: { name: 'a' }, data: { keep: '1' } }, { metadataOnly: true });
      const patched = await configMaps.patch('a', { type: 'merge', body: { data: { add: '3' } } }, { metadataOnly: true });
      assert.deepEqual([created.kind, patched.kind, created.data, patched.data, patched.metadata.name], ['PartialObjectMetadata', 'PartialObjectMetadata', undefined, undefined, 'a']);
      assert.notEqual(patched.metadata.resourceVersion, created.metadata.resourceVersion);
      assert.deepEqual((await configMaps.get('a')).data, { keep: '1', add: '3' });
    },
  },
  {
    name: 'JSON patch tests before it changes, as a whole',
    async run({ configMaps }) {
      await configMaps.create({ metadata: { name: 'a' }, data: { k: '1' } });
      const patch = (value: string): Promise<unknown> => configMaps.patch('a', { type: 'json', body: [{ op: 'replace', path: '/data/k', value: '2' }, { op: 'test', path: '/data/k', value }] });
      assert.equal((await refusal(patch('other'))).status, 422);
      assert.deepEqual((await configMaps.get('a')).data, { k: '1' });
      await patch('2');
      assert.deepEqual((await configMaps.get('a')).data, { k: '2' });
    },
  },
  {
    name: 'strategic merge patch merges containers by name',
    async run({ of }) {
      const api = of(pods);
      await api.create({ metadata: { name: 'p' }, spec: { containers: [{ name: 'a', image: 'one' }, { name: 'b', image: 'two' }] } });
      const patched = await api.patch('p', { type: 'strategic', body: { spec: { containers: [{ name: 'b', image: 'three' }] } } });
      const containers = (patched.spec?.['containers'] ?? []) as { name: string; image: string }[];
      assert.deepEqual(containers.map(({ name, image }) => `${name}:${image}`).sort(), ['a:one', 'b:three']);
      await api.delete('p', { gracePeriodSeconds: 0 });
    },
  },
  {
    name: 'apply owns what it sets, conflicts with others, and removes what it no longer sets',
    async run({ configMaps }) {
      const apply = (fieldManager: string, data: Record<string, string>, force = false): Promise<{ data?: Record<string, string> }> =>
        configMaps.patch('a', { type: 'apply', fieldManager, force, body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data } });
      await apply('one', { x: '1', y: '1' });
      await apply('two', { z: '2' });
      const conflict = await refusal(apply('two', { x: '2', z: '2' }));
      assert.deepEqual([conflict.status, conflict.reason], [409, 'Conflict']);
      assert.match(conflict.message, /conflict with "one".*\.data\.x/);
      assert.deepEqual((await apply('two', { x: '2', z: '2' }, true)).data, { x: '2', y: '1', z: '2' });
      assert.deepEqual((await apply('two', { x: '2' })).data, { x: '2', y: '1' });
    },
  },
];
