// The contract with durable local data: an ordered map from text to text in one folder of this machine.

export interface StoreEntry {
  key: string;
  value: string;
}

/** Which keys, in byte order of their UTF-8. All conditions must hold; none: every key. */
export interface KeyRange {
  /** Keys that begin with this. */
  prefix?: string;
  /** Keys behind this one. */
  after?: string;
  /** Keys before this one. */
  before?: string;
}

export interface RangeQuery extends KeyRange {
  /** At most so many. */
  limit?: number;
  /** From the last key to the first. */
  reverse?: boolean;
}

/** A set of writes that happens whole or not at all. */
export interface StoreTransaction {
  /** Sees every write that was accepted before, durable or not yet, and those of this transaction. */
  get(key: string): string | undefined;
  has(key: string): boolean;
  /** As `get` sees it. */
  range(query?: RangeQuery): StoreEntry[];
  put(key: string, value: string): void;
  /** Nothing happens when there is no such key. */
  delete(key: string): void;
  /** @returns how many keys were deleted */
  deleteRange(range: KeyRange): number;
}

/**
 * Durable data of one process.
 *
 * - A promise of a write resolves when the write is on disk (fsync), and only then do `get` and `range` show it:
 *   what one reader was told, a crash does not take back.
 * - Writes become durable in the order of their calls; a later one never without the earlier ones. Writes that wait
 *   for the disk together share one fsync; a group waits a few turns of the event loop while each brings more.
 * - When the disk has no room, everything that is accepted but not durable rejects with PROW_STORE_FULL (transient);
 *   writes succeed again once there is room.
 * - When the disk fails, that write and all later ones reject with PROW_STORE_WRITE and the store accepts no more.
 * - Calls after `close` throw or reject with PROW_STORE_CLOSED.
 */
export interface Store {
  /** The folder. */
  readonly dir: string;
  get(key: string): string | undefined;
  has(key: string): boolean;
  /** One consistent view; consume it without awaiting in between. */
  range(query?: RangeQuery): Iterable<StoreEntry>;
  /** The keys alone, without reading the values. */
  keys(query?: RangeQuery): Iterable<string>;
  /** @throws ProwError PROW_STORE_KEY or PROW_STORE_VALUE (rejects) for what is too long */
  put(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
  /** Resolves to the number of keys deleted. */
  deleteRange(range: KeyRange): Promise<number>;
  /**
   * Runs `work` at once, without interleaving, and resolves to its result when its writes are durable (a transaction
   * without writes: when all earlier writes are). When `work` throws, nothing is written and the promise rejects with that.
   */
  transaction<T>(work: (transaction: StoreTransaction) => T): Promise<T>;
  /** Resolves when every write accepted so far is durable. */
  flushed(): Promise<void>;
  stats(): StoreStats;
  /** Waits for the accepted writes, then lets go of the folder. Idempotent. */
  close(): Promise<void>;
}

export interface StoreStats {
  /** Keys that are durable. */
  count: number;
  /** Bytes of the data file. */
  fileBytes: number;
  /** Writes waiting for the disk. */
  pendingWrites: number;
  /** Groups (one fsync each) and writes since the store was opened. */
  commits: number;
  writes: number;
}
