// Parts of one process that follow the same files (`npm start` runs six) share one reading of them: one copy in
// memory, one look at a change, one line in the log about a mistake.
import type { Clock } from '@prow/base-time';
import type { ConfigSource, ConfigSourceOptions } from './api.ts';
import { openConfigSource, showOnMetrics } from './open.ts';

interface Shared {
  source: Promise<ConfigSource>;
  users: number;
}

/** By clock, as a test's own time is not another's, then by the files. */
const open = new WeakMap<Clock, Map<string, Shared>>();

/**
 * A source of its own for the caller, over files that are read once for all callers with equal paths.
 * @throws ProwError PROW_CONFIG_INVALID
 */
export async function sharedConfigSource({ metrics, ...options }: ConfigSourceOptions): Promise<ConfigSource> {
  const { log: _log, clock, ...files } = options;
  const byFiles = open.get(clock) ?? new Map<string, Shared>();
  open.set(clock, byFiles);
  const key = JSON.stringify(files, Object.keys(files).toSorted());
  const shared = byFiles.get(key) ?? { source: openConfigSource(options), users: 0 };
  byFiles.set(key, shared);
  const isFirst = shared.users === 0;
  shared.users += 1;
  const release = async (): Promise<void> => {
    shared.users -= 1;
    if (shared.users > 0) return;
    if (byFiles.get(key) === shared) byFiles.delete(key);
    await (await shared.source).close();
  };
  try {
    const source = await shared.source;
    // The files may have changed since the first caller's reading, and the file system's word may be on its way.
    if (!isFirst) await source.refresh();
    const handle = handleOf(source, release);
    if (metrics !== undefined) showOnMetrics(handle, metrics);
    return handle;
  } catch (error) {
    byFiles.delete(key);
    throw error;
  }
}

function handleOf(source: ConfigSource, release: () => Promise<void>): ConfigSource {
  const subscriptions = new Set<() => void>();
  let isClosed = false;
  return {
    current: () => source.current(),
    status: () => source.status(),
    refresh: () => source.refresh(),
    subscribe: (listener) => {
      const stop = source.subscribe(listener);
      subscriptions.add(stop);
      return () => {
        subscriptions.delete(stop);
        stop();
      };
    },
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      for (const stop of subscriptions) stop();
      await release();
    },
  };
}
