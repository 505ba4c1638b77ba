// Types that read themselves: durations, quantities, times, ports.
import { formatGoDuration, parseGoDuration } from '@prow/base-time';
import { formatQuantity, parseQuantity, tryParseTime } from '@prow/model-kube-types';
import type { CustomShape } from '@prow/base-schema';

const durationPattern = '^[-+]?([0-9]*(\\.[0-9]*)?(ns|us|µs|μs|ms|s|m|h))+$|^0$';

function custom<T>(parts: Omit<CustomShape<T>, 'kind'>): CustomShape<T> {
  return { kind: 'custom', ...parts };
}

/** Kubernetes' duration: a text such as `10m`; kept in Go's form, `10m0s`. upstream: metav1.Duration */
export const kubeDuration = custom<string>({
  name: 'KubeDuration',
  read: (value) => {
    if (typeof value !== 'string') throw new Error(`expected a duration in quotes or with a unit, such as 15m, found ${JSON.stringify(value)}`);
    return readDuration(value);
  },
  jsonSchema: () => ({ type: 'string', pattern: durationPattern, examples: ['15m', '48h'] }),
});

/** Prow's own duration: a text such as `2h`, or whole nanoseconds; kept in Go's form. upstream: prowapi.Duration */
export const prowDuration = custom<string>({
  name: 'ProwDuration',
  read: (value) => {
    if (typeof value === 'number' && Number.isInteger(value)) return formatGoDuration(BigInt(value));
    if (typeof value !== 'string') throw new Error(`expected a duration such as 2h, found ${JSON.stringify(value)}`);
    return readDuration(value);
  },
  jsonSchema: () => ({ anyOf: [{ type: 'string', pattern: durationPattern, examples: ['2h', '15s'] }, { type: ['integer', 'null'], description: 'nanoseconds' }] }),
});

function readDuration(text: string): string {
  try {
    return formatGoDuration(parseGoDuration(text));
  } catch {
    throw new Error(`expected a duration such as 2h or 15m30s, found ${JSON.stringify(text)}`);
  }
}

const knownQuantities = new Map<string, string>();

/** An amount of memory or CPU, kept in Kubernetes' canonical form: `1.5Gi` is `1536Mi`. upstream: resource.Quantity */
export const quantity = custom<string>({
  name: 'Quantity',
  read: (value) => {
    if (typeof value !== 'string' && typeof value !== 'number') throw new Error(`expected an amount such as 500m or 2Gi, found ${JSON.stringify(value)}`);
    const text = String(value);
    let canonical = knownQuantities.get(text);
    if (canonical === undefined) {
      canonical = formatQuantity(parseQuantity(text));
      if (knownQuantities.size < 10_000) knownQuantities.set(text, canonical);
    }
    return canonical;
  },
  jsonSchema: () => ({ type: ['string', 'number', 'null'], examples: ['500m', '2Gi'] }),
  zero: '0',
});

/** A port: its number or its name. upstream: intstr.IntOrString */
export const intOrString = custom<number | string>({
  name: 'IntOrString',
  read: (value) => {
    if (typeof value === 'string' || (typeof value === 'number' && Number.isInteger(value))) return value;
    throw new Error(`expected a whole number or a text, found ${JSON.stringify(value)}`);
  },
  jsonSchema: () => ({ type: ['integer', 'string', 'null'] }),
  zero: 0,
});

/** RFC 3339. upstream: time.Time and metav1.Time */
export const time = custom<string>({
  name: 'Time',
  read: (value) => {
    if (typeof value !== 'string' || tryParseTime(value) === undefined) throw new Error(`expected a time such as 2026-01-02T15:04:05Z, found ${JSON.stringify(value)}`);
    return value;
  },
  jsonSchema: () => ({ type: ['string', 'null'], format: 'date-time' }),
});

/** The same where Go holds the time itself: nothing is the year 1. upstream: time.Time */
export const plainTime: CustomShape<string> = { ...time, zero: '0001-01-01T00:00:00Z' };

/** base64 or whatever a lens makes of it: any JSON. upstream: json.RawMessage */
export const rawJson = custom<unknown>({
  name: 'RawJson',
  read: (value) => value,
  jsonSchema: () => ({}),
});
