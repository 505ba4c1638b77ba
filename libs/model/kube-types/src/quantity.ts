// Quantities of resources: `500m`, `1.5Gi`, `2e3`. upstream: apimachinery/pkg/api/resource/quantity.go
import { ProwError } from '@prow/base-errors';

export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** An exact amount. Finer than a billionth is rounded away from zero; beyond ±(2^63-1) is capped, as upstream. */
export interface Quantity {
  /** Billionths. */
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

const billion = 1_000_000_000n;
const maxNanos = 9_223_372_036_854_775_807n * billion;
const shape = /^([+-]?)(\d*)(?:\.(\d*))?(|[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)$/;
const decimalPowers: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const decimalSuffixes = new Map(Object.entries(decimalPowers).map(([suffix, power]) => [power, suffix]));
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** Throws `PROW_KUBE_TYPES_QUANTITY` for anything that is not a quantity. */
export function parseQuantity(text: string): Quantity {
  const match = text.length <= 128 ? shape.exec(text) : null;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match ?? [];
  if (match === null || whole + fraction === '') {
    const found = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
    throw new ProwError(
      'PROW_KUBE_TYPES_QUANTITY',
      `quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$', found ${found}`,
    );
  }
  const digits = BigInt(whole + fraction);
  let numerator = digits;
  let power = 9 - fraction.length;
  let format: QuantityFormat = 'DecimalSI';
  if (suffix.endsWith('i')) {
    format = 'BinarySI';
    numerator <<= BigInt(10 * binarySuffixes.indexOf(suffix));
  } else if (/^[eE][+-]?\d/.test(suffix)) {
    format = 'DecimalExponent';
    // Beyond ±400 nothing of at most 128 digits is left between zero and the cap.
    power += Math.max(-400, Math.min(400, Number(suffix.slice(1))));
  } else power += decimalPowers[suffix] ?? 0;
  const magnitude = power >= 0 ? numerator * 10n ** BigInt(power) : divideUp(numerator, 10n ** BigInt(-power));
  const capped = magnitude > maxNanos ? maxNanos : magnitude;
  return { nanos: sign === '-' ? -capped : capped, format };
}

/** The canonical text: no lost precision, no fraction, the largest suffix (`1500m`, `1536Mi`, `1k`). */
export function formatQuantity(quantity: Quantity): string {
  const { nanos } = quantity;
  if (nanos === 0n) return '0';
  const sign = nanos < 0n ? '-' : '';
  const magnitude = nanos < 0n ? -nanos : nanos;
  // A fraction of a byte is kept by counting in thousandths: 1.2Gi is 1288490188800m.
  if (quantity.format === 'BinarySI' && magnitude >= 1024n * billion && magnitude % billion === 0n) {
    let amount = magnitude / billion;
    let index = 0;
    while (amount % 1024n === 0n && index < binarySuffixes.length - 1) {
      amount /= 1024n;
      index += 1;
    }
    return `${sign}${amount}${binarySuffixes[index]}`;
  }
  let amount = magnitude;
  let power = -9;
  while (amount % 1000n === 0n && power < 18) {
    amount /= 1000n;
    power += 3;
  }
  if (quantity.format === 'DecimalExponent') return `${sign}${amount}${power === 0 ? '' : `e${power}`}`;
  return `${sign}${amount}${decimalSuffixes.get(power) ?? ''}`;
}

/** Below zero when `left` is less, 0 when equal, above zero when it is more. */
export function compareQuantities(left: Quantity | string, right: Quantity | string): number {
  const [a, b] = [nanosOf(left), nanosOf(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The sum, in the first quantity's format. */
export function addQuantities(left: Quantity | string, right: Quantity | string): Quantity {
  const first = typeof left === 'string' ? parseQuantity(left) : left;
  return { nanos: first.nanos + nanosOf(right), format: first.nanos === 0n && typeof right !== 'string' ? right.format : first.format };
}

/** Whole units, rounded away from zero: bytes of `memory`, cores of `cpu`. */
export function quantityValue(quantity: Quantity | string): number {
  return Number(divideUp(nanosOf(quantity), billion));
}

/** Thousandths, rounded away from zero: millicores of `cpu`. */
export function quantityMilliValue(quantity: Quantity | string): number {
  return Number(divideUp(nanosOf(quantity), 1_000_000n));
}

function nanosOf(quantity: Quantity | string): bigint {
  return typeof quantity === 'string' ? parseQuantity(quantity).nanos : quantity.nanos;
}

function divideUp(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  if (quotient * denominator === numerator) return quotient;
  return numerator < 0n ? quotient - 1n : quotient + 1n;
}
