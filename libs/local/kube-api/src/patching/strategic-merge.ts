// Strategic merge patch of built-in kinds: lists are merged by key where the schema says so, with the directives
// $patch, $deleteFromPrimitiveList, $setElementOrder and $retainKeys.
// upstream: apimachinery/pkg/util/strategicpatch/patch.go
import { isJsonObject, type JsonObject } from '../api-object.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import { badRequest } from '../status-error.ts';

/** Returns a new object. */
export function strategicMerge(original: JsonObject, patch: JsonObject, schema: SchemaNode | undefined): JsonObject {
  const directive = patch['$patch'];
  if (directive === 'replace') return without(patch, '$patch');
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge') throw badRequest(`unknown patch directive ${JSON.stringify(directive)}, expected replace, merge or delete`);
  const merged: JsonObject = retain({ ...original }, patch['$retainKeys']);
  for (const [key, value] of Object.entries(patch)) {
    if (key === '$patch' || key === '$retainKeys') continue;
    if (key.startsWith('$setElementOrder')) {
      if (!Array.isArray(value)) throw badRequest(`${key} must be a list`);
      continue;
    }
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      const list = key.slice('$deleteFromPrimitiveList/'.length);
      if (Array.isArray(merged[list]) && Array.isArray(value)) merged[list] = withoutItems(merged[list], value);
      continue;
    }
    if (value === null) delete merged[key];
    else merged[key] = mergeValue(merged[key], value, schema?.child(key));
  }
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith('$setElementOrder/') || !Array.isArray(order)) continue;
    const list = key.slice('$setElementOrder/'.length);
    if (Array.isArray(merged[list])) merged[list] = reorder(merged[list], order, schema?.child(list)?.patchMergeKey);
  }
  return merged;
}

function mergeValue(original: unknown, patch: unknown, schema: SchemaNode | undefined): unknown {
  if (isJsonObject(patch)) return strategicMerge(isJsonObject(original) ? original : {}, patch, schema);
  if (!Array.isArray(patch)) return patch;
  const strategy = schema?.patchStrategy ?? '';
  const isMerged = strategy.split(',').includes('merge');
  if (!isMerged) return patch.map(dropDirectives).filter((item) => item !== undefined);
  const list = Array.isArray(original) ? (original as unknown[]) : [];
  const mergeKey = schema?.patchMergeKey;
  if (mergeKey === undefined) return inOrder([...new Set([...list, ...patch])], { patch, original: list, identity: (item) => item });
  const merged = mergeByKey(list, patch, mergeKey, schema?.items);
  return inOrder(merged, { patch, original: list, identity: (item) => (isJsonObject(item) ? item[mergeKey] : item) });
}

interface Order {
  patch: readonly unknown[];
  original: readonly unknown[];
  identity: (item: unknown) => unknown;
}

/**
 * The patch's elements in its order, others where the original has them relative to these; what the original does not
 * have comes first. upstream: normalizeElementOrder
 */
function inOrder(merged: readonly unknown[], { patch, original, identity }: Order): unknown[] {
  const byIdentity = new Map(merged.map((item) => [identity(item), item]));
  const places = new Map(original.map((item, index) => [identity(item), index]));
  const left = [...new Set(patch.map(identity))].filter((one) => byIdentity.has(one));
  const patched = new Set(left);
  const right = [...byIdentity.keys()].filter((one) => !patched.has(one));
  const ordered: unknown[] = [];
  const place = (one: unknown): number => places.get(one) ?? -1;
  let at = 0;
  for (const one of left) {
    while (at < right.length && place(right[at]) < place(one)) ordered.push(byIdentity.get(right[at++]));
    ordered.push(byIdentity.get(one));
  }
  while (at < right.length) ordered.push(byIdentity.get(right[at++]));
  return ordered;
}

function mergeByKey(list: readonly unknown[], patch: readonly unknown[], mergeKey: string, items: SchemaNode | undefined): unknown[] {
  if (patch.some((item) => isJsonObject(item) && item['$patch'] === 'replace')) {
    return patch.filter((item) => !(isJsonObject(item) && item['$patch'] === 'replace' && Object.keys(item).length === 1)).map(dropDirectives);
  }
  // By key, for a patch of a hundred thousand elements must not be looked for one by one.
  const merged = new Map<unknown, unknown>();
  for (const one of list) merged.set(isJsonObject(one) ? one[mergeKey] : one, one);
  for (const item of patch) {
    if (!isJsonObject(item)) throw badRequest(`each element of a list merged by ${mergeKey} must be an object`);
    const key = item[mergeKey];
    if (key === undefined) throw badRequest(`map: ${JSON.stringify(item).slice(0, 200)} does not contain declared merge key: ${mergeKey}`);
    const present = merged.get(key);
    if (item['$patch'] === 'delete') merged.delete(key);
    else merged.set(key, strategicMerge(isJsonObject(present) ? present : {}, item, items));
  }
  return [...merged.values()];
}

/** Elements named by `order` come in that order; others keep their place after the one they followed. */
function reorder(list: readonly unknown[], order: readonly unknown[], mergeKey: string | undefined): unknown[] {
  const identity = (item: unknown): unknown => (mergeKey !== undefined && isJsonObject(item) ? item[mergeKey] : item);
  const wanted = new Set(order.map(identity));
  const present = new Map(list.map((item) => [identity(item), item]));
  const named = [...wanted].map((key) => present.get(key)).filter((item) => item !== undefined);
  return [...named, ...list.filter((item) => !wanted.has(identity(item)))];
}

function withoutItems(list: readonly unknown[], items: readonly unknown[]): unknown[] {
  const gone = new Set(items);
  return list.filter((item) => !gone.has(item));
}

function retain(object: JsonObject, keys: unknown): JsonObject {
  if (!Array.isArray(keys)) return object;
  return Object.fromEntries(Object.entries(object).filter(([key]) => keys.includes(key)));
}

function dropDirectives(value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  return value['$patch'] === 'delete' ? undefined : without(value, '$patch');
}

function without(object: JsonObject, key: string): JsonObject {
  const { [key]: _dropped, ...rest } = object;
  return rest;
}
