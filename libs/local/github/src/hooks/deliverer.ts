import { createHmac } from 'node:crypto';
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { backoffMs, type Clock } from '@prow/base-time';
import type { Store } from '@prow/clients-store';
import type { Database } from '../state/database.ts';
import type { HookRecord } from '../state/records.ts';
import { hooks, padded } from '../state/tables.ts';
import { deliveryKey, payloadKey, pendingKey, type DeliveryRecord } from './deliveries.ts';

const attemptTimeoutMs = 10_000;
const maxAttempts = 12;
const retryBackoff = { baseMs: 250, maxMs: 20_000, jitter: 0.1 };
const keptMs = 3 * 24 * 3600_000;
const keptPerHook = 5000;
const sweepEveryMs = 15 * 60_000;
const maxResponseBytes = 64 * 1024;

/**
 * Hands webhooks over. Those of one repository go to one receiver in order, each until it is accepted, refused (4xx)
 * or given up; repositories do not wait for one another. What was not handed over when the process ended is taken up
 * again. Unlike GitHub, it tries again by itself.
 */
export class Deliverer {
  readonly #database: Database;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #lanes = new Map<string, number[]>();
  readonly #running = new Set<Promise<void>>();
  readonly #stopped = new AbortController();

  constructor({ database, clock, log }: { database: Database; clock: Clock; log: Logger }) {
    this.#database = database;
    this.#store = database.store;
    this.#clock = clock;
    this.#log = log;
  }

  /** Takes up what is waiting on disk. */
  start(): void {
    for (const { key, value } of this.#store.range({ prefix: 'q/' })) {
      const delivery = this.read(Number(value), Number(key.slice(2)));
      if (delivery !== undefined) this.enqueue(delivery);
    }
    this.#sweepLater();
  }

  enqueue(delivery: DeliveryRecord): void {
    const lane = `${delivery.hookId}/${delivery.repoId ?? ''}`;
    const waiting = this.#lanes.get(lane);
    if (waiting !== undefined) {
      waiting.push(delivery.id);
      return;
    }
    const queue = [delivery.id];
    this.#lanes.set(lane, queue);
    const run = this.#runLane(lane, delivery.hookId, queue).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  read(hookId: number, id: number): DeliveryRecord | undefined {
    const text = this.#store.get(deliveryKey(hookId, id));
    return text === undefined ? undefined : (JSON.parse(text) as DeliveryRecord);
  }

  payload(id: number): string | undefined {
    return this.#store.get(payloadKey(id));
  }

  /** Newest first, from before `before`. */
  list(hookId: number, { limit, before }: { limit: number; before?: number }): DeliveryRecord[] {
    const prefix = `d/${padded(hookId)}/`;
    const range = this.#store.range({ prefix, reverse: true, limit, ...(before === undefined ? {} : { before: `${prefix}${padded(before)}` }) });
    return [...range].map(({ value }) => JSON.parse(value) as DeliveryRecord);
  }

  /** Resolves when nothing is waiting: for tests and demonstrations. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async stop(): Promise<void> {
    this.#stopped.abort(new Error('stopping'));
    await Promise.all(this.#running);
  }

  async #runLane(lane: string, hookId: number, queue: number[]): Promise<void> {
    for (let id = queue[0]; id !== undefined; id = queue[0]) {
      if (this.#stopped.signal.aborted) return;
      await this.#deliver(hookId, id).catch((error: unknown) => this.#log.error('a webhook could not be handled', { hook: hookId, delivery: id, error }));
      queue.shift();
    }
    this.#lanes.delete(lane);
  }

  async #deliver(hookId: number, id: number): Promise<void> {
    for (;;) {
      const delivery = this.read(hookId, id);
      const hook = this.#database.get(hooks, padded(hookId));
      if (delivery === undefined || delivery.isDone) return;
      if (hook === undefined) return this.#finish({ ...delivery, isDone: true, status: 'the webhook was deleted' });
      const attempted = await this.#attempt(hook, delivery);
      if (this.#stopped.signal.aborted && attempted.statusCode === 0) return; // taken up again at the next start
      const mayRepeat = attempted.statusCode === 0 || attempted.statusCode === 429 || attempted.statusCode >= 500;
      const isDone = !mayRepeat || attempted.attempts >= maxAttempts;
      await this.#finish({ ...attempted, isDone });
      if (isDone) {
        if (attempted.statusCode < 200 || attempted.statusCode > 299) this.#log.warn('a webhook was not accepted', { url: hook.url, event: delivery.event, guid: delivery.guid, status: attempted.status });
        return;
      }
      try {
        await this.#clock.sleep(backoffMs(attempted.attempts - 1, retryBackoff), this.#stopped.signal);
      } catch {
        return;
      }
    }
  }

  async #attempt(hook: HookRecord, delivery: DeliveryRecord): Promise<DeliveryRecord> {
    const payload = this.payload(delivery.id) ?? '{}';
    const body = hook.contentType === 'form' ? `payload=${encodeURIComponent(payload)}` : payload;
    const headers = requestHeaders(hook, delivery, body);
    const startedAt = this.#clock.now();
    const attempt = { ...delivery, attempts: delivery.attempts + 1, deliveredAt: startedAt, requestHeaders: headers };
    try {
      const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(attemptTimeoutMs)]);
      const response = await fetch(hook.url, { method: 'POST', headers, body, redirect: 'manual', signal });
      const text = (await response.text()).slice(0, maxResponseBytes);
      const status = response.ok ? 'OK' : `Invalid HTTP Response: ${response.status}`;
      return { ...attempt, durationMs: this.#clock.now() - startedAt, statusCode: response.status, status, responseHeaders: Object.fromEntries(response.headers), responseBody: text };
    } catch (error) {
      const reason = error instanceof Error && error.cause instanceof Error ? messageOf(error.cause) : messageOf(error);
      return { ...attempt, durationMs: this.#clock.now() - startedAt, statusCode: 0, status: `failed to connect to host: ${reason}`, responseHeaders: null, responseBody: null };
    }
  }

  async #finish(delivery: DeliveryRecord): Promise<void> {
    await this.#store.transaction((transaction) => {
      transaction.put(deliveryKey(delivery.hookId, delivery.id), JSON.stringify(delivery));
      if (delivery.isDone) transaction.delete(pendingKey(delivery.id));
    });
  }

  #sweepLater(): void {
    this.#clock.after(sweepEveryMs, () => {
      if (this.#stopped.signal.aborted) return;
      void this.sweep().catch((error: unknown) => this.#log.warn('old webhooks could not be removed', { error }));
      this.#sweepLater();
    });
  }

  /** Forgets what is older than three days, and what is too many. */
  async sweep(): Promise<void> {
    for (const hook of this.#database.all(hooks)) {
      const old: DeliveryRecord[] = [];
      let count = 0;
      for (const { value } of this.#store.range({ prefix: `d/${padded(hook.id)}/`, reverse: true })) {
        const delivery = JSON.parse(value) as DeliveryRecord;
        count += 1;
        if (delivery.isDone && (count > keptPerHook || delivery.createdAt < this.#clock.now() - keptMs)) old.push(delivery);
      }
      if (old.length === 0) continue;
      await this.#store.transaction((transaction) => {
        for (const delivery of old) {
          transaction.delete(deliveryKey(delivery.hookId, delivery.id));
          transaction.delete(payloadKey(delivery.id));
        }
      });
    }
  }
}

function requestHeaders(hook: HookRecord, delivery: DeliveryRecord, body: string): Record<string, string> {
  const sign = (algorithm: string): string => createHmac(algorithm, hook.secret).update(body).digest('hex');
  return {
    accept: '*/*',
    'content-type': hook.contentType === 'form' ? 'application/x-www-form-urlencoded' : 'application/json',
    'user-agent': 'GitHub-Hookshot/local',
    'x-github-delivery': delivery.guid,
    'x-github-event': delivery.event,
    'x-github-hook-id': String(hook.id),
    'x-github-hook-installation-target-id': String(hook.repoId ?? 0),
    'x-github-hook-installation-target-type': hook.repoId === null ? 'organization' : 'repository',
    ...(hook.secret === '' ? {} : { 'x-hub-signature': `sha1=${sign('sha1')}`, 'x-hub-signature-256': `sha256=${sign('sha256')}` }),
  };
}
