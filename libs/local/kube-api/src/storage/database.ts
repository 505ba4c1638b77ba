// The one file on disk: an lmdb environment with the versions of all objects by revision, the newest revision of each
// key, and the window of changes without bodies (those of one commit together), so that a start reads no object. A commit is durable (synced) when its
// promise resolves, and all or nothing.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { open, type Database as LmdbDatabase, type RootDatabase } from 'lmdb';
import type { Change } from './change.ts';
import type { Compaction } from './history.ts';
import { changeOf, decodeBody, decodeChanges, decodeRecord, encodeChanges, type VersionRecord } from './record.ts';

export interface CommitBatch {
  writes: readonly { change: Change; record: VersionRecord }[];
  /** Set when the window moves. */
  compaction?: Compaction | undefined;
}

/** What the store needs of a database. */
export interface ObjectDatabase extends Pick<Database, 'compactedRevision' | 'lastRevision' | 'newestRevisions' | 'keptChanges' | 'read' | 'commit' | 'close'> {
  /** Where a commit takes no time: it is made before the call returns. */
  commitNow?(batch: CommitBatch): void;
}

/** Object keys and resources in one ordered string. */
function stateKey(resource: string, key: string): string {
  return `${resource}\t${key}`;
}

export class Database {
  private readonly root: RootDatabase<Buffer, string>;
  private readonly versions: LmdbDatabase<Buffer, number>;
  private readonly newest: LmdbDatabase<Buffer, string>;
  private readonly changes: LmdbDatabase<Buffer, number>;
  /** First and last revision of each record of changes, oldest first. */
  private groups: { first: number; last: number }[] = [];

  constructor(path: string) {
    // Locks of a process that was killed while it wrote; the folder is ours alone (own-folder.ts).
    rmSync(join(path, 'lock.mdb'), { force: true });
    // overlappingSync would acknowledge before the data is on disk.
    this.root = open<Buffer, string>({ path, encoding: 'binary', overlappingSync: false, maxDbs: 4, noMemInit: true });
    this.versions = this.root.openDB<Buffer, number>({ name: 'versions', encoding: 'binary', compression: { threshold: 700 } });
    this.newest = this.root.openDB<Buffer, string>({ name: 'newest', encoding: 'binary' });
    this.changes = this.root.openDB<Buffer, number>({ name: 'changes', encoding: 'binary' });
    if (this.root.get('changes-kept') === undefined) this.indexChanges();
  }

  /** The last change forgotten; 0 in a new database. */
  compactedRevision(): number {
    const stored = this.root.get('compacted');
    return stored === undefined ? 0 : Number(stored.toString());
  }

  /** The highest revision ever given out to a committed write. */
  lastRevision(): number {
    for (const key of this.versions.getKeys({ reverse: true, limit: 1 })) return Math.max(key, this.compactedRevision());
    return this.compactedRevision();
  }

  /** Newest revision of every object, in order of keys within a resource. */
  *newestRevisions(): Generator<{ resource: string; key: string; revision: number; isOwned: boolean }> {
    for (const { key, value } of this.newest.getRange()) {
      const split = key.indexOf('\t');
      yield { resource: key.slice(0, split), key: key.slice(split + 1), revision: value.readDoubleBE(0), isOwned: value.readUInt8(8) === 1 };
    }
  }

  /** The window, oldest first. Read once, at the start. */
  *keptChanges(): Generator<Change> {
    const compacted = this.compactedRevision();
    for (const { key, value } of this.changes.getRange()) {
      const changes = decodeChanges(key, value);
      this.groups.push({ first: key, last: changes.at(-1)?.revision ?? key });
      for (const change of changes) if (change.revision > compacted) yield change;
    }
  }

  read(revision: number): { body: Buffer; metadataLength: number } | undefined {
    let found = this.versions.getBinary(revision);
    if (found === undefined) {
      // The read snapshot of this turn may be older than the commit.
      this.versions.resetReadTxn();
      found = this.versions.getBinary(revision);
    }
    return found === undefined ? undefined : decodeBody(found);
  }

  async commit(batch: CommitBatch): Promise<void> {
    // One promise for the whole batch: it is one transaction.
    await this.root.batch(() => {
      for (const { change, record } of batch.writes) {
        this.versions.put(change.revision, record.bytes).catch(reportedByBatch);
        const key = stateKey(record.resource, record.key);
        if (record.type === 'DELETED') this.newest.remove(key).catch(reportedByBatch);
        else this.newest.put(key, newestValue(change.revision, record.isOwned)).catch(reportedByBatch);
      }
      this.putChanges(batch.writes.map(({ change }) => change));
      if (batch.compaction !== undefined) this.compact(batch.compaction);
    });
  }

  private putChanges(changes: readonly Change[]): void {
    const first = changes[0]?.revision;
    if (first === undefined) return;
    this.changes.put(first, encodeChanges(changes)).catch(reportedByBatch);
    this.groups.push({ first, last: changes.at(-1)?.revision ?? first });
  }

  private compact({ versions, revision }: Compaction): void {
    for (const one of versions) this.versions.remove(one).catch(reportedByBatch);
    const kept = this.groups.findIndex(({ last }) => last > revision);
    for (const { first } of this.groups.splice(0, kept < 0 ? this.groups.length : kept)) this.changes.remove(first).catch(reportedByBatch);
    this.root.put('compacted', Buffer.from(String(revision))).catch(reportedByBatch);
  }

  async close(): Promise<void> {
    await this.root.close();
  }

  /** Once, for a file from before changes were kept apart: they are in the heads of the versions. */
  private indexChanges(): void {
    this.root.transactionSync(() => {
      for (const { key, value } of this.versions.getRange({ start: this.compactedRevision() + 1 })) {
        this.changes.putSync(key, encodeChanges([changeOf(key, decodeRecord(value))]));
      }
      this.root.putSync('changes-kept', Buffer.from('1'));
    });
  }
}

/** A failed transaction rejects the batch's promise, which is waited for, and each single one. */
function reportedByBatch(): void {}

function newestValue(revision: number, isOwned: boolean): Buffer {
  const bytes = Buffer.allocUnsafe(9);
  bytes.writeDoubleBE(revision, 0);
  bytes.writeUInt8(isOwned ? 1 : 0, 8);
  return bytes;
}
