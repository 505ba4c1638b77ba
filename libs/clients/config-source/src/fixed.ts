import type { ConfigListener, ConfigSnapshot, ConfigSource } from './api.ts';
import { differenceOf } from './difference.ts';

/** A source for tests: its snapshot changes only by `replace`. */
export interface FixedConfigSource extends ConfigSource {
  replace(snapshot: ConfigSnapshot): void;
}

export function fixedConfigSource(initial: ConfigSnapshot): FixedConfigSource {
  let snapshot = initial;
  const listeners = new Set<ConfigListener>();
  return {
    current: () => snapshot,
    status: () => ({ ok: true, loadedAt: 0, errors: [] }),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    refresh: async () => {},
    close: async () => listeners.clear(),
    replace: (next) => {
      const difference = differenceOf(snapshot, next);
      snapshot = next;
      for (const listener of listeners) listener(next, difference);
    },
  };
}
