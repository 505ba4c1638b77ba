// Schemas of built-in kinds, unpacked when first needed.
import { gunzipSync } from 'node:zlib';
import type { JsonObject } from '../api-object.ts';
import { packedSchemas } from '../facts/schemas-packed.ts';
import { SchemaNode } from '../schema/schema-node.ts';

let schemas: Record<string, JsonObject> | undefined;
const prefix = '#/components/schemas/';

/** All of them, by their OpenAPI name; shared, not to be changed. */
export function builtinSchemas(): Record<string, JsonObject> {
  schemas ??= JSON.parse(gunzipSync(Buffer.from(packedSchemas, 'base64')).toString()) as Record<string, JsonObject>;
  return schemas;
}

export function builtinSchema(name: string): SchemaNode | undefined {
  const raw = builtinSchemas()[name];
  return raw === undefined ? undefined : SchemaNode.of(raw, resolveReference);
}

function resolveReference(reference: string): JsonObject | undefined {
  return reference.startsWith(prefix) ? builtinSchemas()[reference.slice(prefix.length)] : undefined;
}

const packages: Readonly<Record<string, string>> = {
  '': 'io.k8s.api.core',
  'authentication.k8s.io': 'io.k8s.api.authentication',
  'authorization.k8s.io': 'io.k8s.api.authorization',
  'coordination.k8s.io': 'io.k8s.api.coordination',
  'events.k8s.io': 'io.k8s.api.events',
  'networking.k8s.io': 'io.k8s.api.networking',
  'rbac.authorization.k8s.io': 'io.k8s.api.rbac',
  'apiextensions.k8s.io': 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions',
  apps: 'io.k8s.api.apps',
  batch: 'io.k8s.api.batch',
  policy: 'io.k8s.api.policy',
};

/** The OpenAPI name of a built-in kind. */
export function schemaNameOf({ group, version, kind }: { group: string; version: string; kind: string }): string | undefined {
  const package_ = packages[group];
  return package_ === undefined ? undefined : `${package_}.${version}.${kind}`;
}
