// Custom resources: each CustomResourceDefinition becomes resources in the registry, gets its conditions, and takes
// its objects with it when it goes. upstream: apiextensions-apiserver/pkg/controller
import { formatTime } from '@prow/model-kube-types';
import { fromStoredText, isJsonObject, type ApiObject, type JsonObject } from '../api-object.ts';
import type { Core } from '../core.ts';
import { groupVersionOf, storageName, type PrinterColumn, type Resource, type ScalePaths, type Subresource } from '../registry/resource.ts';
import { SchemaNode } from '../schema/schema-node.ts';
import { deleteObject, dropFinalizer } from '../verbs/delete-object.ts';
import { presentObject, type Present, type Target } from '../verbs/write-object.ts';
import { recordUpdate } from '../ownership/record-update.ts';
import { internalOptions } from './internal-options.ts';
import { cloneJson, jsonEqual } from '../json-values.ts';
import { textOf } from '../text-of.ts';

export const definitionStorage = 'customresourcedefinitions.apiextensions.k8s.io';
const cleanup = 'customresourcecleanup.apiextensions.k8s.io';
const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

export class DefinitionController {
  private readonly core: Core;
  private readonly served = new Map<string, Resource[]>();

  constructor(core: Core) {
    this.core = core;
  }

  /** Serves what all stored definitions define. */
  load(): void {
    for (const key of this.core.store.collection(definitionStorage).keys()) this.serve(key);
  }

  /** Called for each durable change of a definition, before its writer is answered. */
  serve(name: string): void {
    const { store, registry } = this.core;
    for (const resource of this.served.get(name) ?? []) registry.remove(resource);
    this.served.delete(name);
    const version = store.get(definitionStorage, name);
    if (version === undefined) return;
    const definition = fromStoredText(version.body, { apiVersion: '', kind: '' });
    const resources = resourcesOf(definition);
    for (const resource of resources) registry.set(resource);
    this.served.set(name, resources);
  }

  /** Level-triggered: conditions as they should be; for a definition being deleted, its objects gone. */
  async reconcile(name: string): Promise<{ requeueAfterMs: number } | undefined> {
    const resource = this.core.registry.find('apiextensions.k8s.io', 'v1', 'customresourcedefinitions');
    if (resource === undefined || this.core.store.get(definitionStorage, name) === undefined) return undefined;
    const target: Target = { resource, namespace: '', name };
    const present = presentObject(this.core, target);
    const { object } = present;
    if (object.metadata.deletionTimestamp !== undefined) return await this.finish(target, present);
    const wanted = acceptedStatus(object, this.core.clock.now());
    if (jsonEqual(wanted, object['status'])) return undefined;
    await this.writeStatus(target, present, wanted);
    return undefined;
  }

  private async writeStatus({ resource, name }: Target, { object, revision }: Present, status: JsonObject): Promise<void> {
    const old = cloneJson(object);
    object['status'] = status;
    recordUpdate({ old, object, resource, options: internalOptions('kube-apiserver'), nowMs: this.core.clock.now(), subresource: 'status' });
    await this.core.store.stage({ resource: definitionStorage, key: name, type: 'MODIFIED', object, expectedRevision: revision }).committed;
  }

  private async finish(target: Target, present: Present): Promise<{ requeueAfterMs: number } | undefined> {
    const spec = specOf(present.object);
    const status = deletingStatus(present.object);
    if (!jsonEqual(status, present.object['status'])) {
      // The change brings us here again.
      await this.writeStatus(target, present, status);
      return undefined;
    }
    const storage = storageName(String(spec['group']), String(namesOf(spec)['plural']));
    const resource = this.core.registry.findStorage(storage);
    const keys = [...this.core.store.collection(storage).keys()];
    for (const key of keys) {
      if (resource === undefined) break;
      const slash = key.indexOf('/');
      await deleteObject(this.core, { resource, namespace: slash < 0 ? '' : key.slice(0, slash), name: key.slice(slash + 1) }, { dryRun: false, propagationPolicy: 'Background' });
    }
    if (this.core.store.collection(storage).size > 0) return { requeueAfterMs: 250 };
    await dropFinalizer(this.core, target, cleanup);
    return undefined;
  }
}

function specOf(object: ApiObject): JsonObject {
  return isJsonObject(object['spec']) ? object['spec'] : {};
}

function namesOf(spec: JsonObject): JsonObject {
  return isJsonObject(spec['names']) ? spec['names'] : {};
}

function versionsOf(spec: JsonObject): JsonObject[] {
  return Array.isArray(spec['versions']) ? spec['versions'].filter(isJsonObject) : [];
}

function resourcesOf(definition: ApiObject): Resource[] {
  const spec = specOf(definition);
  const names = namesOf(spec);
  const versions = versionsOf(spec);
  const group = String(spec['group']);
  const plural = String(names['plural']);
  const kind = String(names['kind']);
  const storageVersion = String(versions.find((one) => one['storage'] === true)?.['name']);
  return versions
    .filter((one) => one['served'] === true)
    .map((one): Resource => {
      const version = String(one['name']);
      const subresources = subresourcesOf(one, { kind, group, version });
      const schema = isJsonObject(one['schema']) && isJsonObject(one['schema']['openAPIV3Schema']) ? one['schema']['openAPIV3Schema'] : undefined;
      return {
        group,
        version,
        plural,
        kind,
        singular: textOf(names['singular'] ?? kind.toLowerCase()),
        listKind: textOf(names['listKind'] ?? `${kind}List`),
        namespaced: spec['scope'] === 'Namespaced',
        verbs,
        shortNames: strings(names['shortNames']),
        categories: strings(names['categories']),
        subresources,
        groupVersion: groupVersionOf(group, version),
        storage: storageName(group, plural),
        hasStatus: subresources.some(({ name }) => name === 'status'),
        schema: schema === undefined ? undefined : SchemaNode.of(schema),
        custom: {
          definitionName: String(definition.metadata.name),
          columns: Array.isArray(one['additionalPrinterColumns']) ? (one['additionalPrinterColumns'] as PrinterColumn[]) : [],
          selectableFields: Array.isArray(one['selectableFields']) ? (one['selectableFields'] as JsonObject[]).map((field) => String(field['jsonPath'])) : [],
          storageVersion,
          ...scaleOf(one),
          isTerminating: definition.metadata.deletionTimestamp !== undefined,
        },
      };
    });
}

function subresourcesOf(version: JsonObject, type: { kind: string; group: string; version: string }): Subresource[] {
  const declared = isJsonObject(version['subresources']) ? version['subresources'] : {};
  const verbs = ['get', 'patch', 'update'];
  return [
    ...(Object.hasOwn(declared, 'status') ? [{ name: 'status', ...type, verbs }] : []),
    ...(Object.hasOwn(declared, 'scale') ? [{ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs }] : []),
  ];
}

function scaleOf(version: JsonObject): { scale?: ScalePaths } {
  const declared = isJsonObject(version['subresources']) ? version['subresources']['scale'] : undefined;
  if (!isJsonObject(declared)) return {};
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = declared;
  return { scale: { specReplicas: textOf(specReplicasPath), statusReplicas: textOf(statusReplicasPath), labelSelector: textOf(labelSelectorPath ?? '') } };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

function deletingStatus(object: ApiObject): JsonObject {
  const status = isJsonObject(object['status']) ? object['status'] : {};
  const conditions = Array.isArray(status['conditions']) ? status['conditions'].filter(isJsonObject) : [];
  const reason = { reason: 'InstanceDeletionInProgress', message: 'CustomResource deletion is in progress' };
  return { ...status, conditions: conditions.map((one) => (one['type'] === 'Terminating' ? { ...one, ...reason } : one)) };
}

function acceptedStatus(object: ApiObject, nowMs: number): JsonObject {
  const spec = specOf(object);
  const status = isJsonObject(object['status']) ? object['status'] : {};
  const present = Array.isArray(status['conditions']) ? status['conditions'].filter(isJsonObject) : [];
  const condition = (type: string, reason: string, message: string): JsonObject => {
    const known = present.find((one) => one['type'] === type && one['status'] === 'True');
    return known ?? { type, status: 'True', lastTransitionTime: formatTime(nowMs), reason, message };
  };
  const stored = new Set([...strings(status['storedVersions']), ...versionsOf(spec).filter((one) => one['storage'] === true).map((one) => String(one['name']))]);
  return {
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    acceptedNames: spec['names'],
    storedVersions: [...stored],
  };
}
