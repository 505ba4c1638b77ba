export { openStore } from './open-store.ts';
export type { StoreOptions } from './open-store.ts';
export type { KeyRange, RangeQuery, Store, StoreEntry, StoreStats, StoreTransaction } from './api.ts';
