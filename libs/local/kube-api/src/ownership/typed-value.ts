// Walking objects along their schema, as far as ownership of fields is concerned: which fields a value sets, and in
// which fields two values differ. upstream: structured-merge-diff/typed
import { isJsonObject, type JsonObject } from '../api-object.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import { FieldSet } from './field-set.ts';
import { jsonEqual } from '../json-values.ts';

type Schema = SchemaNode | undefined;
export type ListKind = 'atomic' | 'set' | 'map';

/** How elements of a list are told apart; a list of unknown kind is one value. */
export function listKindOf(schema: Schema): ListKind {
  return schema === undefined ? 'atomic' : schema.listType;
}

export function isAtomicMap(schema: Schema): boolean {
  return schema?.isAtomicMap === true;
}

/** `k:{"name":"a"}` or `v:"x"`; undefined for what cannot be told apart. */
export function elementKey(item: unknown, schema: SchemaNode): string | undefined {
  if (schema.listType === 'set') return `v:${JSON.stringify(item)}`;
  if (!isJsonObject(item)) return undefined;
  const keys: JsonObject = {};
  for (const key of [...schema.listMapKeys].sort()) {
    const value = item[key] ?? schema.items?.property(key)?.raw['default'];
    if (value !== undefined) keys[key] = value;
  }
  return Object.keys(keys).length === 0 ? undefined : `k:${JSON.stringify(keys)}`;
}

/** Elements by their key, in order; undefined when the list cannot be taken apart (duplicates, missing keys). */
export function elementsOf(list: readonly unknown[], schema: SchemaNode): Map<string, unknown> | undefined {
  const elements = new Map<string, unknown>();
  for (const item of list) {
    const key = elementKey(item, schema);
    if (key === undefined || elements.has(key)) return undefined;
    elements.set(key, item);
  }
  return elements;
}

/** The fields an applied configuration sets. */
export function fieldsOf(value: unknown, schema: Schema): FieldSet {
  const set = new FieldSet();
  collectFields(value, schema, set);
  if (isJsonObject(value) && Object.keys(value).length === 0) set.isMember = true;
  return set;
}

function collectFields(value: unknown, schema: Schema, set: FieldSet): void {
  if (isJsonObject(value) && !isAtomicMap(schema)) {
    for (const [key, item] of Object.entries(value)) {
      const child = childOf(set, `f:${key}`);
      collectFields(item, schema?.child(key), child);
      const isLeafLike = item === null || (isJsonObject(item) && Object.keys(item).length === 0);
      if (isLeafLike || schema?.property(key) === undefined) child.isMember = true;
    }
    return;
  }
  if (Array.isArray(value) && schema !== undefined && listKindOf(schema) !== 'atomic') {
    const elements = elementsOf(value, schema);
    if (elements !== undefined) {
      for (const [key, item] of elements) {
        const child = childOf(set, key);
        if (schema.listType === 'map') collectFields(item, schema.items, child);
        child.isMember = true;
      }
      return;
    }
  }
  set.isMember = true;
}

function childOf(set: FieldSet, key: string): FieldSet {
  let child = set.children.get(key);
  if (child === undefined) set.children.set(key, (child = new FieldSet()));
  return child;
}

export interface Comparison {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

/** In which fields `after` differs from `before`; undefined stands for "not there". */
export function compareValues(before: unknown, after: unknown, schema: Schema): Comparison {
  const result: Comparison = { added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() };
  compareAt(before, after, schema, { ...result, path: [] });
  return result;
}

interface Place extends Comparison {
  path: string[];
}

function compareAt(before: unknown, after: unknown, schema: Schema, place: Place): void {
  // Most of an object is the same as before.
  if (before === after) return;
  if (isMapLike(before, after) && !isAtomicMap(schema)) {
    compareMaps(isJsonObject(before) ? before : undefined, isJsonObject(after) ? after : undefined, schema, place);
  } else if (schema !== undefined && isListLike(before, after) && listKindOf(schema) !== 'atomic') {
    compareLists(before as MaybeList, after as MaybeList, schema, place);
  } else if (isJsonObject(before) !== isJsonObject(after) && before !== undefined && after !== undefined && !isAtomicMap(schema)) {
    // A map became something else, or the reverse: what was below goes, what is below comes.
    if (isJsonObject(before)) compareMaps(before, undefined, schema, place);
    if (isJsonObject(after)) compareMaps(undefined, after, schema, place);
    place.modified.insert(place.path);
  } else leaf(before, after, place);
}

function isMapLike(before: unknown, after: unknown): boolean {
  const fits = (value: unknown): boolean => value === undefined || value === null || isJsonObject(value);
  const hasEntries = (value: unknown): boolean => isJsonObject(value) && Object.keys(value).length > 0;
  return fits(before) && fits(after) && (hasEntries(before) || hasEntries(after));
}

function isListLike(before: unknown, after: unknown): boolean {
  const fits = (value: unknown): boolean => value === undefined || value === null || Array.isArray(value);
  const hasItems = (value: unknown): boolean => Array.isArray(value) && value.length > 0;
  return fits(before) && fits(after) && (hasItems(before) || hasItems(after));
}

function compareMaps(before: JsonObject | undefined, after: JsonObject | undefined, schema: Schema, place: Place): void {
  if (before !== undefined) for (const key of Object.keys(before)) compareField(key, before, after, { schema, place });
  if (after !== undefined) for (const key of Object.keys(after)) if (before === undefined || !Object.hasOwn(before, key)) compareField(key, before, after, { schema, place });
  markPresence(before, after, place);
}

function compareField(key: string, before: JsonObject | undefined, after: JsonObject | undefined, { schema, place }: { schema: Schema; place: Place }): void {
  place.path.push(`f:${key}`);
  compareAt(fieldOf(before, key, schema), fieldOf(after, key, schema), schema?.child(key), place);
  place.path.pop();
}

/** What Go has where nobody wrote anything is no change to write; of an object that is not there, nothing is. */
function fieldOf(object: JsonObject | undefined, key: string, schema: Schema): unknown {
  if (object === undefined) return undefined;
  return Object.hasOwn(object, key) ? object[key] : zeroAt(schema, key);
}

export function zeroAt(schema: Schema, field: string): unknown {
  const zero = schema?.zeroOf(field);
  return isJsonObject(zero) && isAtomicMap(schema?.property(field)) ? undefined : zero;
}

type MaybeList = readonly unknown[] | null | undefined;

function compareLists(before: MaybeList, after: MaybeList, schema: SchemaNode, place: Place): void {
  const old = elementsOf(before ?? [], schema);
  const fresh = elementsOf(after ?? [], schema);
  if (old === undefined || fresh === undefined) {
    leaf(before, after, place);
    return;
  }
  for (const key of new Set([...old.keys(), ...fresh.keys()])) {
    place.path.push(key);
    if (schema.listType === 'map') compareAt(old.get(key), fresh.get(key), schema.items, place);
    markPresence(old.has(key) ? {} : undefined, fresh.has(key) ? {} : undefined, place);
    place.path.pop();
  }
  markPresence(before, after, place);
}

/** Containers count as fields of their own when they come or go. */
function markPresence(before: unknown, after: unknown, { path, added, removed }: Place): void {
  if (before === undefined && after !== undefined) added.insert(path);
  else if (before !== undefined && after === undefined) removed.insert(path);
}

function leaf(before: unknown, after: unknown, { path, added, modified, removed }: Place): void {
  if (before === undefined && after === undefined) return;
  if (before === undefined) added.insert(path);
  else if (after === undefined) removed.insert(path);
  else if (!jsonEqual(before, after)) modified.insert(path);
}
