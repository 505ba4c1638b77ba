// Laying an applied configuration over an object, and taking fields away again, along the schema.
import { isJsonObject, type JsonObject } from '../api-object.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import type { FieldSet } from './field-set.ts';
import { elementKey, elementsOf, isAtomicMap, listKindOf } from './typed-value.ts';

/** Maps and lists of known elements are merged, everything else is replaced. Returns a new value. */
export function mergeApplied(live: unknown, applied: unknown, schema: SchemaNode | undefined): unknown {
  if (isJsonObject(applied) && isJsonObject(live) && !isAtomicMap(schema)) {
    const merged: JsonObject = { ...live };
    for (const [key, value] of Object.entries(applied)) merged[key] = mergeApplied(live[key], value, schema?.child(key));
    return merged;
  }
  if (Array.isArray(applied) && Array.isArray(live) && schema !== undefined && listKindOf(schema) !== 'atomic') return mergeLists(live, applied, schema);
  return applied;
}

/** The applied order wins; elements that only the object has keep their place among themselves, at the end. */
function mergeLists(live: readonly unknown[], applied: readonly unknown[], schema: SchemaNode): unknown[] {
  const present = elementsOf(live, schema);
  const wanted = elementsOf(applied, schema);
  if (present === undefined || wanted === undefined) return [...applied];
  const merged = [...wanted].map(([key, item]) => (schema.listType === 'map' ? mergeApplied(present.get(key), item, schema.items) : item));
  for (const [key, item] of present) if (!wanted.has(key)) merged.push(item);
  return merged;
}

interface Removal {
  abandoned: FieldSet;
  /** What somebody still owns. */
  rest: FieldSet | undefined;
  schema: SchemaNode | undefined;
}

/** Without the abandoned fields; a container goes when nobody owns anything in it. Returns a new value. */
export function removeFields(value: unknown, { abandoned, rest, schema }: Removal): unknown {
  if (isJsonObject(value)) {
    const kept: JsonObject = { ...value };
    for (const [key, child] of abandoned.children) {
      const field = key.slice(2);
      if (!key.startsWith('f:') || !Object.hasOwn(kept, field)) continue;
      const below = rest?.children.get(key);
      if (child.isMember && (below === undefined || below.isEmpty)) delete kept[field];
      else kept[field] = removeFields(kept[field], { abandoned: child, rest: below, schema: schema?.child(field) });
    }
    return kept;
  }
  if (!Array.isArray(value) || schema === undefined || listKindOf(schema) === 'atomic') return value;
  return value.flatMap((item: unknown) => {
    const key = elementKey(item, schema);
    const child = key === undefined ? undefined : abandoned.children.get(key);
    if (key === undefined || child === undefined) return [item];
    const below = rest?.children.get(key);
    if (child.isMember && (below === undefined || below.isEmpty)) return [];
    return [removeFields(item, { abandoned: child, rest: below, schema: schema.items })];
  });
}
