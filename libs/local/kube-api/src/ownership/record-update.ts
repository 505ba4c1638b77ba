// After an ordinary write: its manager owns what it changed, and others own no longer what was changed or removed.
// upstream: structured-merge-diff/merge/update.go (Update)
import { isJsonObject, type ApiObject, type JsonObject } from '../api-object.ts';
import type { WriteOptions } from '../core.ts';
import type { Resource } from '../registry/resource.ts';
import { FieldSet } from './field-set.ts';
import { isSameManager, ownedPart, readManagers, timeOf, writeManagers, type Manager, type ManagerId } from './managed-fields.ts';
import { newFields } from './new-fields.ts';
import { schemaAt } from './object-schema.ts';
import { compareValues, zeroAt, type Comparison } from './typed-value.ts';
import { jsonEqual } from '../json-values.ts';

export interface UpdateRecord {
  old: ApiObject | undefined;
  object: ApiObject;
  resource: Resource;
  options: WriteOptions;
  nowMs: number;
  subresource: string;
}

/** Sets `object.metadata.managedFields`. A writer may set them by itself: then that counts, and an empty list resets. */
export function recordUpdate({ old, object, resource, options, nowMs, subresource }: UpdateRecord): void {
  if (options.fieldManager === '') return;
  const given = object.metadata.managedFields;
  const isReset = Array.isArray(given) && (given.length === 0 || (given.length === 1 && Object.keys(given[0] ?? {}).length === 0));
  if (isReset) delete object.metadata.managedFields;
  if (isReset && old !== undefined) return;
  const source = old === undefined || (given !== undefined && given.length > 0) ? object : old;
  const managers = readManagers(source);
  // Where nobody owns anything nothing is kept, until somebody applies. upstream: skipnonapplied.go
  if (old !== undefined && managers.length === 0) {
    delete object.metadata.managedFields;
    return;
  }
  const comparison = old === undefined ? { added: fieldsOfNew(object, resource), modified: new FieldSet(), removed: new FieldSet() } : compareObjects(old, object, resource);
  const taken = comparison.added.union(comparison.modified);
  if (taken.isEmpty && comparison.removed.isEmpty) {
    keepEntries(object, old);
    return;
  }
  const id: ManagerId = { manager: options.fieldManager, operation: 'Update', apiVersion: resource.groupVersion, subresource };
  writeManagers(object, withChange(managers, { id, taken, removed: comparison.removed, time: timeOf(nowMs) }));
}

function keepEntries(object: ApiObject, old: ApiObject | undefined): void {
  if (object.metadata.managedFields !== undefined) return;
  if (old?.metadata.managedFields !== undefined) object.metadata.managedFields = old.metadata.managedFields;
}

interface Change {
  id: ManagerId;
  taken: FieldSet;
  removed: FieldSet;
  time: string;
}

function withChange(managers: readonly Manager[], { id, taken, removed, time }: Change): Manager[] {
  const result: Manager[] = [];
  let isKnown = false;
  for (const one of managers) {
    if (isSameManager(one, id)) {
      isKnown = true;
      const fields = one.fields.difference(removed).union(taken);
      result.push({ ...one, fields, time: taken.isEmpty ? one.time : time });
    } else result.push({ ...one, fields: one.fields.difference(removed).difference(taken) });
  }
  if (!isKnown && !taken.isEmpty) result.push({ ...id, fields: taken, time });
  return result;
}

/** In which fields that can be owned two states of an object differ. */
export function compareObjects(before: ApiObject | undefined, after: ApiObject, resource: Resource): Comparison {
  const result: Comparison = { added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() };
  const fields = new Set([...Object.keys(before ?? {}), ...Object.keys(after)]);
  for (const field of fields) {
    if (field === 'apiVersion' || field === 'kind') continue;
    const schema = schemaAt(resource, field);
    const empty = field === 'metadata' ? {} : zeroAt(resource.schema, field);
    const left = trimmed(field, before?.[field]) ?? empty;
    const right = trimmed(field, after[field]) ?? empty;
    if (jsonEqual(left, right)) continue;
    const difference = compareValues(left, right, schema);
    for (const kind of ['added', 'modified', 'removed'] as const) {
      if (!difference[kind].isEmpty) result[kind].children.set(`f:${field}`, difference[kind]);
    }
  }
  return { added: ownedPart(result.added), modified: ownedPart(result.modified), removed: ownedPart(result.removed) };
}

/** As `compareObjects` with nothing before. */
export function fieldsOfNew(object: ApiObject, resource: Resource): FieldSet {
  const result = new FieldSet();
  for (const field of Object.keys(object)) {
    if (field === 'apiVersion' || field === 'kind') continue;
    const fields = newFields(trimmed(field, object[field]) ?? undefined, field === 'metadata' ? {} : zeroAt(resource.schema, field), schemaAt(resource, field));
    if (fields !== undefined) result.children.set(`f:${field}`, fields);
  }
  return ownedPart(result);
}

function trimmed(field: string, value: unknown): unknown {
  if (field !== 'metadata' || !isJsonObject(value)) return value;
  const { managedFields: _managedFields, resourceVersion: _resourceVersion, ...rest } = value as JsonObject;
  return rest;
}
