// The contract with a Kubernetes API: what every component is given, real cluster or embedded alike.
import type { Readable } from 'node:stream';

/** What any API object has. Types of single kinds live in @prow/model-kube-types and @prow/model-prowjob. */
export interface KubeResource {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name?: string;
    generateName?: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    finalizers?: string[];
  };
}

/** Which collection of the API: `{group: 'prow.k8s.io', version: 'v1', plural: 'prowjobs'}`; group '' is core. */
export interface ResourceType<T extends KubeResource> {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /**
   * What T always has and the server may have been given without: applied to each object that is read, as typed languages
   * decode into zero values. Must not throw.
   */
  complete?(object: T): T;
  /** Never set: carries T. */
  readonly object?: T;
}

export interface ListOptions {
  /** A label selector in kubectl's syntax: `prow.k8s.io/type=presubmit,created-by-prow`. */
  labelSelector?: string;
  fieldSelector?: string;
  /** Only `metadata` (and the type) of each object travels: cheap where one wants to know that, not what, something changed. Default false. */
  metadataOnly?: boolean;
  /** Items a page; `list` reads all pages unless `continue` handling is asked for through `listPage`. */
  limit?: number;
  resourceVersion?: string;
}

export interface KubeList<T> {
  items: T[];
  resourceVersion: string;
  /** Set when more items follow (only from `listPage`). */
  continue?: string;
}

export type WatchEvent<T> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }
  | { type: 'BOOKMARK'; resourceVersion: string };

export type PatchBody =
  | { type: 'merge'; body: object }
  | { type: 'json'; body: readonly object[] }
  | { type: 'strategic'; body: object }
  | { type: 'apply'; body: object; fieldManager: string; force?: boolean };

export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  preconditions?: { uid?: string; resourceVersion?: string };
}

/**
 * One collection in one namespace (or cluster-wide).
 *
 * Every method rejects with `KubeError` for an answer of the server (`reason` as in Kubernetes: NotFound,
 * AlreadyExists, Conflict, Invalid, Forbidden, TooManyRequests…) and for trouble on the way (`reason` 'Unreachable',
 * `transient` true). Writes are never repeated by the client on their own, for their outcome is then unknown;
 * reads are repeated a few times on transient trouble.
 */
export interface ResourceApi<T extends KubeResource> {
  readonly type: ResourceType<T>;
  readonly namespace: string | undefined;
  get(name: string): Promise<T>;
  /** Undefined instead of a NotFound error. `metadataOnly`: the object's other fields stay behind. */
  find(name: string, options?: { metadataOnly?: boolean }): Promise<T | undefined>;
  /** All items, page by page, as one consistent list. */
  list(options?: ListOptions): Promise<KubeList<T>>;
  listPage(options: ListOptions & { limit: number; continue?: string }): Promise<KubeList<T>>;
  /** `metadataOnly`: of the answer, which else is the object as stored. */
  create(object: T, options?: { dryRun?: boolean; metadataOnly?: boolean }): Promise<T>;
  /** Fails with Conflict unless `metadata.resourceVersion` is the present one. */
  update(object: T): Promise<T>;
  updateStatus(object: T): Promise<T>;
  /** `metadataOnly`: of the answer, which else is the object as stored. */
  patch(name: string, patch: PatchBody, options?: { subresource?: 'status'; resourceVersion?: string; metadataOnly?: boolean }): Promise<T>;
  delete(name: string, options?: DeleteOptions): Promise<void>;
  /** From `resourceVersion` on; ends when the server ends it, rejects with reason 'Expired' (410) past the window. */
  watch(options: ListOptions & { signal: AbortSignal; allowBookmarks?: boolean }): AsyncIterable<WatchEvent<T>>;
  /** POST to a subresource such as `token`, `eviction`, `binding`. */
  createSubresource<R>(name: string, subresource: string, body: object): Promise<R>;
}

export interface PodLogOptions {
  container?: string;
  follow?: boolean;
  tailLines?: number;
  sinceSeconds?: number;
  timestamps?: boolean;
  limitBytes?: number;
  previous?: boolean;
  signal?: AbortSignal;
}

export interface KubeClient {
  /** The kubeconfig context's name, for logs and for build-cluster aliases. */
  readonly name: string;
  readonly server: string;
  resource<T extends KubeResource>(type: ResourceType<T>, namespace?: string): ResourceApi<T>;
  podLog(namespace: string, pod: string, options?: PodLogOptions): Promise<Readable>;
  /** A raw GET of a path below the server (`/version`, `/readyz`), as text. */
  getRaw(path: string, signal?: AbortSignal): Promise<string>;
  informer<T extends KubeResource>(type: ResourceType<T>, options?: InformerOptions): Informer<T>;
  /** Goes on with the credentials of another client of the same server, in what is open and what comes. */
  takeCredentials?(from: KubeClient): void;
  close(): Promise<void>;
}

export interface InformerOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Lists and watches carry `metadata` alone: the cached objects have nothing else. Default false. */
  metadataOnly?: boolean;
  /**
   * What the cache keeps of an object: drop what nobody reads to save memory. Must keep metadata. Cached objects are then
   * not the server's, so do not write them back. Default: everything.
   */
  transform?: (object: unknown) => unknown;
  /** Every object is handed to the handlers again this often, as level-triggering asks. Default 0: never. */
  resyncMs?: number;
}

export interface InformerHandler<T> {
  onAdd?(object: T): void;
  onUpdate?(previous: T, object: T): void;
  onDelete?(object: T): void;
}

/**
 * A cache of a collection, kept true by list and watch, repaired by itself after a dropped watch, a 410 or a server
 * restart. Objects in it are shared and must not be changed.
 */
export interface Informer<T extends KubeResource> {
  start(): void;
  /** Resolves when the first list is in the cache and its onAdd calls have been made. */
  synced(signal?: AbortSignal): Promise<void>;
  isSynced(): boolean;
  /** By namespace and name. */
  get(namespace: string, name: string): T | undefined;
  list(): T[];
  /** Objects whose index key (computed by `addIndex`) equals `key`. */
  byIndex(index: string, key: string): T[];
  addIndex(index: string, keysOf: (object: T) => string[]): void;
  /** Handlers are called in the order of changes, one at a time; an error in one is logged and goes no further. */
  addHandler(handler: InformerHandler<T>): () => void;
  stop(): Promise<void>;
}

/** Name → client: one per kubeconfig context, as build clusters are named. */
export interface KubeClients {
  /** The cluster that ProwJobs live in. */
  readonly main: KubeClient;
  /** By alias; `default` always exists. */
  readonly buildClusters: ReadonlyMap<string, KubeClient>;
}
