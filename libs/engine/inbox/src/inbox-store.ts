import { ProwError } from '@prow/base-errors';
import type { Store } from '@prow/clients-store';
import type { DeliveryRecord, NewDelivery } from './types.ts';

const RECORD = 'inbox/record/';
const BODY = 'inbox/body/';
const GUID = 'inbox/guid/';
const CHECKPOINT = 'inbox/checkpoint/';

/** GitHub's limit for payloads. Bytes. */
export const maxBodyBytes = 25 * 1024 * 1024;

/** Deliveries on disk: records, bodies, and which GUIDs are known. */
export class InboxStore {
  readonly #store: Store;
  #next: number;

  constructor(store: Store) {
    this.#store = store;
    const [last] = store.range({ prefix: RECORD, limit: 1, reverse: true });
    this.#next = last === undefined ? 1 : Number(last.key.slice(RECORD.length)) + 1;
  }

  /** Resolves when the delivery is on disk; undefined when one of that GUID was there already. */
  async add(delivery: NewDelivery, receivedAt: number): Promise<DeliveryRecord | undefined> {
    if (delivery.body.length > maxBodyBytes) throw new ProwError('PROW_INBOX_BODY', `delivery ${delivery.guid}: at most ${maxBodyBytes} bytes, found ${delivery.body.length}`);
    const { body, payload: _payload, ...rest } = delivery;
    return this.#store.transaction((transaction) => {
      const guidKey = GUID + delivery.guid;
      if (transaction.has(guidKey)) return undefined;
      const sequence = String(this.#next).padStart(15, '0');
      this.#next += 1;
      const record: DeliveryRecord = { ...rest, sequence, receivedAt, bodyBytes: body.length, state: 'pending', handlers: {} };
      transaction.put(guidKey, sequence);
      transaction.put(BODY + sequence, encodeBody(body));
      transaction.put(RECORD + sequence, JSON.stringify(record));
      return record;
    });
  }

  save(record: DeliveryRecord): Promise<void> {
    return this.#store.put(RECORD + record.sequence, JSON.stringify(record));
  }

  read(sequence: string): DeliveryRecord | undefined {
    const text = this.#store.get(RECORD + sequence);
    return text === undefined ? undefined : (JSON.parse(text) as DeliveryRecord);
  }

  sequenceOf(guid: string): string | undefined {
    return this.#store.get(GUID + guid);
  }

  body(sequence: string): Buffer {
    const text = this.#store.get(BODY + sequence);
    if (text === undefined) throw new ProwError('PROW_INBOX_BODY', `the body of delivery ${sequence} is gone`);
    return decodeBody(text);
  }

  *records(): Iterable<DeliveryRecord> {
    for (const { value } of this.#store.range({ prefix: RECORD })) yield JSON.parse(value) as DeliveryRecord;
  }

  async remove(record: { sequence: string; guid: string }): Promise<void> {
    await this.#store.transaction((transaction) => {
      transaction.delete(RECORD + record.sequence);
      transaction.delete(BODY + record.sequence);
      transaction.delete(GUID + record.guid);
    });
  }

  /** Where an event source left off. */
  checkpoint(name: string): string | undefined {
    return this.#store.get(CHECKPOINT + name);
  }

  setCheckpoint(name: string, value: string): Promise<void> {
    return this.#store.put(CHECKPOINT + name, value);
  }
}

/** JSON is UTF-8, and is kept readable; other bytes are kept as they are, too. */
function encodeBody(body: Buffer): string {
  const text = body.toString('utf8');
  return Buffer.from(text, 'utf8').equals(body) ? `t${text}` : `b${body.toString('base64')}`;
}

function decodeBody(stored: string): Buffer {
  return stored.startsWith('b') ? Buffer.from(stored.slice(1), 'base64') : Buffer.from(stored.slice(1), 'utf8');
}
