// The fields of an object that was not there before: what `compareValues` with nothing finds, without its bookkeeping.
// Most writes of a busy server are creations.
import { isJsonObject } from '../api-object.ts';
import { jsonEqual } from '../json-values.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import { FieldSet } from './field-set.ts';
import { elementsOf, isAtomicMap, listKindOf, zeroAt } from './typed-value.ts';

/** @param zero what Go has there when nobody wrote anything; undefined where there is nothing. Undefined: no field is set. */
export function newFields(value: unknown, zero: unknown, schema: SchemaNode | undefined): FieldSet | undefined {
  if (value === undefined || value === zero) return undefined;
  if (isJsonObject(value) && !isAtomicMap(schema)) {
    const keys = Object.keys(value);
    if (keys.length > 0) {
      const set = new FieldSet();
      for (const key of keys) {
        const child = newFields(value[key], isJsonObject(zero) ? zeroAt(schema, key) : undefined, schema?.child(key));
        if (child !== undefined) set.children.set(`f:${key}`, child);
      }
      return present(set, zero);
    }
  }
  if (Array.isArray(value) && value.length > 0 && schema !== undefined && listKindOf(schema) !== 'atomic') {
    const elements = elementsOf(value, schema);
    if (elements !== undefined) {
      const set = new FieldSet();
      for (const [key, item] of elements) {
        const child = (schema.listType === 'map' ? newFields(item, undefined, schema.items) : undefined) ?? new FieldSet();
        child.isMember = true;
        set.children.set(key, child);
      }
      return present(set, zero);
    }
  }
  if (zero !== undefined && jsonEqual(value, zero)) return undefined;
  const leaf = new FieldSet();
  leaf.isMember = true;
  return leaf;
}

/** Containers count as fields of their own when they come. */
function present(set: FieldSet, zero: unknown): FieldSet | undefined {
  if (zero === undefined) set.isMember = true;
  return set.isMember || set.children.size > 0 ? set : undefined;
}
