// A cache of a collection, by list and watch. upstream: client-go/tools/cache/reflector.go
import type { Logger } from '@prow/base-log';
import { backoffMs, type Clock, type Timer } from '@prow/base-time';
import type { Informer, InformerHandler, InformerOptions, KubeList, KubeResource, ListOptions, ResourceApi, WatchEvent } from './api.ts';
import { hasReason } from './kube-error.ts';
import { ObjectIndex } from './object-index.ts';

const failureBackoff = { baseMs: 200, factor: 2, maxMs: 30_000, jitter: 0.3 };
/** A watch that lasted this long was good: the next failure starts counting anew. */
const goodWatchMs = 10_000;
/** A watch that was ended without an event waits this long, lest an ending server be hammered. */
const pauseMs = 50;

/** What an informer asks: lists page by page, and watches. */
export type InformedApi<T extends KubeResource> = Pick<ResourceApi<T>, 'type' | 'watch'> & {
  listMapped(options: ListOptions, map: (item: T) => T): Promise<KubeList<T>>;
};

export class ListWatchInformer<T extends KubeResource> implements Informer<T> {
  private readonly api: InformedApi<T>;
  private readonly options: InformerOptions;
  private readonly clock: Clock;
  private readonly log: Logger;
  private readonly index: ObjectIndex<T>;
  private readonly handlers = new Set<InformerHandler<T>>();
  private readonly abort = new AbortController();
  private running: Promise<void> | undefined;
  private hasSynced = false;
  private waiters: (() => void)[] = [];
  private resync: Timer | undefined;

  constructor(api: InformedApi<T>, options: InformerOptions, { clock, log }: { clock: Clock; log: Logger }) {
    this.api = api;
    this.options = options;
    this.clock = clock;
    this.log = log.child({ informer: api.type.plural });
    this.index = new ObjectIndex((error) => this.log.error('an object has no place in an index', { error }));
  }

  start(): void {
    if (this.running !== undefined || this.abort.signal.aborted) return;
    this.running = this.run();
    this.scheduleResync();
  }

  async synced(signal?: AbortSignal): Promise<void> {
    if (this.hasSynced) return;
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
      signal?.addEventListener('abort', onAbort, { once: true });
      this.waiters.push(() => {
        signal?.removeEventListener('abort', onAbort);
        if (this.hasSynced) resolve();
        else reject(new Error('the informer was stopped before it had synced'));
      });
    });
  }

  isSynced(): boolean {
    return this.hasSynced;
  }

  get(namespace: string, name: string): T | undefined {
    return this.index.get(namespace, name);
  }

  list(): T[] {
    return this.index.list();
  }

  byIndex(index: string, key: string): T[] {
    return this.index.byIndex(index, key);
  }

  addIndex(index: string, keysOf: (object: T) => string[]): void {
    this.index.addIndex(index, keysOf);
  }

  addHandler(handler: InformerHandler<T>): () => void {
    this.handlers.add(handler);
    // Whoever comes late is told what is there already.
    for (const object of this.index.list()) this.guard(() => handler.onAdd?.(object));
    return () => this.handlers.delete(handler);
  }

  async stop(): Promise<void> {
    this.abort.abort(new Error('the informer was stopped'));
    this.resync?.cancel();
    await this.running;
    this.settleWaiters();
  }

  private async run(): Promise<void> {
    const { signal } = this.abort;
    let failures = 0;
    let version: string | undefined;
    while (!signal.aborted) {
      const startedMs = this.clock.now();
      try {
        version ??= await this.relist();
        const before: string = version;
        version = await this.follow(version, (seen) => (version = seen));
        failures = 0;
        if (version === before) await this.pause(pauseMs);
      } catch (error) {
        if (signal.aborted) return;
        if (hasReason(error, 'Expired') || hasReason(error, 'Gone')) {
          version = undefined;
          this.log.debug('the watched version is too old: listing again', { error });
        } else this.log.warn('list or watch failed: trying again', { error });
        if (this.clock.now() - startedMs > goodWatchMs) failures = 0;
        await this.pause(backoffMs(failures, failureBackoff));
        failures += 1;
      }
    }
  }

  private async pause(ms: number): Promise<void> {
    await this.clock.sleep(ms, this.abort.signal).catch(() => undefined);
  }

  /** Brings the cache to the listed state; handlers see the difference. Returns the list's version. */
  private async relist(): Promise<string> {
    const list = await this.api.listMapped(this.selection(), (object) => this.transform(object));
    if (this.abort.signal.aborted) return list.resourceVersion;
    const gone = new Set(this.index.list());
    for (const object of list.items) {
      const previous = this.index.get(object.metadata.namespace ?? '', object.metadata.name ?? '');
      if (previous !== undefined) gone.delete(previous);
      if (previous === undefined || previous.metadata.resourceVersion !== object.metadata.resourceVersion) this.put(object);
    }
    for (const object of gone) this.remove(object);
    if (!this.hasSynced) {
      this.hasSynced = true;
      this.settleWaiters();
    }
    return list.resourceVersion;
  }

  /** Applies events until the watch ends; `seen` is told each version, so that a cut loses nothing. */
  private async follow(from: string, seen: (version: string) => void): Promise<string> {
    const events = this.api.watch({ resourceVersion: from, signal: this.abort.signal, allowBookmarks: true, ...this.selection() });
    let version = from;
    for await (const event of events) {
      version = this.apply(event) || version;
      seen(version);
    }
    return version;
  }

  private selection(): ListOptions {
    const { labelSelector, fieldSelector, metadataOnly } = this.options;
    return { ...(labelSelector ? { labelSelector } : {}), ...(fieldSelector ? { fieldSelector } : {}), ...(metadataOnly ? { metadataOnly } : {}) };
  }

  private apply(event: WatchEvent<T>): string {
    if (event.type === 'BOOKMARK') return event.resourceVersion;
    if (event.type === 'DELETED') this.remove(event.object);
    else this.put(this.transform(event.object));
    return event.object.metadata.resourceVersion ?? '';
  }

  private transform(object: T): T {
    const { transform } = this.options;
    if (transform === undefined) return object;
    try {
      return transform(object) as T;
    } catch (error) {
      // One odd object must not keep the others from being seen.
      this.log.error('an object could not be transformed and is kept whole', { object: object.metadata.name, error });
      return object;
    }
  }

  private put(object: T): void {
    const previous = this.index.put(object);
    for (const handler of this.handlers) {
      this.guard(() => (previous === undefined ? handler.onAdd?.(object) : handler.onUpdate?.(previous, object)));
    }
  }

  private remove(object: T): void {
    const previous = this.index.remove(object);
    if (previous === undefined) return;
    for (const handler of this.handlers) this.guard(() => handler.onDelete?.(object));
  }

  private guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.log.error('an informer handler failed', { error });
    }
  }

  private scheduleResync(): void {
    const { resyncMs = 0 } = this.options;
    if (resyncMs <= 0) return;
    this.resync = this.clock.after(resyncMs, () => {
      for (const object of this.index.list()) for (const handler of this.handlers) this.guard(() => handler.onUpdate?.(object, object));
      if (!this.abort.signal.aborted) this.scheduleResync();
    });
  }

  private settleWaiters(): void {
    const waiters = this.waiters;
    this.waiters = [];
    for (const waiter of waiters) waiter();
  }
}
