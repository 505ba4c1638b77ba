import { isErrorLike } from '@prow/base-errors';
import { pino, type Logger as PinoLogger } from 'pino';
import type { LogFields, Logger, LogLevel } from './logger.ts';
import { describeThrown } from './describe-thrown.ts';
import { prettyLine } from './pretty-line.ts';

export interface LogStream {
  write(text: string): unknown;
  isTTY?: boolean;
}

export interface LoggerOptions {
  /** The program or component, in each line as `component`. */
  name: string;
  /** Lines below this level are left out. Default 'info'. */
  level?: LogLevel;
  /** Where lines go. Default: standard error. */
  stream?: LogStream;
}

/**
 * A logger over pino: one JSON object a line (`level`, `time` in RFC 3339, `component`, `msg`, fields), or short
 * coloured lines when the stream is a terminal (no colours when NO_COLOR is set).
 */
export function createLogger({ name, level = 'info', stream = process.stderr }: LoggerOptions): Logger {
  const isTerminal = stream.isTTY === true;
  const coloured = isTerminal && !process.env['NO_COLOR'];
  const destination = isTerminal ? { write: (line: string) => void stream.write(prettyLine(line, coloured)) } : stream;
  const root = pino(
    {
      level,
      base: { component: name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => void destination.write(line) },
  );
  return wrap(root);
}

function wrap(inner: PinoLogger): Logger {
  return {
    debug: (message, fields) => inner.isLevelEnabled('debug') && inner.debug(cleaned(fields), message),
    info: (message, fields) => inner.isLevelEnabled('info') && inner.info(cleaned(fields), message),
    warn: (message, fields) => inner.isLevelEnabled('warn') && inner.warn(cleaned(fields), message),
    error: (message, fields) => inner.isLevelEnabled('error') && inner.error(cleaned(fields), message),
    child: (fields) => wrap(inner.child(cleaned(fields))),
  };
}

function cleaned(fields: LogFields = {}): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (isErrorLike(value)) result[key] = describeThrown(value);
    else if (typeof value === 'bigint') result[key] = value.toString();
    else result[key] = value;
  }
  return result;
}
