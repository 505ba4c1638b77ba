// Leases: at once, or in the queue; and back again when the answer reaches nobody.
import type { Logger } from '@prow/base-log';
import { ProwError, messageOf } from '@prow/base-errors';
import type { Clock, Timer } from '@prow/base-time';
import { describeWanted, fits } from './decide-move.ts';
import type { MoveAnswer } from './move-queue.ts';
import type { MoveNote } from './pool-draft.ts';
import type { PoolWriter } from './pool-writer.ts';
import { nothingVacant } from './refusal.ts';
import type { ClusterChange } from './stored-pool.ts';
import type { Cluster, LeaseCaller, Move, Wanted } from './types.ts';
import { WaitQueue, type Waiter } from './wait-queue.ts';

/** How much the last lease counts in the mean of their lengths. */
const newLeaseWeight = 0.1;
const maxWaiting = 50_000;
/** One for all: thousands wait for anything. */
const anything: Wanted = {};

export interface LeaseRequest {
  build: string;
  job: string;
  wanted?: Wanted;
  /** The lease ends by itself after this time. */
  ttlMs?: number;
  /** Absent: nobody is asked for a name. */
  caller?: LeaseCaller;
}

/** Where one stands who waits. */
export interface Place {
  /** From 1. */
  place: number;
  waiting: number;
  /** Until it is likely to be served; undefined while no lease has ended yet. */
  expectedMs?: number;
}

export interface LeaseOptions {
  /** How long to wait in the queue. Default 0: not at all. */
  waitMs?: number;
  note?: MoveNote;
  /** Called when it has to wait. */
  onQueued?: (place: Place) => void;
  /** Called at once. `leave` takes the request back: it is refused with that error, and a lease that was under way ends. */
  canLeave?: (leave: (error: Error) => void) => void;
}

/** Who is being served when its time is up waits so much longer for the outcome. */
const servedGraceMs = 1000;
/** That nothing is vacant is told only by what the API server said within this time. */
const silentMs = 500;
const giveBackAgainMs = 1000;
/** What others say of their queues counts so long. */
const claimKeptMs = 5000;
/** While somebody waits here the others are told so again this often, if there are others. */
const claimAgainMs = 3000;
/** Others that wrote within this time are there. */
const othersMs = 60_000;
/** So long a cluster is left to another replica where somebody has waited longer. */
const yieldMs = 500;

interface Client extends Waiter {
  /** A lease is being made for it. */
  isServed: boolean;
  move: Extract<Move, { kind: 'getvacant' }>;
  note: MoveNote;
  isGone: boolean;
  settle: (cluster: Cluster | undefined, error?: unknown) => void;
}

export class LeaseDesk {
  readonly #options: { writer: PoolWriter; clock: Clock; log: Logger };
  readonly #queue = new WaitQueue<Client>();
  #serving: Promise<void> | undefined;
  #isAskedAgain = false;
  #isStopped = false;
  readonly #givingBack = new Set<Promise<void>>();
  #again: Timer | undefined;
  #meanLeaseMs: number | undefined;

  constructor(options: { writer: PoolWriter; clock: Clock; log: Logger }) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Those who wait, in order; at the most `limit`. */
  waiters(limit: number): (Place & { build: string; job: string; wanted: Wanted; sinceMs: number })[] {
    const found: ReturnType<LeaseDesk['waiters']> = [];
    for (const { build, job, wanted, sinceMs } of this.#queue.all()) {
      if (found.length >= limit) break;
      found.push({ build, job, wanted, sinceMs, ...this.#place(found.length + 1, wanted) });
    }
    return found;
  }

  /** Undefined: does not wait here. */
  placeOf(build: string, job: string): Place | undefined {
    const [waiter] = this.#queue.of(build, job);
    return waiter === undefined ? undefined : this.#place(this.#queue.placeOf(waiter), waiter.wanted);
  }

  /** Where one would stand who came now. */
  nextPlace(wanted: Wanted): Place {
    return { ...this.#place(this.#queue.size + 1, wanted), waiting: this.#queue.size };
  }

  lease({ build, job, wanted = anything, ttlMs, caller }: LeaseRequest, { waitMs = 0, note = { who: `${job} ${build}` }, onQueued, canLeave }: LeaseOptions = {}): Promise<Cluster> {
    const move = { kind: 'getvacant' as const, build, job, wanted, ...(ttlMs === undefined ? {} : { ttlMs }), ...(caller === undefined ? {} : { caller }) };
    const { index } = this.#options.writer.stored;
    const holdsOne = index.leasedTo(build, job) !== undefined;
    if (waitMs <= 0) {
      // Not past those who wait: what is vacant now and fits them is theirs.
      const waiting = this.#queue.size + this.#claims().length;
      if (!holdsOne && waiting > 0 && !this.#hasSpare(wanted)) return Promise.reject(nothingVacant(`${describeWanted(wanted)}: ${waiting} wait`));
      return this.#leaseAtOnce(move, note, canLeave);
    }
    if (this.#isStopped) return Promise.reject(stopping());
    if (this.#queue.size >= maxWaiting) return Promise.reject(nothingVacant(`, and ${maxWaiting} wait already`));
    return this.#wait({ build, job, wanted, sinceMs: this.#options.clock.now(), move, note, isGone: false, isServed: false, settle: () => undefined }, waitMs, { onQueued, canLeave });
  }

  /** The answer to a lease reached nobody. Called once for each such answer. */
  giveBack(cluster: Cluster): Promise<void> {
    const done = this.#giveBack(cluster).finally(() => this.#givingBack.delete(done));
    this.#givingBack.add(done);
    return done;
  }

  async #giveBack({ name, lease }: Cluster): Promise<void> {
    if (lease === undefined) return;
    const { writer, clock, log } = this.#options;
    for (;;) {
      try {
        await writer.submit({ kind: 'unanswered', cluster: name, build: lease.build, job: lease.job, since: lease.since }, undefined, { isPatient: true });
        return;
      } catch (error) {
        // Refused, so not done: it is tried again as long as this replica lives.
        if (!this.#isStopped && error instanceof ProwError && error.transient) {
          await clock.sleep(giveBackAgainMs);
          continue;
        }
        log.warn('a lease whose client went away could not be ended: it ends with its job', { cluster: name, build: lease.build, job: lease.job, error: messageOf(error) });
        return;
      }
    }
  }

  /** Something moved: what is vacant may be for one who waits. */
  onChanged(changes: readonly ClusterChange[]): void {
    for (const { before, after } of changes) {
      if (before?.state !== 'testing' || before.lease === undefined || after === undefined || after.state === 'testing' || after.state === 'held') continue;
      const lengthMs = Math.max(0, Date.parse(after.since) - Date.parse(before.lease.since));
      this.#meanLeaseMs = this.#meanLeaseMs === undefined ? lengthMs : this.#meanLeaseMs + (lengthMs - this.#meanLeaseMs) * newLeaseWeight;
    }
    this.serve();
  }

  /** The first in the queue whom it fits gets what is vacant. */
  serve(): void {
    if (this.#queue.size === 0 || this.#isStopped) return;
    this.#isAskedAgain = true;
    this.#serving ??= this.#serveAll()
      .catch((error: unknown) => this.#options.log.warn('queue not served', { error: messageOf(error) }))
      .finally(() => {
        this.#serving = undefined;
      });
  }

  /** Since when somebody waits here for whom no lease is being made. */
  waitsSince(): string | undefined {
    for (const { isServed, sinceMs } of this.#queue.all()) if (!isServed) return new Date(sinceMs).toISOString();
    return undefined;
  }

  /** The other replicas are told who waits here, so that those who return clusters there do not pass them for ever. */
  async tellOthers(): Promise<void> {
    const { writer, clock } = this.#options;
    const waits = this.waitsSince();
    const marks = Object.entries(writer.stored.meta.commits);
    const own = writer.stored.meta.commits[writer.writer];
    if (waits === undefined || !marks.some(([name, { at }]) => name !== writer.writer && clock.now() - Date.parse(at) < othersMs)) return;
    if (own?.waits !== waits || clock.now() - Date.parse(own.at) > claimAgainMs) await writer.announce();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#again?.cancel();
    for (const { settle } of this.#queue.all()) settle(undefined, stopping());
    await this.#serving;
    await Promise.race([Promise.allSettled(this.#givingBack), this.#options.clock.sleep(giveBackAgainMs)]);
  }

  async #leaseAtOnce(move: Extract<Move, { kind: 'getvacant' }>, note: MoveNote, canLeave: LeaseOptions['canLeave']): Promise<Cluster> {
    let left: Error | undefined;
    canLeave?.((error) => (left = error));
    const cluster = await this.#leaseFor(move, note, () => left === undefined);
    if (left !== undefined) throw left;
    return cluster;
  }

  #wait(client: Client, waitMs: number, { onQueued, canLeave }: LeaseOptions): Promise<Cluster> {
    const { clock, writer } = this.#options;
    return new Promise((resolve, reject) => {
      const isOver = (): void => {
        // Whether it gets one is open, or nobody can say what is vacant.
        if (client.isServed || writer.storage.isInTrouble(silentMs)) client.settle(undefined, writer.storage.trouble(client.isServed ? 'unknown' : 'undone'));
        else client.settle(undefined, nothingVacant(`${describeWanted(client.wanted)} after ${Math.round(waitMs / 1000)} s`));
      };
      let timer = clock.after(waitMs, () => {
        if (client.isServed && !writer.storage.isInTrouble(silentMs)) timer = clock.after(servedGraceMs, isOver);
        else isOver();
      });
      client.settle = (cluster, error) => {
        if (client.isGone) return;
        client.isGone = true;
        timer.cancel();
        this.#queue.remove(client);
        if (cluster === undefined) reject(error as Error);
        else resolve(cluster);
      };
      this.#queue.add(client);
      canLeave?.((error) => client.settle(undefined, error));
      onQueued?.(this.#place(this.#queue.size, client.wanted));
      this.serve();
    });
  }

  async #serveAll(): Promise<void> {
    while (this.#isAskedAgain && !this.#isStopped) {
      this.#isAskedAgain = false;
      // Those who come together are served together.
      await new Promise((resolve) => setImmediate(resolve));
      while (!this.#isStopped && (await this.#serveRound()));
    }
  }

  /** Whether anybody was served. */
  async #serveRound(): Promise<boolean> {
    const { index } = this.#options.writer.stored;
    const chosen = new Set(this.#queue.assign(this.#unclaimed(this.waitsSince())));
    // Who has one already, by another replica or a first try, gets that.
    for (const client of this.#queue.all()) if (index.leasedTo(client.build, client.job) !== undefined) chosen.add(client);
    const served = await Promise.all([...chosen].map((client) => this.#serveOne(client)));
    return served.includes(true);
  }

  async #serveOne(client: Client): Promise<boolean> {
    client.isServed = true;
    try {
      const cluster = await this.#leaseFor(client.move, client.note, () => !client.isGone);
      client.settle(cluster);
      return true;
    } catch (error) {
      // Another replica was faster, or storage has its troubles: it keeps its place.
      client.isServed = false;
      const keeps = error instanceof ProwError && error.transient;
      if (!keeps) client.settle(undefined, error);
      return !keeps;
    }
  }

  /** What is leased for who is gone by then, or was told that nobody knows, ends again. */
  async #leaseFor(move: Extract<Move, { kind: 'getvacant' }>, note: MoveNote, isWanted: () => boolean): Promise<Cluster> {
    const onUnheard = ({ cluster }: MoveAnswer): void => {
      if (cluster !== undefined) void this.giveBack(cluster);
    };
    const { cluster } = await this.#options.writer.submit(move, note, { isWanted, onUnheard });
    if (cluster === undefined) throw nothingVacant('');
    return cluster;
  }

  #hasSpare(wanted: Wanted): boolean {
    let hasSpare = false;
    this.#queue.assign(this.#unclaimed(undefined), (cluster) => {
      hasSpare ||= fits(cluster, wanted);
    });
    return hasSpare;
  }

  /** Since when others wait at other replicas: the longest at each, of those that have said so lately. */
  #claims(): string[] {
    const { writer, clock } = this.#options;
    const now = clock.now();
    return Object.entries(writer.stored.meta.commits).flatMap(([name, { at, waits }]) => (name === writer.writer || waits === undefined || now - Date.parse(at) > claimKeptMs ? [] : [waits]));
  }

  /**
   * What is vacant, but for clusters that were returned this moment and are left to other replicas, one to each where
   * somebody waits since before `since`. Whom they do not fit, or who is gone, leaves them to us in turn.
   */
  #unclaimed(since: string | undefined): readonly Cluster[] {
    const { writer, clock } = this.#options;
    const vacant = writer.stored.index.vacant();
    const claims = vacant.length === 0 ? 0 : this.#claims().filter((waits) => since === undefined || waits < since).length;
    if (claims === 0) return vacant;
    const from = Math.max(0, vacant.length - claims);
    const left = vacant.filter(({ since: returned }, place) => place < from || clock.now() - Date.parse(returned) >= yieldMs);
    if (left.length < vacant.length && this.#queue.size > 0) {
      this.#again?.cancel();
      this.#again = clock.after(yieldMs, () => this.serve());
    }
    return left;
  }

  #place(place: number, wanted: Wanted): Place {
    const waiting = this.#queue.size;
    const { index } = this.#options.writer.stored;
    const isAny = wanted.region === undefined && wanted.labels === undefined;
    let inUse = 0;
    if (isAny) inUse = index.counts().testing + index.counts().cleaning;
    else for (const cluster of index.all()) if ((cluster.state === 'testing' || cluster.state === 'cleaning') && fits(cluster, wanted)) inUse += 1;
    return { place, waiting, ...(this.#meanLeaseMs === undefined || inUse === 0 ? {} : { expectedMs: Math.round((place * this.#meanLeaseMs) / inUse) }) };
  }
}

function stopping(): ProwError {
  return new ProwError('PROW_CLUSTER_POOL_STOPPING', 'the pool is stopping; ask again', { httpStatus: 503, transient: true });
}
