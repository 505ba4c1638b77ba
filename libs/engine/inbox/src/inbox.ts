import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { backoffMs, type Backoff, type Clock } from '@prow/base-time';
import type { Store } from '@prow/clients-store';
import { isRetryable, pushBounded, retryAfterMs } from './handler-outcome.ts';
import { InboxIndex, type DeliveryQuery, type DeliverySummary } from './inbox-index.ts';
import { InboxStore } from './inbox-store.ts';
import { LaneScheduler } from './lane-scheduler.ts';
import type { Delivery, DeliveryHandlers, DeliveryRecord, HandlerRecord, NewDelivery } from './types.ts';

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
const pruneIntervalMs = 600_000;

interface InFlight {
  readonly record: DeliveryRecord;
  readonly delivery: Delivery;
  /** Handlers that may have run before this process: they look before they act. */
  readonly mayHaveRun: boolean;
  /** A write under way. */
  saved?: Promise<void>;
  dirty: boolean;
}

/**
 * Deliveries that survive everything: on disk before anybody is told they arrived, handled at least once by each
 * handler that wants them, in order within their key, tried again while trouble is transient, and kept for replay.
 */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #store: InboxStore;
  readonly #index = new InboxIndex();
  readonly #scheduler: LaneScheduler;
  readonly #inFlight = new Map<string, InFlight>();
  readonly #abort = new AbortController();
  readonly #saves = new Set<Promise<void>>();
  #pruneTimer: { cancel(): void } | undefined;
  #isStarted = false;
  #idleWaiters: (() => void)[] = [];

  constructor(options: InboxOptions) {
    this.#options = options;
    this.#store = new InboxStore(options.store);
    this.#scheduler = new LaneScheduler({ concurrency: options.concurrency ?? 40 });
  }

  /** Deliveries not finished yet. */
  get depth(): number {
    return this.#inFlight.size;
  }

  /** Where event sources left off. */
  get checkpoints(): Pick<InboxStore, 'checkpoint' | 'setCheckpoint'> {
    return this.#store;
  }

  /** Takes up what an earlier process left, then what comes. */
  start(): void {
    this.#isStarted = true;
    const unfinished: DeliveryRecord[] = [];
    const records = [...this.#store.records()];
    for (const record of records) {
      if (this.#options.forgetsFinished && record.state !== 'pending') {
        void this.#track(this.#store.remove(record), 'finished delivery not forgotten');
        continue;
      }
      this.#index.set(record);
      if (record.state === 'pending') unfinished.push(record);
    }
    for (const record of unfinished) this.#begin(record, true);
    this.#scheduler.start();
    this.#schedulePrune();
    this.#options.log.info('inbox opened', { deliveries: this.#index.size, unfinished: unfinished.length });
  }

  /** Starts nothing more and waits for what runs, at most `graceMs`; the rest is taken up by the next process. */
  async stop({ graceMs = 10_000 }: { graceMs?: number } = {}): Promise<void> {
    this.#pruneTimer?.cancel();
    this.#scheduler.stop();
    if (this.#abort.signal.aborted) return;
    const grace = this.#options.clock.after(graceMs, () => this.#abort.abort(new Error('the program is ending')));
    await Promise.race([this.#scheduler.quiet(), new Promise<void>((resolve) => this.#abort.signal.addEventListener('abort', () => resolve(), { once: true }))]);
    grace.cancel();
    this.#abort.abort(new Error('the program is ending'));
    await Promise.allSettled(this.#saves);
  }

  /** Resolves when the delivery is on disk. A GUID that is known already changes nothing. */
  async accept(delivery: NewDelivery): Promise<{ isDuplicate: boolean }> {
    const record = await this.#store.add(delivery, this.#options.clock.now());
    if (record === undefined) return { isDuplicate: true };
    this.#index.set(record);
    // Before the start it only waits on disk.
    if (this.#isStarted) this.#begin(record, false, delivery.payload);
    return { isDuplicate: false };
  }

  has(guid: string): boolean {
    return this.#store.sequenceOf(guid) !== undefined;
  }

  /** Newest first. */
  list(query: DeliveryQuery): DeliverySummary[] {
    return this.#index.list(query);
  }

  get(guid: string): DeliveryRecord | undefined {
    const sequence = this.#store.sequenceOf(guid);
    if (sequence === undefined) return undefined;
    return this.#inFlight.get(sequence)?.record ?? this.#store.read(sequence);
  }

  body(guid: string): Buffer | undefined {
    const sequence = this.#store.sequenceOf(guid);
    return sequence === undefined ? undefined : this.#store.body(sequence);
  }

  /**
   * Runs the handlers of a finished delivery again, on the state of things as it is now. What they did already they
   * find done: jobs have the same names, comments the same marks.
   */
  async replay(guid: string, { by }: { by: string }): Promise<'replayed' | 'unknown' | 'pending'> {
    const record = this.get(guid);
    if (record === undefined) return 'unknown';
    if (this.#inFlight.has(record.sequence)) return 'pending';
    const replayed: DeliveryRecord = { ...record, state: 'pending', replays: [...(record.replays ?? []).slice(-19), { at: this.#options.clock.now(), by }] };
    for (const handler of Object.values(replayed.handlers)) handler.state = 'waiting';
    await this.#store.save(replayed);
    this.#index.set(replayed);
    this.#options.log.info('delivery replayed', { guid, by });
    this.#begin(replayed, true);
    return 'replayed';
  }

  /** Resolves when every delivery is finished. For tests and orderly ends. */
  async idle(): Promise<void> {
    while (this.#inFlight.size > 0) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
    await Promise.allSettled(this.#saves);
  }

  #begin(record: DeliveryRecord, mayHaveRun: boolean, given?: unknown): void {
    // Kept only until the delivery is planned: what waits long is read from disk again.
    let parsed = given;
    const body = (): Buffer => this.#store.body(record.sequence);
    const entry: InFlight = {
      record,
      delivery: { record, body, payload: () => parsed ?? (JSON.parse(body().toString('utf8')) as unknown) },
      mayHaveRun,
      dirty: false,
    };
    this.#inFlight.set(record.sequence, entry);
    try {
      const { handlers, note } = this.#options.handlers.plan(entry.delivery);
      if (note === undefined) delete record.note;
      else record.note = note;
      // Of an earlier plan, before the configuration changed.
      for (const [name, { state }] of Object.entries(record.handlers)) if (state === 'waiting' && !handlers.includes(name)) delete record.handlers[name];
      for (const handler of handlers) this.#enqueue(entry, handler);
    } catch (error) {
      record.note = messageOf(error);
      this.#options.log.error('delivery cannot be handled', { guid: record.guid, eventType: record.eventType, error });
      record.handlers['parse'] = { state: 'failed', attempts: 1, error: record.note, decisions: [], effects: [] };
    }
    parsed = undefined;
    this.#finishIfOver(entry);
  }

  #enqueue(entry: InFlight, handler: string): void {
    const { record } = entry;
    const present = record.handlers[handler];
    if (present !== undefined && present.state !== 'waiting') return;
    const state: HandlerRecord = present ?? { state: 'waiting', attempts: entry.mayHaveRun ? 1 : 0, decisions: [], effects: [] };
    if (present !== undefined && entry.mayHaveRun) state.attempts = Math.max(1, state.attempts);
    record.handlers[handler] = state;
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
          await this.#save(entry);
        },
      });
      state.state = 'done';
      delete state.error;
    } catch (error) {
      if (this.#abort.signal.aborted) return { againAfter: new Promise(() => undefined) };
      const laterMs = retryAfterMs(error);
      if (laterMs !== undefined) {
        state.nextAttemptAt = clock.now() + laterMs;
        void this.#save(entry);
        return { againAfter: new Promise((resolve) => clock.after(laterMs, resolve)) };
      }
      state.error = messageOf(error);
      const failures = attempt - firstAttempt + 1;
      if (isRetryable(error) && failures < (this.#options.maxAttempts ?? 10)) {
        const waitMs = backoffMs(failures - 1, this.#options.backoff ?? defaultBackoff);
        state.nextAttemptAt = clock.now() + waitMs;
        log.warn('handler failed, will try again', { guid: record.guid, handler, attempt, waitMs, error });
        void this.#save(entry);
        return { againAfter: new Promise((resolve) => clock.after(waitMs, resolve)) };
      }
      state.state = 'failed';
      log.error('handler given up; the delivery is kept for replay', { guid: record.guid, repository: record.repository, number: record.number, handler, attempt, error });
      this.#options.onGivenUp?.(record, handler);
    }
    state.finishedAt = clock.now();
    this.#finishIfOver(entry);
    // The next of the lane begins once this end is on disk: a crash leaves one run in doubt, not a row of them.
    await this.#save(entry);
    return 'finished';
  }

  #finishIfOver(entry: InFlight): void {
    const { record } = entry;
    const states = Object.values(record.handlers).map(({ state }) => state);
    if (states.includes('waiting')) {
      void this.#save(entry);
      return;
    }
    record.state = states.length === 0 ? 'ignored' : states.includes('failed') ? 'failed' : 'done';
    void this.#save(entry);
    this.#index.set(record);
    this.#inFlight.delete(record.sequence);
    if (this.#inFlight.size === 0) for (const wake of this.#idleWaiters.splice(0)) wake();
  }

  /** Writes the record as it is when its turn comes: many changes make one write. Resolves, always, once that is done. */
  #save(entry: InFlight): Promise<void> {
    entry.dirty = true;
    entry.saved ??= this.#track(
      (async (): Promise<void> => {
        try {
          while (entry.dirty) {
            entry.dirty = false;
            await this.#store.save(entry.record);
          }
        } finally {
          delete entry.saved;
        }
      })(),
      'delivery record not saved',
    );
    return entry.saved;
  }

  /** Writes nobody waits for; the end of the program does. */
  #track(write: Promise<void>, complaint: string): Promise<void> {
    const tracked: Promise<void> = write
      .catch((error: unknown) => this.#options.log.error(complaint, { error }))
      .finally(() => this.#saves.delete(tracked));
    this.#saves.add(tracked);
    return tracked;
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

  /** Removes the oldest finished deliveries that are past their age, number or size. */
  async prune(): Promise<number> {
    const { maxAgeMs, maxDeliveries, maxBodyBytes } = this.#options.retention ?? defaultRetention;
    const doomed = this.#index.overdue({ before: this.#options.clock.now() - maxAgeMs, maxDeliveries, maxBodyBytes });
    for (const summary of doomed) {
      await this.#store.remove(summary);
      this.#index.delete(summary.sequence);
    }
    return doomed.length;
  }
}
