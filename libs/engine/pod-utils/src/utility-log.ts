// The utilities' own log: a JSON line an entry, in upstream's fields, so that readers of sidecar-logs.json and build logs know it.
import { messageOf } from '@prow/base-errors';
import type { LogFields, Logger } from '@prow/base-log';

/** Takes whole lines, newline included. */
export type LineSink = (line: string) => void;

type Level = 'debug' | 'info' | 'warning' | 'error';

/** A logger of a utility; `component` is its upstream name. Debug lines are left out unless `debug`. */
export function createUtilityLog(component: string, sink: LineSink, { fields = {}, debug = false }: { fields?: LogFields; debug?: boolean } = {}): Logger {
  const write = (level: Level, msg: string, extra: LogFields = {}): void => {
    const shown = Object.fromEntries(Object.entries({ ...fields, ...extra }).map(([key, value]) => [key, value instanceof Error ? messageOf(value) : value]));
    const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    sink(`${JSON.stringify({ component, ...shown, level, msg, severity: level, time })}\n`);
  };
  return {
    debug: (msg, extra) => {
      if (debug) write('debug', msg, extra);
    },
    info: (msg, extra) => write('info', msg, extra),
    warn: (msg, extra) => write('warning', msg, extra),
    error: (msg, extra) => write('error', msg, extra),
    child: (extra) => createUtilityLog(component, sink, { fields: { ...fields, ...extra }, debug }),
  };
}
