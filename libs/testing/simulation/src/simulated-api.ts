// The part of a Kubernetes API that controllers can tell from the real one: versions, conflicts, finalizers, graceful
// deletion, watches. In memory and without HTTP, so that ten thousand runs fit in a minute; the same scenarios also run
// against the embedded API server.
import { isDeepStrictEqual } from 'node:util';
import { ProwError } from '@prow/base-errors';
import type { DeleteOptions, KubeResource, PatchBody, ResourceType } from '@prow/clients-kube';
import type { Clock } from '@prow/base-time';

export class SimulatedApiError extends ProwError {
  readonly reason: string;

  constructor(reason: string, message: string, transient = false) {
    super('PROW_SIMULATION_API', message, { transient });
    this.reason = reason;
  }
}

export type Change = { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: KubeResource };

interface Collection {
  objects: Map<string, KubeResource>;
  watchers: Set<(change: Change) => void>;
}

export class SimulatedApi {
  readonly #clock: Clock;
  readonly #collections = new Map<string, Collection>();
  /** Called before an object is stored or removed: may throw to refuse, like admission. */
  readonly admission: ((change: Change, previous: KubeResource | undefined) => void)[] = [];
  #version = 100;
  #uids = 0;

  constructor({ clock }: { clock: Clock }) {
    this.#clock = clock;
  }

  watch(type: ResourceType<KubeResource>, watcher: (change: Change) => void): () => void {
    const { watchers } = this.#collection(type);
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }

  find(type: ResourceType<KubeResource>, namespace: string, name: string): KubeResource | undefined {
    return this.#collection(type).objects.get(`${namespace}/${name}`);
  }

  list(type: ResourceType<KubeResource>, namespace?: string): KubeResource[] {
    const all = [...this.#collection(type).objects.values()];
    return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
  }

  create(type: ResourceType<KubeResource>, namespace: string, given: KubeResource): KubeResource {
    const name = given.metadata.name ?? '';
    if (this.find(type, namespace, name) !== undefined) throw new SimulatedApiError('AlreadyExists', `${type.plural} "${name}" already exists`);
    const object = structuredClone(given);
    Object.assign(object.metadata, { namespace, uid: `uid-${(this.#uids += 1)}`, creationTimestamp: this.#time(this.#clock.now()) });
    if (type.plural === 'pods') Object.assign(object, { status: { phase: 'Pending' } });
    this.#store(type, 'ADDED', object, undefined);
    return object;
  }

  patch(type: ResourceType<KubeResource>, namespace: string, name: string, patch: PatchBody, resourceVersion?: string): KubeResource {
    const previous = this.#need(type, namespace, name);
    if (resourceVersion !== undefined && previous.metadata.resourceVersion !== resourceVersion) throw new SimulatedApiError('Conflict', `${name}: the object has been modified`);
    if (patch.type !== 'merge') throw new SimulatedApiError('UnsupportedMediaType', 'only merge patches');
    const wantedUid = 'metadata' in patch.body && typeof patch.body.metadata === 'object' && patch.body.metadata !== null && 'uid' in patch.body.metadata ? patch.body.metadata.uid : undefined;
    if (wantedUid !== undefined && wantedUid !== previous.metadata.uid) throw new SimulatedApiError('Conflict', `${name}: another uid`);
    return this.replace(type, mergePatch(previous, patch.body) as KubeResource);
  }

  /** Stores a changed object as its next version; one that is being deleted and has no finalizers left goes. */
  replace(type: ResourceType<KubeResource>, given: KubeResource): KubeResource {
    let object = given;
    const { namespace = '', name = '' } = object.metadata;
    const previous = this.#need(type, namespace, name);
    if (isDeepStrictEqual(previous, object)) return previous;
    // Objects are shared with caches: a new version has its own metadata.
    object = { ...object, metadata: { ...object.metadata } };
    this.#store(type, 'MODIFIED', object, previous);
    const canGo = object.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).length === 0;
    if (canGo && (type.plural !== 'pods' || hasNothingToStop(object))) this.#remove(type, object);
    return object;
  }

  delete(type: ResourceType<KubeResource>, namespace: string, name: string, options: DeleteOptions = {}): void {
    const object = this.#need(type, namespace, name);
    const { uid, resourceVersion } = options.preconditions ?? {};
    if (uid !== undefined && uid !== object.metadata.uid) throw new SimulatedApiError('Conflict', `${name}: another uid`);
    if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion) throw new SimulatedApiError('Conflict', `${name}: another version`);
    const isForced = options.gracePeriodSeconds === 0;
    const hasFinalizers = (object.metadata.finalizers ?? []).length > 0;
    if (!hasFinalizers && (isForced || type.plural !== 'pods' || hasNothingToStop(object))) {
      this.#remove(type, object);
      return;
    }
    if (object.metadata.deletionTimestamp !== undefined && !isForced) return;
    const graceS = isForced ? 0 : (options.gracePeriodSeconds ?? 30);
    const next = structuredClone(object);
    Object.assign(next.metadata, { deletionTimestamp: this.#time(this.#clock.now() + graceS * 1000), deletionGracePeriodSeconds: graceS });
    this.#store(type, 'MODIFIED', next, object);
  }

  /** What a kubelet does last. */
  finishDeletion(type: ResourceType<KubeResource>, object: KubeResource): void {
    const present = this.find(type, object.metadata.namespace ?? '', object.metadata.name ?? '');
    if (present?.metadata.uid === object.metadata.uid && present !== undefined) this.#remove(type, present);
  }

  #store(type: ResourceType<KubeResource>, change: 'ADDED' | 'MODIFIED', object: KubeResource, previous: KubeResource | undefined): void {
    object.metadata.resourceVersion = String((this.#version += 1));
    for (const admit of this.admission) admit({ type: change, object }, previous);
    const { objects, watchers } = this.#collection(type);
    objects.set(`${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`, object);
    for (const watcher of watchers) watcher({ type: change, object });
  }

  #remove(type: ResourceType<KubeResource>, object: KubeResource): void {
    for (const admit of this.admission) admit({ type: 'DELETED', object }, object);
    const { objects, watchers } = this.#collection(type);
    objects.delete(`${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`);
    const last = structuredClone(object);
    last.metadata.resourceVersion = String((this.#version += 1));
    for (const watcher of watchers) watcher({ type: 'DELETED', object: last });
  }

  #need(type: ResourceType<KubeResource>, namespace: string, name: string): KubeResource {
    const object = this.find(type, namespace, name);
    if (object === undefined) throw new SimulatedApiError('NotFound', `${type.plural} "${name}" not found`);
    return object;
  }

  #collection(type: ResourceType<KubeResource>): Collection {
    const key = `${type.group}/${type.plural}`;
    const known = this.#collections.get(key);
    if (known !== undefined) return known;
    const made: Collection = { objects: new Map(), watchers: new Set() };
    this.#collections.set(key, made);
    return made;
  }

  #time(ms: number): string {
    return `${new Date(ms).toISOString().slice(0, 19)}Z`;
  }
}

// A pod that never reached a node, or has ended, needs no kubelet to go.
function hasNothingToStop(object: KubeResource): boolean {
  const { spec, status } = object as KubeResource & { spec?: { nodeName?: string }; status?: { phase?: string } };
  return spec?.nodeName === undefined || status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const merged: Record<string, unknown> = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}
