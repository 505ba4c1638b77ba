import { fromStoredText, metadataOf, type JsonObject } from '../api-object.ts';
import type { Resource } from '../registry/resource.ts';
import { badRequest } from '../status-error.ts';
import type { StoredVersion } from '../storage/change.ts';
import { objectText } from '../wire/object-text.ts';
import { printerOf } from './columns.ts';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? '';
  if (value === '' || value === 'Metadata') return 'Metadata';
  if (value === 'None' || value === 'Object') return value;
  throw badRequest(`Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(value)}: must be 'Metadata', 'Object', 'None', or empty`);
}

export interface TableRequest {
  resource: Resource;
  versions: readonly StoredVersion[];
  metadata: JsonObject;
  include: IncludeObject;
  nowMs: number;
  /** A watch names the columns only once. */
  withColumns?: boolean;
}

/** `meta.k8s.io/v1` Table. */
export function makeTable({ resource, versions, metadata, include, nowMs, withColumns = true }: TableRequest): JsonObject {
  const { columns, cells } = printerOf(resource);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: withColumns ? columns : null,
    rows: versions.map((version) => ({
      cells: cells(fromStoredText(version.body, { apiVersion: resource.groupVersion, kind: resource.kind }), nowMs),
      object: include === 'None' ? null : rowObject(version, resource, include),
    })),
  };
}

function rowObject(version: StoredVersion, resource: Resource, include: IncludeObject): unknown {
  if (include === 'Object') return JSON.parse(objectText(version, resource).toString());
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: metadataOf(version) };
}
