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
export { HmacSecretFile, parseHmacTokens, tokensFor, tokensThatSigned } from './receive/hmac-secrets.ts';
export type { HmacTokens } from './receive/hmac-secrets.ts';
export { describeDelivery, receiveWebhook } from './receive/webhook.ts';
export type { WebhookOptions } from './receive/webhook.ts';
export { eventsRouter } from './pages/events-api.ts';
export type { EventsApiOptions } from './pages/events-api.ts';
export { recoverDeliveries } from './sources/recover-deliveries.ts';
export type { RecoveryOptions } from './sources/recover-deliveries.ts';
export { reconcilePulls } from './sources/reconcile-pulls.ts';
export type { ReconcileOptions } from './sources/reconcile-pulls.ts';
export { repeat } from './sources/repeat.ts';
