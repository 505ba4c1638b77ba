// Create, update and delete: the only ways into the store.
import { randomBytes, randomUUID } from 'node:crypto';
import { formatTime } from '@prow/model-kube-types';
import type { ApiObject } from '../api-object.ts';
import { objectKey, type Core, type WriteOptions } from '../core.ts';
import { toWireForm } from '../kinds/events.ts';
import { kindRules } from '../kinds/kind-rules.ts';
import type { Resource } from '../registry/resource.ts';
import { invalidValue, type FieldError } from '../schema/field-error.ts';
import { alreadyExists, badRequest, conflict, internalError, notFound, qualifiedResource, StatusError } from '../status-error.ts';
import type { StoredVersion, Write } from '../storage/change.ts';
import { ObjectTooLargeError, StaleWriteError } from '../storage/object-store.ts';
import { recordUpdate } from '../ownership/record-update.ts';
import { schemaErrors, throwIfInvalid } from './decode-object.ts';
import { admitToNamespace } from './admit-to-namespace.ts';
import { validateMetadata, validateMetadataUpdate } from './validate-metadata.ts';
import { jsonEqual } from '../json-values.ts';

export interface Target {
  resource: Resource;
  namespace: string;
  name: string;
}

/** Stores a decoded object. Returns it as stored, once durable. */
export async function createObject(core: Core, target: Omit<Target, 'name'>, object: ApiObject, options: WriteOptions): Promise<ApiObject> {
  const { resource, namespace } = target;
  const { metadata } = object;
  const rules = kindRules(resource);
  if (metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
  checkNamespace(object, namespace);
  const generated = (metadata.name === undefined || metadata.name === '') && metadata.generateName ? randomSuffix : undefined;
  if (generated !== undefined) metadata.name = `${metadata.generateName?.slice(0, 248)}${generated()}`;
  metadata.uid = randomUUID();
  metadata.creationTimestamp = formatTime(core.clock.now());
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata['selfLink'];
  if (rules.hasGeneration) metadata['generation'] = 1;
  if (resource.hasStatus && rules.prepareCreate === undefined) delete object['status'];
  rules.applyDefaults?.(object);
  // As upstream: what the strategy and admission add belongs to nobody.
  recordUpdate({ old: undefined, object: toWireForm(withoutStatus(object, resource), resource), resource, options, nowMs: core.clock.now(), subresource: '' });
  rules.prepareCreate?.(object);
  rules.admit?.(object, core);
  rules.applyDefaults?.(object);
  throwIfInvalid([...validateMetadata(object, resource), ...schemaErrors(object, resource), ...(rules.validate?.(object) ?? []), ...(rules.validateCreate?.(object) ?? [])], object, resource);
  admitToNamespace(core, target, metadata.name ?? '');
  for (let attempt = 0; ; attempt += 1) {
    const key = objectKey(namespace, metadata.name ?? '');
    if (core.store.newestRevision(resource.storage, key) !== undefined) {
      if (generated === undefined || attempt >= 8) throw alreadyExists(resource, metadata.name ?? '');
      metadata.name = `${metadata.generateName?.slice(0, 248)}${generated()}`;
      continue;
    }
    if (options.dryRun) return object;
    return await durable(core, { resource: resource.storage, key, type: 'ADDED', object, expectedRevision: 0 });
  }
}

/** The same object with the same metadata, for the eyes of field ownership. */
function withoutStatus(object: ApiObject, resource: Resource): ApiObject {
  if (!resource.hasStatus) return object;
  const { status: _status, ...rest } = object;
  return rest;
}

export interface Present {
  revision: number;
  object: ApiObject;
}

/** The newest state, staged writes included. Throws NotFound. */
export function presentObject(core: Core, { resource, namespace, name }: Target): Present {
  const present = core.store.latest(resource.storage, objectKey(namespace, name), typeOf(resource));
  if (present === undefined) throw notFound(resource, name);
  return present;
}

/**
 * Replaces `present` by `object`: metadata that clients may not set is kept, the part of the other subresource is
 * kept, and what changed is given to the field manager. An update that changes nothing writes nothing.
 */
export async function updateObject(
  core: Core,
  target: Target,
  { present, object, subresource, isApply = false }: { present: Present; object: ApiObject; subresource: string; isApply?: boolean },
  options: WriteOptions,
): Promise<ApiObject> {
  const { resource, namespace, name } = target;
  const old = present.object;
  checkNamespace(object, namespace);
  checkPreconditions(target, object, present);
  keepSystemMetadata(object, old);
  const { metadata: claimed } = object;
  keepOtherParts(object, old, resource, subresource);
  const rules = kindRules(resource);
  rules.prepareUpdate?.(object, { old, subresource });
  rules.applyDefaults?.(object);
  if (!isApply) {
    // Metadata that a status update does not change is claimed nevertheless, as upstream has it.
    recordUpdate({ old: toWireForm(old, resource), object: toWireForm({ ...object, metadata: claimed }, resource), resource, options, nowMs: core.clock.now(), subresource });
    object.metadata.managedFields = claimed.managedFields;
    if (claimed.managedFields === undefined) delete object.metadata.managedFields;
  }
  // As upstream: what admission adds belongs to nobody.
  if (subresource === '') rules.admitUpdate?.(object);
  if (rules.hasGeneration) object.metadata['generation'] = nextGeneration(object, old, resource);
  const errors: FieldError[] = [...validateMetadata(object, resource), ...validateMetadataUpdate(object, old), ...schemaErrors(object, resource)];
  if (subresource === '') errors.push(...(rules.validate?.(object) ?? []), ...(rules.validateUpdate?.(object, old) ?? []));
  throwIfInvalid(errors, object, resource);
  object.metadata.resourceVersion = old.metadata.resourceVersion ?? '';
  if (jsonEqual(object, old)) {
    await core.store.settled();
    return object;
  }
  if (options.dryRun) return object;
  const key = objectKey(namespace, name);
  if (isGone(object)) {
    return await durable(core, { resource: resource.storage, key, type: 'DELETED', object, expectedRevision: present.revision }, target);
  }
  return await durable(core, { resource: resource.storage, key, type: 'MODIFIED', object, expectedRevision: present.revision }, target);
}

/** Removes the object from the store. */
export async function removeObject(core: Core, target: Target, present: Present): Promise<ApiObject> {
  const key = objectKey(target.namespace, target.name);
  return await durable(core, { resource: target.resource.storage, key, type: 'DELETED', object: present.object, expectedRevision: present.revision }, target);
}

/** The text under which each object was stored last, so that an answer need not be made again. */
const storedTexts = new WeakMap<ApiObject, StoredVersion>();

export function storedVersionOf(object: ApiObject): StoredVersion | undefined {
  return storedTexts.get(object);
}

/** Stages the write and waits for the disk; a lost race becomes Conflict, a failed disk InternalError. */
async function durable({ store }: Core, write: Write, target?: Target): Promise<ApiObject> {
  try {
    const staged = store.stage(write);
    await staged.committed;
    storedTexts.set(staged.object, staged.version);
    return staged.object;
  } catch (error) {
    if (error instanceof StaleWriteError && target !== undefined) throw conflict(target.resource, target.name);
    if (error instanceof ObjectTooLargeError) throw new StatusError({ code: 413, reason: 'RequestEntityTooLarge', message: 'etcdserver: request is too large' });
    throw internalError('the write could not be stored durably');
  }
}

export function typeOf(resource: Resource): { apiVersion: string; kind: string } {
  return { apiVersion: resource.groupVersion, kind: resource.kind };
}

/** Being deleted, and nothing holds it any more. */
function isGone({ metadata }: ApiObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0 && !((metadata.deletionGracePeriodSeconds as number | undefined) ?? 0);
}

function checkNamespace(object: ApiObject, namespace: string): void {
  const given = object.metadata.namespace;
  if (given !== undefined && given !== '' && given !== namespace) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }
  if (namespace === '') delete object.metadata.namespace;
  else object.metadata.namespace = namespace;
}

function checkPreconditions({ resource, name }: Target, object: ApiObject, present: Present): void {
  const { resourceVersion, uid } = object.metadata;
  const rules = kindRules(resource);
  if (resourceVersion !== undefined && resourceVersion !== '') {
    if (resourceVersion !== present.object.metadata.resourceVersion) throw conflict(resource, name);
  } else if (rules.needsResourceVersion) {
    throw new StatusError(invalidResourceVersion(resource, name));
  }
  if (uid !== undefined && uid !== '' && uid !== present.object.metadata.uid) {
    throw conflict(resource, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${present.object.metadata.uid}`);
  }
}

function invalidResourceVersion(resource: Resource, name: string): StatusError['shape'] {
  const error = invalidValue('metadata.resourceVersion', 0, 'must be specified for an update');
  return {
    code: 422,
    reason: 'Invalid',
    message: `${qualifiedResource(resource)} ${JSON.stringify(name)} is invalid: ${error.field}: ${error.message}`,
    details: { name, ...(resource.group === '' ? {} : { group: resource.group }), kind: resource.plural, causes: [error] },
  };
}

const systemFields = ['name', 'uid', 'creationTimestamp', 'generation', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generateName'] as const;

function keepSystemMetadata(object: ApiObject, old: ApiObject): void {
  if (object.metadata.name === undefined || object.metadata.name === '') throw badRequest(`the name of the object (${String(old.metadata.name)} based on URL) was undeterminable: name must be provided`);
  if (object.metadata.name !== old.metadata.name) {
    throw badRequest(`the name of the object (${String(object.metadata.name)}) does not match the name on the URL (${String(old.metadata.name)})`);
  }
  for (const field of systemFields) {
    if (old.metadata[field] === undefined) delete object.metadata[field];
    else (object.metadata as Record<string, unknown>)[field] = old.metadata[field];
  }
  delete object.metadata['selfLink'];
}

/** `/status` changes the status and little else; the resource itself everything but the status. */
function keepOtherParts(object: ApiObject, old: ApiObject, resource: Resource, subresource: string): void {
  if (!resource.hasStatus) return;
  if (subresource === 'status') {
    const { status } = object;
    const { metadata } = object;
    for (const field of Object.keys(object)) if (!Object.hasOwn(old, field)) delete object[field];
    Object.assign(object, old, { metadata });
    if (status === undefined) delete object['status'];
    else object['status'] = status;
    // upstream keeps labels and annotations of custom resources' status updates out as well.
    if (resource.custom !== undefined) object.metadata = { ...old.metadata, ...(metadata.managedFields ? { managedFields: metadata.managedFields } : {}) };
  } else if (old['status'] === undefined) delete object['status'];
  else object['status'] = old['status'];
}

function nextGeneration(object: ApiObject, old: ApiObject, resource: Resource): number {
  const before = (old.metadata['generation'] as number | undefined) ?? 1;
  return jsonEqual(desiredState(object, resource), desiredState(old, resource)) ? before : before + 1;
}

function desiredState(object: ApiObject, resource: Resource): Record<string, unknown> {
  const { metadata: _metadata, kind: _kind, apiVersion: _apiVersion, ...rest } = object;
  if (resource.hasStatus) delete rest['status'];
  return rest;
}

const suffixLetters = 'bcdfghjklmnpqrstvwxz2456789';

/** Five letters and digits that make no words. upstream: apimachinery/pkg/util/rand */
function randomSuffix(): string {
  return [...randomBytes(5)].map((byte) => suffixLetters[byte % suffixLetters.length]).join('');
}
