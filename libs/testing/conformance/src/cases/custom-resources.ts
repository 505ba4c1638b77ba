// Custom resources: schema, defaults, pruning, status, discovery.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { KubeResource, ResourceType } from '@prow/clients-kube';
import { eventually, refusal, type ConformanceCase, type Scope } from '../cluster.ts';

interface Gadget extends KubeResource {
  spec?: { size?: number; mode?: string; extra?: number };
  status?: { ready?: boolean };
}

const definitions: ResourceType<KubeResource> = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions', kind: 'CustomResourceDefinition', namespaced: false };

async function withGadgets({ kube, namespace }: Scope, run: (gadgets: ReturnType<typeof kube.resource<Gadget>>, group: string) => Promise<void>): Promise<void> {
  const group = `conformance-${randomBytes(3).toString('hex')}.example.com`;
  const properties = { spec: { type: 'object', required: ['size'], properties: { size: { type: 'integer', minimum: 1 }, mode: { type: 'string', default: 'fast', enum: ['fast', 'slow'] } } }, status: { type: 'object', properties: { ready: { type: 'boolean' } } } };
  const spec = { group, scope: 'Namespaced', names: { kind: 'Gadget', plural: 'gadgets' }, versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: { type: 'object', properties } } }] };
  const api = kube.resource(definitions);
  await api.create({ metadata: { name: `gadgets.${group}` }, spec } as KubeResource);
  try {
    const gadgets = kube.resource<Gadget>({ group, version: 'v1', plural: 'gadgets', kind: 'Gadget', namespaced: true }, namespace);
    await eventually('the resource is served', async () => (await gadgets.list().catch(() => undefined)) !== undefined);
    await run(gadgets, group);
  } finally {
    await api.delete(`gadgets.${group}`);
  }
}

export const customResourceCases: readonly ConformanceCase[] = [
  {
    name: 'a custom resource is defaulted, pruned and validated',
    async run(scope) {
      await withGadgets(scope, async (gadgets) => {
        const created = await gadgets.create({ metadata: { name: 'a' }, spec: { size: 3, extra: 1 } });
        assert.deepEqual(created.spec, { size: 3, mode: 'fast' });
        const small = await refusal(gadgets.create({ metadata: { name: 'b' }, spec: { size: 0 } }));
        assert.equal(small.status, 422);
        assert.match(small.message, /spec\.size: Invalid value: 0: spec\.size in body should be greater than or equal to 1$/);
        const missing = await refusal(gadgets.create({ metadata: { name: 'b' }, spec: {} }));
        assert.match(missing.message, /spec\.size: Required value$/);
        const unknown = await refusal(gadgets.create({ metadata: { name: 'b' }, spec: { size: 1, mode: 'odd' } }));
        assert.match(unknown.message, /spec\.mode: Unsupported value: "odd": supported values: "fast", "slow"$/);
      });
    },
  },
  {
    name: 'spec and status are written apart, and only the spec counts generations',
    async run(scope) {
      await withGadgets(scope, async (gadgets) => {
        const generation = (gadget: Gadget): unknown => (gadget.metadata as { generation?: number }).generation;
        const created = await gadgets.create({ metadata: { name: 'a' }, spec: { size: 1 }, status: { ready: true } });
        assert.deepEqual([created.status, generation(created)], [undefined, 1]);
        const ready = await gadgets.updateStatus({ ...created, spec: { size: 9 }, status: { ready: true } });
        assert.deepEqual([ready.status, ready.spec?.size, generation(ready)], [{ ready: true }, 1, 1]);
        const grown = await gadgets.update({ ...ready, spec: { size: 2 }, status: { ready: false } });
        assert.deepEqual([grown.status, grown.spec?.size, generation(grown)], [{ ready: true }, 2, 2]);
        const { resourceVersion: _version, ...metadata } = grown.metadata;
        assert.equal((await refusal(gadgets.update({ ...grown, metadata }))).status, 422);
      });
    },
  },
  {
    name: 'its objects go with the definition, and discovery follows',
    async run(scope) {
      let path = '';
      await withGadgets(scope, async (gadgets, group) => {
        path = `/apis/${group}/v1`;
        await gadgets.create({ metadata: { name: 'a' }, spec: { size: 1 } });
        const document = JSON.parse(await scope.kube.getRaw(path)) as { resources: { name: string; kind: string }[] };
        assert.deepEqual(document.resources.map(({ name }) => name), ['gadgets', 'gadgets/status']);
      });
      await eventually('the group is gone', async () => (await refusal(scope.kube.getRaw(path)).catch(() => undefined))?.status === 404);
    },
  },
];
