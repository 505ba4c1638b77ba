// JSON text as Go's encoding/json writes a struct: fields in their declared order, map keys sorted, zero values left
// out where the field says so, `<`, `>` and `&` escaped. Option strings in pods are compared byte for byte.
import { durationMs, formatGoDuration, parseGoDuration } from '@prow/base-time';

export type Encoder = (value: unknown) => string;

/**
 * When a field appears: `always`; `nonzero` (Go's omitempty on plain values: not '', 0, false, [] or {}); `set` (omitempty
 * on a pointer: whenever it is there).
 */
type Presence = 'always' | 'nonzero' | 'set';
export type Field = readonly [key: string, presence: Presence, encode: Encoder];

const escapes: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026', '\u2028': '\\u2028', '\u2029': '\\u2029' };

/** A string; what is not valid Unicode becomes U+FFFD, as in Go. */
export const text: Encoder = (value) => {
  const valid = value == null ? '' : (value as string).toString().replace(/\p{Surrogate}/gu, '\uFFFD');
  return JSON.stringify(valid).replace(/[<>&\u2028\u2029]/g, (found) => escapes[found] ?? found);
};

/** A number or boolean. */
export const plain: Encoder = (value) => JSON.stringify(value ?? null);

/** A Go duration (string or integer nanoseconds) in Go's own notation. */
export const duration: Encoder = (value) => text(typeof value === 'number' ? formatGoDuration(BigInt(Math.trunc(value))) : formatGoDuration(parseGoDuration(String(value))));

/** A Go duration as integer nanoseconds; absent is 0. */
export const nanoseconds: Encoder = (value) => (value == null ? '0' : typeof value === 'number' ? String(Math.trunc(value)) : parseGoDuration(value as string).toString());

/** Whole seconds of a Go duration. */
export function wholeSeconds(value: string | number): number {
  return Math.trunc((typeof value === 'number' ? value / 1e6 : durationMs(value)) / 1000);
}

export function list(encode: Encoder): Encoder {
  return (value) => (Array.isArray(value) ? `[${value.map((element) => encode(element)).join(',')}]` : 'null');
}

export function mapOf(encode: Encoder): Encoder {
  return (value) => {
    const entries = Object.entries((value ?? {}) as Record<string, unknown>);
    entries.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return `{${entries.map(([key, element]) => `${text(key)}:${encode(element)}`).join(',')}}`;
  };
}

/** An object with these fields, others left out. A pointer that is null is written `null`. */
export function struct(fields: readonly Field[]): Encoder {
  return (value) => (value == null ? 'null' : `{${encodeFields(value as Record<string, unknown>, fields).join(',')}}`);
}

function encodeFields(object: Record<string, unknown>, fields: readonly Field[]): string[] {
  const written: string[] = [];
  for (const [key, presence, encode] of fields) {
    const value = object[key];
    const present = presence === 'always' || (presence === 'set' ? value != null : !isZero(value));
    if (present) written.push(`"${key}":${encode(value)}`);
  }
  return written;
}

function isZero(value: unknown): boolean {
  if (value == null || value === '' || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
