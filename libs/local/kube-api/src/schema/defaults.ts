// Defaults of structural schemas. upstream: apiextensions-apiserver/pkg/apiserver/schema/defaulting
import { isJsonObject } from '../api-object.ts';
import type { SchemaNode } from './schema-node.ts';
import { cloneJson } from '../json-values.ts';

/** Fills in defaults, in place, where a field is absent (or null, where null is not allowed); null without a default is as if absent. */
export function applyDefaults(value: unknown, schema: SchemaNode): void {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items !== undefined) for (const item of value) applyDefaults(item, items);
    return;
  }
  if (!isJsonObject(value)) return;
  for (const name of Object.keys(schema.properties ?? {})) {
    const child = schema.property(name);
    if (child === undefined) continue;
    const fallback = child.raw['default'];
    if (fallback !== undefined && (!Object.hasOwn(value, name) || (value[name] === null && !child.isNullable))) {
      value[name] = cloneJson(fallback);
    } else if (value[name] === null && !child.isNullable && child.type !== undefined) delete value[name];
    if (Object.hasOwn(value, name)) applyDefaults(value[name], child);
  }
  const values = schema.mapValues;
  if (values !== undefined) {
    for (const [name, item] of Object.entries(value)) if (schema.property(name) === undefined) applyDefaults(item, values);
  }
}
