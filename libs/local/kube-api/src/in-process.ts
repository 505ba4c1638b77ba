// The server's verbs without HTTP, disk or time of its own: for simulations, where a virtual clock rules and one process
// holds ten thousand clusters one after the other. Validation, defaulting, versions, conflicts, graceful deletion and
// finalizers are the server's own. Not there: who may do what, field ownership, garbage collection, watches (changes are
// told as they are made).
import { silentLogger, type Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import { fromStoredText, type ApiObject, type JsonObject } from './api-object.ts';
import { internalOptions } from './controllers/internal-options.ts';
import { DefinitionController } from './controllers/definitions.ts';
import { objectKey, type Core, type WriteOptions } from './core.ts';
import { bindPod } from './http/subresources.ts';
import { Registry } from './registry/registry.ts';
import type { Resource } from './registry/resource.ts';
import { notFound } from './status-error.ts';
import { MemoryDatabase } from './storage/memory-database.ts';
import { ObjectStore } from './storage/object-store.ts';
import type { ChangeType } from './storage/change.ts';
import { decodeObject } from './verbs/decode-object.ts';
import { deleteObject, parseDeleteOptions } from './verbs/delete-object.ts';
import { patchObject } from './verbs/patch-object.ts';
import { createObject, typeOf, type Target } from './verbs/write-object.ts';
import { cloneJson } from './json-values.ts';

export interface ResourceName {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

export interface InProcessChange {
  type: ChangeType;
  /** Where it is stored, such as `pods` or `prowjobs.prow.k8s.io`. */
  resource: string;
  /** As stored now; of a deletion the last state. Shared by all listeners: not to be changed. */
  object: ApiObject;
}

export interface InProcessOptions {
  clock: Clock;
  log?: Logger;
  /** CustomResourceDefinitions that are served. */
  definitions?: readonly JsonObject[];
  /** Namespaces that are there. Default: `default`. */
  namespaces?: readonly string[];
}

/** Writes take effect before the call returns; the promises only carry answers. They reject with what HTTP clients get as a Status. */
export class InProcessKubeApi {
  readonly #core: Core;

  private constructor(core: Core) {
    this.#core = core;
  }

  static async open({ clock, log = silentLogger, definitions = [], namespaces = ['default'] }: InProcessOptions): Promise<InProcessKubeApi> {
    const store = new ObjectStore(new MemoryDatabase(), log, { maxChanges: 1_000, maxBytes: 16 * 1024 * 1024 });
    const api = new InProcessKubeApi({ store, registry: await registryWith(definitions, clock), clock, log });
    for (const name of namespaces) await api.create({ group: '', version: 'v1', plural: 'namespaces' }, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    return api;
  }

  /** Told of every change, in order, before the call that made it returns. */
  onChange(listener: (change: InProcessChange) => void): () => void {
    const { store, registry } = this.#core;
    return store.onChange(({ type, resource, revision }) => {
      const known = registry.findStorage(resource);
      const version = store.version(revision);
      if (known !== undefined && version !== undefined) listener({ type, resource, object: fromStoredText(version.body, typeOf(known)) });
    });
  }

  async create(type: ResourceName, namespace: string, body: JsonObject): Promise<ApiObject> {
    const resource = this.#resource(type);
    const options = optionsOf();
    return await createObject(this.#core, { resource, namespace }, decodeObject(cloneJson(body), resource, options), options);
  }

  /** A merge patch; `metadata.resourceVersion` and `metadata.uid` in it are preconditions. */
  async patch(type: ResourceName, { namespace, name, body, subresource = '' }: { namespace: string; name: string; body: JsonObject; subresource?: '' | 'status' }): Promise<ApiObject> {
    const request = { type: 'merge' as const, body: Buffer.from(JSON.stringify(body)), subresource, force: false };
    return (await patchObject(this.#core, this.#target(type, namespace, name), request, optionsOf())).object;
  }

  async delete(type: ResourceName, { namespace, name, options = {} }: { namespace: string; name: string; options?: JsonObject }): Promise<void> {
    await deleteObject(this.#core, this.#target(type, namespace, name), parseDeleteOptions(options, new URLSearchParams()));
  }

  /** What a scheduler does. */
  async bind(namespace: string, pod: string, node: string): Promise<void> {
    await bindPod(this.#core, this.#target({ group: '', version: 'v1', plural: 'pods' }, namespace, pod), { metadata: { name: pod }, target: { kind: 'Node', name: node } });
  }

  get(type: ResourceName, namespace: string, name: string): ApiObject | undefined {
    const resource = this.#resource(type);
    const version = this.#core.store.get(resource.storage, objectKey(namespace, name));
    return version === undefined ? undefined : fromStoredText(version.body, typeOf(resource));
  }

  #target(type: ResourceName, namespace: string, name: string): Target {
    return { resource: this.#resource(type), namespace, name };
  }

  #resource({ group, version, plural }: ResourceName): Resource {
    const resource = this.#core.registry.find(group, version, plural);
    if (resource === undefined) throw notFound({ group, plural }, '');
    return resource;
  }
}

// Without a manager no fields are owned: nobody reads that here, and it would cost a third of each write.
function optionsOf(): WriteOptions {
  return internalOptions('');
}

/** Schemas are made once for all servers of a process. */
const registries = new WeakMap<readonly JsonObject[], Promise<Registry>>();

function registryWith(definitions: readonly JsonObject[], clock: Clock): Promise<Registry> {
  const known = registries.get(definitions);
  if (known !== undefined) return known;
  const made = makeRegistry(definitions, clock);
  registries.set(definitions, made);
  return made;
}

async function makeRegistry(definitions: readonly JsonObject[], clock: Clock): Promise<Registry> {
  const registry = new Registry();
  const core: Core = { store: new ObjectStore(new MemoryDatabase(), silentLogger), registry, clock, log: silentLogger };
  const controller = new DefinitionController(core);
  const resource = registry.find('apiextensions.k8s.io', 'v1', 'customresourcedefinitions');
  for (const definition of definitions) {
    if (resource === undefined) break;
    const created = await createObject(core, { resource, namespace: '' }, decodeObject(cloneJson(definition), resource, optionsOf()), optionsOf());
    controller.serve(created.metadata.name ?? '');
  }
  return registry;
}

