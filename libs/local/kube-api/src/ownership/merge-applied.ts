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

/**
 * The applied order wins among what is applied; elements that only the object has keep their place before what followed
 * them. upstream: structured-merge-diff/typed/merge.go (mergeListItems)
 */
function mergeLists(live: readonly unknown[], applied: readonly unknown[], schema: SchemaNode): unknown[] {
  const present = elementsOf(live, schema);
  const wanted = elementsOf(applied, schema);
  if (present === undefined || wanted === undefined) return [...applied];
  const order = [...wanted.keys()];
  const shared = order.filter((key) => present.has(key));
  const merged: unknown[] = [];
  const add = (key: string): void => void merged.push(schema.listType === 'map' ? mergeApplied(present.get(key), wanted.get(key), schema.items) : wanted.get(key));
  let at = 0;
  let nextShared = 0;
  for (const [key, item] of present) {
    // Shared ones come where the applied order has them, with the new ones that stand before.
    if (!wanted.has(key)) merged.push(item);
    else {
      const upTo = shared[nextShared++];
      while (at < order.length) {
        const one = order[at++] as string;
        add(one);
        if (one === upTo) break;
      }
    }
  }
  while (at < order.length) add(order[at++] as string);
  return merged;
}

interface Removal {
  abandoned: FieldSet;
  /** What somebody still owns. */
  rest: FieldSet | undefined;
  schema: SchemaNode | undefined;
}

/** Without the abandoned fields; a container goes when nobody owns anything in it, or nothing is left of it: undefined. Returns a new value. */
export function removeFields(value: unknown, { abandoned, rest, schema }: Removal): unknown {
  if (isJsonObject(value)) {
    const kept: JsonObject = { ...value };
    for (const [key, child] of abandoned.children) {
      const field = key.slice(2);
      if (!key.startsWith('f:') || !Object.hasOwn(kept, field)) continue;
      const below = rest?.children.get(key);
      if (child.isMember && (below === undefined || below.isEmpty)) delete kept[field];
      else {
        const left = removeFields(kept[field], { abandoned: child, rest: below, schema: schema?.child(field) });
        if (left === undefined) delete kept[field];
        else kept[field] = left;
      }
    }
    return Object.keys(kept).length === 0 && Object.keys(value).length > 0 ? undefined : kept;
  }
  if (!Array.isArray(value) || schema === undefined || listKindOf(schema) === 'atomic') return value;
  const items = value.flatMap((item: unknown) => {
    const key = elementKey(item, schema);
    const child = key === undefined ? undefined : abandoned.children.get(key);
    if (key === undefined || child === undefined) return [item];
    const below = rest?.children.get(key);
    if (child.isMember && (below === undefined || below.isEmpty)) return [];
    return [withKeysOf(item, removeFields(item, { abandoned: child, rest: below, schema: schema.items }), schema)];
  });
  return items.length === 0 && value.length > 0 ? undefined : items;
}

/** An element that stays keeps what it is told apart by. */
function withKeysOf(item: unknown, kept: unknown, schema: SchemaNode): unknown {
  if (!isJsonObject(item)) return kept;
  const keys = schema.listMapKeys.filter((key) => Object.hasOwn(item, key)).map((key) => [key, item[key]] as const);
  return { ...Object.fromEntries(keys), ...(isJsonObject(kept) ? kept : {}) };
}
