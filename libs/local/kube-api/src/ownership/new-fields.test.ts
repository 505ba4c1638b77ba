import { expect, test } from '@jest/globals';
import type { ApiObject } from '../api-object.ts';
import { Registry } from '../registry/registry.ts';
import { SchemaNode } from '../schema/schema-node.ts';
import type { Resource } from '../registry/resource.ts';
import { compareObjects, fieldsOfNew } from './record-update.ts';

const registry = new Registry();
const builtin = (group: string, version: string, plural: string): Resource => {
  const found = registry.find(group, version, plural);
  if (found === undefined) throw new Error(plural);
  return found;
};
const gadgets = { ...builtin('', 'v1', 'configmaps'), group: 'example.com', plural: 'gadgets', schema: SchemaNode.of({ type: 'object', properties: { spec: { type: 'object', properties: { set: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' }, list: { type: 'array', items: { type: 'string' } }, items: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['id'], items: { type: 'object', properties: { id: { type: 'string' } } } }, atom: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: { type: 'string' } }, free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } } } }) };

test.each<[string, Resource, Record<string, unknown>]>([
  ['an empty object', builtin('', 'v1', 'configmaps'), {}],
  ['maps, labels and finalizers', builtin('', 'v1', 'configmaps'), { data: { a: '1', b: '' }, metadata: { name: 'a', labels: { x: 'y' }, finalizers: ['a/b', 'a/c'], annotations: {} } }],
  ['a pod', builtin('', 'v1', 'pods'), { metadata: { name: 'p', ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'o', uid: 'u' }] }, spec: { containers: [{ name: 'a', image: 'b', resources: {}, ports: [{ containerPort: 80, protocol: 'TCP' }], env: [{ name: 'E', value: 'x' }] }, { name: 'b', image: 'c', args: ['1', '1'] }], securityContext: {}, tolerations: [{ key: 'x' }], volumes: [{ name: 'v', emptyDir: {} }] }, status: {} }],
  ['a pod without containers', builtin('', 'v1', 'pods'), { spec: { containers: [], nodeSelector: { a: 'b' } } }],
  ['an event', builtin('', 'v1', 'events'), { involvedObject: { kind: 'Pod' }, reportingComponent: '', reportingInstance: 'i', firstTimestamp: null, source: {}, count: 1 }],
  ['a role and its null', builtin('rbac.authorization.k8s.io', 'v1', 'roles'), { rules: null }],
  ['a custom resource', gadgets, { spec: { set: ['a', 'b'], list: ['a'], items: [{ id: 'x', v: 1 }, { id: 'y' }], atom: { p: 'q' }, free: { a: { b: [1] }, c: {} } } }],
  ['lists that cannot be taken apart', gadgets, { spec: { set: ['a', 'a'], items: [{ v: 1 }], list: [], atom: {}, free: {} } }],
])('%s: the same as compared with nothing', (_what, resource, content) => {
  const object = { metadata: { name: 'n' }, ...content } as ApiObject;
  const { added, modified } = compareObjects(undefined, object, resource);
  expect(fieldsOfNew(object, resource).toJson()).toEqual(added.union(modified).toJson());
});
