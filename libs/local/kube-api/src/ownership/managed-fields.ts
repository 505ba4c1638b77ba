// metadata.managedFields: who owns which fields, read and written. upstream: apimachinery/pkg/util/managedfields
import { formatTime, tryParseTime, type ManagedFieldsEntry } from '@prow/model-kube-types';
import { isJsonObject, type ApiObject, type JsonObject } from '../api-object.ts';
import { FieldSet } from './field-set.ts';

export interface ManagerId {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  subresource: string;
}

export interface Manager extends ManagerId {
  fields: FieldSet;
  /** When the manager last took fields; absent in entries that were written without. */
  time: string | undefined;
}

/** More updaters than this, and the oldest are merged into one. upstream: capManagers */
const maxUpdateManagers = 10;
const mergedManager = 'ancient-changes';

/** An entry that cannot be read makes all of them void, as upstream has it. */
export function readManagers(object: ApiObject): Manager[] {
  const entries = object.metadata.managedFields as ManagedFieldsEntry[] | undefined;
  if (!Array.isArray(entries)) return [];
  const managers: Manager[] = [];
  for (const entry of entries) {
    if (entry.operation !== 'Apply' && entry.operation !== 'Update') return [];
    if (entry.fieldsType !== 'FieldsV1' || !isJsonObject(entry.fieldsV1)) return [];
    managers.push({
      manager: entry.manager ?? '',
      operation: entry.operation,
      apiVersion: entry.apiVersion ?? '',
      subresource: entry.subresource ?? '',
      time: entry.time,
      fields: FieldSet.fromJson(entry.fieldsV1),
    });
  }
  return managers;
}

export function writeManagers(object: ApiObject, managers: readonly Manager[]): void {
  const kept = managers.filter(({ fields }) => !fields.isEmpty).sort(compareManagers);
  if (kept.length === 0) delete object.metadata.managedFields;
  else object.metadata.managedFields = capped(kept).map(toEntry) as NonNullable<ApiObject['metadata']['managedFields']>;
}

function toEntry({ manager, operation, apiVersion, time, fields, subresource }: Manager): JsonObject {
  return {
    manager,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: fields.toJson(),
    ...(subresource === '' ? {} : { subresource }),
  };
}

function compareManagers(left: Manager, right: Manager): number {
  const time = ({ time: text }: Manager): number => tryParseTime(text) ?? 0;
  const order: [string | number, string | number][] = [
    [left.operation, right.operation],
    [time(left), time(right)],
    [left.manager, right.manager],
    [left.apiVersion, right.apiVersion],
    [left.subresource, right.subresource],
  ];
  for (const [a, b] of order) if (a !== b) return a < b ? -1 : 1;
  return 0;
}

function capped(managers: Manager[]): Manager[] {
  const updaters = managers.filter(({ operation }) => operation === 'Update');
  if (updaters.length <= maxUpdateManagers) return managers;
  const oldest = updaters.slice(0, updaters.length - maxUpdateManagers + 1);
  const fields = oldest.reduce((all, one) => all.union(one.fields), new FieldSet());
  const last = oldest.at(-1) as Manager;
  const merged: Manager = { ...last, manager: mergedManager, subresource: '', fields };
  return [...managers.filter((one) => !oldest.includes(one)), merged].sort(compareManagers);
}

export function isSameManager(left: ManagerId, right: ManagerId): boolean {
  return left.manager === right.manager && left.operation === right.operation && left.apiVersion === right.apiVersion && left.subresource === right.subresource;
}

export function timeOf(nowMs: number): string {
  return formatTime(nowMs);
}

/** Fields that the server sets, so that nobody owns them. upstream: stripmeta.go */
export const unowned = FieldSet.fromJson({
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': {
    '.': {},
    'f:name': {},
    'f:namespace': {},
    'f:creationTimestamp': {},
    'f:selfLink': {},
    'f:uid': {},
    'f:generation': {},
    'f:managedFields': {},
    'f:resourceVersion': {},
    'f:deletionTimestamp': {},
    'f:deletionGracePeriodSeconds': {},
  },
});

/** `metadata` itself is never owned, what is below it may be. */
export function ownedPart(fields: FieldSet): FieldSet {
  const metadata = fields.children.get('f:metadata');
  const system = unowned.children.get('f:metadata') as FieldSet;
  const result = new FieldSet();
  for (const [key, child] of fields.children) if (key !== 'f:apiVersion' && key !== 'f:kind' && key !== 'f:metadata') result.children.set(key, child);
  if (metadata !== undefined) {
    const owned = new FieldSet();
    for (const [key, child] of metadata.children) if (!system.children.has(key)) owned.children.set(key, child);
    if (!owned.isEmpty) result.children.set('f:metadata', owned);
  }
  return result;
}
