// One ConfigMap as an API server keeps it, and clients of it that may die at any call, over lines that lose, delay and break.
import type { Clock } from '@prow/base-time';
import { KubeError, type Informer, type InformerHandler, type KubeClient, type PatchBody, type ResourceApi } from '@prow/clients-kube';
import type { ConfigMap } from '@prow/model-kube-types';

export interface LineFaults {
  /** The call fails and did nothing: 500, timeout or 409. */
  fails: number;
  /** The call is done, and its answer lost. */
  answerLost: number;
  /** The caller hears of a timeout, and the call is done later. */
  doneLate: number;
  /** The process dies, before or after the call is done. */
  crash: number;
  /** No call is answered; writes may be done all the same. */
  isAway: boolean;
  slowestMs: number;
  slowestEventMs: number;
}

export interface Chance {
  next(): number;
  chance(probability: number): boolean;
  between(min: number, max: number): number;
}

export interface SimulatedProcess {
  isAlive: boolean;
  die(): void;
}

/** The server. */
export class SimulatedConfigMap {
  object: ConfigMap | undefined;
  writes = 0;
  readonly watchers = new Set<(object: ConfigMap) => void>();

  patch(name: string, patch: PatchBody, resourceVersion: string | undefined): ConfigMap {
    if (this.object === undefined) throw refused('NotFound', 404);
    if (resourceVersion !== undefined && this.object.metadata.resourceVersion !== resourceVersion) throw refused('Conflict', 409);
    const { data = {} } = patch.body as { data?: Record<string, string | null> };
    const merged: Record<string, string> = { ...this.object.data };
    for (const [key, value] of Object.entries(data)) {
      if (value === null) delete merged[key];
      else merged[key] = value;
    }
    return this.#store(name, merged);
  }

  create(object: ConfigMap): ConfigMap {
    if (this.object !== undefined) throw refused('AlreadyExists', 409);
    return this.#store(object.metadata.name ?? '', { ...object.data });
  }

  /** Somebody with an editor. */
  edit(data: Record<string, string>): void {
    this.#store(this.object?.metadata.name ?? 'clusters', data);
  }

  #store(name: string, data: Record<string, string>): ConfigMap {
    this.writes += 1;
    const bytes = Object.entries(data).reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
    if (bytes > 1_048_576) throw refused('Invalid', 422);
    this.object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, resourceVersion: String(this.writes) }, data };
    for (const watcher of this.watchers) watcher(this.object);
    return this.object;
  }
}

function refused(reason: string, status: number): KubeError {
  return new KubeError(reason, { reason, status, request: 'simulated' });
}

/** One each: one for all would keep hold of all who ever awaited it. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}

export interface LineOptions {
  server: SimulatedConfigMap;
  clock: Clock;
  random: Chance;
  faults: LineFaults;
  process: SimulatedProcess;
}

/** The client of one process. */
export function simulatedKube(line: LineOptions): KubeClient {
  const { server } = line;
  const resource: Partial<ResourceApi<ConfigMap>> = {
    find: (_name, { metadataOnly = false } = {}) => call(line, false, () => (metadataOnly && server.object !== undefined ? { metadata: server.object.metadata } : server.object)),
    create: (object) => call(line, true, () => server.create(object)),
    patch: (name, patch, { resourceVersion } = {}) => call(line, true, () => server.patch(name, patch, resourceVersion)),
  };
  return {
    name: 'simulated',
    server: 'simulated',
    resource: () => resource as never,
    informer: () => new MetadataInformer(line) as never,
    podLog: () => Promise.reject(new Error('no logs')),
    getRaw: () => Promise.resolve(''),
    close: () => Promise.resolve(),
  };
}

async function call<R>(line: LineOptions, isWrite: boolean, work: () => R): Promise<R> {
  const { clock, random, faults, process } = line;
  if (!process.isAlive) return never();
  await clock.sleep(random.between(0, faults.slowestMs));
  if (!process.isAlive) return never();
  if (faults.isAway) {
    const isRefused = random.chance(0.5);
    await clock.sleep(isRefused ? 0 : random.between(1000, 15_000));
    if (!isRefused && isWrite && random.chance(0.3)) attempt(work);
    throw refused(isRefused ? 'Unreachable' : 'Timeout', isRefused ? 0 : 504);
  }
  if (random.chance(faults.crash)) {
    if (random.chance(0.5)) attempt(work);
    process.die();
    return never();
  }
  if (random.chance(faults.fails)) throw trouble(random, isWrite);
  if (isWrite && random.chance(faults.doneLate)) {
    clock.after(random.between(0, 3000), () => attempt(work));
    throw refused('Timeout', 504);
  }
  const answer = work();
  if (isWrite && random.chance(faults.answerLost)) throw trouble(random, false);
  await clock.sleep(random.between(0, faults.slowestMs));
  return process.isAlive ? answer : never();
}

function attempt(work: () => unknown): void {
  try {
    work();
  } catch {
    // Nobody is there to hear of it.
  }
}

function trouble(random: Chance, mayConflict: boolean): KubeError {
  const kind = random.between(0, mayConflict ? 3 : 2);
  if (kind === 0) return refused('Unreachable', 0);
  if (kind === 1) return refused('InternalError', 500);
  return kind === 2 ? refused('Timeout', 504) : refused('Conflict', 409);
}

/** Tells late that there is a new version. */
class MetadataInformer implements Partial<Informer<ConfigMap>> {
  readonly #line: LineOptions;
  readonly #handlers = new Set<InformerHandler<ConfigMap>>();
  #stop = (): void => undefined;

  constructor(line: LineOptions) {
    this.#line = line;
  }

  start(): void {
    const { server, clock, random, faults, process } = this.#line;
    const tell = (object: ConfigMap): void => {
      const { metadata } = object;
      clock.after(random.between(0, faults.slowestEventMs), () => {
        if (process.isAlive) for (const handler of this.#handlers) handler.onUpdate?.({ metadata }, { metadata });
      });
    };
    server.watchers.add(tell);
    this.#stop = () => server.watchers.delete(tell);
  }

  synced(): Promise<void> {
    return Promise.resolve();
  }

  isSynced(): boolean {
    return true;
  }

  addHandler(handler: InformerHandler<ConfigMap>): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  stop(): Promise<void> {
    this.#stop();
    return Promise.resolve();
  }
}
