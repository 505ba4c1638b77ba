// The pool as a whole: moves, a fair queue of those who wait, holds and leases that end by themselves.
import type { Logger } from '@prow/base-log';
import { ProwError, messageOf } from '@prow/base-errors';
import type { Clock, Timer } from '@prow/base-time';
import type { Informer, KubeClient } from '@prow/clients-kube';
import { coreType } from '@prow/clients-kube';
import type { ConfigMap } from '@prow/model-kube-types';
import { isComplete, type ProwJob } from '@prow/model-prowjob';
import { fits } from './apply-move.ts';
import { nothingVacant } from './refusal.ts';
import { PoolWriter } from './pool-writer.ts';
import type { Cluster, Move, PoolState, Wanted } from './types.ts';

const configMapType = coreType<ConfigMap>('configmaps', 'ConfigMap');
const tickMs = 1000;

export interface ClusterPoolOptions {
  kube: KubeClient;
  namespace: string;
  /** The ConfigMap's name. */
  name: string;
  /** ProwJobs, by which leases end; undefined: they end by request and by their own time only. */
  prowJobs: Informer<ProwJob> | undefined;
  /** How long after its ProwJob's end a lease may still be returned by hand. */
  leaseGraceMs: number;
  clock: Clock;
  log: Logger;
}

interface Waiter {
  move: Extract<Move, { kind: 'getvacant' }>;
  sinceMs: number;
  settle: (cluster: Cluster | undefined, error?: unknown) => void;
}

export class ClusterPool {
  readonly #options: ClusterPoolOptions;
  readonly #writer: PoolWriter;
  readonly #informer: Informer<ConfigMap>;
  #waiters: Waiter[] = [];
  #serving: Promise<void> | undefined;
  #timer: Timer | undefined;
  #ticking: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: ClusterPoolOptions) {
    this.#options = options;
    const { kube, namespace, name, clock, log } = options;
    this.#writer = new PoolWriter({ configMaps: kube.resource(configMapType, namespace), name, clock, log, onCommitted: () => this.#serveWaiters() });
    this.#informer = kube.informer(configMapType, { namespace, fieldSelector: `metadata.name=${name}` });
    options.prowJobs?.addIndex('cluster-pool-build', ({ spec, status }) => [`${status.build_id ?? ''} ${spec.job}`]);
  }

  async start(): Promise<void> {
    const observe = (object: ConfigMap): void => {
      this.#writer.observe(object);
      this.#serveWaiters();
    };
    this.#informer.addHandler({ onAdd: observe, onUpdate: (_before, after) => observe(after) });
    this.#informer.start();
    await this.#informer.synced();
    this.#tickLater();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    for (const { settle } of this.#waiters) settle(undefined, new ProwError('PROW_CLUSTER_POOL_STOPPING', 'the pool is stopping; ask again', { httpStatus: 503, transient: true }));
    await this.#ticking;
    await this.#serving;
    await this.#informer.stop();
    await this.#writer.stop();
  }

  isReady(): boolean {
    return this.#informer.isSynced() && !this.#isStopped;
  }

  /** One move; resolves when it is durable. @throws ProwError PROW_CLUSTER_POOL_* */
  async move(move: Exclude<Move, { kind: 'read' | 'getvacant' }>): Promise<Cluster> {
    const { cluster, changed } = await this.#writer.submit(move);
    if (cluster === undefined) throw new ProwError('PROW_CLUSTER_POOL_UNKNOWN', 'there is no such cluster', { httpStatus: 404 });
    if (changed) this.#options.log.info('cluster moved', { cluster: cluster.name, move: move.kind, state: cluster.state });
    return cluster;
  }

  /** The state that all writers agree on now. */
  async read(): Promise<PoolState> {
    return (await this.#writer.submit({ kind: 'read' })).state;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiters.length;
  }

  /**
   * A vacant cluster for a build; the one it has already, if it has. With `waitMs`, waits in the queue, first come first
   * served; `signal` takes it out again. @throws ProwError PROW_CLUSTER_POOL_NOTHING_VACANT
   */
  async lease(request: { build: string; job: string; wanted?: Wanted; ttlMs?: number }, { waitMs = 0, signal }: { waitMs?: number; signal?: AbortSignal } = {}): Promise<Cluster> {
    const move = { kind: 'getvacant' as const, ...request };
    if (waitMs <= 0) return this.#leaseNow(move);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { move, sinceMs: this.#options.clock.now(), settle: () => undefined };
      const timer = this.#options.clock.after(waitMs, () => waiter.settle(undefined, nothingVacant(` after ${Math.round(waitMs / 1000)} s`)));
      const onAbort = (): void => waiter.settle(undefined, signal?.reason);
      waiter.settle = (cluster, error) => {
        timer.cancel();
        signal?.removeEventListener('abort', onAbort);
        this.#waiters = this.#waiters.filter((each) => each !== waiter);
        if (cluster === undefined) reject(error as Error);
        else resolve(cluster);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiters.push(waiter);
      if (signal?.aborted) onAbort();
      this.#serveWaiters();
    });
  }

  /** The place in the queue of a build that waits, from 1. */
  placeOf(build: string, job: string): number | undefined {
    const at = this.#waiters.findIndex(({ move }) => move.build === build && move.job === job);
    return at === -1 ? undefined : at + 1;
  }

  async #leaseNow(move: Extract<Move, { kind: 'getvacant' }>): Promise<Cluster> {
    const { cluster, changed } = await this.#writer.submit(move);
    if (cluster === undefined) throw nothingVacant('');
    if (changed) this.#options.log.info('cluster moved', { cluster: cluster.name, move: 'getvacant', state: cluster.state, build: move.build, job: move.job });
    return cluster;
  }

  /** Something may be vacant: the first in the queue whom it fits gets it. */
  #serveWaiters(): void {
    if (this.#waiters.length === 0 || this.#serving !== undefined || this.#isStopped) return;
    this.#serving = this.#serve()
      .catch((error: unknown) => this.#options.log.warn('queue not served', { error: messageOf(error) }))
      .finally(() => {
        this.#serving = undefined;
      });
  }

  async #serve(): Promise<void> {
    // Those who came together are asked for together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiters.length > 0 && !this.#isStopped) {
      const { clusters } = await this.read();
      const vacant = Object.values(clusters).filter(({ state }) => state === 'finished');
      const chosen = this.#waiters.filter(({ move }) => {
        const at = vacant.findIndex((cluster) => fits(cluster, move.wanted ?? {}));
        const holds = Object.values(clusters).some(({ lease }) => lease?.build === move.build && lease.job === move.job);
        if (at !== -1 && !holds) vacant.splice(at, 1);
        return at !== -1 || holds;
      });
      if (chosen.length === 0) return;
      await Promise.all(chosen.map(async ({ move, settle }) => {
        try {
          settle(await this.#leaseNow(move));
        } catch (error) {
          // Another replica was faster: this one keeps its place.
          if (!(error instanceof ProwError && error.code === 'PROW_CLUSTER_POOL_NOTHING_VACANT')) settle(undefined, error);
        }
      }));
    }
  }

  #tickLater(): void {
    if (this.#isStopped) return;
    this.#timer = this.#options.clock.after(tickMs, () => {
      this.#ticking = this.#tick()
        .catch((error: unknown) => this.#options.log.warn('pool not looked after', { error: messageOf(error) }))
        .finally(() => this.#tickLater());
    });
  }

  /** Ends what has run out, from stored times: restarts make no difference. */
  async #tick(): Promise<void> {
    const object = this.#informer.list()[0];
    if (object === undefined) {
      this.#serveWaiters();
      return;
    }
    const now = this.#options.clock.now();
    const { clusters } = await this.read();
    const moves: Exclude<Move, { kind: 'read' | 'getvacant' }>[] = [];
    for (const { name: cluster, state, hold, lease } of Object.values(clusters)) {
      if (state === 'held' && hold !== undefined && Date.parse(hold.until) <= now) moves.push({ kind: 'expirehold', cluster, until: hold.until });
      if (state !== 'testing' || lease === undefined) continue;
      const { build, job } = lease;
      if (lease.until !== undefined && Date.parse(lease.until) <= now) moves.push({ kind: 'endlease', cluster, build, job });
      else moves.push(...this.#afterProwJob(cluster, lease, now));
    }
    await Promise.allSettled(moves.map((move) => this.move(move)));
    this.#serveWaiters();
  }

  #afterProwJob(cluster: string, { build, job, prowjob }: NonNullable<Cluster['lease']>, now: number): Exclude<Move, { kind: 'read' | 'getvacant' }>[] {
    const { prowJobs, leaseGraceMs } = this.#options;
    if (prowJobs === undefined || !prowJobs.isSynced()) return [];
    const found = prowJobs.byIndex('cluster-pool-build', `${build} ${job}`)[0];
    if (found === undefined) return prowjob === undefined ? [] : [{ kind: 'endlease', cluster, build, job }];
    const name = found.metadata.name ?? '';
    const isOver = isComplete(found) && Date.parse(found.status.completionTime ?? '') + leaseGraceMs <= now;
    if (isOver) return [{ kind: 'endlease', cluster, build, job }];
    return prowjob === name ? [] : [{ kind: 'knowprowjob', cluster, build, job, prowjob: name }];
  }
}
