import type { Hook, HookDelivery, HookDeliveryDetail } from './types.ts';

/** Whose webhook: the App's own (`{}`), an organisation's, or a repository's. */
export interface HookOwner {
  org?: string;
  repo?: string;
}

/** Webhooks and what became of their deliveries: how missed events are found again. */
export interface Hooks {
  listHooks(owner: HookOwner & { org: string }): Promise<Hook[]>;
  createHook(
    hook: HookOwner & { org: string; url: string; secret: string; events: readonly string[] },
  ): Promise<Hook>;
  updateHook(
    change: HookOwner & { org: string; hookId: number; url?: string; secret?: string; events?: readonly string[]; active?: boolean },
  ): Promise<Hook>;
  deleteHook(name: HookOwner & { org: string; hookId: number }): Promise<boolean>;
  /** Newest first, back to `since` (inclusive; GitHub keeps about three days). Without hookId: the App's own webhook. */
  listDeliveries(query: HookOwner & { hookId?: number; since: string }): Promise<HookDelivery[]>;
  getDelivery(query: HookOwner & { hookId?: number; deliveryId: number }): Promise<HookDeliveryDetail>;
  redeliver(request: HookOwner & { hookId?: number; deliveryId: number }): Promise<void>;
}
