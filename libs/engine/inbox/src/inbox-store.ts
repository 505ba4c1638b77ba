import { join } from 'node:path';
import { ProwError } from '@prow/base-errors';
import type { Store } from '@prow/clients-store';
import { BodyFiles } from './body-files.ts';
import type { DeliveryRecord, NewDelivery } from './types.ts';

const RECORD = 'inbox/record/';
/** Where earlier versions kept bodies: a letter, and text or base64. */
const OLD_BODY = 'inbox/body/';
const OLD_GUID = 'inbox/guid/';
const CHECKPOINT = 'inbox/checkpoint/';

/** GitHub's limit for payloads. Bytes. */
export const maxBodyBytes = 25 * 1024 * 1024;
const maxRemovedTogether = 200;

/** Deliveries on disk: records in the store, bodies in files beside it. Which GUIDs are known is kept in memory, beside. */
export class InboxStore {
  readonly #store: Store;
  readonly #bodies: BodyFiles;
  readonly #sequences = new Map<string, number>();
  readonly #adding = new Map<string, Promise<void>>();
  #next = 1;

  constructor(store: Store) {
    this.#store = store;
    this.#bodies = new BodyFiles(join(store.dir, 'bodies'));
    const [old] = store.keys({ prefix: OLD_GUID, limit: 1 });
    if (old !== undefined) store.deleteRange({ prefix: OLD_GUID }).catch(() => undefined);
  }

  /** All deliveries in the order of their arrival; call it first, and once. */
  *load(): Generator<DeliveryRecord> {
    for (const { value } of this.#store.range({ prefix: RECORD })) {
      const record = JSON.parse(value) as DeliveryRecord;
      this.#sequences.set(record.guid, Number(record.sequence));
      this.#next = Number(record.sequence) + 1;
      if (record.body !== undefined) this.#bodies.use(record.body.file);
      yield record;
    }
    this.#bodies.removeUnused();
  }

  /** What will be written of a delivery; its GUID is known from now on. Undefined when one of that GUID was there already. */
  describe(delivery: NewDelivery, receivedAt: number): DeliveryRecord | undefined {
    if (delivery.body.length > maxBodyBytes) throw new ProwError('PROW_INBOX_BODY', `delivery ${delivery.guid}: at most ${maxBodyBytes} bytes, found ${delivery.body.length}`);
    if (this.#sequences.has(delivery.guid)) return undefined;
    const { guid, eventType, action, repository, number, sender, source, orderingKey, headers } = delivery;
    this.#sequences.set(guid, this.#next);
    const sequence = sequenceText(this.#next);
    this.#next += 1;
    const record: DeliveryRecord = { sequence, guid, eventType, source, orderingKey, headers, receivedAt, bodyBytes: delivery.body.length, state: 'pending', handlers: {} };
    if (action !== undefined) record.action = action;
    if (repository !== undefined) record.repository = repository;
    if (number !== undefined) record.number = number;
    if (sender !== undefined) record.sender = sender;
    return record;
  }

  /** Resolves when the delivery is on disk; rejecting, it is as if it had never come. */
  add(record: DeliveryRecord, body: Buffer): Promise<void> {
    const added = this.#add(record, body).finally(() => this.#adding.delete(record.guid));
    this.#adding.set(record.guid, added);
    return added;
  }

  /** Resolves when a delivery that is known is on disk; rejects when it could not be written. */
  async added(guid: string): Promise<void> {
    await this.#adding.get(guid);
  }

  async #add(record: DeliveryRecord, body: Buffer): Promise<void> {
    try {
      // First the body: whoever finds a record finds its body.
      record.body = await this.#bodies.append(body);
      await this.save(record);
    } catch (error) {
      this.#sequences.delete(record.guid);
      if (record.body !== undefined) this.#bodies.release(record.body.file);
      throw error;
    }
  }

  /** Lets go of the files; the store is its owner's. */
  close(): Promise<void> {
    return this.#bodies.close();
  }

  save(record: DeliveryRecord): Promise<void> {
    return this.#store.put(RECORD + record.sequence, JSON.stringify(record));
  }

  read(sequence: string): DeliveryRecord | undefined {
    const text = this.#store.get(RECORD + sequence);
    return text === undefined ? undefined : (JSON.parse(text) as DeliveryRecord);
  }

  sequenceOf(guid: string): string | undefined {
    const sequence = this.#sequences.get(guid);
    return sequence === undefined ? undefined : sequenceText(sequence);
  }

  body({ sequence, body: place }: Pick<DeliveryRecord, 'sequence' | 'body'>): Buffer {
    const body = place === undefined ? decodeOldBody(this.#store.get(OLD_BODY + sequence)) : this.#bodies.read(place);
    if (body === undefined) throw new ProwError('PROW_INBOX_BODY', `the body of delivery ${sequence} is gone`);
    return body;
  }

  /** Many to a write, for each waits for the disk. */
  async remove(records: readonly { sequence: string; guid: string }[]): Promise<void> {
    for (let from = 0; from < records.length; from += maxRemovedTogether) {
      const some = records.slice(from, from + maxRemovedTogether);
      const files = await this.#store.transaction((transaction) => {
        const found: number[] = [];
        for (const { sequence } of some) {
          const text = transaction.get(RECORD + sequence);
          const { body } = (text === undefined ? {} : JSON.parse(text)) as Pick<DeliveryRecord, 'body'>;
          if (body === undefined) transaction.delete(OLD_BODY + sequence);
          else found.push(body.file);
          transaction.delete(RECORD + sequence);
        }
        return found;
      });
      for (const file of files) this.#bodies.release(file);
      for (const { guid } of some) this.#sequences.delete(guid);
    }
  }

  /** Where an event source left off. */
  checkpoint(name: string): string | undefined {
    return this.#store.get(CHECKPOINT + name);
  }

  setCheckpoint(name: string, value: string): Promise<void> {
    return this.#store.put(CHECKPOINT + name, value);
  }
}

/** Fixed width, so that text order is order. */
export function sequenceText(sequence: number): string {
  return String(sequence).padStart(15, '0');
}

function decodeOldBody(stored: string | undefined): Buffer | undefined {
  if (stored === undefined) return undefined;
  return stored.startsWith('b') ? Buffer.from(stored.slice(1), 'base64') : Buffer.from(stored.slice(1), 'utf8');
}
