// The database of a server that needs no disk: everything is gone with it. A commit is made at once.
import type { CommitBatch, ObjectDatabase } from './database.ts';

export class MemoryDatabase implements ObjectDatabase {
  readonly #bodies = new Map<number, { body: Buffer; metadataLength: number }>();

  compactedRevision(): number {
    return 0;
  }

  lastRevision(): number {
    return 0;
  }

  *newestRevisions(): Generator<never> {}

  *keptChanges(): Generator<never> {}

  read(revision: number): { body: Buffer; metadataLength: number } | undefined {
    return this.#bodies.get(revision);
  }

  commitNow({ writes, compaction }: CommitBatch): void {
    for (const { change, record } of writes) this.#bodies.set(change.revision, { body: record.body, metadataLength: record.metadataLength });
    for (const revision of compaction?.versions ?? []) this.#bodies.delete(revision);
  }

  commit(batch: CommitBatch): Promise<void> {
    this.commitNow(batch);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
