// W3C trace contexts as text: `00-<32 hex: trace>-<16 hex: span>-<2 hex: flags>`.
import { createHash } from 'node:crypto';

export interface TraceContext {
  traceId: string;
  spanId: string;
  isSampled: boolean;
}

const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Undefined for anything else: a context that cannot be read counts as absent. */
export function parseTraceparent(text: string | undefined): TraceContext | undefined {
  const [, traceId = '', spanId = '', flags = ''] = pattern.exec(text ?? '') ?? [];
  if (/^0*$/.test(traceId) || /^0*$/.test(spanId)) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent({ traceId, spanId, isSampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}

export function isTraceparent(text: string | undefined): text is string {
  return parseTraceparent(text) !== undefined;
}

/**
 * The root context that belongs to a name which every program knows: a delivery's GUID, a ProwJob's uid. Of a UUID the
 * trace id is the UUID itself, so a trace is found by what people have at hand. The same name, the same context: a
 * program that was killed and begins anew goes on in the same trace.
 */
export function traceparentOf(name: string): string {
  const hex = uuidPattern.test(name) ? name.replaceAll('-', '').toLowerCase() : digest(name).slice(0, 32);
  return formatTraceparent({ traceId: hex, spanId: digest(`${name}/root`).slice(0, 16), isSampled: true });
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
