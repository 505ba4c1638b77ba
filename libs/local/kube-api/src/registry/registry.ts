// All resources that are served now: the built-in ones and those that CustomResourceDefinitions define.
import { builtinResources } from '../facts/resources.ts';
import { builtinSchema, schemaNameOf } from './builtin-schemas.ts';
import { groupVersionOf, storageName, type BuiltinResource, type Resource } from './resource.ts';
import type { SchemaNode } from '../schema/schema-node.ts';

class BuiltinEntry implements Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: BuiltinResource['subresources'] & object;
  readonly listKind: string;
  readonly groupVersion: string;
  readonly storage: string;
  readonly hasStatus: boolean;

  constructor(facts: BuiltinResource) {
    this.group = facts.group;
    this.version = facts.version;
    this.plural = facts.plural;
    this.singular = facts.singular;
    this.kind = facts.kind;
    this.namespaced = facts.namespaced;
    this.verbs = facts.verbs;
    this.shortNames = facts.shortNames ?? [];
    this.categories = facts.categories ?? [];
    this.subresources = facts.subresources ?? [];
    this.listKind = `${facts.kind}List`;
    this.groupVersion = groupVersionOf(facts.group, facts.version);
    // Both groups of events show the same objects.
    this.storage = facts.plural === 'events' ? 'events' : storageName(facts.group, facts.plural);
    this.hasStatus = this.subresources.some(({ name }) => name === 'status');
  }

  get schema(): SchemaNode | undefined {
    const name = schemaNameOf(this);
    return name === undefined ? undefined : builtinSchema(name);
  }
}

/** What `groups` lists: a group with its versions, the preferred one first. */
export interface GroupVersions {
  group: string;
  versions: string[];
}

export class Registry {
  private readonly resources = new Map<string, Resource>();
  /** Grows with every change, for caches of discovery documents. */
  generation = 0;

  constructor() {
    for (const facts of builtinResources) this.set(new BuiltinEntry(facts));
  }

  set(resource: Resource): void {
    this.resources.set(keyOf(resource.group, resource.version, resource.plural), resource);
    this.generation += 1;
  }

  remove(resource: Resource): void {
    if (this.resources.delete(keyOf(resource.group, resource.version, resource.plural))) this.generation += 1;
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    return this.resources.get(keyOf(group, version, plural));
  }

  /** By kind, as owner references and bodies name it. */
  findKind(group: string, version: string, kind: string): Resource | undefined {
    for (const resource of this.resources.values()) {
      if (resource.kind === kind && resource.group === group && resource.version === version) return resource;
    }
    return undefined;
  }

  /** One resource for objects stored under this name. */
  findStorage(storage: string): Resource | undefined {
    for (const resource of this.resources.values()) if (resource.storage === storage) return resource;
    return undefined;
  }

  all(): Resource[] {
    return [...this.resources.values()];
  }

  of(group: string, version: string): Resource[] {
    return this.all().filter((resource) => resource.group === group && resource.version === version);
  }

  groups(): GroupVersions[] {
    const groups = new Map<string, string[]>();
    for (const { group, version } of this.resources.values()) {
      const versions = groups.get(group);
      if (versions === undefined) groups.set(group, [version]);
      else if (!versions.includes(version)) versions.push(version);
    }
    return [...groups].map(([group, versions]) => ({ group, versions: versions.sort(compareVersions) }));
  }
}

function keyOf(group: string, version: string, plural: string): string {
  return `${group}/${version}/${plural}`;
}

/** Upstream's order of preference: v2, v1, v1beta2, v1beta1, v1alpha1, then others by name. */
export function compareVersions(left: string, right: string): number {
  const parsed = [parseVersion(left), parseVersion(right)] as const;
  if (parsed[0] === undefined || parsed[1] === undefined) {
    if (parsed[0] === parsed[1]) return left < right ? -1 : 1;
    return parsed[0] === undefined ? 1 : -1;
  }
  for (let index = 0; index < 3; index += 1) {
    const difference = (parsed[1][index] ?? 0) - (parsed[0][index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function parseVersion(version: string): [number, number, number] | undefined {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return undefined;
  const stability = match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0;
  return [stability, Number(match[1]), Number(match[3] ?? 0)];
}
