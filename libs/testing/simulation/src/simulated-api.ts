// One cluster of the simulation: the embedded API server's own verbs in this process, without HTTP and disk, and a
// picture of what is stored for those who see everything (kubelets, invariants).
import { isTransient, messageOf, ProwError } from '@prow/base-errors';
import type { Clock } from '@prow/base-time';
import type { DeleteOptions, KubeResource, PatchBody, ResourceType } from '@prow/clients-kube';
import { InProcessKubeApi } from '@prow/local-kube-api';
import { prowJobCrd } from '@prow/model-prowjob';

export class SimulatedApiError extends ProwError {
  readonly reason: string;

  constructor(reason: string, message: string, transient = false) {
    super('PROW_SIMULATION_API', message, { transient });
    this.reason = reason;
  }
}

/** Objects are shared by all who are told of them, and never changed. */
export type Change = { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: KubeResource };

type Body = Parameters<InProcessKubeApi['create']>[2];

interface Collection {
  objects: Map<string, KubeResource>;
  watchers: Set<(change: Change) => void>;
}

const definitions = [structuredClone(prowJobCrd) as unknown as Body];

export class SimulatedApi {
  /** Called for every change, before any watcher. */
  readonly observers: ((change: Change, previous: KubeResource | undefined) => void)[] = [];
  /** Asked before an object is created: may throw to refuse, as admission does. */
  readonly admission: ((object: KubeResource) => void)[] = [];
  readonly #api: InProcessKubeApi;
  readonly #collections = new Map<string, Collection>();

  private constructor(api: InProcessKubeApi) {
    this.#api = api;
    api.onChange(({ type, resource, object }) => this.#onChange(resource, { type, object: object as unknown as KubeResource }));
  }

  static async open({ clock }: { clock: Clock }): Promise<SimulatedApi> {
    return new SimulatedApi(await InProcessKubeApi.open({ clock, definitions }));
  }

  watch(type: ResourceType<KubeResource>, watcher: (change: Change) => void): () => void {
    const { watchers } = this.#collection(storageOf(type));
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }

  find(type: ResourceType<KubeResource>, namespace: string, name: string): KubeResource | undefined {
    return this.#collection(storageOf(type)).objects.get(`${namespace}/${name}`);
  }

  list(type: ResourceType<KubeResource>, namespace?: string): KubeResource[] {
    const all = [...this.#collection(storageOf(type)).objects.values()];
    return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
  }

  async create(type: ResourceType<KubeResource>, namespace: string, object: KubeResource): Promise<KubeResource> {
    for (const admit of this.admission) admit(object);
    return await told(this.#api.create(type, namespace, object as unknown as Body));
  }

  patch(type: ResourceType<KubeResource>, { namespace, name, patch, resourceVersion, subresource }: { namespace: string; name: string; patch: PatchBody; resourceVersion?: string | undefined; subresource?: 'status' }): Promise<KubeResource> {
    if (patch.type !== 'merge') return Promise.reject(new SimulatedApiError('UnsupportedMediaType', 'only merge patches'));
    const given = patch.body as { metadata?: object };
    const body = resourceVersion === undefined ? given : { ...given, metadata: { ...given.metadata, resourceVersion } };
    return told(this.#api.patch(type, { namespace, name, body: body as Body, ...(subresource === undefined ? {} : { subresource }) }));
  }

  async delete(type: ResourceType<KubeResource>, namespace: string, name: string, options: DeleteOptions = {}): Promise<void> {
    await told(this.#api.delete(type, { namespace, name, options: options as Body }));
  }

  /** What a scheduler does. */
  async bind(namespace: string, pod: string, node: string): Promise<void> {
    await told(this.#api.bind(namespace, pod, node));
  }

  #onChange(storage: string, change: Change): void {
    const { objects, watchers } = this.#collection(storage);
    const key = `${change.object.metadata.namespace ?? ''}/${change.object.metadata.name ?? ''}`;
    const previous = objects.get(key);
    if (change.type === 'DELETED') objects.delete(key);
    else objects.set(key, change.object);
    for (const observe of this.observers) observe(change, previous);
    for (const watcher of watchers) watcher(change);
  }

  #collection(storage: string): Collection {
    const known = this.#collections.get(storage);
    if (known !== undefined) return known;
    const made: Collection = { objects: new Map(), watchers: new Set() };
    this.#collections.set(storage, made);
    return made;
  }
}

function storageOf({ group, plural }: ResourceType<KubeResource>): string {
  return group === '' ? plural : `${plural}.${group}`;
}

// As a client over HTTP would get it.
async function told(answer: Promise<unknown>): Promise<KubeResource> {
  try {
    return (await answer) as KubeResource;
  } catch (error) {
    const reason = error instanceof Error && 'reason' in error && typeof error.reason === 'string' ? error.reason : undefined;
    if (reason === undefined) throw error;
    throw new SimulatedApiError(reason, messageOf(error), isTransient(error));
  }
}
