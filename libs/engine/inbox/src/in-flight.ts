import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { type GitHubEvent, parseEvent } from '@prow/model-github-events';
import type { EventCache } from './event-cache.ts';
import type { InboxStore } from './inbox-store.ts';
import type { Delivery, DeliveryHandlers, DeliveryRecord } from './types.ts';

/** A delivery that is not finished. */
export interface InFlight {
  readonly record: DeliveryRecord;
  readonly delivery: Delivery;
  /** Handlers that may have run before this process: they look before they act. */
  readonly mayHaveRun: boolean;
  /** From now on the body is read from disk: what waits takes little memory. */
  readonly letGoOfBody: () => void;
}

export interface OpenOptions {
  readonly mayHaveRun: boolean;
  /** Where it has just arrived. */
  readonly body?: Buffer;
  readonly store: Pick<InboxStore, 'body'>;
  readonly events: EventCache;
}

export function openDelivery(record: DeliveryRecord, { mayHaveRun, body: given, store, events }: OpenOptions): InFlight {
  const { sequence, eventType, guid } = record;
  let arrived = given;
  const body = (): Buffer => arrived ?? store.body(record);
  const event = (): GitHubEvent => {
    const known = events.get(sequence);
    if (known !== undefined) return known;
    const bytes = body();
    const read = parseEvent({ eventType, guid, payload: JSON.parse(bytes.toString('utf8')) });
    events.set(sequence, read, bytes.length);
    return read;
  };
  return { record, mayHaveRun, delivery: { record, body, event }, letGoOfBody: () => (arrived = undefined) };
}

/** Notes who handles it; when nobody does, or nobody can read it, it is over. */
export function planDelivery({ record, delivery, mayHaveRun }: InFlight, { handlers, log }: { handlers: DeliveryHandlers; log: Logger }): void {
  try {
    const plan = handlers.plan(delivery);
    if (plan.note === undefined) delete record.note;
    else record.note = plan.note;
    // Of an earlier plan, before the configuration changed.
    for (const [name, { state }] of Object.entries(record.handlers)) if (state === 'waiting' && !plan.handlers.includes(name)) delete record.handlers[name];
    for (const name of plan.handlers) {
      const state = (record.handlers[name] ??= { state: 'waiting', attempts: 0, decisions: [], effects: [] });
      if (mayHaveRun && state.state === 'waiting') state.attempts = Math.max(1, state.attempts);
    }
  } catch (error) {
    record.note = messageOf(error);
    log.error('delivery cannot be handled', { guid: record.guid, eventType: record.eventType, error });
    record.handlers['parse'] = { state: 'failed', attempts: 1, error: record.note, decisions: [], effects: [] };
  }
  setState(record);
}

/** Of the delivery, by the states of its handlers. */
export function setState(record: DeliveryRecord): void {
  const states = Object.values(record.handlers).map(({ state }) => state);
  record.state = states.includes('waiting') ? 'pending' : states.length === 0 ? 'ignored' : states.includes('failed') ? 'failed' : 'done';
}
