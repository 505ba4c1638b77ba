// Discovery documents, one by one and aggregated. upstream: apiserver/pkg/endpoints/discovery
import { createHash } from 'node:crypto';
import type { JsonObject } from '../api-object.ts';
import { groupVersionOf, type Resource } from './resource.ts';
import type { Registry } from './registry.ts';

export function coreVersions(serverAddress: string): JsonObject {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }] };
}

export function groupList(registry: Registry): JsonObject {
  const groups = registry.groups().filter(({ group }) => group !== '').map(({ group }) => groupDocument(registry, group));
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map((one) => withoutType(one as JsonObject)) };
}

export function groupDocument(registry: Registry, group: string): JsonObject | undefined {
  const found = registry.groups().find((one) => one.group === group);
  if (found === undefined) return undefined;
  const versions = found.versions.map((version) => ({ groupVersion: groupVersionOf(group, version), version }));
  return { kind: 'APIGroup', apiVersion: 'v1', name: group, versions, preferredVersion: versions[0] };
}

function withoutType({ kind: _kind, apiVersion: _apiVersion, ...rest }: JsonObject): JsonObject {
  return rest;
}

export function resourceList(registry: Registry, group: string, version: string): JsonObject | undefined {
  const resources = registry.of(group, version);
  if (resources.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: groupVersionOf(group, version),
    resources: sorted(resources).flatMap((resource) => [resourceEntry(resource), ...subresourceEntries(resource)]),
  };
}

function resourceEntry(resource: Resource): JsonObject {
  return {
    name: resource.plural,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: resource.verbs,
    ...optionalNames(resource),
    ...(resource.verbs.includes('list') ? { storageVersionHash: storageVersionHash(resource) } : {}),
  };
}

function subresourceEntries(resource: Resource): JsonObject[] {
  return (resource.subresources ?? []).map(({ name, kind, group, version, verbs }) => ({
    name: `${resource.plural}/${name}`,
    singularName: '',
    namespaced: resource.namespaced,
    ...(group === '' ? {} : { group, version }),
    kind,
    verbs,
  }));
}

function optionalNames({ shortNames, categories }: Resource): JsonObject {
  return { ...(shortNames?.length ? { shortNames } : {}), ...(categories?.length ? { categories } : {}) };
}

/** A fingerprint of group, version and kind, as upstream makes it. */
function storageVersionHash({ group, version, kind }: Resource): string {
  return createHash('sha256').update(`${group === '' ? '' : `${group}/`}${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}

/** `core` true: the document of `/api`, else that of `/apis`. */
export function aggregatedDiscovery(registry: Registry, core: boolean): JsonObject {
  const groups = registry.groups().filter(({ group }) => (group === '') === core);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map(({ group, versions }) => ({
      metadata: group === '' ? {} : { name: group },
      versions: versions.map((version) => ({
        version,
        resources: sorted(registry.of(group, version)).map(aggregatedEntry),
        freshness: 'Current',
      })),
    })),
  };
}

function aggregatedEntry(resource: Resource): JsonObject {
  const kindOf = (kind: string, group: string, version: string): JsonObject => ({ group, version, kind });
  const isCustom = resource.custom !== undefined;
  return {
    resource: resource.plural,
    responseKind: kindOf(resource.kind, isCustom ? resource.group : '', isCustom ? resource.version : ''),
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...optionalNames(resource),
    ...(resource.subresources?.length
      ? {
          subresources: resource.subresources.map(({ name, kind, group, version, verbs }) => ({
            subresource: name,
            responseKind: kindOf(kind, isCustom ? resource.group : group, isCustom ? resource.version : version),
            verbs,
          })),
        }
      : {}),
  };
}

function sorted(resources: readonly Resource[]): Resource[] {
  return [...resources].sort((a, b) => (a.plural < b.plural ? -1 : 1));
}
