// The pool as a whole: moves and leases, what ends by itself, the history, and what others write.
import type { Logger } from '@prow/base-log';
import { ProwError, messageOf } from '@prow/base-errors';
import type { Clock, Timer } from '@prow/base-time';
import type { Informer, KubeClient } from '@prow/clients-kube';
import { coreType } from '@prow/clients-kube';
import type { Storage } from '@prow/clients-storage';
import type { ConfigMap } from '@prow/model-kube-types';
import type { ProwJob } from '@prow/model-prowjob';
import { History } from './history.ts';
import { LeaseDesk, type LeaseOptions, type LeaseRequest, type Place } from './lease-desk.ts';
import type { MoveNote } from './pool-draft.ts';
import { maxBytes, newClusterBytes } from './pool-document.ts';
import { PoolWriter, type WriterFigures } from './pool-writer.ts';
import { poolFull } from './refusal.ts';
import type { ClusterChange } from './stored-pool.ts';
import type { Cluster, ClusterState, Move, MoveRecord, PoolSnapshot, Wanted } from './types.ts';
import { Upkeep, type Cleaner } from './upkeep.ts';
import { useOverTime, type UseAt } from './use-over-time.ts';

const configMapType = coreType<ConfigMap>('configmaps', 'ConfigMap');
const tickMs = 1000;
/** Changes of others are read at the most this often while nobody waits. */
const refreshMs = 250;

export interface ClusterPoolOptions {
  kube: KubeClient;
  namespace: string;
  /** The ConfigMap's name. */
  name: string;
  /** ProwJobs, by which leases end; undefined: they end by request and by their own time only. */
  prowJobs: Informer<ProwJob> | undefined;
  prowJobNamespace?: string;
  /** How long after its ProwJob's end a lease may still be returned by hand. */
  leaseGraceMs: number;
  /** Cleans returned clusters before they are vacant. Default: they are vacant at once. */
  cleaner?: Cleaner;
  /** Where the history goes. Default: as much as the ConfigMap has room for stays there. */
  history?: { storage: Storage; folder: string; keptDays: number };
  clock: Clock;
  log: Logger;
  /** Chance from 0 up to 1, for tests that replay. Default Math.random. */
  random?: () => number;
  /** This writer's name; default: one that nobody else has. */
  writer?: string;
}

/** How the pool fares now. */
export interface PoolFigures extends WriterFigures {
  /** Calls of the Kubernetes API that failed for the moment, or whose answer was lost. */
  troubles: number;
  clusters: Readonly<Record<ClusterState, number>>;
  broken: number;
  waiting: number;
  /** Of the ConfigMap's 1,048,576. */
  bytes: number;
  unstoredMovesBytes: number;
  historyFailures: number;
}

export class ClusterPool {
  readonly #options: ClusterPoolOptions;
  readonly #writer: PoolWriter;
  readonly #desk: LeaseDesk;
  readonly #upkeep: Upkeep;
  readonly #history: History;
  readonly #informer: Informer<ConfigMap>;
  #timer: Timer | undefined;
  #refreshing: Timer | undefined;
  #ticking: Promise<void> | undefined;
  #isStarted = false;
  #isStopped = false;

  constructor(options: ClusterPoolOptions) {
    this.#options = options;
    const { kube, namespace, name, cleaner, history, clock, log, prowJobs, leaseGraceMs, prowJobNamespace = '', random, writer } = options;
    this.#writer = new PoolWriter({
      configMaps: kube.resource(configMapType, namespace),
      name,
      rules: { cleans: cleaner !== undefined },
      clock,
      log,
      waits: () => this.#desk.waitsSince(),
      onChanged: (changes) => this.#onChanged(changes),
      ...(random === undefined ? {} : { random }),
      ...(writer === undefined ? {} : { writer }),
    });
    this.#desk = new LeaseDesk({ writer: this.#writer, clock, log });
    this.#upkeep = new Upkeep({ writer: this.#writer, prowJobs, prowJobNamespace, leaseGraceMs, cleaner, clock, log });
    this.#history = new History({ writer: this.#writer, storage: history?.storage, folder: history?.folder ?? '', keptDays: history?.keptDays ?? 1, clock, log });
    // What is in it is read when it is needed; that it changed is enough to know.
    this.#informer = kube.informer(configMapType, { namespace, fieldSelector: `metadata.name=${name}`, metadataOnly: true });
  }

  async start(): Promise<void> {
    const observe = ({ metadata }: ConfigMap): void => {
      if (metadata.name === this.#options.name && this.#writer.isForeign(metadata.resourceVersion)) this.#refresh();
    };
    this.#informer.addHandler({ onAdd: observe, onUpdate: (_before, after) => observe(after), onDelete: () => this.#refresh() });
    this.#informer.start();
    await this.#informer.synced();
    this.#history.start();
    this.#isStarted = true;
    this.#tick();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#refreshing?.cancel();
    await this.#desk.stop();
    await this.#ticking;
    await this.#history.stop();
    await this.#informer.stop();
    await this.#writer.stop();
  }

  /** Ends the waiting of all who wait, and lets nobody wait any more. */
  stopWaiting(): Promise<void> {
    return this.#desk.stop();
  }

  isReady(): boolean {
    return this.#isStarted && this.#informer.isSynced() && !this.#isStopped && this.#writer.stored.problem === undefined && !this.#writer.storage.isInTrouble();
  }

  /** One move; resolves when it is durable. @throws ProwError PROW_CLUSTER_POOL_* */
  async move(move: Exclude<Move, { kind: 'read' | 'getvacant' }>, note?: MoveNote): Promise<Cluster> {
    const { cluster } = await this.#writer.submit(move, note);
    if (cluster === undefined) throw new ProwError('PROW_CLUSTER_POOL_UNKNOWN', 'there is no such cluster', { httpStatus: 404 });
    return cluster;
  }

  /** The state that all writers agree on now. */
  read(): Promise<PoolSnapshot> {
    return this.#writer.read();
  }

  /** Before a cluster is made that could not be added then. @throws ProwError PROW_CLUSTER_POOL_FULL (507) (rejects) */
  async mustHaveRoom(): Promise<void> {
    await this.#writer.refresh();
    const bytes = this.#writer.stored.clusterBytes + newClusterBytes;
    if (bytes > maxBytes.toAdd) throw poolFull(bytes, maxBytes.toAdd);
  }

  /**
   * A vacant cluster for a build; the one it has already, if it has. With `waitMs`, waits in the queue, first come first
   * served. @throws ProwError PROW_CLUSTER_POOL_NOTHING_VACANT
   */
  lease(request: LeaseRequest, options?: LeaseOptions): Promise<Cluster> {
    return this.#desk.lease(request, options);
  }

  /** The answer that told of this lease reached nobody. */
  giveBack(cluster: Cluster): Promise<void> {
    return this.#desk.giveBack(cluster);
  }

  /** How many wait here. */
  get waiting(): number {
    return this.#desk.waiting;
  }

  waiters(limit: number): ReturnType<LeaseDesk['waiters']> {
    return this.#desk.waiters(limit);
  }

  placeOf(build: string, job: string): Place | undefined {
    return this.#desk.placeOf(build, job);
  }

  nextPlace(wanted: Wanted): Place {
    return this.#desk.nextPlace(wanted);
  }

  /** Moves of one cluster, newest first. */
  historyOf(cluster: string, limit?: number): Promise<MoveRecord[]> {
    return this.#history.ofCluster(cluster, limit);
  }

  /** Moves that are in the ConfigMap yet, newest first: the newest of all. */
  latestMoves(limit: number): MoveRecord[] {
    return this.#history.latest(limit);
  }

  /** Moves of all since a moment, oldest first. */
  historySince(fromMs: number, limit?: number): Promise<MoveRecord[]> {
    return this.#history.since(fromMs, limit);
  }

  /** How many clusters were in which state when, from moves of `historySince`. */
  useOf(records: readonly MoveRecord[], span: { fromMs: number; toMs: number; steps: number }): UseAt[] {
    return useOverTime(this.#writer.stored.index.all(), records, span);
  }

  figures(): PoolFigures {
    const { stored, storage, figures } = this.#writer;
    return { ...figures, troubles: storage.troubles, clusters: { ...stored.index.counts() }, broken: stored.broken().length, waiting: this.#desk.waiting, bytes: stored.clusterBytes + stored.movesBytes, unstoredMovesBytes: stored.movesBytes, historyFailures: this.#history.figures.failures };
  }

  #onChanged(changes: readonly ClusterChange[]): void {
    for (const { name, before, after } of changes) {
      if (before?.state === after?.state) continue;
      this.#options.log.debug('cluster moved', { cluster: name, from: before?.state, state: after?.state, build: after?.lease?.build, job: after?.lease?.job });
    }
    this.#desk.onChanged(changes);
    this.#history.onChanged();
  }

  #refresh(): void {
    if (this.#refreshing !== undefined || this.#isStopped) return;
    this.#refreshing = this.#options.clock.after(this.#desk.waiting > 0 ? 0 : refreshMs, () => {
      this.#refreshing = undefined;
      this.#writer.read().catch((error: unknown) => this.#options.log.warn('a change of the pool by another is not read yet', { error: messageOf(error) }));
    });
  }

  #tick(): void {
    if (this.#isStopped) return;
    this.#ticking = this.#upkeep
      .run()
      .then(() => this.#desk.tellOthers())
      .then(() => this.#desk.serve())
      .catch((error: unknown) => this.#options.log.warn('pool not looked after', { error: messageOf(error) }))
      .finally(() => {
        if (!this.#isStopped) this.#timer = this.#options.clock.after(tickMs, () => this.#tick());
      });
  }
}
