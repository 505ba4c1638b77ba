import type { Logger } from '@prow/base-log';
import type { InboxStore } from './inbox-store.ts';
import type { DeliveryRecord } from './types.ts';

/** Writes records as they are when their turn comes: many changes make one write. */
export class RecordSaver {
  readonly #store: InboxStore;
  readonly #log: Logger;
  readonly #saving = new Map<DeliveryRecord, { isDirty: boolean; done: Promise<void> }>();
  readonly #writes = new Set<Promise<void>>();

  constructor(store: InboxStore, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** Resolves, always, once the record as it is now is on disk, or cannot be written, which is logged. */
  save(record: DeliveryRecord): Promise<void> {
    const saving = this.#saving.get(record);
    if (saving !== undefined) {
      saving.isDirty = true;
      return saving.done;
    }
    const fresh = { isDirty: true, done: Promise.resolve() };
    this.#saving.set(record, fresh);
    fresh.done = this.track(this.#write(record, fresh), 'delivery record not saved');
    return fresh.done;
  }

  /** Writes nobody waits for; the end of the program does. */
  track(write: Promise<void>, complaint: string): Promise<void> {
    const tracked: Promise<void> = write
      .catch((error: unknown) => this.#log.error(complaint, { error }))
      .finally(() => this.#writes.delete(tracked));
    this.#writes.add(tracked);
    return tracked;
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#writes);
  }

  async #write(record: DeliveryRecord, saving: { isDirty: boolean }): Promise<void> {
    try {
      while (saving.isDirty) {
        saving.isDirty = false;
        await this.#store.save(record);
      }
    } finally {
      this.#saving.delete(record);
    }
  }
}
