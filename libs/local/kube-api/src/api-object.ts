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

/** The objects of a list; none where there is no list. */
export function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
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

interface StoredText {
  body: Buffer;
  metadataLength: number;
}

/** The two parts of the stored text: metadata, its fields in upstream's order, and all else but kind and apiVersion. */
export function storedParts(object: ApiObject): { metadata: string; rest: string } {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object;
  const ordered: JsonObject = {};
  for (const field of metadataOrder) if (metadata[field] !== undefined) ordered[field] = metadata[field];
  return { metadata: JSON.stringify(ordered), rest: JSON.stringify(rest) };
}

const metadataHead = '{"metadata":';

/** `{"metadata":{…},…}`, written after `room` bytes that are left to the caller. */
export function writeStoredText({ metadata, rest }: { metadata: string; rest: string }, room = 0): StoredText & { bytes: Buffer } {
  const metadataLength = Buffer.byteLength(metadata);
  const restAt = room + metadataHead.length + metadataLength;
  const isAlone = rest === '{}';
  const bytes = Buffer.allocUnsafe(restAt + (isAlone ? 1 : Buffer.byteLength(rest)));
  bytes.write(metadataHead, room, 'latin1');
  bytes.write(metadata, room + metadataHead.length);
  if (!isAlone) bytes.write(rest, restAt);
  // The rest's own brace opens what is open already.
  bytes[restAt] = isAlone ? closingBrace : comma;
  return { bytes, body: bytes.subarray(room), metadataLength };
}

const closingBrace = 0x7d;
const comma = 0x2c;

/** The object of a stored text, with its kind and apiVersion put back. */
export function fromStoredText(body: Buffer, type: { apiVersion: string; kind: string }): ApiObject {
  const object = JSON.parse(body.toString('utf8')) as ApiObject;
  return Object.assign({ kind: type.kind, apiVersion: type.apiVersion }, object);
}

/** Only the metadata of a stored text. */
export function metadataOf(version: StoredText): ObjectMeta & JsonObject {
  return JSON.parse(metadataBytes(version).toString()) as ObjectMeta & JsonObject;
}

/** As JSON, not parsed. */
export function metadataBytes({ body, metadataLength }: StoredText): Buffer {
  return body.subarray(metadataHead.length, metadataHead.length + metadataLength);
}
