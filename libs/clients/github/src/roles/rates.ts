/** What GitHub last said about a budget. */
export interface RateBudget {
  limit: number;
  remaining: number;
  /** Unix milliseconds. */
  resetsAt: number;
}

/** How much may still be asked. */
export interface Rates {
  /** By resource ('core', 'search', 'graphql'): as the newest answers told; no request is made. */
  rateBudgets(): ReadonlyMap<string, RateBudget>;
}

/**
 * Who goes first when requests must wait for the budget: a merge before a status before a reconcile.
 * Requests of one priority go in the order they came.
 */
export type RequestPriority = 'urgent' | 'normal' | 'background';
