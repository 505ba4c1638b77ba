import type { Change } from '../state/database.ts';
import type { HookRecord } from '../state/records.ts';
import { padded } from '../state/tables.ts';

/** One webhook on its way to one receiver; the payload is kept beside it. */
export interface DeliveryRecord {
  id: number;
  guid: string;
  hookId: number;
  event: string;
  action: string | null;
  repoId: number | null;
  isRedelivery: boolean;
  createdAt: number;
  attempts: number;
  isDone: boolean;
  deliveredAt: number | null;
  durationMs: number;
  /** 0 when no answer came. */
  statusCode: number;
  status: string;
  requestHeaders: Record<string, string> | null;
  responseHeaders: Record<string, string> | null;
  responseBody: string | null;
}

export const deliveryKey = (hookId: number, id: number): string => `d/${padded(hookId)}/${padded(id)}`;
export const payloadKey = (id: number): string => `p/${padded(id)}`;
export const pendingKey = (id: number): string => `q/${padded(id)}`;

export function newDelivery(
  change: Change,
  { hook, guid, event, action, repoId, payload, isRedelivery, now }: {
    hook: HookRecord;
    guid: string;
    event: string;
    action: string | null;
    repoId: number | null;
    payload: string;
    isRedelivery: boolean;
    now: number;
  },
): DeliveryRecord {
  const delivery: DeliveryRecord = {
    id: change.nextId(),
    guid,
    hookId: hook.id,
    event,
    action,
    repoId,
    isRedelivery,
    createdAt: now,
    attempts: 0,
    isDone: false,
    deliveredAt: null,
    durationMs: 0,
    statusCode: 0,
    status: 'pending',
    requestHeaders: null,
    responseHeaders: null,
    responseBody: null,
  };
  change.keep(deliveryKey(hook.id, delivery.id), JSON.stringify(delivery));
  change.keep(payloadKey(delivery.id), payload);
  change.keep(pendingKey(delivery.id), String(hook.id));
  return delivery;
}
