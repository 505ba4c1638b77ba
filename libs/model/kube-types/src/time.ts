// Times as the Kubernetes API writes and reads them. upstream: apimachinery/pkg/apis/meta/v1/{time,micro_time}.go
import { ProwError } from '@prow/base-errors';
import type { MicroTime, Time } from './meta.ts';

const shape = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/**
 * Unix milliseconds of an RFC 3339 time (fractions beyond milliseconds are cut). Throws `PROW_KUBE_TYPES_TIME` for
 * anything else, `2026-02-30T…` included.
 */
export function parseTime(text: string): number {
  const unixMs = tryParseTime(text);
  if (unixMs === undefined) {
    const found = text.length > 64 ? `${text.slice(0, 64)}…` : text;
    throw new ProwError('PROW_KUBE_TYPES_TIME', `not an RFC 3339 time: expected like 2026-01-02T03:04:05Z, found ${JSON.stringify(found)}`);
  }
  return unixMs;
}

/** As `parseTime`, with undefined instead of an error, also for undefined and null. */
export function tryParseTime(text: string | null | undefined): number | undefined {
  const match = typeof text === 'string' && text.length <= 64 ? shape.exec(text) : null;
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const milli = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const offsetHours = Number(match[9] ?? 0);
  const offsetMinutes = Number(match[10] ?? 0);
  if (hour > 23 || minute > 59 || second > 59 || offsetHours > 23 || offsetMinutes > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(hour, minute, second, milli);
  const sign = match[8] === '-' ? 1 : -1;
  return date.getTime() + sign * (offsetHours * 60 + offsetMinutes) * 60_000;
}

let lastSecond = Number.NaN;
let lastText = '';

/** `2026-01-02T03:04:05Z`: whole seconds, cut. */
export function formatTime(unixMs: number): Time {
  // A busy server writes the same second thousands of times.
  const second = Math.floor(unixMs / 1000);
  if (second !== lastSecond) {
    lastText = `${new Date(unixMs).toISOString().slice(0, 19)}Z`;
    lastSecond = second;
  }
  return lastText;
}

/** `2026-01-02T03:04:05.678000Z`. */
export function formatMicroTime(unixMs: number): MicroTime {
  const whole = Math.floor(unixMs);
  const micros = Math.min(999, Math.floor((unixMs - whole) * 1000));
  return `${new Date(whole).toISOString().slice(0, 23)}${String(micros).padStart(3, '0')}Z`;
}
