// PATCH: the present object is read, patched, checked and written; when another write came between, again.
import type { ApiObject, JsonObject } from '../api-object.ts';
import { isJsonObject } from '../api-object.ts';
import { objectKey, type Core, type WriteOptions } from '../core.ts';
import { withDuplicatesOf } from '../http/duplicate-fields.ts';
import { asObject, parseJson, parseYaml } from '../http/read-body.ts';
import { jsonPatch } from '../patching/json-patch.ts';
import { mergePatch } from '../patching/merge-patch.ts';
import { strategicMerge } from '../patching/strategic-merge.ts';
import { fromWireForm, toWireForm } from '../kinds/events.ts';
import { applyFields } from '../ownership/apply-fields.ts';
import { invalidValue } from '../schema/field-error.ts';
import { badRequest, conflict, invalid, notFound, StatusError, unprocessablePatch, unsupportedMedia, unsupportedPatch } from '../status-error.ts';
import { decodeObject } from './decode-object.ts';
import { createObject, presentObject, typeOf, updateObject, type Target } from './write-object.ts';
import { cloneJson } from '../json-values.ts';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

const types: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

export function patchTypeOf(contentType: string | undefined, isCustom: boolean): PatchType {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const known = Object.hasOwn(types, type) ? types[type] : undefined;
  if (known === undefined || (known === 'strategic' && isCustom)) {
    if (known !== undefined) throw unsupportedMedia(Object.keys(types).filter((one) => types[one] !== 'strategic').join(', '));
    throw unsupportedPatch();
  }
  return known;
}

export interface PatchRequest {
  type: PatchType;
  body: Buffer;
  subresource: string;
  /** Only for apply: take fields over from other managers. */
  force: boolean;
}

export async function patchObject(
  core: Core,
  target: Target,
  request: PatchRequest,
  options: WriteOptions,
): Promise<{ object: ApiObject; isCreated: boolean }> {
  if (request.type === 'apply') return await applyObject(core, target, request, options);
  const present = presentObject(core, target);
  const patch = parseJson(request.body);
  const patched = patchedObject(toWireForm(present.object, target.resource), patch, { type: request.type, target });
  const object = fromWireForm(decodePatched(isJsonObject(patch) ? withDuplicatesOf(patch, patched) : patched, target, options), target.resource);
  const { uid } = object.metadata;
  if (uid !== undefined && uid !== present.object.metadata.uid) throw invalid(target.resource, target.name, [invalidValue('metadata.uid', uid, 'field is immutable')]);
  return { object: await updateObject(core, target, { present, object, subresource: request.subresource }, options), isCreated: false };
}

/** What a patch made of an object may be none: the patch's fault, so it is invalid where a body would be a bad request. */
function decodePatched(patched: JsonObject, { resource }: Target, options: WriteOptions): ApiObject {
  try {
    return decodeObject(patched, resource, options);
  } catch (error) {
    if (!(error instanceof StatusError && error.reason === 'BadRequest')) throw error;
    throw invalid({ group: '', kind: '' }, '', [invalidValue('patch', JSON.stringify(patched), error.message)]);
  }
}

function patchedObject(present: ApiObject, patch: unknown, { type, target }: { type: PatchType; target: Target }): JsonObject {
  let patched: unknown;
  if (type === 'json') patched = jsonPatch(present, patch);
  else if (!isJsonObject(patch)) throw badRequest('the patch must be a JSON object');
  else if (type === 'merge') patched = mergePatch(present, patch);
  else patched = strategicMerge(present, patch, patchSchema(target));
  if (!isJsonObject(patched)) throw unprocessablePatch();
  return patched;
}

function patchSchema({ resource }: Target): Parameters<typeof strategicMerge>[2] {
  return resource.schema;
}

async function applyObject(
  core: Core,
  target: Target,
  request: PatchRequest,
  options: WriteOptions,
): Promise<{ object: ApiObject; isCreated: boolean }> {
  const { resource, namespace, name } = target;
  const body = asObject(parseYaml(request.body));
  if (typeof body['apiVersion'] !== 'string' || typeof body['kind'] !== 'string') throw badRequest('apiVersion and kind must be set in an applied object');
  if (isJsonObject(body['metadata']) && body['metadata']['managedFields'] !== undefined) throw badRequest('metadata.managedFields must be nil');
  const unknown: string[] = [];
  const applied = decodeObject(withDuplicatesOf(body, cloneJson(body)), resource, { ...options, unknown });
  // Nobody can own what there is not.
  if (unknown.length > 0) throw badRequest(`failed to create typed patch object (${namespace}/${name}; ${resource.group}/${resource.version}, Kind=${resource.kind}): ${unknown.slice(0, 20).map((path) => `.${path}: field not declared in schema`).join(', ')}`);
  applied.metadata.name ??= name;
  const present = core.store.latest(resource.storage, objectKey(namespace, name), typeOf(resource));
  if (present === undefined && request.subresource !== '') throw notFound(resource, name);
  const { uid } = applied.metadata;
  if (uid !== undefined && uid !== '' && present === undefined) throw conflict(resource, name, `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`);
  if (uid !== undefined && uid !== '' && uid !== present?.object.metadata.uid) throw invalid(resource, name, [invalidValue('metadata.uid', uid, 'field is immutable')]);
  const merged = applyFields({ present: present === undefined ? undefined : toWireForm(present.object, resource), body, resource, options, force: request.force, nowMs: core.clock.now(), subresource: request.subresource });
  const object = fromWireForm(merged, resource);
  object.metadata.name ??= name;
  if (present === undefined) return { object: await createObject(core, target, object, { ...options, fieldManager: '' }), isCreated: true };
  const update = { present, object, subresource: request.subresource, isApply: true };
  return { object: await updateObject(core, target, update, options), isCreated: false };
}
