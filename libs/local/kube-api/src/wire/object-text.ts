// Stored text → the text a client of one API version gets. No parsing unless a conversion needs it.
import { metadataOf } from '../api-object.ts';
import { eventToEventsGroup } from '../kinds/events.ts';
import type { Resource } from '../registry/resource.ts';
import type { StoredVersion } from '../storage/change.ts';

export type ObjectForm = 'full' | 'metadata';

/** `{"kind":…,"apiVersion":…,"metadata":…}`. */
export function objectText(version: StoredVersion, resource: Resource, form: ObjectForm = 'full'): Buffer {
  if (form === 'metadata') return Buffer.from(JSON.stringify({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: metadataOf(version) }));
  const head = resource.custom === undefined ? `{"kind":${JSON.stringify(resource.kind)},"apiVersion":${JSON.stringify(resource.groupVersion)},` : `{"apiVersion":${JSON.stringify(resource.groupVersion)},"kind":${JSON.stringify(resource.kind)},`;
  return Buffer.concat([Buffer.from(head), convertedBody(version, resource).subarray(1)]);
}

/** As an item of a list: built-in ones without kind and apiVersion, as upstream has it. */
export function itemText(version: StoredVersion, resource: Resource, form: ObjectForm): Buffer {
  if (form === 'metadata' || resource.custom !== undefined) return objectText(version, resource, form);
  return convertedBody(version, resource);
}

function convertedBody(version: StoredVersion, resource: Resource): Buffer {
  if (resource.group !== 'events.k8s.io') return version.body;
  return Buffer.from(JSON.stringify(eventToEventsGroup(JSON.parse(version.body.toString()) as Record<string, unknown>)));
}
