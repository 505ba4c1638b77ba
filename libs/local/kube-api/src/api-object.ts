import type { ObjectMeta } from '@prow/model-kube-types';

/** A JSON object as it came or goes over the wire. */
export type JsonObject = Record<string, unknown>;

/** Any API object while the server works on it. */
export interface ApiObject extends JsonObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta & JsonObject;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const metadataOrder = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
] as const;

/** The stored text: no kind and apiVersion, metadata first and its fields in upstream's order. */
export function toStoredText(object: ApiObject): { body: Buffer; metadataLength: number } {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object;
  const ordered: JsonObject = {};
  for (const field of metadataOrder) if (metadata[field] !== undefined) ordered[field] = metadata[field];
  const metadataText = JSON.stringify(ordered);
  const restText = JSON.stringify(rest);
  const text = restText === '{}' ? `{"metadata":${metadataText}}` : `{"metadata":${metadataText},${restText.slice(1)}`;
  return { body: Buffer.from(text), metadataLength: Buffer.byteLength(metadataText) };
}

/** The object of a stored text, with its kind and apiVersion put back. */
export function fromStoredText(body: Buffer, type: { apiVersion: string; kind: string }): ApiObject {
  const object = JSON.parse(body.toString('utf8')) as ApiObject;
  return Object.assign({ kind: type.kind, apiVersion: type.apiVersion }, object);
}

/** Only the metadata of a stored text. */
export function metadataOf(version: { body: Buffer; metadataLength: number }): ObjectMeta & JsonObject {
  return JSON.parse(version.body.toString('utf8', 12, 12 + version.metadataLength)) as ObjectMeta & JsonObject;
}
