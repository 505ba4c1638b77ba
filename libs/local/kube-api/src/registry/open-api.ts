// OpenAPI documents: of built-in groups from the recorded facts, of custom resources from their schemas. Enough for
// `kubectl explain`, for client-side validation, and for clients that look whether fieldValidation is understood.
import { gunzipSync } from 'node:zlib';
import { isJsonObject, type JsonObject } from '../api-object.ts';
import { packedPaths } from '../facts/paths-packed.ts';
import { builtinSchemas } from './builtin-schemas.ts';
import type { Registry } from './registry.ts';
import type { Resource } from './resource.ts';

const prefix = '#/components/schemas/';
const metaPackage = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** `apis/apps/v1` → where its document is; the hash changes with the document. */
export function openApiIndex(registry: Registry, hashOf: (name: string) => string): JsonObject {
  const names = registry.groups().flatMap(({ group, versions }) => versions.map((version) => (group === '' ? `api/${version}` : `apis/${group}/${version}`)));
  return { paths: Object.fromEntries(names.map((name) => [name, { serverRelativeURL: `/openapi/v3/${name}?hash=${hashOf(name)}` }])) };
}

export function openApiV3(registry: Registry, name: string): JsonObject | undefined {
  const match = /^(?:api\/([^/]+)|apis\/([^/]+)\/([^/]+))$/.exec(name);
  if (match === null) return undefined;
  const [, coreVersion, group = '', version = coreVersion ?? ''] = match;
  const resources = registry.of(group, version);
  if (resources.length === 0) return undefined;
  const custom = resources.filter((one) => one.custom !== undefined);
  const paths = custom.length === 0 ? builtinPaths(`/${name}`) : Object.assign({}, ...custom.map(customPaths));
  const schemas: Record<string, JsonObject> = {};
  if (custom.length === 0) for (const resource of resources) addKindSchemas(resource, version, schemas);
  else for (const resource of custom) schemas[customName(resource)] = customSchema(resource);
  collectReferences([...Object.values(schemas), paths], schemas);
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'v1.34.4' }, paths, components: { schemas } };
}

/** All groups in one document of the older form. */
export function openApiV2(registry: Registry): JsonObject {
  const definitions: Record<string, JsonObject> = { ...builtinSchemas() };
  for (const resource of registry.all()) if (resource.custom !== undefined) definitions[customName(resource)] = customSchema(resource);
  const text = JSON.stringify(definitions).replaceAll(prefix, '#/definitions/');
  return { swagger: '2.0', info: { title: 'Kubernetes', version: 'v1.34.4' }, paths: {}, definitions: JSON.parse(text, plainReference) as JsonObject };
}

/** The newer form wraps a reference that has other fields beside it; readers of the older one look for it in its place. */
function plainReference(_: string, value: unknown): unknown {
  if (!isJsonObject(value) || !Array.isArray(value['allOf']) || value['allOf'].length !== 1) return value;
  const { allOf: [only], ...rest } = value as { allOf: unknown[] };
  return isJsonObject(only) && typeof only['$ref'] === 'string' ? { ...rest, $ref: only['$ref'] } : value;
}

function builtinPaths(start: string): JsonObject {
  const all = JSON.parse(gunzipSync(Buffer.from(packedPaths, 'base64')).toString()) as Record<string, JsonObject>;
  return Object.fromEntries(Object.entries(all).filter(([path]) => path.startsWith(`${start}/`)));
}

function addKindSchemas({ group, kind }: Resource, version: string, schemas: Record<string, JsonObject>): void {
  for (const [name, schema] of Object.entries(builtinSchemas())) {
    const types = schema['x-kubernetes-group-version-kind'];
    if (!Array.isArray(types)) continue;
    const isOne = types.some((one: unknown) => isJsonObject(one) && one['group'] === group && one['version'] === version && (one['kind'] === kind || one['kind'] === `${kind}List`));
    if (isOne) schemas[name] = schema;
  }
}

/** Adds every schema that is referred to, and those that they refer to. */
function collectReferences(from: readonly unknown[], schemas: Record<string, JsonObject>): void {
  const all = builtinSchemas();
  const pending = [...from];
  while (pending.length > 0) {
    for (const [, name = ''] of JSON.stringify(pending.pop()).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      const schema = all[name];
      if (schema === undefined || Object.hasOwn(schemas, name)) continue;
      schemas[name] = schema;
      pending.push(schema);
    }
  }
}

/** `smoke.example.com/v1 Widget` → `com.example.smoke.v1.Widget`. */
function customName({ group, version, kind }: Resource): string {
  return `${group.split('.').reverse().join('.')}.${version}.${kind}`;
}

function customSchema(resource: Resource): JsonObject {
  const raw = resource.schema?.raw ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    ...raw,
    properties: {
      ...(isJsonObject(raw['properties']) ? raw['properties'] : {}),
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { allOf: [{ $ref: `${prefix}${metaPackage}.ObjectMeta` }] },
    },
    'x-kubernetes-group-version-kind': [typeOf(resource)],
  };
}

function typeOf({ group, version, kind }: Resource): JsonObject {
  return { group, version, kind };
}

function customPaths(resource: Resource): JsonObject {
  const root = `/apis/${resource.groupVersion}`;
  const collection = resource.namespaced ? `${root}/namespaces/{namespace}/${resource.plural}` : `${root}/${resource.plural}`;
  const query = (name: string, type = 'string'): JsonObject => ({ name, in: 'query', schema: { type, uniqueItems: true } });
  const writing = [query('dryRun'), query('fieldManager'), query('fieldValidation')];
  const operation = (action: string, parameters: JsonObject[] = []): JsonObject => ({
    operationId: `${action}${resource.group.replaceAll(/[^A-Za-z0-9]/g, '')}${resource.version}${resource.kind}`,
    parameters,
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': typeOf(resource),
    responses: { 200: { description: 'OK', content: { 'application/json': { schema: { $ref: `${prefix}${customName(resource)}` } } } } },
  });
  const one = { get: operation('get'), put: operation('put', writing), patch: operation('patch', [...writing, query('force', 'boolean')]), delete: operation('delete', [query('dryRun')]) };
  return {
    [collection]: { get: operation('list'), post: operation('post', writing), delete: operation('deletecollection') },
    [`${collection}/{name}`]: one,
    ...(resource.hasStatus ? { [`${collection}/{name}/status`]: one } : {}),
    ...(resource.namespaced ? { [`${root}/${resource.plural}`]: { get: operation('list') } } : {}),
  };
}
