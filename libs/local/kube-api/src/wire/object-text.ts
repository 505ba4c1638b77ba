// Stored text → the text a client of one API version gets. No parsing unless a conversion needs it.
import { metadataOf } from '../api-object.ts';
import { eventToEventsGroup } from '../kinds/events.ts';
import type { Resource } from '../registry/resource.ts';
import type { StoredVersion } from '../storage/change.ts';

export type ObjectForm = 'full' | 'metadata';

/** `{"kind":…,"apiVersion":…,"metadata":…}`. */
export function objectText(version: StoredVersion, resource: Resource, form: ObjectForm = 'full'): Buffer {
  if (form === 'metadata') return Buffer.from(JSON.stringify(partialObject(metadataOf(version))));
  const head = resource.custom === undefined ? `{"kind":${JSON.stringify(resource.kind)},"apiVersion":${JSON.stringify(resource.groupVersion)},` : `{"apiVersion":${JSON.stringify(resource.groupVersion)},"kind":${JSON.stringify(resource.kind)},`;
  return Buffer.concat([Buffer.from(head), convertedBody(version, resource).subarray(1)]);
}

export function partialObject(metadata: object): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

/** As items of a list, in pieces to be written one after the other: built-in kinds without kind and apiVersion. */
export function itemTexts(resource: Resource, form: ObjectForm): (version: StoredVersion, pieces: Buffer[]) => void {
  if (form === 'metadata') return (version, pieces) => pieces.push(objectText(version, resource, form));
  if (resource.custom === undefined) return (version, pieces) => pieces.push(convertedBody(version, resource));
  const head = Buffer.from(`{"apiVersion":${JSON.stringify(resource.groupVersion)},"kind":${JSON.stringify(resource.kind)},`);
  return (version, pieces) => pieces.push(head, version.body.subarray(1));
}

function convertedBody(version: StoredVersion, resource: Resource): Buffer {
  if (resource.group !== 'events.k8s.io') return version.body;
  return Buffer.from(JSON.stringify(eventToEventsGroup(JSON.parse(version.body.toString()) as Record<string, unknown>)));
}
