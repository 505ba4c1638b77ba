import { ProwError } from '@prow/base-errors';
import type { Store } from '@prow/clients-store';
import type { DeliveryRecord, NewDelivery } from './types.ts';

const RECORD = 'inbox/record/';
const BODY = 'inbox/raw/';
/** Where earlier versions kept bodies: a letter, and text or base64. */
const OLD_BODY = 'inbox/body/';
const OLD_GUID = 'inbox/guid/';
const CHECKPOINT = 'inbox/checkpoint/';

/** GitHub's limit for payloads. Bytes. */
export const maxBodyBytes = 25 * 1024 * 1024;
const maxRemovedTogether = 200;

/** Deliveries on disk: records and bodies. Which GUIDs are known is kept in memory, beside. */
export class InboxStore {
  readonly #store: Store;
  readonly #sequences = new Map<string, number>();
  #next = 1;

  constructor(store: Store) {
    this.#store = store;
    const [old] = store.keys({ prefix: OLD_GUID, limit: 1 });
    if (old !== undefined) store.deleteRange({ prefix: OLD_GUID }).catch(() => undefined);
  }

  /** All deliveries in the order of their arrival; call it first, and once. */
  *load(): Generator<DeliveryRecord> {
    for (const { value } of this.#store.range({ prefix: RECORD })) {
      const record = JSON.parse(value) as DeliveryRecord;
      this.#sequences.set(record.guid, Number(record.sequence));
      this.#next = Number(record.sequence) + 1;
      yield record;
    }
  }

  /** What will be written of a delivery; its GUID is known from now on. Undefined when one of that GUID was there already. */
  describe(delivery: NewDelivery, receivedAt: number): DeliveryRecord | undefined {
    if (delivery.body.length > maxBodyBytes) throw new ProwError('PROW_INBOX_BODY', `delivery ${delivery.guid}: at most ${maxBodyBytes} bytes, found ${delivery.body.length}`);
    if (this.#sequences.has(delivery.guid)) return undefined;
    const { body, event: _event, ...rest } = delivery;
    this.#sequences.set(delivery.guid, this.#next);
    const sequence = sequenceText(this.#next);
    this.#next += 1;
    return { ...rest, sequence, receivedAt, bodyBytes: body.length, state: 'pending', handlers: {} };
  }

  /** Resolves when the delivery is on disk; rejecting, it is as if it had never come. */
  async add(record: DeliveryRecord, body: Buffer): Promise<void> {
    try {
      await this.#store.transaction((transaction) => {
        transaction.put(BODY + record.sequence, body);
        transaction.put(RECORD + record.sequence, JSON.stringify(record));
      });
    } catch (error) {
      this.#sequences.delete(record.guid);
      throw error;
    }
  }

  /** Resolves when everything accepted so far is on disk. */
  flushed(): Promise<void> {
    return this.#store.flushed();
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

  body(sequence: string): Buffer {
    const body = this.#store.getBytes(BODY + sequence) ?? decodeOldBody(this.#store.get(OLD_BODY + sequence));
    if (body === undefined) throw new ProwError('PROW_INBOX_BODY', `the body of delivery ${sequence} is gone`);
    return body;
  }

  /** Many to a write, for each waits for the disk. */
  async remove(records: readonly { sequence: string; guid: string }[]): Promise<void> {
    for (let from = 0; from < records.length; from += maxRemovedTogether) {
      const some = records.slice(from, from + maxRemovedTogether);
      await this.#store.transaction((transaction) => {
        for (const { sequence } of some) for (const prefix of [RECORD, BODY, OLD_BODY]) transaction.delete(prefix + sequence);
      });
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
