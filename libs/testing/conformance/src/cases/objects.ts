// Single objects: creation, optimistic concurrency, deletion, finalizers, owners.
import assert from 'node:assert/strict';
import type { KubeResource } from '@prow/clients-kube';
import { eventually, namespaces, refusal, type ConformanceCase } from '../cluster.ts';

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
  {
    name: 'a deletion that cannot be understood deletes nothing',
    async run({ configMaps }) {
      await configMaps.create({ metadata: { name: 'a' } });
      for (const options of [{ dryRun: ['Some'] }, { propagationPolicy: 'Sometimes' }, { kind: 'Pod' }]) {
        const { status } = await refusal(configMaps.delete('a', options as object));
        assert.ok(status >= 400, JSON.stringify(options));
        assert.ok(await configMaps.find('a'));
      }
      await configMaps.delete('a', { dryRun: ['All'] } as object);
      assert.ok(await configMaps.find('a'));
    },
  },
  {
    name: 'the namespaces of the system stay',
    async run({ kube }) {
      for (const name of ['default', 'kube-system']) assert.equal((await refusal(kube.resource(namespaces).delete(name))).reason, 'Forbidden');
    },
  },
  {
    name: 'nothing is empty: what Go leaves out is not there',
    async run({ configMaps }) {
      const created = await configMaps.create({ metadata: { name: 'a', labels: {}, annotations: {} }, data: {} });
      assert.deepEqual([created.data, created.metadata.labels, created.metadata.annotations], [undefined, undefined, undefined]);
      const labelled = await configMaps.patch('a', { type: 'merge', body: { metadata: { labels: { x: 'y' } } } });
      assert.deepEqual(labelled.metadata.labels, { x: 'y' });
      assert.equal((await configMaps.patch('a', { type: 'merge', body: { metadata: { labels: { x: null } } } })).metadata.labels, undefined);
    },
  },
  {
    name: 'a write is answered in the form that was asked for',
    async run({ configMaps }) {
      const created = await configMaps.create({ metadata: { name: 'a' }, data: { k: '1' } }, { metadataOnly: true });
      const patched = await configMaps.patch('a', { type: 'merge', body: { data: { k: '2' } } }, { metadataOnly: true });
      for (const answer of [created, patched]) assert.deepEqual([answer.kind, answer.data, answer.metadata.name], ['PartialObjectMetadata', undefined, 'a']);
      assert.deepEqual((await configMaps.get('a')).data, { k: '2' });
    },
  },
  {
    name: 'labels, owners and keys are checked, each with its words',
    async run({ configMaps }) {
      const why = async (metadata: object, data?: Record<string, string>): Promise<string> => (await refusal(configMaps.create({ metadata: { name: 'a', ...metadata }, ...(data === undefined ? {} : { data }) }))).message;
      assert.match(await why({ labels: { 'Example.com/x': 'y' } }), /metadata\.labels: Invalid value: "Example\.com\/x": prefix part a lowercase RFC 1123 subdomain/);
      assert.match(await why({ labels: { 'a/b/c': 'y' } }), /a qualified name must consist of/);
      assert.match(await why({ labels: { x: 'y'.repeat(64) } }), /must be no more than 63/);
      assert.match(await why({ ownerReferences: [{ apiVersion: 'v1', kind: 'Event', name: 'e', uid: 'u' }] }), /Kind=Event is disallowed from being an owner/);
      assert.match(await why({}, { '..x': 'y' }), /data\[\.\.x\]: Invalid value: "\.\.x": must not start with '\.\.'/);
    },
  },
  {
    name: 'a lease is made by a PUT, a ConfigMap is not',
    async run({ kube, namespace, configMaps }) {
      const leases = kube.resource<KubeResource & { spec?: object }>({ group: 'coordination.k8s.io', version: 'v1', plural: 'leases', kind: 'Lease', namespaced: true }, namespace);
      const lease = await leases.update({ metadata: { name: 'l', namespace }, spec: { holderIdentity: 'me' } });
      assert.ok(lease.metadata.uid);
      assert.equal((await refusal(configMaps.update({ metadata: { name: 'none' } }))).reason, 'NotFound');
    },
  },
];
