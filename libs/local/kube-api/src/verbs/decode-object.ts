// From a parsed body to an object that its resource can store.
import { isJsonObject, type ApiObject, type JsonObject } from '../api-object.ts';
import type { WriteOptions } from '../core.ts';
import { duplicateFieldsOf } from '../http/duplicate-fields.ts';
import { kindRules } from '../kinds/kind-rules.ts';
import type { Resource } from '../registry/resource.ts';
import { applyDefaults } from '../schema/defaults.ts';
import { decodeBuiltin } from '../schema/decode-builtin.ts';
import { invalidValue, type FieldError } from '../schema/field-error.ts';
import { pruneUnknown } from '../schema/prune.ts';
import { builtinSchema } from '../registry/builtin-schemas.ts';
import { badRequest, invalid } from '../status-error.ts';
import { textOf } from '../text-of.ts';
import { validateValue } from '../schema/validate.ts';

/** Checks kind and version, drops unknown fields, fills in defaults. Throws 400. */
export function decodeObject(body: JsonObject, resource: Resource, options: WriteOptions): ApiObject {
  checkType(body, resource);
  const { metadata, unknownMetadata } = decodeMetadata(body, resource);
  const { object, unknown } = resource.custom === undefined ? decodeOfBuiltin(body, resource) : decodeOfCustom(body, resource);
  const decoded: ApiObject = { kind: resource.kind, apiVersion: resource.groupVersion, ...object, metadata };
  options.unknown?.push(...unknownMetadata, ...unknown);
  if (options.unknown === undefined) reportStrict({ duplicates: duplicateFieldsOf(body), unknown: [...unknownMetadata, ...unknown] }, resource, options);
  kindRules(resource).applyDefaults?.(decoded);
  return decoded;
}

/** Schema violations of a custom resource. */
export function schemaErrors(object: ApiObject, resource: Resource): FieldError[] {
  const errors: FieldError[] = [];
  const { schema } = resource;
  if (resource.custom === undefined || schema === undefined) return errors;
  const { metadata: _metadata, ...rest } = object;
  validateValue(rest, schema, '', errors);
  return errors;
}

function checkType(body: JsonObject, resource: Resource): void {
  const { kind, apiVersion } = body;
  if (kind !== undefined && typeof kind !== 'string') throw badRequest('kind must be a string');
  if (apiVersion !== undefined && typeof apiVersion !== 'string') throw badRequest('apiVersion must be a string');
  if (resource.custom !== undefined && (kind === undefined || kind === '')) throw badRequest("Object 'Kind' is missing in the body");
  if (resource.custom !== undefined) assertCustomKind(body, resource);
  if (kind !== undefined && kind !== '' && kind !== resource.kind) {
    throw badRequest(`${kind} in version ${JSON.stringify(resource.version)} cannot be handled as a ${resource.kind}: no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(resource.groupVersion)} here`);
  }
  if (apiVersion !== undefined && apiVersion !== '' && apiVersion !== resource.groupVersion) {
    throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${resource.groupVersion})`);
  }
  if (body['metadata'] !== undefined && body['metadata'] !== null && !isJsonObject(body['metadata'])) throw badRequest('metadata must be an object');
}

/** What is not its kind is invalid, where a built-in one cannot be decoded. */
function assertCustomKind({ kind, metadata }: JsonObject, resource: Resource): void {
  if (kind === resource.kind) return;
  const name = isJsonObject(metadata) ? textOf(metadata['name'] ?? '') : '';
  throw invalid({ group: resource.group, kind: textOf(kind) }, name, [invalidValue('kind', kind, `must be ${resource.kind}`)]);
}

function decodeMetadata(body: JsonObject, resource: Resource): { metadata: ApiObject['metadata']; unknownMetadata: string[] } {
  const schema = builtinSchema('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');
  const given = (body['metadata'] ?? {}) as JsonObject;
  if (schema === undefined) return { metadata: given as ApiObject['metadata'], unknownMetadata: [] };
  const { object, unknown } = decodeBuiltin(given, schema, resource);
  return { metadata: object as ApiObject['metadata'], unknownMetadata: unknown.map((path) => `metadata.${path}`) };
}

function decodeOfBuiltin(body: JsonObject, resource: Resource): { object: JsonObject; unknown: string[] } {
  const { metadata: _metadata, ...rest } = body;
  const { schema } = resource;
  return schema === undefined ? { object: rest, unknown: [] } : decodeBuiltin(rest, schema, resource);
}

function decodeOfCustom(body: JsonObject, resource: Resource): { object: JsonObject; unknown: string[] } {
  const { metadata: _metadata, ...rest } = body;
  const { schema } = resource;
  if (schema === undefined) return { object: rest, unknown: [] };
  const unknown = pruneUnknown(rest, schema);
  applyDefaults(rest, schema);
  return { object: rest, unknown };
}

function reportStrict({ duplicates, unknown }: { duplicates: readonly string[]; unknown: readonly string[] }, resource: Resource, options: WriteOptions): void {
  if (duplicates.length + unknown.length === 0 || options.fieldValidation === 'Ignore') return;
  const texts = [...duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`), ...unknown.slice(0, 20).map((path) => `unknown field ${JSON.stringify(path)}`)];
  if (options.fieldValidation === 'Warn') options.warnings.push(...texts);
  else {
    throw badRequest(
      `${resource.kind} in version ${JSON.stringify(resource.version)} cannot be handled as a ${resource.kind}: strict decoding error: ${texts.join(', ')}`,
    );
  }
}

export function throwIfInvalid(errors: readonly FieldError[], object: ApiObject, resource: Resource): void {
  if (errors.length > 0) throw invalid(resource, object.metadata.name ?? '', errors);
}
