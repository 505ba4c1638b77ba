import type { Inbox } from '../inbox.ts';
import type { DeliveryQuery, DeliverySummary } from '../inbox-index.ts';
import type { DeliveryRecord, DeliveryState } from '../types.ts';
import { deliveryStatuses, statusOf, type DeliveryStatus } from './delivery-status.ts';

/** What a person asks the list for. */
export interface EventsQuery extends Omit<DeliveryQuery, 'state'> {
  readonly status?: DeliveryStatus;
}

export interface FoundDelivery {
  readonly summary: DeliverySummary;
  /** Undefined when it was removed meanwhile. */
  readonly record: DeliveryRecord | undefined;
  readonly status: DeliveryStatus;
}

/** Whether somebody may see deliveries of a repository. */
export type IsShown = (repository: string | undefined) => boolean;

const defaultLimit = 50;
const maxLimit = 500;
const stateOf: Readonly<Record<DeliveryStatus, DeliveryState>> = { handled: 'done', waiting: 'pending', retrying: 'pending', 'given-up': 'failed', ignored: 'ignored' };

/** One page, newest first, and where the next one begins. */
export function findDeliveries(inbox: Inbox, { status, limit = defaultLimit, ...query }: EventsQuery, isShown: IsShown): { found: FoundDelivery[]; next: string | undefined } {
  const wanted = Math.min(Math.max(1, limit), maxLimit);
  const withStatus = ({ guid, state }: DeliverySummary): boolean => {
    if (status === undefined || state !== 'pending') return true;
    const record = inbox.get(guid);
    return record !== undefined && statusOf(record) === status;
  };
  const narrowed = { ...query, ...(status === undefined ? {} : { state: stateOf[status] }) };
  const summaries = inbox.list({ ...narrowed, limit: wanted }, (summary) => isShown(summary.repository) && withStatus(summary));
  const found = summaries.map((summary) => {
    const record = inbox.get(summary.guid);
    return { summary, record, status: statusOf(record ?? { state: summary.state, handlers: {} }) };
  });
  return { found, next: summaries.length === wanted ? summaries.at(-1)?.sequence : undefined };
}

/** How many there are of each state, whatever state is asked for. Of those not finished, as many as one page are told apart. */
export function countDeliveries(inbox: Inbox, { status: _status, before: _before, limit: _limit, ...query }: EventsQuery, isShown: IsShown): Record<DeliveryStatus, number> {
  const { pending, done, failed, ignored } = inbox.counts(query, ({ repository }) => isShown(repository));
  const retrying = pending === 0 ? 0 : findDeliveries(inbox, { ...query, status: 'retrying', limit: maxLimit }, isShown).found.length;
  return { handled: done, waiting: pending - retrying, retrying, 'given-up': failed, ignored };
}

/** The query of an address; a message when a parameter is wrong. */
export function readEventsQuery(parameters: Readonly<Record<string, unknown>>): EventsQuery | string {
  const text = (key: string): string | undefined => {
    const value = parameters[key];
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  const whole = (key: string): number | undefined => (text(key) === undefined ? undefined : Number(text(key)));
  const number = whole('number') ?? whole('pr');
  const limit = whole('limit');
  for (const [key, value] of Object.entries({ number, limit })) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) return `${key}: expected a whole number above 0`;
  }
  const given = text('state');
  const status = statusNamed(given);
  if (given !== undefined && status === undefined) return `state: expected ${deliveryStatuses.join(', ')}`;
  const query = { repository: text('repo'), number, guid: text('guid'), status, eventType: text('event'), before: text('before'), limit };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as EventsQuery;
}

/** The words of people, or those of the record. */
function statusNamed(name: string | undefined): DeliveryStatus | undefined {
  const ofRecord: Readonly<Record<string, DeliveryStatus>> = { done: 'handled', pending: 'waiting', failed: 'given-up' };
  return deliveryStatuses.find((status) => status === name) ?? (name === undefined ? undefined : ofRecord[name]);
}
