import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { messageOf } from './message-of.ts';

export interface Loaded<T> {
  value: T | undefined;
  /** The last attempt's trouble; the value before it stays. */
  error: string | undefined;
  reload: () => void;
}

/**
 * Loads a value, again every `everyMs` while the page is visible (0: once). `key` names what is loaded: when it changes,
 * the old value goes.
 */
export function useLoaded<T>(key: string, load: (signal: AbortSignal) => Promise<T>, everyMs: number): Loaded<T> {
  const [state, setState] = useState<{ key: string; value?: T; error?: string }>({ key });
  const [round, setRound] = useState(0);
  const latestLoad = useRef(load);
  latestLoad.current = load;

  useEffect(() => {
    const aborter = new AbortController();
    latestLoad
      .current(aborter.signal)
      .then((value) => setState({ key, value }))
      .catch((error: unknown) => {
        if (!aborter.signal.aborted) setState((before) => ({ ...(before.key === key ? before : { key }), error: messageOf(error) }));
      });
    return () => aborter.abort();
  }, [key, round]);

  useEffect(() => {
    if (everyMs === 0) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') setRound((before) => before + 1);
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);

  const reload = useCallback(() => setRound((before) => before + 1), []);
  return { value: state.key === key ? state.value : undefined, error: state.key === key ? state.error : undefined, reload };
}
