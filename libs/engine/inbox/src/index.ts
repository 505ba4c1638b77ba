export { Inbox } from './inbox.ts';
export type { InboxOptions, Retention } from './inbox.ts';
export type { DeliveryQuery, DeliverySummary } from './inbox-index.ts';
export { maxBodyBytes } from './inbox-store.ts';
export type {
  Decision,
  Delivery,
  DeliveryHandlers,
  DeliveryRecord,
  DeliverySource,
  DeliveryState,
  EffectRecord,
  HandlerRecord,
  HandlerRun,
  NewDelivery,
} from './types.ts';
