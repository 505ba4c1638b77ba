import { ProwError } from '@prow/base-errors';

const unitNs = new Map<string, bigint>([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n], // U+00B5, micro sign
  ['μs', 1_000n], // U+03BC, Greek letter mu
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);
const maxNs = 2n ** 63n;
const maxTextLength = 200;

/**
 * Reads a Go duration such as `1h30m`, `-1.5s`, `0` or `100µs` exactly as Go's time.ParseDuration does, and with its
 * error texts.
 * @returns nanoseconds, within the range of a signed 64-bit integer
 * @throws ProwError PROW_TIME_DURATION
 */
export function parseGoDuration(text: string): bigint {
  if (text.length > maxTextLength) throw durationError(`time: invalid duration ${quote(`${text.slice(0, 40)}…`)}`, text);
  const invalid = (): ProwError => durationError(`time: invalid duration ${quote(text)}`, text);
  const signed = /^[+-]/.test(text);
  const negative = text.startsWith('-');
  let rest = signed ? text.slice(1) : text;
  if (rest === '0') return 0n;
  if (rest === '') throw invalid();
  let total = 0n;
  while (rest !== '') {
    const number = /^(\d*)(?:(\.)(\d*))?/.exec(rest);
    const [consumed = '', whole = '', , fraction = ''] = number ?? [];
    if (whole === '' && fraction === '') throw invalid();
    if (BigInt(whole || '0') > maxNs) throw invalid();
    rest = rest.slice(consumed.length);
    const unit = /^[^.\d]*/.exec(rest)?.[0] ?? '';
    if (unit === '') throw durationError(`time: missing unit in duration ${quote(text)}`, text);
    rest = rest.slice(unit.length);
    const factor = unitNs.get(unit);
    if (factor === undefined) throw durationError(`time: unknown unit ${quote(unit)} in duration ${quote(text)}`, text);
    if (whole !== '' && BigInt(whole) > maxNs / factor) throw invalid();
    total += BigInt(whole || '0') * factor + fractionNs(fraction, factor);
    if (total > maxNs) throw invalid();
  }
  if (negative) return -total;
  if (total > maxNs - 1n) throw invalid();
  return total;
}

/** Digits beyond what Go's 63-bit accumulator holds are left out, and the product is rounded as its float64 is. */
function fractionNs(digits: string, factor: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    if (value > (maxNs - 1n) / 10n) break;
    const next = value * 10n + BigInt(digit);
    if (next > maxNs) break;
    value = next;
    scale *= 10;
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (Number(factor) / scale)));
}

/** A Go duration in milliseconds (a fraction is kept). @throws ProwError PROW_TIME_DURATION */
export function durationMs(text: string): number {
  return Number(parseGoDuration(text)) / 1e6;
}

/** What Go's Duration.String gives: `1h0m0s`, `1.5s`, `100ms`, `0s`. @param ns nanoseconds */
export function formatGoDuration(ns: bigint | number): string {
  const value = BigInt(typeof ns === 'number' ? Math.trunc(ns) : ns);
  const sign = value < 0n ? '-' : '';
  const size = value < 0n ? -value : value;
  if (size === 0n) return '0s';
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 1_000n)}µs`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 1_000_000n)}ms`;
  const minutes = size / 60_000_000_000n;
  const seconds = `${decimal(size % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return sign + seconds;
  const hours = minutes / 60n;
  return hours === 0n ? `${sign}${minutes}m${seconds}` : `${sign}${hours}h${minutes % 60n}m${seconds}`;
}

/** Milliseconds as a Go duration. */
export function formatDurationMs(ms: number): string {
  return formatGoDuration(Math.round(ms * 1e6));
}

function decimal(value: bigint, unit: bigint): string {
  const whole = value / unit;
  const fraction = (value % unit).toString().padStart(unit.toString().length - 1, '0').replace(/0+$/, '');
  return fraction === '' ? `${whole}` : `${whole}.${fraction}`;
}

/** The quoting of Go's time package: bytes outside printable ASCII become \xNN. */
function quote(text: string): string {
  let quoted = '"';
  for (const byte of Buffer.from(text, 'utf8')) {
    const character = String.fromCharCode(byte);
    if (character === '"' || character === '\\') quoted += `\\${character}`;
    else if (byte < 0x20 || byte >= 0x80) quoted += `\\x${byte.toString(16).padStart(2, '0')}`;
    else quoted += character;
  }
  return `${quoted}"`;
}

function durationError(message: string, found: string): ProwError {
  return new ProwError('PROW_TIME_DURATION', message, {
    details: { found: found.slice(0, maxTextLength), expected: 'a Go duration such as 30s, 1h30m or 100ms' },
    httpStatus: 400,
  });
}
