import type { Clock } from '@prow/base-time';
import { backoffMs } from '@prow/base-time';
import type { DeleteOptions, KubeList, KubeResource, ListOptions, PatchBody, ResourceApi, ResourceType, WatchEvent } from './api.ts';
import type { Connection, KubeRequest } from './connection.ts';
import { hasReason, KubeError } from './kube-error.ts';
import { watchResource } from './watch-resource.ts';

const pageSize = 500;
const readAttempts = 4;
const readBackoff = { baseMs: 100, factor: 3, maxMs: 3_000, jitter: 0.5 };
const consistentAttempts = 3;

const patchTypes = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** Asks for the metadata alone; a server that cannot do that sends the whole. */
const metadataAccept = (list: '' | 'List'): string => `application/json;as=PartialObjectMetadata${list};g=meta.k8s.io;v=v1,application/json`;

function acceptOf(metadataOnly: boolean | undefined, list: '' | 'List' = ''): { accept?: string } {
  return metadataOnly === true ? { accept: metadataAccept(list) } : {};
}

export class RestResource<T extends KubeResource> implements ResourceApi<T> {
  readonly type: ResourceType<T>;
  readonly namespace: string | undefined;
  private readonly connection: Connection;
  private readonly clock: Clock;

  constructor(connection: Connection, clock: Clock, type: ResourceType<T>, namespace: string | undefined) {
    this.connection = connection;
    this.clock = clock;
    this.type = type;
    this.namespace = namespace;
  }

  async get(name: string): Promise<T> {
    return this.completed(await this.read<T>({ method: 'GET', path: this.path(name) }));
  }

  async find(name: string, { metadataOnly }: { metadataOnly?: boolean } = {}): Promise<T | undefined> {
    try {
      return this.completed(await this.read<T>({ method: 'GET', path: this.path(name), ...acceptOf(metadataOnly) }));
    } catch (error) {
      if (hasReason(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async list(options: ListOptions = {}): Promise<KubeList<T>> {
    return await this.listMapped(options, (item) => item);
  }

  /** As `list`, each item replaced page by page, so that the whole of it is never in memory. */
  async listMapped(options: ListOptions, map: (item: T) => T): Promise<KubeList<T>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.listAllPages(options, map);
      } catch (error) {
        // The pages' snapshot was compacted away between two of them: begin again.
        if (!hasReason(error, 'Expired') || attempt >= consistentAttempts) throw error;
      }
    }
  }

  async listPage(options: ListOptions & { limit: number; continue?: string }): Promise<KubeList<T>> {
    const query = listQuery(options);
    if (options.continue !== undefined) {
      query.set('continue', options.continue);
      query.delete('resourceVersion');
    }
    const list = await this.read<{ items?: T[] | null; metadata: { resourceVersion: string; continue?: string } }>({ method: 'GET', path: this.path(undefined, query), ...acceptOf(options.metadataOnly, 'List') });
    const items = (list.items ?? []).map((item) => this.completed(this.typed(item)));
    return { items, resourceVersion: list.metadata.resourceVersion, ...(list.metadata.continue ? { continue: list.metadata.continue } : {}) };
  }

  async create(object: T, options: { dryRun?: boolean; metadataOnly?: boolean } = {}): Promise<T> {
    const query = new URLSearchParams(options.dryRun ? { dryRun: 'All' } : {});
    return this.completed(await this.connection.json<T>({ method: 'POST', path: this.path(undefined, query, object), body: JSON.stringify(this.typed(object)), ...acceptOf(options.metadataOnly) }));
  }

  async update(object: T): Promise<T> {
    return await this.put(object, undefined);
  }

  async updateStatus(object: T): Promise<T> {
    return await this.put(object, 'status');
  }

  async patch(name: string, patch: PatchBody, options: { subresource?: 'status'; resourceVersion?: string; metadataOnly?: boolean } = {}): Promise<T> {
    const query = new URLSearchParams();
    if (patch.type === 'apply') {
      query.set('fieldManager', patch.fieldManager);
      if (patch.force) query.set('force', 'true');
    }
    const path = this.path(name, query, undefined, options.subresource);
    const body = JSON.stringify(options.resourceVersion === undefined ? patch.body : withResourceVersion(patch, options.resourceVersion));
    return this.completed(await this.connection.json<T>({ method: 'PATCH', path, body, contentType: patchTypes[patch.type], ...acceptOf(options.metadataOnly) }));
  }

  async delete(name: string, options: DeleteOptions = {}): Promise<void> {
    const body = JSON.stringify({ kind: 'DeleteOptions', apiVersion: 'v1', ...options });
    await this.connection.text({ method: 'DELETE', path: this.path(name), body });
  }

  watch(options: ListOptions & { signal: AbortSignal; allowBookmarks?: boolean }): AsyncIterable<WatchEvent<T>> {
    const query = listQuery(options);
    query.delete('limit');
    query.set('watch', 'true');
    if (options.allowBookmarks) query.set('allowWatchBookmarks', 'true');
    return watchResource<T>(this.connection, { path: this.path(undefined, query), signal: options.signal, complete: (object) => this.completed(object), ...acceptOf(options.metadataOnly) });
  }

  async createSubresource<R>(name: string, subresource: string, body: object): Promise<R> {
    const path = this.path(name, undefined, undefined, subresource);
    return await this.connection.json<R>({ method: 'POST', path, body: JSON.stringify(body) });
  }

  private async listAllPages(options: ListOptions, map: (item: T) => T): Promise<KubeList<T>> {
    const items: T[] = [];
    let token: string | undefined;
    let version: string | undefined;
    do {
      const page: KubeList<T> = await this.listPage({ ...options, limit: options.limit ?? pageSize, ...(token === undefined ? {} : { continue: token }) });
      version ??= page.resourceVersion;
      for (const item of page.items) items.push(map(item));
      token = page.continue;
    } while (token !== undefined);
    return { items, resourceVersion: version };
  }

  private async put(object: T, subresource: string | undefined): Promise<T> {
    const { name } = object.metadata;
    if (name === undefined || name === '') throw new KubeError('an update needs metadata.name', { reason: 'BadRequest', status: 0, request: `PUT ${this.type.plural}` });
    return this.completed(await this.connection.json<T>({ method: 'PUT', path: this.path(name, undefined, object, subresource), body: JSON.stringify(this.typed(object)) }));
  }

  /** Items of lists and objects made here may lack what the server wants to see. */
  private typed(object: T): T {
    if (object.kind !== undefined && object.apiVersion !== undefined) return object;
    return { ...object, kind: this.type.kind, apiVersion: this.type.group === '' ? this.type.version : `${this.type.group}/${this.type.version}` };
  }

  private completed(object: T): T {
    return this.type.complete === undefined ? object : this.type.complete(object);
  }

  private async read<R>(request: KubeRequest): Promise<R> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.connection.json<R>(request);
      } catch (error) {
        if (!(error instanceof KubeError) || !error.transient || attempt + 1 >= readAttempts) throw error;
        const waitMs = error.retryAfterSeconds === undefined ? backoffMs(attempt, readBackoff) : Math.min(error.retryAfterSeconds, 5) * 1000;
        await this.clock.sleep(waitMs);
      }
    }
  }

  private path(name?: string, query?: URLSearchParams, object?: T, subresource?: string): string {
    const { group, version, plural, namespaced } = this.type;
    const parts = group === '' ? ['api', version] : ['apis', group, version];
    const namespace = this.namespace ?? object?.metadata.namespace;
    if (namespaced && namespace !== undefined && namespace !== '') parts.push('namespaces', namespace);
    parts.push(plural);
    if (name !== undefined) parts.push(name);
    if (subresource !== undefined) parts.push(subresource);
    const text = query?.toString() ?? '';
    return `/${parts.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`;
  }
}

function listQuery({ labelSelector, fieldSelector, limit, resourceVersion }: ListOptions): URLSearchParams {
  const query = new URLSearchParams();
  if (labelSelector) query.set('labelSelector', labelSelector);
  if (fieldSelector) query.set('fieldSelector', fieldSelector);
  if (limit !== undefined) query.set('limit', String(limit));
  if (resourceVersion !== undefined) query.set('resourceVersion', resourceVersion);
  return query;
}

function withResourceVersion(patch: PatchBody, resourceVersion: string): unknown {
  if (patch.type === 'json') return [{ op: 'test', path: '/metadata/resourceVersion', value: resourceVersion }, ...patch.body];
  const body = patch.body as { metadata?: object };
  return { ...body, metadata: { ...body.metadata, resourceVersion } };
}
