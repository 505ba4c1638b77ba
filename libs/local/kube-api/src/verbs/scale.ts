// The `scale` subresource: the number of replicas of anything that has one, in one form.
// upstream: pkg/registry/apps/deployment/storage (ScaleREST), apiextensions-apiserver/pkg/registry/customresource
import { formatLabelSelector } from './format-selector.ts';
import { isJsonObject, type ApiObject, type JsonObject } from '../api-object.ts';
import type { Core, WriteOptions } from '../core.ts';
import { cloneJson } from '../json-values.ts';
import { jsonPatch } from '../patching/json-patch.ts';
import { mergePatch } from '../patching/merge-patch.ts';
import type { Resource, ScalePaths } from '../registry/resource.ts';
import { invalidValue } from '../schema/field-error.ts';
import { badRequest, conflict, invalid, noSuchResource, unprocessablePatch } from '../status-error.ts';
import { readPath } from '../wire/json-path.ts';
import type { PatchType } from './patch-object.ts';
import { presentObject, updateObject, type Target } from './write-object.ts';

const builtinPaths: ScalePaths = { specReplicas: '.spec.replicas', statusReplicas: '.status.replicas' };

export function readScale(core: Core, target: Target): JsonObject {
  return scaleOf(presentObject(core, target).object, target.resource);
}

export async function updateScale(core: Core, target: Target, scale: JsonObject, options: WriteOptions): Promise<JsonObject> {
  const { resource, name } = target;
  const present = presentObject(core, target);
  const metadata = isJsonObject(scale['metadata']) ? scale['metadata'] : {};
  if (scale['kind'] !== undefined && scale['kind'] !== 'Scale') throw badRequest(`expected a Scale, found ${JSON.stringify(scale['kind'])}`);
  if (metadata['name'] !== undefined && metadata['name'] !== name) throw badRequest('the name of the object does not match the name on the URL');
  const version = metadata['resourceVersion'];
  if (version !== undefined && version !== '' && version !== present.object.metadata.resourceVersion) throw conflict(resource, name);
  const replicas = (isJsonObject(scale['spec']) ? scale['spec']['replicas'] : undefined) ?? 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) throw badRequest('spec.replicas must be a whole number');
  if (replicas < 0) throw invalid({ group: 'autoscaling', kind: 'Scale' }, name, [invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')]);
  const object = cloneJson(present.object);
  setPath(object, pathsOf(resource).specReplicas, replicas);
  return scaleOf(await updateObject(core, target, { present, object, subresource: 'scale' }, options), resource);
}

export async function patchScale(core: Core, target: Target, { type, patch }: { type: PatchType; patch: unknown }, options: WriteOptions): Promise<JsonObject> {
  const scale = readScale(core, target);
  let patched: unknown;
  if (type === 'json') patched = jsonPatch(scale as ApiObject, patch);
  else if (isJsonObject(patch)) patched = mergePatch(scale as ApiObject, patch);
  else throw badRequest('the patch must be a JSON object');
  if (!isJsonObject(patched)) throw unprocessablePatch();
  return await updateScale(core, target, patched, options);
}

function pathsOf(resource: Resource): ScalePaths {
  if (resource.custom === undefined) return builtinPaths;
  if (resource.custom.scale === undefined) throw noSuchResource();
  return resource.custom.scale;
}

function scaleOf(object: ApiObject, resource: Resource): JsonObject {
  const paths = pathsOf(resource);
  const numberAt = (path: string): number => {
    const [value] = readPath(object, path);
    return typeof value === 'number' ? value : 0;
  };
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = selectorOf(object, paths);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas: numberAt(paths.specReplicas) },
    status: { replicas: numberAt(paths.statusReplicas), ...(selector === '' ? {} : { selector }) },
  };
}

function selectorOf(object: ApiObject, { labelSelector }: ScalePaths): string {
  if (labelSelector !== undefined) {
    const [value] = readPath(object, labelSelector);
    return typeof value === 'string' ? value : '';
  }
  const [selector] = readPath(object, '.spec.selector');
  if (!isJsonObject(selector)) return '';
  // Replication controllers have a plain map.
  const isPlain = Object.values(selector).every((value) => typeof value === 'string');
  return formatLabelSelector(isPlain ? { matchLabels: selector } : selector);
}

/** Only paths of names below `.spec`, which definitions are checked for. */
function setPath(object: JsonObject, path: string, value: unknown): void {
  const names = path.split('.').slice(1);
  const last = names.pop();
  if (last === undefined) return;
  let holder = object;
  for (const name of names) {
    const child = holder[name];
    const next: JsonObject = isJsonObject(child) ? child : {};
    holder[name] = next;
    holder = next;
  }
  holder[last] = value;
}
