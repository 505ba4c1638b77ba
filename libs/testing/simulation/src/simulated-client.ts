// A KubeClient of one process that may die at any call, over an unreliable line to a simulated API.
import { ProwError } from '@prow/base-errors';
import type { Clock } from '@prow/base-time';
import type { Informer, InformerHandler, InformerOptions, KubeClient, KubeList, KubeResource, ListOptions, ResourceApi, ResourceType, WatchEvent } from '@prow/clients-kube';
import { matchesLabels, parseLabelSelector } from '@prow/model-kube-types';
import type { Faults } from './faults.ts';
import type { SeededRandom } from './seeded-random.ts';
import { awake, type SimulatedProcess } from './simulated-process.ts';
import { SimulatedApiError, type Change, type SimulatedApi } from './simulated-api.ts';

export interface LineOptions {
  api: SimulatedApi;
  name: string;
  clock: Clock;
  random: SeededRandom;
  faults: Faults;
  process: SimulatedProcess;
  /** Whether the cluster is cut off now. */
  isAway: () => boolean;
}

const never = new Promise<never>(() => undefined);

export class SimulatedClient implements KubeClient {
  readonly name: string;
  readonly server = 'simulation';
  readonly #line: LineOptions;

  constructor(line: LineOptions) {
    this.name = line.name;
    this.#line = line;
  }

  resource<T extends KubeResource>(type: ResourceType<T>, namespace?: string): ResourceApi<T> {
    return new SimulatedResource<T>(this.#line, type, namespace);
  }

  informer<T extends KubeResource>(type: ResourceType<T>, options: InformerOptions = {}): Informer<T> {
    return new SimulatedInformer<T>(this.#line, type, options);
  }

  getRaw(): Promise<string> {
    return call(this.#line, false, () => '{}');
  }

  podLog(): Promise<never> {
    return Promise.reject(new SimulatedApiError('NotFound', 'no logs in a simulation'));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

async function call<R>(line: LineOptions, isWrite: boolean, work: () => R | Promise<R>): Promise<R> {
  const { clock, random, faults, process, isAway } = line;
  if (!process.isAlive) return never;
  await clock.sleep(random.between(0, faults.slowestCallMs));
  if (!process.isAlive) return never;
  if (isAway()) {
    await clock.sleep(random.between(0, 5000));
    await awake(process, clock);
    throw lost();
  }
  if (random.chance(faults.callFails)) {
    await awake(process, clock);
    throw lost();
  }
  if (isWrite && random.chance(faults.crash)) {
    const isDone = random.chance(0.5);
    if (isDone) void Promise.resolve(work()).catch(() => undefined);
    process.die();
    return never;
  }
  const answer = await answerOf(work, line);
  if (isWrite && random.chance(faults.answerLost)) {
    await awake(process, clock);
    throw lost();
  }
  await clock.sleep(random.between(0, faults.slowestCallMs));
  await awake(process, clock);
  return answer;
}

// What the server refuses is told to a process that is awake, too.
async function answerOf<R>(work: () => R | Promise<R>, { clock, process }: LineOptions): Promise<R> {
  try {
    return await work();
  } catch (error) {
    await awake(process, clock);
    throw error;
  }
}

function lost(): ProwError {
  return new ProwError('PROW_SIMULATION_LINE', 'the line broke', { transient: true });
}

class SimulatedResource<T extends KubeResource> implements ResourceApi<T> {
  readonly type: ResourceType<T>;
  readonly namespace: string | undefined;
  readonly #line: LineOptions;

  constructor(line: LineOptions, type: ResourceType<T>, namespace: string | undefined) {
    this.#line = line;
    this.type = type;
    this.namespace = namespace;
  }

  async get(name: string): Promise<T> {
    const found = await this.find(name);
    if (found === undefined) throw new SimulatedApiError('NotFound', `${name} not found`);
    return found;
  }

  find(name: string): Promise<T | undefined> {
    return this.#call(false, (api) => api.find(this.type, this.namespace ?? '', name) as T | undefined);
  }

  async list(options: ListOptions = {}): Promise<KubeList<T>> {
    const items = await this.#call(false, (api) => select<T>(api.list(this.type, this.namespace), options.labelSelector));
    return { items, resourceVersion: '0' };
  }

  listPage(options: ListOptions & { limit: number }): Promise<KubeList<T>> {
    return this.list(options);
  }

  create(object: T): Promise<T> {
    return this.#call(true, (api) => api.create(this.type, this.namespace ?? '', object) as Promise<T>);
  }

  /** As far as leases need it: what is not given stays. */
  update(object: T): Promise<T> {
    const { name = '', resourceVersion } = object.metadata;
    return this.patch(name, { type: 'merge', body: object }, resourceVersion === undefined ? {} : { resourceVersion });
  }

  updateStatus(): Promise<T> {
    return Promise.reject(new SimulatedApiError('MethodNotAllowed', 'updates of the status are not simulated'));
  }

  patch(name: string, patch: Parameters<ResourceApi<T>['patch']>[1], options: { resourceVersion?: string } = {}): Promise<T> {
    return this.#call(true, (api) => api.patch(this.type, { namespace: this.namespace ?? '', name, patch, resourceVersion: options.resourceVersion }) as Promise<T>);
  }

  delete(name: string, options: Parameters<ResourceApi<T>['delete']>[1] = {}): Promise<void> {
    return this.#call(true, (api) => api.delete(this.type, this.namespace ?? '', name, options));
  }

  watch(): AsyncIterable<WatchEvent<T>> {
    throw new SimulatedApiError('MethodNotAllowed', 'watch through an informer');
  }

  createSubresource<R>(): Promise<R> {
    return Promise.reject(new SimulatedApiError('MethodNotAllowed', 'subresources are not simulated'));
  }

  #call<R>(isWrite: boolean, work: (api: SimulatedApi) => R | Promise<R>): Promise<R> {
    return call(this.#line, isWrite, () => work(this.#line.api));
  }
}

function select<T extends KubeResource>(objects: readonly KubeResource[], labelSelector: string | undefined): T[] {
  if (labelSelector === undefined || labelSelector === '') return objects as T[];
  const selector = parseLabelSelector(labelSelector);
  return objects.filter((object) => matchesLabels(selector, object.metadata.labels ?? {})) as T[];
}

/** A cache that learns late, twice, or only after its watch was repaired by a list. */
class SimulatedInformer<T extends KubeResource> implements Informer<T> {
  readonly #line: LineOptions;
  readonly #type: ResourceType<T>;
  readonly #options: InformerOptions;
  readonly #cache = new Map<string, T>();
  readonly #handlers = new Set<InformerHandler<T>>();
  readonly #indexes = new Map<string, { keysOf: (object: T) => string[]; byKey: Map<string, Set<string>> }>();
  #stopWatching: (() => void) | undefined;
  #isSynced = false;
  #waiters: (() => void)[] = [];
  #isStopped = false;
  #lastDeliveryMs = 0;
  /** Grows when the watch breaks: events of broken watches are dropped. */
  #watchNumber = 0;

  constructor(line: LineOptions, type: ResourceType<T>, options: InformerOptions) {
    this.#line = line;
    this.#type = type;
    this.#options = options;
  }

  start(): void {
    void this.#connect();
  }

  async synced(signal?: AbortSignal): Promise<void> {
    if (this.#isSynced) return;
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      this.#waiters.push(resolve);
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  }

  isSynced(): boolean {
    return this.#isSynced;
  }

  get(namespace: string, name: string): T | undefined {
    return this.#cache.get(`${namespace}/${name}`);
  }

  list(): T[] {
    return [...this.#cache.values()];
  }

  byIndex(index: string, key: string): T[] {
    const keys = this.#indexes.get(index)?.byKey.get(key) ?? [];
    return [...keys].flatMap((each) => this.#cache.get(each) ?? []);
  }

  addIndex(index: string, keysOf: (object: T) => string[]): void {
    this.#indexes.set(index, { keysOf, byKey: new Map() });
  }

  addHandler(handler: InformerHandler<T>): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopWatching?.();
    return Promise.resolve();
  }

  async #connect(): Promise<void> {
    const { clock, random, api, process } = this.#line;
    while (!this.#isStopped && process.isAlive) {
      try {
        const number = (this.#watchNumber += 1);
        await call(this.#line, false, () => {
          // List and watch begin at one moment; the list is told late, as everything is.
          const objects = this.#select(api.list(this.#type, this.#options.namespace));
          this.#stopWatching?.();
          this.#stopWatching = api.watch(this.#type, (change) => this.#onChange(change, number));
          this.#deliver(number, () => this.#replaceAll(objects));
          return undefined;
        });
        return;
      } catch {
        await clock.sleep(random.between(100, 2000));
      }
    }
  }

  #onChange(change: Change, number: number): void {
    const { random, faults, process, isAway } = this.#line;
    if (!process.isAlive || number !== this.#watchNumber) return;
    if (isAway() || random.chance(faults.watchBreaks)) {
      this.#stopWatching?.();
      this.#watchNumber += 1;
      this.#line.clock.after(random.between(100, 3000), () => void this.#connect());
      return;
    }
    const object = change.object as T;
    const apply = (): void => this.#apply(change.type, object);
    this.#deliver(number, apply);
    if (random.chance(faults.eventRepeated)) this.#deliver(number, apply);
  }

  // In order, but late.
  #deliver(number: number, apply: () => void): void {
    const { clock, random, faults, process } = this.#line;
    const atMs = Math.max(this.#lastDeliveryMs, clock.now() + random.between(0, faults.slowestEventMs));
    this.#lastDeliveryMs = atMs;
    const arrive = (): void => {
      const frozenMs = (process.frozenUntilMs ?? 0) - clock.now();
      if (frozenMs > 0) {
        this.#lastDeliveryMs = Math.max(this.#lastDeliveryMs, clock.now() + frozenMs);
        clock.after(frozenMs, arrive);
      } else if (process.isAlive && !this.#isStopped && number === this.#watchNumber) apply();
    };
    clock.after(atMs - clock.now(), arrive);
  }

  #replaceAll(objects: readonly T[]): void {
    const present = new Set(objects.map((object) => keyOf(object)));
    for (const [key, object] of this.#cache) if (!present.has(key)) this.#apply('DELETED', object);
    for (const object of objects) this.#apply('MODIFIED', object);
    this.#isSynced = true;
    for (const waiter of this.#waiters.splice(0)) waiter();
  }

  #apply(type: Change['type'], object: T): void {
    const key = keyOf(object);
    const previous = this.#cache.get(key);
    if (previous !== undefined) this.#index(previous, key, 'delete');
    if (type === 'DELETED' || this.#select([object]).length === 0) {
      this.#cache.delete(key);
      if (previous !== undefined) for (const handler of this.#handlers) handler.onDelete?.(object);
      return;
    }
    this.#cache.set(key, object);
    this.#index(object, key, 'add');
    for (const handler of this.#handlers) {
      if (previous === undefined) handler.onAdd?.(object);
      else handler.onUpdate?.(previous, object);
    }
  }

  #index(object: T, key: string, action: 'add' | 'delete'): void {
    for (const { keysOf, byKey } of this.#indexes.values()) {
      for (const indexKey of keysOf(object)) {
        const keys = byKey.get(indexKey) ?? new Set();
        keys[action](key);
        if (keys.size === 0) byKey.delete(indexKey);
        else byKey.set(indexKey, keys);
      }
    }
  }

  #select(objects: readonly KubeResource[]): T[] {
    return select<T>(objects, this.#options.labelSelector);
  }
}

function keyOf(object: KubeResource): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`;
}
