// Objects by resource and key, over the database: exact optimistic concurrency, group commit, and readers that see
// only what is on disk.
//
// A write is checked against the newest version, staged ones included, gets its revision at once, and is acknowledged
// when the commit it travelled in is durable. Whatever is staged while a commit runs goes into the next one together.
import type { Logger } from '@prow/base-log';
import { fromStoredText, storedParts, type ApiObject } from '../api-object.ts';
import type { Change, StoredVersion, Write } from './change.ts';
import { Collection } from './collection.ts';
import { Database, type ObjectDatabase } from './database.ts';
import { History, type ChangeLog, type HistoryLimits } from './history.ts';
import { ParsedObjects } from './parsed-objects.ts';
import { changeOf, encodeRecord, type VersionRecord } from './record.ts';
import { VersionCache } from './version-cache.ts';
import { cloneJson } from '../json-values.ts';

export interface StagedWrite {
  revision: number;
  object: ApiObject;
  version: StoredVersion;
  /** Resolves when the write is durable; rejects when it could not be made so, and then never happened. */
  committed: Promise<void>;
}

interface PendingWrite {
  change: Change;
  record: VersionRecord;
  object: ApiObject;
  resolve: () => void;
  reject: (error: unknown) => void;
}

interface StagedState {
  revision: number;
  /** Undefined: deleted. */
  object: ApiObject | undefined;
}

/** More would hold more in memory and on disk; fewer would send slow informers to list again. */
const defaultLimits: HistoryLimits = { maxChanges: 20_000, maxBytes: 96 * 1024 * 1024 };
const maxBatch = 1_000;

/** The write lost the race it was checked for; the caller reads again. */
export class StaleWriteError extends Error {}

/** upstream: the largest request that etcd takes. */
const maxObjectBytes = 1_572_864;
/** Upstream's newest definition of ProwJobs is 1.6 MB: etcd has to be told to take it, here it loads. Requests end at 3 MiB. */
const maxDefinitionBytes = 3 * 1024 * 1024;
const definitions = 'customresourcedefinitions.apiextensions.k8s.io';

export class ObjectTooLargeError extends Error {}

export class ObjectStore {
  private readonly database: ObjectDatabase;
  private readonly log: Logger;
  private readonly collections = new Map<string, Collection>();
  private readonly history: History;
  private readonly cache = new VersionCache(16 * 1024 * 1024);
  private readonly parsed = new ParsedObjects(8 * 1024 * 1024);
  private readonly staged = new Map<string, StagedState>();
  private readonly listeners = new Map<string, Set<() => void>>();
  private readonly anyListeners = new Set<(change: Change) => void>();
  private queue: PendingWrite[] = [];
  private committing: Promise<void> | undefined;
  private lastStaged: Promise<void> = Promise.resolve();
  private nextRevision: number;
  private committedRevision: number;
  private closed = false;

  /** @param where a folder, or a database that is open */
  constructor(where: string | ObjectDatabase, log: Logger, limits: HistoryLimits = defaultLimits) {
    this.database = typeof where === 'string' ? new Database(where) : where;
    this.log = log;
    this.history = new History(this.database.compactedRevision(), limits);
    this.committedRevision = this.database.lastRevision();
    this.nextRevision = this.committedRevision + 1;
    for (const { resource, key, revision, isOwned } of this.database.newestRevisions()) this.collection(resource).set(key, revision, isOwned);
    for (const change of this.database.keptChanges()) this.history.push(change);
  }

  /** The revision of the last durable write. */
  get revision(): number {
    return this.committedRevision;
  }

  /** Watches and snapshots of the resource below this revision are no longer possible. */
  droppedRevision(resource: string): number {
    return this.history.of(resource).droppedRevision;
  }

  collection(resource: string): Collection {
    let found = this.collections.get(resource);
    if (found === undefined) this.collections.set(resource, (found = new Collection()));
    return found;
  }

  resources(): string[] {
    return [...this.collections.keys()];
  }

  changes(resource: string): ChangeLog {
    return this.history.of(resource);
  }

  /** The newest durable version. */
  get(resource: string, key: string): StoredVersion | undefined {
    const entry = this.collection(resource).get(key);
    return entry === undefined ? undefined : this.version(entry.revision);
  }

  /** A stored version by its revision; undefined when compacted. */
  version(revision: number): StoredVersion | undefined {
    const cached = this.cache.get(revision);
    if (cached !== undefined) return cached;
    const record = this.database.read(revision);
    if (record === undefined) return undefined;
    return { revision, body: record.body, metadataLength: record.metadataLength };
  }

  /** Of the newest version, staged ones included; undefined for an object that is not there. */
  newestRevision(resource: string, key: string): number | undefined {
    const staged = this.staged.get(`${resource}\t${key}`);
    if (staged !== undefined) return staged.object === undefined ? undefined : staged.revision;
    return this.collection(resource).get(key)?.revision;
  }

  /** The newest version for a writer: staged writes count. A fresh copy that the caller may change. */
  latest(resource: string, key: string, type: { apiVersion: string; kind: string }): { revision: number; object: ApiObject } | undefined {
    const stagedKey = `${resource}\t${key}`;
    const staged = this.staged.get(stagedKey);
    if (staged !== undefined) return staged.object === undefined ? undefined : { revision: staged.revision, object: copyAs(staged.object, type) };
    const entry = this.collection(resource).get(key);
    if (entry === undefined) return undefined;
    const { revision } = entry;
    const parsed = this.parsed.get(stagedKey, revision);
    if (parsed !== undefined) return { revision, object: copyAs(parsed, type) };
    const version = this.version(revision);
    return version === undefined ? undefined : { revision, object: fromStoredText(version.body, type) };
  }

  /**
   * Gives the write its revision and puts it into the next commit. Throws StaleWriteError when it was overtaken. From
   * now on nobody may change `write.object`: the next writer begins with it.
   */
  stage(write: Write): StagedWrite {
    if (this.closed) throw new Error('the store is closed');
    const stagedKey = `${write.resource}\t${write.key}`;
    const present = this.newestRevision(write.resource, write.key) ?? 0;
    if (present !== write.expectedRevision) throw new StaleWriteError(`version ${present}, expected ${write.expectedRevision}`);
    const revision = this.nextRevision;
    write.object.metadata.resourceVersion = String(revision);
    const { type, resource, key } = write;
    const isOwned = (write.object.metadata.ownerReferences ?? []).length > 0;
    const record = encodeRecord({ type, previousRevision: present, resource, key, isOwned }, storedParts(write.object));
    const { body, metadataLength } = record;
    const maxBytes = write.resource === definitions ? maxDefinitionBytes : maxObjectBytes;
    if (body.length > maxBytes) throw new ObjectTooLargeError(`${body.length} bytes, at most ${maxBytes} are stored`);
    this.nextRevision += 1;
    this.staged.set(stagedKey, { revision, object: write.type === 'DELETED' ? undefined : write.object });
    const committed = new Promise<void>((resolve, reject) => {
      this.queue.push({ change: changeOf(revision, record), record, object: write.object, resolve, reject });
    });
    this.lastStaged = committed;
    if (this.database.commitNow === undefined) this.committing ??= this.commitQueued();
    else this.commitAtOnce(this.database);
    return { revision, object: write.object, version: { revision, body, metadataLength }, committed };
  }

  /** Resolves when readers see all that is staged now: what a writer was told of it, they can read. */
  async settled(): Promise<void> {
    await this.lastStaged.catch(() => undefined);
  }

  /** Called after each commit that touched the resource. */
  subscribe(resource: string, listener: () => void): () => void {
    let set = this.listeners.get(resource);
    if (set === undefined) this.listeners.set(resource, (set = new Set()));
    set.add(listener);
    return () => set.delete(listener);
  }

  /** Called for every durable change, in order. */
  onChange(listener: (change: Change) => void): () => void {
    this.anyListeners.add(listener);
    return () => this.anyListeners.delete(listener);
  }

  /** Waits for what is staged, then closes the file. */
  async close(): Promise<void> {
    this.closed = true;
    await this.committing;
    await this.database.close();
  }

  private async commitQueued(): Promise<void> {
    // Requests read in the same turn of the event loop travel together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.queue.length > 0) {
      const batch = this.queue.splice(0, maxBatch);
      const compaction = this.history.compact(batch.length);
      try {
        await this.database.commit({ writes: batch, compaction });
      } catch (error) {
        this.fail(batch, error);
        continue;
      }
      this.publish(batch);
    }
    this.committing = undefined;
  }

  private commitAtOnce(database: ObjectDatabase): void {
    const batch = this.queue.splice(0);
    database.commitNow?.({ writes: batch, compaction: this.history.compact(batch.length) });
    this.publish(batch);
  }

  /** Nothing of what is staged can be trusted any more: later writes were checked against the failed ones. */
  private fail(batch: readonly PendingWrite[], error: unknown): void {
    this.log.error('writes could not be made durable', { error, writes: batch.length });
    const lost = [...batch, ...this.queue];
    this.queue = [];
    this.staged.clear();
    for (const write of lost) write.reject(error);
  }

  private publish(batch: readonly PendingWrite[]): void {
    const touched = new Set<string>();
    for (const { change, record, object } of batch) {
      const stagedKey = `${change.resource}\t${change.key}`;
      if (this.staged.get(stagedKey)?.revision === change.revision) this.staged.delete(stagedKey);
      const collection = this.collection(change.resource);
      if (change.type === 'DELETED') collection.delete(change.key);
      else collection.set(change.key, change.revision, record.isOwned);
      // What was written twice may be written again. Who writes without a disk gets the very objects, and may change them.
      if (change.type === 'MODIFIED' && this.database.commitNow === undefined) this.parsed.set(stagedKey, { revision: change.revision, object, bytes: record.body.length });
      else this.parsed.delete(stagedKey);
      this.cache.set({ revision: change.revision, body: record.body, metadataLength: record.metadataLength });
      this.history.push(change);
      this.committedRevision = change.revision;
      touched.add(change.resource);
    }
    for (const write of batch) write.resolve();
    for (const { change } of batch) for (const listener of this.anyListeners) listener(change);
    for (const resource of touched) for (const listener of this.listeners.get(resource) ?? []) listener();
  }
}

function copyAs(object: ApiObject, { kind, apiVersion }: { apiVersion: string; kind: string }): ApiObject {
  return Object.assign({ kind, apiVersion }, cloneJson(object), { kind, apiVersion });
}
