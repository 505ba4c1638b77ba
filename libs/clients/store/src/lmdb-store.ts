import { statSync } from 'node:fs';
import type { Database, RootDatabase } from 'lmdb';
import { messageOf, ProwError } from '@prow/base-errors';
import { systemClock } from '@prow/base-time';
import type { KeyRange, RangeQuery, Store, StoreEntry, StoreStats, StoreTransaction } from './api.ts';
import { boundsOf, maxKeyBytes } from './key-bounds.ts';
import { checkSpace } from './check-space.ts';
import { PendingWrites, type Write } from './pending-writes.ts';

interface LmdbStoreOptions {
  dir: string;
  path: string;
  root: RootDatabase<string, string>;
  data: Database<string, Buffer>;
  release: () => void;
  maxValueBytes: number;
}

/** Turns of the event loop that a group waits for company. */
const maxGatherTurns = 8;

/** How long LMDB may take to tell why a commit failed. */
const commitErrorWaitMs = 1000;

interface Group {
  writes: Write[];
  waiters: { resolve: () => void; reject: (error: unknown) => void }[];
}

export class LmdbStore implements Store {
  readonly dir: string;
  readonly #options: LmdbStoreOptions;
  readonly #pending = new PendingWrites();
  #next: Group = { writes: [], waiters: [] };
  #committing: Promise<void> | undefined;
  #failure: ProwError | undefined;
  #closing: Promise<void> | undefined;
  #commits = 0;
  #writes = 0;

  constructor(options: LmdbStoreOptions) {
    this.dir = options.dir;
    this.#options = options;
  }

  get(key: string): string | undefined {
    this.#assertOpen();
    return this.#options.data.get(Buffer.from(key));
  }

  has(key: string): boolean {
    this.#assertOpen();
    return this.#options.data.doesExist(Buffer.from(key));
  }

  *range(query: RangeQuery = {}): Generator<StoreEntry> {
    this.#assertOpen();
    const options = boundsOf(query);
    if (options === undefined) return;
    for (const { key, value } of this.#options.data.getRange(options)) yield { key: key.toString('utf8'), value };
  }

  *keys(query: RangeQuery = {}): Generator<string> {
    this.#assertOpen();
    const options = boundsOf(query);
    if (options === undefined) return;
    for (const key of this.#options.data.getKeys(options)) yield key.toString('utf8');
  }

  put(key: string, value: string): Promise<void> {
    return this.transaction((transaction) => transaction.put(key, value));
  }

  delete(key: string): Promise<void> {
    return this.transaction((transaction) => transaction.delete(key));
  }

  deleteRange(range: KeyRange): Promise<number> {
    return this.transaction((transaction) => transaction.deleteRange(range));
  }

  async transaction<T>(work: (transaction: StoreTransaction) => T): Promise<T> {
    this.#assertWritable();
    const own = new Map<string, string | undefined>();
    const result = work(this.#view(own));
    if (result instanceof Promise) {
      result.catch(() => {});
      throw new TypeError('the work of a transaction must not be asynchronous');
    }
    await this.#submit([...own].map(([key, value]) => ({ key, value })));
    return result;
  }

  async flushed(): Promise<void> {
    await this.#submit([]);
  }

  stats(): StoreStats {
    this.#assertOpen();
    const { entryCount } = this.#options.data.getStats() as { entryCount: number };
    return { count: entryCount, fileBytes: statSync(this.#options.path).size, pendingWrites: this.#pending.size, commits: this.#commits, writes: this.#writes };
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    while (this.#committing !== undefined) await this.#committing;
    try {
      this.#options.release();
    } finally {
      await this.#options.root.close();
    }
  }

  /** What a transaction sees: the durable data, under the writes accepted since, under its own. */
  #view(own: Map<string, string | undefined>): StoreTransaction {
    const { data, maxValueBytes } = this.#options;
    const get = (key: string): string | undefined => {
      if (own.has(key)) return own.get(key);
      const pending = this.#pending.find(key);
      return pending === undefined ? data.get(Buffer.from(key)) : pending.value;
    };
    const range = (query: RangeQuery = {}): StoreEntry[] => {
      const { limit = Number.POSITIVE_INFINITY, reverse = false, ...keyRange } = query;
      const merged = new Map<string, string | undefined>();
      for (const { key, value } of this.range(keyRange)) merged.set(key, value);
      this.#pending.overlay(merged, (key) => inRange(key, keyRange));
      for (const [key, value] of own) if (inRange(key, keyRange)) merged.set(key, value);
      const entries = [...merged].flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]));
      entries.sort((a, b) => compareKeys(a.key, b.key) * (reverse ? -1 : 1));
      return entries.slice(0, limit);
    };
    return {
      get,
      has: (key) => get(key) !== undefined,
      range,
      put: (key, value) => {
        checkKey(key);
        const bytes = value.length > maxValueBytes ? value.length : Buffer.byteLength(value);
        if (bytes > maxValueBytes) throw new ProwError('PROW_STORE_VALUE', `the value of ${key} is longer than ${maxValueBytes} bytes`, { details: { key, bytes, maxValueBytes } });
        own.set(key, value);
      },
      delete: (key) => {
        checkKey(key);
        own.set(key, undefined);
      },
      deleteRange: (keyRange) => {
        const found = range(keyRange);
        for (const { key } of found) own.set(key, undefined);
        return found.length;
      },
    };
  }

  #submit(writes: Write[]): Promise<void> {
    this.#assertWritable();
    this.#pending.add(writes);
    const group = this.#next;
    group.writes.push(...writes);
    const durable = new Promise<void>((resolve, reject) => group.waiters.push({ resolve, reject }));
    this.#committing ??= Promise.resolve().then(() => this.#commitAll());
    return durable;
  }

  /** One group after another: what is submitted while one is written to disk makes up the next. */
  async #commitAll(): Promise<void> {
    while (this.#next.waiters.length > 0) {
      await this.#gather();
      const group = this.#takeNext();
      try {
        if (this.#failure !== undefined) throw this.#failure;
        checkSpace(this.dir, group.writes);
        await this.#commit(group.writes);
        this.#pending.settle(group.writes);
        for (const { resolve } of group.waiters) resolve();
      } catch (error) {
        await this.#refuse(group, error);
      }
    }
    this.#committing = undefined;
  }

  /** While every turn of the event loop brings more, the disk is asked once for all of it. */
  async #gather(): Promise<void> {
    for (let turn = 0, before = 0; turn < maxGatherTurns && this.#next.waiters.length > before; turn += 1) {
      before = this.#next.waiters.length;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  #takeNext(): Group {
    const group = this.#next;
    this.#next = { writes: [], waiters: [] };
    return group;
  }

  /** Nothing of the group was written. What was submitted since may have seen it, so that is refused as well. */
  async #refuse(group: Group, error: unknown): Promise<void> {
    const isFull = error instanceof ProwError && error.code === 'PROW_STORE_FULL';
    const reason = isFull ? error : (this.#failure ??= await this.#writeError(error));
    const later = this.#takeNext();
    for (const refused of [group, later]) {
      this.#pending.settle(refused.writes);
      for (const { reject } of refused.waiters) reject(reason);
    }
  }

  async #commit(writes: readonly Write[]): Promise<void> {
    if (writes.length === 0) return;
    const { data } = this.#options;
    const results: Promise<boolean>[] = [];
    const done = data.batch(() => {
      for (const { key, value } of writes) results.push(value === undefined ? data.remove(Buffer.from(key)) : data.put(Buffer.from(key), value));
    });
    await Promise.all([done, ...results]);
    this.#commits += 1;
    this.#writes += writes.length;
  }

  /** LMDB tells why a commit failed through a second promise, which somebody must heed. */
  async #writeError(error: unknown): Promise<ProwError> {
    let cause = error;
    if (typeof error === 'object' && error !== null && 'commitError' in error) {
      cause = await Promise.race([Promise.resolve(error.commitError).then(() => error, (reason: unknown) => reason), systemClock.sleep(commitErrorWaitMs).then(() => error)]);
    }
    const why = messageOf(cause).split(': Attempting to write')[0] ?? '';
    return new ProwError('PROW_STORE_WRITE', `cannot write to ${this.dir}: ${why}`, { details: { folder: this.dir }, cause });
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new ProwError('PROW_STORE_CLOSED', `the data in ${this.dir} is closed`, { details: { folder: this.dir } });
  }

  #assertWritable(): void {
    this.#assertOpen();
    if (this.#failure !== undefined) throw this.#failure;
  }
}

function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes < 1 || bytes > maxKeyBytes) throw new ProwError('PROW_STORE_KEY', `a key has 1 to ${maxKeyBytes} bytes, found ${bytes}: ${key.slice(0, 80)}`, { details: { bytes, maxKeyBytes } });
}

function inRange(key: string, { prefix = '', after, before }: KeyRange): boolean {
  return key.startsWith(prefix) && (after === undefined || compareKeys(key, after) > 0) && (before === undefined || compareKeys(key, before) < 0);
}

function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
