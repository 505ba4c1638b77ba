// JSON patch, merge patch, strategic merge patch, apply.
import assert from 'node:assert/strict';
import { pods, refusal, type ConfigMap, type ConformanceCase } from '../cluster.ts';

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
  {
    name: 'strategic merge patch puts what is new first, and the rest where it was',
    async run({ of }) {
      const api = of(pods);
      const finalizers = (pod: { metadata: { finalizers?: string[] } }): string[] | undefined => pod.metadata.finalizers;
      await api.create({ metadata: { name: 'p', finalizers: ['x.example.com/a', 'x.example.com/b'] }, spec: { containers: [{ name: 'a', image: 'one' }] } });
      assert.deepEqual(finalizers(await api.patch('p', { type: 'strategic', body: { metadata: { finalizers: ['x.example.com/c'] } } })), ['x.example.com/c', 'x.example.com/a', 'x.example.com/b']);
      assert.deepEqual(finalizers(await api.patch('p', { type: 'strategic', body: { metadata: { '$deleteFromPrimitiveList/finalizers': ['x.example.com/a'] } } })), ['x.example.com/c', 'x.example.com/b']);
      await api.patch('p', { type: 'merge', body: { metadata: { finalizers: null } } });
      await api.delete('p', { gracePeriodSeconds: 0 });
    },
  },
  {
    name: 'JSON patch: a missing value is null, a replaced field need not be there, an index may count from the end',
    async run({ configMaps }) {
      await configMaps.create({ metadata: { name: 'a', finalizers: ['x.example.com/a', 'x.example.com/b'] }, data: { k: '1' } });
      const patch = (body: object[]): Promise<ConfigMap> => configMaps.patch('a', { type: 'json', body });
      assert.deepEqual((await patch([{ op: 'add', path: '/data/none' }, { op: 'replace', path: '/data/new', value: '2' }])).data, { k: '1', new: '2', none: '' });
      assert.deepEqual((await patch([{ op: 'remove', path: '/metadata/finalizers/-1' }])).metadata.finalizers, ['x.example.com/a']);
      assert.equal((await refusal(patch([{ op: 'remove', path: '/data/nothing' }]))).status, 422);
      assert.equal((await refusal(patch([{ op: 'add', path: '/nothing/below', value: '1' }]))).status, 422);
      await patch([{ op: 'remove', path: '/metadata/finalizers' }]);
    },
  },
  {
    name: 'a patch may not take the name away, nor give another',
    async run({ configMaps }) {
      await configMaps.create({ metadata: { name: 'a' }, data: { k: '1' } });
      for (const metadata of [null, { name: null }, { name: 'b' }, { namespace: 'elsewhere' }]) {
        assert.equal((await refusal(configMaps.patch('a', { type: 'merge', body: { metadata } }))).status, 400, JSON.stringify(metadata));
      }
      assert.deepEqual((await configMaps.get('a')).data, { k: '1' });
    },
  },
  {
    name: 'who owns nothing any more owns nothing until somebody applies, and what was there before is not theirs',
    async run({ configMaps }) {
      const managers = (map: ConfigMap): string[] => ((map.metadata as { managedFields?: { manager: string }[] }).managedFields ?? []).map(({ manager }) => manager).sort();
      await configMaps.create({ metadata: { name: 'a' }, data: { k: '1' } });
      assert.deepEqual(managers(await configMaps.patch('a', { type: 'merge', body: { metadata: { managedFields: [{}] } } })), []);
      assert.deepEqual(managers(await configMaps.patch('a', { type: 'merge', body: { data: { l: '2' } } })), []);
      const applied = await configMaps.patch('a', { type: 'apply', fieldManager: 'one', body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { m: '3' } } });
      assert.deepEqual([managers(applied), applied.data], [['before-first-apply', 'one'], { k: '1', l: '2', m: '3' }]);
    },
  },
  {
    name: 'an applied field that there is not is refused',
    async run({ configMaps }) {
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, dada: { k: '1' } };
      // A real server blames itself (500), the embedded one the client (400): nothing is stored by either.
      assert.match((await refusal(configMaps.patch('a', { type: 'apply', fieldManager: 'one', body }))).message, /\.dada: field not declared in schema/);
      assert.equal(await configMaps.find('a'), undefined);
    },
  },
];
