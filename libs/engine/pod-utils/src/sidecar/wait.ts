// Waits for the tests' markers, and notices tests that died without one.
import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import { LivenessWatch } from '../liveness.ts';
import { livenessPath, readMarker } from '../wrapper.ts';
import type { WrapperOptions } from '../wrapper.ts';

/** undefined: died without a marker. */
export type TestCode = number | undefined;

const pollMs = 1000;
/** Between a death and the last look for a marker: it may have been written just before. */
const lastLookMs = 300;

/** Resolves with a code for each entry, in order; rejects only with the signal's reason. */
export async function waitForTests(entries: readonly WrapperOptions[], signal: AbortSignal): Promise<TestCode[]> {
  return await Promise.all(entries.map((entry) => waitForTest(entry, signal)));
}

async function waitForTest({ markerFile }: WrapperOptions, signal: AbortSignal): Promise<TestCode> {
  signal.throwIfAborted();
  return await new Promise<TestCode>((resolve, reject) => {
    let watcher: FSWatcher | undefined;
    const finish = (act: () => void): void => {
      watcher?.close();
      clearInterval(poll);
      clearTimeout(lastLook);
      liveness.close();
      signal.removeEventListener('abort', abort);
      act();
    };
    const look = (): boolean => {
      const code = readMarker(markerFile);
      if (code === undefined) return false;
      finish(() => resolve(code));
      return true;
    };
    let lastLook: NodeJS.Timeout | undefined;
    const liveness = new LivenessWatch(livenessPath(markerFile), () => {
      lastLook = setTimeout(() => {
        if (!look()) finish(() => resolve(undefined));
      }, lastLookMs);
    });
    const abort = (): void => finish(() => reject(signal.reason as Error));
    const poll = setInterval(() => {
      if (!look()) liveness.poll();
    }, pollMs);
    signal.addEventListener('abort', abort, { once: true });
    try {
      // Node reports the name of what changed; any change in the folder is a reason to look.
      watcher = watch(dirname(markerFile), () => {
        if (!look() && liveness.state === 'unknown') liveness.poll();
      });
      watcher.on('error', () => watcher?.close());
    } catch {
      // No such folder yet, or no watches left: polling is enough.
    }
    if (!look()) liveness.poll();
  });
}
