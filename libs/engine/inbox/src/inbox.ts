import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { backoffMs, type Backoff, type Clock } from '@prow/base-time';
import type { Store } from '@prow/clients-store';
import { isRetryable, pushBounded, retryAfterMs } from './handler-outcome.ts';
import { type InFlight, openDelivery, planDelivery, setState } from './in-flight.ts';
import { InboxIndex, type DeliveryQuery, type DeliverySummary } from './inbox-index.ts';
import { EventCache } from './event-cache.ts';
import { InboxStore, sequenceText } from './inbox-store.ts';
import { LaneScheduler } from './lane-scheduler.ts';
import { NumberQueue } from './number-queue.ts';
import { RecordSaver } from './record-saver.ts';
import type { DeliveryHandlers, DeliveryRecord, DeliveryState, HandlerRecord, NewDelivery } from './types.ts';

export interface Retention {
  /** Deliveries that are finished are kept this long. */
  readonly maxAgeMs: number;
  /** And at most so many, */
  readonly maxDeliveries: number;
  /** and at most so many bytes of bodies. */
  readonly maxBodyBytes: number;
}

export interface InboxOptions {
  readonly store: Store;
  readonly handlers: DeliveryHandlers;
  readonly clock: Clock;
  readonly log: Logger;
  /** Handlers at work at the same time. Default 40. */
  readonly concurrency?: number;
  /** Runs of one handler on one delivery before it is given up. Default 10: about a quarter of an hour. */
  readonly maxAttempts?: number;
  readonly backoff?: Backoff;
  readonly retention?: Retention;
  /** At the start, forget deliveries that are finished: their GUIDs are then new again. Default false. */
  readonly forgetsFinished?: boolean;
  /** Told when a handler was given up. */
  readonly onGivenUp?: (record: DeliveryRecord, handler: string) => void;
}

const defaultBackoff: Backoff = { baseMs: 400, factor: 3, maxMs: 300_000, jitter: 0.2 };
const defaultRetention: Retention = { maxAgeMs: 14 * 86_400_000, maxDeliveries: 50_000, maxBodyBytes: 2 * 1024 ** 3 };
const defaultConcurrency = 40;
const pruneIntervalMs = 600_000;
/** With so many deliveries on their way to the disk, most handlers wait: GitHub waits for an answer, they do not. */
const busyArrivals = 8;
const concurrencyWhileBusy = 4;
/** Unfinished deliveries held in memory; the rest waits on disk. */
const maxInMemory = 10_000;
const resumeBelow = 8000;
const maxResumedTogether = 100;
/** So many more than are kept before a flood makes room. */
const pruneSlack = 1000;

/**
 * Deliveries that survive everything: on disk before anybody is told they arrived, handled at least once by each
 * handler that wants them, in order within their key, tried again while trouble is transient, and kept for replay.
 */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #store: InboxStore;
  readonly #index = new InboxIndex();
  readonly #scheduler: LaneScheduler;
  readonly #events = new EventCache();
  readonly #saver: RecordSaver;
  readonly #inFlight = new Map<string, InFlight>();
  /** Sequences of unfinished deliveries that are on disk only, oldest first. */
  readonly #parked = new NumberQueue();
  /** Deliveries before this one came to an earlier process. */
  readonly #firstOwn: number;
  readonly #abort = new AbortController();
  #pruneTimer: { cancel(): void } | undefined;
  /** Deliveries at which room is made, whatever the time. */
  #pruneAt: number;
  #isUnparking = false;
  #isStarted = false;
  #arriving = 0;
  #idleWaiters: (() => void)[] = [];

  constructor(options: InboxOptions) {
    this.#options = options;
    this.#store = new InboxStore(options.store);
    this.#saver = new RecordSaver(this.#store, options.log);
    this.#pruneAt = (options.retention ?? defaultRetention).maxDeliveries + pruneSlack;
    const concurrency = options.concurrency ?? defaultConcurrency;
    this.#scheduler = new LaneScheduler({ concurrency: () => (this.#arriving < busyArrivals ? concurrency : Math.min(concurrency, concurrencyWhileBusy)) });
    let last = 0;
    const forgotten: DeliveryRecord[] = [];
    for (const record of this.#store.load()) {
      last = Number(record.sequence);
      if (options.forgetsFinished && record.state !== 'pending') forgotten.push(record);
      else this.#index.set(record);
      if (record.state === 'pending') this.#parked.push(last);
    }
    this.#firstOwn = last + 1;
    if (forgotten.length > 0) void this.#saver.track(this.#store.remove(forgotten), 'finished deliveries not forgotten');
  }

  /** Deliveries not finished yet. */
  get depth(): number {
    return this.#inFlight.size + this.#parked.size;
  }

  /** Where event sources left off. */
  get checkpoints(): Pick<InboxStore, 'checkpoint' | 'setCheckpoint'> {
    return this.#store;
  }

  /** Takes up what an earlier process left, then what comes. */
  start(): void {
    this.#isStarted = true;
    this.#options.log.info('inbox opened', { deliveries: this.#index.size, unfinished: this.#parked.size });
    this.#unpark();
    this.#scheduler.start();
    this.#schedulePrune();
  }

  /** Starts nothing more and waits for what runs, at most `graceMs`; the rest is taken up by the next process. */
  async stop({ graceMs = 10_000 }: { graceMs?: number } = {}): Promise<void> {
    this.#isStarted = false;
    this.#pruneTimer?.cancel();
    this.#scheduler.stop();
    if (this.#abort.signal.aborted) return;
    const grace = this.#options.clock.after(graceMs, () => this.#abort.abort(new Error('the program is ending')));
    await Promise.race([this.#scheduler.quiet(), new Promise<void>((resolve) => this.#abort.signal.addEventListener('abort', () => resolve(), { once: true }))]);
    grace.cancel();
    this.#abort.abort(new Error('the program is ending'));
    await this.#saver.settled();
    await this.#store.close();
  }

  /** Resolves when the delivery is on disk. A GUID that is known already changes nothing. */
  async accept(delivery: NewDelivery): Promise<{ isDuplicate: boolean }> {
    const record = this.#store.describe(delivery, this.#options.clock.now());
    if (record === undefined) {
      // Known, but perhaps not on disk yet.
      await this.#store.added(delivery.guid);
      return { isDuplicate: true };
    }
    const { body, event } = delivery;
    if (event !== undefined) this.#events.set(record.sequence, event, body.length);
    const entry = openDelivery(record, { mayHaveRun: false, body, store: this.#store, events: this.#events });
    // Planned before it is written: one write for what nobody wants. Before the start it only waits on disk.
    if (this.#isStarted) planDelivery(entry, this.#options);
    this.#arriving += 1;
    try {
      await this.#store.add(record, body);
    } finally {
      this.#arriving -= 1;
      if (this.#arriving === busyArrivals - 1) this.#scheduler.look();
    }
    this.#index.set(record);
    if (record.state === 'pending') this.#take(entry);
    else this.#events.delete(record.sequence);
    this.#pruneIfMany();
    return { isDuplicate: false };
  }

  has(guid: string): boolean {
    return this.#store.sequenceOf(guid) !== undefined;
  }

  /** Newest first; `accept` narrows further, before the limit counts. */
  list(query: DeliveryQuery, accept?: (summary: DeliverySummary) => boolean): DeliverySummary[] {
    return this.#index.list(query, accept);
  }

  /** How many a query finds, by state. */
  counts(query: DeliveryQuery, accept?: (summary: DeliverySummary) => boolean): Record<DeliveryState, number> {
    return this.#index.counts(query, accept);
  }

  get(guid: string): DeliveryRecord | undefined {
    const sequence = this.#store.sequenceOf(guid);
    if (sequence === undefined) return undefined;
    return this.#inFlight.get(sequence)?.record ?? this.#store.read(sequence);
  }

  body(guid: string): Buffer | undefined {
    const record = this.get(guid);
    return record === undefined ? undefined : this.#store.body(record);
  }

  /**
   * Runs the handlers of a finished delivery again, on the state of things as it is now. What they did already they
   * find done: jobs have the same names, comments the same marks.
   */
  async replay(guid: string, { by }: { by: string }): Promise<'replayed' | 'unknown' | 'pending'> {
    const record = this.get(guid);
    if (record === undefined) return 'unknown';
    if (record.state === 'pending') return 'pending';
    const replayed: DeliveryRecord = { ...record, state: 'pending', replays: [...(record.replays ?? []).slice(-19), { at: this.#options.clock.now(), by }] };
    for (const handler of Object.values(replayed.handlers)) handler.state = 'waiting';
    await this.#store.save(replayed);
    this.#index.set(replayed);
    this.#options.log.info('delivery replayed', { guid, by });
    this.#resume(replayed, true);
    return 'replayed';
  }

  /** Resolves when every delivery is finished. For tests and orderly ends. */
  async idle(): Promise<void> {
    while (this.depth > 0) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
    await this.#saver.settled();
  }

  /** A delivery that is on disk: its handlers begin, or it waits there for its turn. */
  #take(entry: InFlight): void {
    entry.letGoOfBody();
    const { record } = entry;
    if (!this.#isStarted || this.#inFlight.size >= maxInMemory || this.#parked.size > 0) {
      this.#parked.push(Number(record.sequence));
      this.#events.delete(record.sequence);
    } else this.#begin(entry);
  }

  /** Takes up what waits on disk, some at a time: other work comes in between. */
  #unpark(): void {
    if (!this.#isStarted || this.#isUnparking || this.#parked.size === 0 || this.#inFlight.size > resumeBelow) return;
    this.#isUnparking = true;
    for (let count = 0; count < maxResumedTogether && this.#inFlight.size < maxInMemory; count += 1) {
      const sequence = this.#parked.shift();
      if (sequence === undefined) break;
      const record = this.#store.read(sequenceText(sequence));
      if (record !== undefined) this.#resume(record, sequence < this.#firstOwn);
    }
    setImmediate(() => {
      this.#isUnparking = false;
      this.#unpark();
      this.#wakeIfIdle();
    });
  }

  #resume(record: DeliveryRecord, mayHaveRun: boolean): void {
    const entry = openDelivery(record, { mayHaveRun, store: this.#store, events: this.#events });
    planDelivery(entry, this.#options);
    this.#begin(entry);
  }

  #begin(entry: InFlight): void {
    const { record } = entry;
    this.#inFlight.set(record.sequence, entry);
    for (const [handler, state] of Object.entries(record.handlers)) if (state.state === 'waiting') this.#enqueue(entry, handler, state);
    if (record.state === 'pending') return;
    void this.#saver.save(record);
    this.#finish(record);
  }

  #enqueue(entry: InFlight, handler: string, state: HandlerRecord): void {
    const { record } = entry;
    const firstAttempt = state.attempts;
    this.#scheduler.add({
      lane: `${record.orderingKey}|${handler}`,
      group: record.repository ?? '',
      run: () => this.#run(entry, handler, state, firstAttempt),
    });
  }

  async #run(entry: InFlight, handler: string, state: HandlerRecord, firstAttempt: number): Promise<'finished' | { againAfter: Promise<void> }> {
    const { record, delivery } = entry;
    const { clock, log, handlers } = this.#options;
    const attempt = state.attempts;
    state.attempts += 1;
    state.startedAt = clock.now();
    delete state.nextAttemptAt;
    try {
      await handlers.handle(delivery, {
        handler,
        attempt,
        signal: this.#abort.signal,
        decide: (decision) => pushBounded(state.decisions, decision),
        effect: (effect) => pushBounded(state.effects, effect),
        notes: new Set(state.notes),
        note: async (text) => {
          state.notes = [...new Set([...(state.notes ?? []), text])];
          await this.#saver.save(record);
        },
      });
      state.state = 'done';
      delete state.error;
    } catch (error) {
      if (this.#abort.signal.aborted) return { againAfter: new Promise(() => undefined) };
      const laterMs = retryAfterMs(error);
      if (laterMs !== undefined) {
        state.nextAttemptAt = clock.now() + laterMs;
        void this.#saver.save(record);
        return { againAfter: new Promise((resolve) => clock.after(laterMs, resolve)) };
      }
      state.error = messageOf(error);
      const failures = attempt - firstAttempt + 1;
      if (isRetryable(error) && failures < (this.#options.maxAttempts ?? 10)) {
        const waitMs = backoffMs(failures - 1, this.#options.backoff ?? defaultBackoff);
        state.nextAttemptAt = clock.now() + waitMs;
        log.warn('handler failed, will try again', { guid: record.guid, handler, attempt, waitMs, error });
        void this.#saver.save(record);
        return { againAfter: new Promise((resolve) => clock.after(waitMs, resolve)) };
      }
      state.state = 'failed';
      log.error('handler given up; the delivery is kept for replay', { guid: record.guid, repository: record.repository, number: record.number, handler, attempt, error });
      this.#options.onGivenUp?.(record, handler);
    }
    state.finishedAt = clock.now();
    setState(record);
    if (record.state !== 'pending') this.#finish(record);
    // The next of the lane begins once this end is on disk: a crash leaves one run in doubt, not a row of them.
    await this.#saver.save(record);
    return 'finished';
  }

  #finish(record: DeliveryRecord): void {
    this.#index.set(record);
    this.#inFlight.delete(record.sequence);
    this.#events.delete(record.sequence);
    this.#unpark();
    this.#wakeIfIdle();
  }

  #wakeIfIdle(): void {
    if (this.depth === 0) for (const wake of this.#idleWaiters.splice(0)) wake();
  }

  #schedulePrune(): void {
    this.#pruneTimer = this.#options.clock.after(pruneIntervalMs, () => {
      void this.prune()
        .catch((error: unknown) => this.#options.log.error('old deliveries not removed', { error }))
        .finally(() => {
          if (!this.#abort.signal.aborted) this.#schedulePrune();
        });
    });
  }

  /** A flood must not wait for the timer. */
  #pruneIfMany(): void {
    if (this.#index.size < this.#pruneAt) return;
    this.#pruneAt = Number.POSITIVE_INFINITY;
    void this.#saver.track(this.prune().then(() => undefined), 'old deliveries not removed');
  }

  /** Removes the oldest finished deliveries that are past their age, number or size. */
  async prune(): Promise<number> {
    const { maxAgeMs, maxDeliveries, maxBodyBytes } = this.#options.retention ?? defaultRetention;
    try {
      const doomed = this.#index.overdue({ before: this.#options.clock.now() - maxAgeMs, maxDeliveries, maxBodyBytes });
      await this.#store.remove(doomed);
      for (const { sequence } of doomed) this.#index.delete(sequence);
      return doomed.length;
    } finally {
      this.#pruneAt = Math.max(maxDeliveries, this.#index.size) + pruneSlack;
    }
  }
}
