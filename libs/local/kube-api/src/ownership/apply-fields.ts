// Server-side apply: the applied fields are laid over the object, fields the manager applied before and applies no
// longer go, and a field that another manager set to something else is a conflict unless the manager forces it.
// upstream: structured-merge-diff/merge/update.go (Apply)
import type { ApiObject, JsonObject } from '../api-object.ts';
import type { WriteOptions } from '../core.ts';
import type { Resource } from '../registry/resource.ts';
import { pruneUnknown } from '../schema/prune.ts';
import { applyConflict } from '../status-error.ts';
import { decodeObject } from '../verbs/decode-object.ts';
import { FieldSet, formatPath } from './field-set.ts';
import { isSameManager, ownedPart, readManagers, timeOf, writeManagers, type Manager, type ManagerId } from './managed-fields.ts';
import { mergeApplied, removeFields } from './merge-applied.ts';
import { schemaAt } from './object-schema.ts';
import { compareObjects } from './record-update.ts';
import { fieldsOf } from './typed-value.ts';
import { cloneJson, jsonEqual } from '../json-values.ts';

export interface ApplyRequest {
  /** Undefined: the object is created. */
  present: ApiObject | undefined;
  /** The applied configuration as it came: only what it says is owned. */
  body: JsonObject;
  resource: Resource;
  options: WriteOptions;
  force: boolean;
  nowMs: number;
  subresource: string;
}

/** The object as it is to be stored, with managedFields. Throws 409 naming each conflict. */
export function applyFields({ present, body, resource, options, force, nowMs, subresource }: ApplyRequest): ApiObject {
  const applied = sparse(body, resource, subresource);
  const fields = ownedFields(applied, resource);
  const id: ManagerId = { manager: options.fieldManager, operation: 'Apply', apiVersion: resource.groupVersion, subresource };
  const managers = present === undefined ? [] : managersOf(present, resource, nowMs);
  const previous = managers.find((one) => isSameManager(one, id));
  const live: ApiObject = present ?? { metadata: {} };
  const merged = mergeObjects(live, applied, resource);
  const comparison = compareObjects(present, merged, resource);
  const others = settleConflicts(managers.filter((one) => one !== previous), { changed: comparison.modified.union(comparison.added), force });
  const rest = others.reduce((all, one) => all.union(one.fields), fields);
  const abandoned = previous === undefined ? new FieldSet() : previous.fields.difference(rest);
  removeAbandoned(merged, { abandoned, rest, resource });
  const quiet: WriteOptions = { ...options, fieldValidation: 'Ignore' };
  const object = decodeObject(cloneJson(merged), resource, quiet);
  const isChanged = present === undefined || !sameContent(present, object);
  const time = isChanged ? timeOf(nowMs) : previous?.time;
  writeManagers(object, [...others, { ...id, fields, time }]);
  if (options.fieldManager === 'kubectl') followLastApplied(object, body);
  return object;
}

/** What was there before anybody applied, and was owned by nobody, is not taken away by the first who does. upstream: skipnonapplied.go */
function managersOf(present: ApiObject, resource: Resource, nowMs: number): Manager[] {
  const managers = readManagers(present);
  if (managers.length > 0) return managers;
  const fields = compareObjects(undefined, present, resource).added;
  return fields.isEmpty ? [] : [{ manager: 'before-first-apply', operation: 'Update', apiVersion: resource.groupVersion, subresource: '', fields, time: timeOf(nowMs) }];
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** kubectl's own note of what was applied is kept true for its client-side mode. upstream: lastappliedupdater.go */
function followLastApplied({ metadata }: ApiObject, body: JsonObject): void {
  if (metadata.annotations?.[lastApplied] === undefined) return;
  const { managedFields: _managed, ...meta } = (body['metadata'] ?? {}) as JsonObject;
  metadata.annotations = { ...metadata.annotations, [lastApplied]: `${sortedJson({ ...body, metadata: meta })}\n` };
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item,
  );
}

/** Only the fields that may be applied here, without those a schema does not know. */
function sparse(body: JsonObject, resource: Resource, subresource: string): ApiObject {
  const { status, metadata, ...rest } = cloneJson(body) as ApiObject & { status?: unknown };
  if (resource.schema !== undefined) pruneUnknown(rest, resource.schema);
  const { managedFields: _managed, creationTimestamp: _created, generation: _generation, selfLink: _self, ...meta } = metadata ?? {};
  if (subresource === 'status') return { metadata: {}, ...(status === undefined ? {} : { status }) } as ApiObject;
  return { ...rest, metadata: meta, ...(resource.hasStatus || status === undefined ? {} : { status }) } as ApiObject;
}

function ownedFields(applied: ApiObject, resource: Resource): FieldSet {
  const set = new FieldSet();
  for (const [field, value] of Object.entries(applied)) {
    if (field === 'apiVersion' || field === 'kind') continue;
    const child = fieldsOf(value, schemaAt(resource, field));
    if (!child.isEmpty) set.children.set(`f:${field}`, child);
    if (resource.schema !== undefined && resource.schema.property(field) === undefined && field !== 'metadata') child.isMember = true;
  }
  return ownedPart(set);
}

function mergeObjects(live: ApiObject, applied: ApiObject, resource: Resource): ApiObject {
  const merged: ApiObject = { ...live };
  for (const [field, value] of Object.entries(applied)) {
    if (field === 'apiVersion' || field === 'kind') merged[field] = value as string;
    else (merged as JsonObject)[field] = mergeApplied(live[field], value, schemaAt(resource, field));
  }
  return merged;
}

function settleConflicts(managers: readonly Manager[], { changed, force }: { changed: FieldSet; force: boolean }): Manager[] {
  const conflicts = managers.map((one) => ({ one, fields: one.fields.intersection(changed) })).filter(({ fields }) => !fields.isEmpty);
  if (conflicts.length === 0) return [...managers];
  if (!force) {
    const causes = conflicts.flatMap(({ one, fields }) => [...fields.paths()].slice(0, 50).map((path) => ({ reason: 'FieldManagerConflict', message: `conflict with ${describe(one)}`, field: formatPath(path) })));
    throw applyConflict(causes, describe(conflicts[0]?.one as Manager));
  }
  return managers.map((one) => ({ ...one, fields: one.fields.difference(changed) }));
}

function describe({ manager, subresource, apiVersion, operation }: Manager): string {
  const where = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`;
  return `${JSON.stringify(manager)}${where}${operation === 'Update' ? ` using ${apiVersion}` : ''}`;
}

function removeAbandoned(merged: ApiObject, { abandoned, rest, resource }: { abandoned: FieldSet; rest: FieldSet; resource: Resource }): void {
  for (const [key, fields] of abandoned.children) {
    const field = key.slice(2);
    const kept = rest.children.get(key);
    if (fields.isMember && (kept === undefined || kept.isEmpty) && field !== 'metadata') delete (merged as JsonObject)[field];
    else {
      const value = removeFields(merged[field], { abandoned: fields, rest: kept, schema: schemaAt(resource, field) });
      if (value === undefined && field !== 'metadata') delete (merged as JsonObject)[field];
      else (merged as JsonObject)[field] = value ?? {};
    }
  }
}

function sameContent(left: ApiObject, right: ApiObject): boolean {
  const content = ({ metadata, ...rest }: ApiObject): JsonObject => {
    const { managedFields: _managed, resourceVersion: _version, ...meta } = metadata;
    return { ...rest, metadata: meta };
  };
  return jsonEqual(content(left), content(right));
}

