// Single objects: creation, optimistic concurrency, deletion, finalizers, owners.
import assert from 'node:assert/strict';
import { eventually, refusal, type ConformanceCase } from '../cluster.ts';

export const objectCases: readonly ConformanceCase[] = [
  {
    name: 'a created object has uid, version and time, and the names it was given',
    async run({ configMaps, namespace }) {
      const created = await configMaps.create({ metadata: { name: 'a', labels: { x: 'y' } }, data: { k: 'v' } });
      assert.match(created.metadata.uid ?? '', /^[0-9a-f-]{36}$/);
      assert.match(created.metadata.resourceVersion ?? '', /^\d+$/);
      assert.match(created.metadata.creationTimestamp ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.equal(created.metadata.namespace, namespace);
      assert.deepEqual(await configMaps.get('a'), created);
    },
  },
  {
    name: 'creating twice is AlreadyExists, reading what is not there NotFound',
    async run({ configMaps }) {
      await configMaps.create({ metadata: { name: 'a' } });
      const twice = await refusal(configMaps.create({ metadata: { name: 'a' } }));
      assert.deepEqual([twice.status, twice.reason, twice.message], [409, 'AlreadyExists', 'configmaps "a" already exists']);
      const nothing = await refusal(configMaps.get('b'));
      assert.deepEqual([nothing.status, nothing.reason, nothing.message], [404, 'NotFound', 'configmaps "b" not found']);
    },
  },
  {
    name: 'who lost against another writer can read what that one wrote',
    async run({ configMaps }) {
      for (let round = 0; round < 10; round += 1) {
        const name = `race-${round}`;
        await Promise.all([1, 2, 3, 4].map(async () => {
          try {
            await configMaps.create({ metadata: { name } });
          } catch {
            assert.ok(await configMaps.find(name));
          }
        }));
        const before = await configMaps.get(name);
        await Promise.all(['1', '2', '3', '4'].map(async (value) => {
          try {
            await configMaps.update({ ...before, data: { value } });
          } catch {
            assert.notEqual((await configMaps.get(name)).metadata.resourceVersion, before.metadata.resourceVersion);
          }
        }));
      }
    },
  },
  {
    name: 'generateName makes different names',
    async run({ configMaps }) {
      const made = await Promise.all([1, 2, 3].map(() => configMaps.create({ metadata: { generateName: 'gen-' } })));
      const names = made.map(({ metadata }) => metadata.name ?? '');
      assert.equal(new Set(names).size, 3);
      for (const name of names) assert.match(name, /^gen-[a-z0-9]{5}$/);
    },
  },
  {
    name: 'an invalid name is Invalid and names the field',
    async run({ configMaps }) {
      const error = await refusal(configMaps.create({ metadata: { name: 'Not_Valid' } }));
      assert.deepEqual([error.status, error.reason], [422, 'Invalid']);
      assert.match(error.message, /^ConfigMap "Not_Valid" is invalid: metadata\.name: Invalid value: "Not_Valid": a lowercase RFC 1123 subdomain/);
    },
  },
  {
    name: 'a dry run answers as if, and stores nothing',
    async run({ configMaps }) {
      const answer = await configMaps.create({ metadata: { name: 'dry' } }, { dryRun: true });
      assert.equal(answer.metadata.name, 'dry');
      assert.equal(await configMaps.find('dry'), undefined);
    },
  },
  {
    name: 'of concurrent updates of one version exactly one wins',
    async run({ configMaps }) {
      const created = await configMaps.create({ metadata: { name: 'race' }, data: {} });
      const results = await Promise.allSettled(Array.from({ length: 10 }, (_, index) => configMaps.update({ ...created, data: { winner: String(index) } })));
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
      for (const result of results) if (result.status === 'rejected') assert.equal((result.reason as { reason: string }).reason, 'Conflict');
    },
  },
  {
    name: 'concurrent patches are all applied',
    async run({ configMaps }) {
      await configMaps.create({ metadata: { name: 'many' } });
      await Promise.all(Array.from({ length: 20 }, (_, index) => configMaps.patch('many', { type: 'merge', body: { data: { [`k${index}`]: 'v' } } })));
      assert.equal(Object.keys((await configMaps.get('many')).data ?? {}).length, 20);
    },
  },
  {
    name: 'an update that changes nothing keeps the version',
    async run({ configMaps }) {
      const created = await configMaps.create({ metadata: { name: 'same' }, data: { a: '1' } });
      const again = await configMaps.update(created);
      assert.equal(again.metadata.resourceVersion, created.metadata.resourceVersion);
    },
  },
  {
    name: 'deletion with a wrong uid is a Conflict',
    async run({ configMaps }) {
      await configMaps.create({ metadata: { name: 'a' } });
      const error = await refusal(configMaps.delete('a', { preconditions: { uid: '00000000-0000-0000-0000-000000000000' } }));
      assert.equal(error.reason, 'Conflict');
      assert.match(error.message, /the UID in the precondition \(.*\) does not match the UID in record/);
      await configMaps.delete('a');
    },
  },
  {
    name: 'a finalizer holds a deleted object until it is taken off',
    async run({ configMaps }) {
      await configMaps.create({ metadata: { name: 'held', finalizers: ['example.com/hold'] } });
      await configMaps.delete('held');
      const held = await configMaps.get('held');
      assert.ok(held.metadata.deletionTimestamp);
      const more = await refusal(configMaps.update({ ...held, metadata: { ...held.metadata, finalizers: ['example.com/hold', 'example.com/more'] } }));
      assert.equal(more.reason, 'Invalid');
      await configMaps.patch('held', { type: 'json', body: [{ op: 'remove', path: '/metadata/finalizers' }] });
      assert.equal(await configMaps.find('held'), undefined);
    },
  },
  {
    name: 'dependents go with their owner, and orphans lose the reference',
    async run({ configMaps }) {
      for (const policy of ['Background', 'Orphan'] as const) {
        const owner = await configMaps.create({ metadata: { name: `owner-${policy.toLowerCase()}` } });
        const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: owner.metadata.name ?? '', uid: owner.metadata.uid ?? '' };
        const metadata = { name: `dependent-${policy.toLowerCase()}`, ownerReferences: [reference] };
        await configMaps.create({ metadata });
        await configMaps.delete(reference.name, { propagationPolicy: policy });
        if (policy === 'Background') await eventually('the dependent is gone', async () => (await configMaps.find(metadata.name)) === undefined);
        else {
          await eventually('the owner is gone', async () => (await configMaps.find(reference.name)) === undefined);
          const orphan = await configMaps.get(metadata.name);
          assert.equal((orphan.metadata as { ownerReferences?: unknown[] }).ownerReferences, undefined);
        }
      }
    },
  },
  {
    name: 'an owner deleted in the foreground waits for the dependents that block it',
    async run({ configMaps }) {
      const owner = await configMaps.create({ metadata: { name: 'owner' } });
      const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid ?? '', blockOwnerDeletion: true };
      const metadata = { name: 'dependent', ownerReferences: [reference], finalizers: ['example.com/hold'] };
      await configMaps.create({ metadata });
      await configMaps.delete('owner', { propagationPolicy: 'Foreground' });
      await eventually('the dependent is being deleted', async () => (await configMaps.get('dependent')).metadata.deletionTimestamp !== undefined);
      assert.deepEqual((await configMaps.get('owner')).metadata.finalizers, ['foregroundDeletion']);
      await configMaps.patch('dependent', { type: 'json', body: [{ op: 'remove', path: '/metadata/finalizers' }] });
      await eventually('the owner is gone', async () => (await configMaps.find('owner')) === undefined);
    },
  },
  {
    name: 'an immutable ConfigMap stays as it is',
    async run({ configMaps }) {
      const created = await configMaps.create({ metadata: { name: 'fixed' }, data: { a: '1' }, immutable: true });
      const error = await refusal(configMaps.update({ ...created, data: { a: '2' } }));
      assert.equal(error.reason, 'Invalid');
      assert.match(error.message, /data: Forbidden: field is immutable when `immutable` is set/);
    },
  },
];
