// The one file on disk: an lmdb environment with the versions of all objects by revision, and the newest revision of
// each key. A commit is durable (synced) when its promise resolves, and all or nothing.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { open, type Database as LmdbDatabase, type RootDatabase } from 'lmdb';
import { decodeBody, decodeRecord, encodeRecord, type VersionRecord } from './record.ts';

export interface CommitBatch {
  writes: readonly { revision: number; record: VersionRecord }[];
  /** Versions that no reader may ask for any more. */
  forget: readonly number[];
  /** Set when the window moves: changes up to here are gone. */
  compactedRevision?: number;
}

/** Object keys and resources in one ordered string. */
function stateKey(resource: string, key: string): string {
  return `${resource}\t${key}`;
}

export class Database {
  private readonly root: RootDatabase<Buffer, string>;
  private readonly versions: LmdbDatabase<Buffer, number>;
  private readonly newest: LmdbDatabase<Buffer, string>;

  constructor(path: string) {
    // Locks of a process that was killed while it wrote; the folder is ours alone (own-folder.ts).
    rmSync(join(path, 'lock.mdb'), { force: true });
    // overlappingSync would acknowledge before the data is on disk.
    this.root = open<Buffer, string>({ path, encoding: 'binary', overlappingSync: false, maxDbs: 4, noMemInit: true });
    this.versions = this.root.openDB<Buffer, number>({ name: 'versions', encoding: 'binary', compression: { threshold: 700 } });
    this.newest = this.root.openDB<Buffer, string>({ name: 'newest', encoding: 'binary' });
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

  /** Versions after `revision`, oldest first. */
  *versionsAfter(revision: number): Generator<{ revision: number; record: VersionRecord }> {
    for (const { key, value } of this.versions.getRange({ start: revision + 1 })) {
      yield { revision: key, record: decodeRecord(value) };
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
      for (const { revision, record } of batch.writes) {
        this.versions.put(revision, encodeRecord(record)).catch(reportedByBatch);
        const key = stateKey(record.resource, record.key);
        if (record.type === 'DELETED') this.newest.remove(key).catch(reportedByBatch);
        else this.newest.put(key, newestValue(revision, record.isOwned)).catch(reportedByBatch);
      }
      for (const revision of batch.forget) this.versions.remove(revision).catch(reportedByBatch);
      if (batch.compactedRevision !== undefined) this.root.put('compacted', Buffer.from(String(batch.compactedRevision))).catch(reportedByBatch);
    });
  }

  async close(): Promise<void> {
    await this.root.close();
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
