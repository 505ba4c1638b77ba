// Fields that a schema does not know are dropped, and named for those who asked for strictness.
import { isJsonObject, type JsonObject } from '../api-object.ts';
import type { SchemaNode } from './schema-node.ts';

/** Drops unknown fields in place; returns their paths, such as `spec.containers[0].foo`. */
export function pruneUnknown(object: JsonObject, schema: SchemaNode): string[] {
  const unknown: string[] = [];
  for (const [field, value] of Object.entries(object)) {
    if (field === 'apiVersion' || field === 'kind' || field === 'metadata') continue;
    pruneField(object, field, value, { schema, path: '', unknown });
  }
  return unknown;
}

/** The same for a value that is not a whole object. */
export function pruneValue(value: unknown, schema: SchemaNode, path: string, unknown: string[]): void {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items !== undefined) value.forEach((item, index) => pruneValue(item, items, `${path}[${index}]`, unknown));
    return;
  }
  if (!isJsonObject(value)) return;
  for (const [field, child] of Object.entries(value)) {
    if (schema.isEmbeddedResource && (field === 'apiVersion' || field === 'kind' || field === 'metadata')) continue;
    pruneField(value, field, child, { schema, path, unknown });
  }
}

function pruneField(
  holder: JsonObject,
  field: string,
  value: unknown,
  { schema, path, unknown }: { schema: SchemaNode; path: string; unknown: string[] },
): void {
  const childPath = path === '' ? field : `${path}.${field}`;
  const child = schema.child(field);
  if (child !== undefined) pruneValue(value, child, childPath, unknown);
  else if (!schema.preservesUnknown && !schema.isFreeMap && !isAnything(schema)) {
    unknown.push(childPath);
    delete holder[field];
  }
}

/** A schema without a type says nothing about what is in it. */
function isAnything(schema: SchemaNode): boolean {
  return schema.type === undefined && schema.properties === undefined;
}
