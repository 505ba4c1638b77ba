import type { RangeQuery } from './api.ts';

/** LMDB's own limit for pages of 4 KiB. */
export const maxKeyBytes = 1978;

export interface Bounds {
  start?: Buffer;
  end?: Buffer;
  exclusiveStart?: boolean;
  inclusiveEnd?: boolean;
  reverse?: boolean;
  limit?: number;
}

/** A query as LMDB takes it; undefined when no key can fulfil it. */
export function boundsOf({ prefix = '', after, before, limit, reverse = false }: RangeQuery): Bounds | undefined {
  if (limit !== undefined && limit <= 0) return undefined;
  // The first key of the range, and the first key behind it.
  let low: Buffer | undefined = prefix === '' ? undefined : Buffer.from(prefix);
  let high = low === undefined ? undefined : behindPrefix(low);
  if (after !== undefined) {
    const next = Buffer.concat([Buffer.from(after), Buffer.of(0)]);
    if (low === undefined || Buffer.compare(next, low) > 0) low = next;
  }
  if (before !== undefined) {
    const end = Buffer.from(before);
    if (high === undefined || Buffer.compare(end, high) < 0) high = end;
  }
  if (high !== undefined && Buffer.compare(low ?? Buffer.alloc(0), high) >= 0) return undefined;
  const bounds: Bounds = limit === undefined ? {} : { limit };
  if (!reverse) return { ...bounds, ...(low === undefined ? {} : { start: low }), ...(high === undefined ? {} : { end: high }) };
  return {
    ...bounds,
    reverse: true,
    ...(high === undefined ? {} : { start: high, exclusiveStart: true }),
    ...(low === undefined ? {} : { end: low, inclusiveEnd: true }),
  };
}

/** The smallest key that is greater than every key with the prefix. UTF-8 has no byte 0xff, so there is one. */
function behindPrefix(prefix: Buffer): Buffer {
  const result = Buffer.from(prefix);
  const last = result.length - 1;
  result[last] = (result[last] ?? 0) + 1;
  return result;
}
