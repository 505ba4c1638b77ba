// A delivery's state in the words people use, for pages and JSON alike.
import type { DeliveryRecord, HandlerRecord } from '../types.ts';

/** handled: all is done; waiting: not finished; retrying: not finished and something went wrong; given-up; ignored: nobody wanted it. */
export const deliveryStatuses = ['handled', 'waiting', 'retrying', 'given-up', 'ignored'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

export const statusText: Readonly<Record<DeliveryStatus, { sign: string; text: string }>> = {
  handled: { sign: '✓', text: 'handled' },
  waiting: { sign: '●', text: 'waiting' },
  retrying: { sign: '↻', text: 'retrying' },
  'given-up': { sign: '✗', text: 'given up' },
  ignored: { sign: '–', text: 'ignored' },
};

export function statusOfHandler(handler: HandlerRecord): DeliveryStatus {
  if (handler.state === 'done') return 'handled';
  if (handler.state === 'failed') return 'given-up';
  return handler.error === undefined ? 'waiting' : 'retrying';
}

export function statusOf({ state, handlers }: Pick<DeliveryRecord, 'state' | 'handlers'>): DeliveryStatus {
  if (state === 'done') return 'handled';
  if (state === 'failed') return 'given-up';
  if (state === 'ignored') return 'ignored';
  return Object.values(handlers).some((handler) => statusOfHandler(handler) === 'retrying') ? 'retrying' : 'waiting';
}

/** Who did something, who failed: the one line of a list. */
export function outcomeOf({ handlers }: Pick<DeliveryRecord, 'handlers'>): { acted: { plugin: string; effects: number }[]; failing: string[]; others: number } {
  const acted: { plugin: string; effects: number }[] = [];
  const failing: string[] = [];
  let others = 0;
  for (const [plugin, handler] of Object.entries(handlers)) {
    if (handler.effects.length > 0) acted.push({ plugin, effects: handler.effects.length });
    if (handler.state === 'failed' || (handler.state === 'waiting' && handler.error !== undefined)) failing.push(plugin);
    else if (handler.effects.length === 0) others += 1;
  }
  return { acted, failing, others };
}
