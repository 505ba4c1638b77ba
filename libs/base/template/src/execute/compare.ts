import { printValue, type PrintStyle } from '../format/print-value.ts';
import { typeName } from '../values/go-type.ts';
import type { GoValue } from '../values/go-value.ts';
import { FunctionError } from './function-error.ts';

type BasicKind = 'bool' | 'int' | 'float64' | 'string';

function basicKind({ type }: GoValue): BasicKind | undefined {
  switch (type.kind) {
    case 'bool':
    case 'int':
    case 'float64':
    case 'string': return type.kind;
    default: return undefined;
  }
}

/** Go's `eq`: whether the first equals any of the others. */
export function isEqual(first: GoValue | undefined, others: readonly (GoValue | undefined)[], style: PrintStyle): boolean {
  if (others.length === 0) throw new FunctionError('missing argument for comparison');
  return others.some((other) => isEqualTo(first, other, style));
}

function isEqualTo(first: GoValue | undefined, other: GoValue | undefined, style: PrintStyle): boolean {
  if (first === undefined || other === undefined) return first === other || isNilPointer(first ?? other);
  const kind = basicKind(first);
  if (kind !== basicKind(other)) throw incompatible(first, other);
  if (kind !== undefined) return first.value === other.value;
  if (typeName(first.type) !== typeName(other.type)) throw incompatible(first, other);
  for (const { type } of [first, other]) {
    if (type.kind === 'slice' || type.kind === 'map') throw new FunctionError(`non-comparable type ${printValue(first, style)}: ${typeName(type)}`);
  }
  if (first.type.kind === 'time') return (first.value as Date).getTime() === (other.value as Date).getTime();
  return first.value === other.value;
}

function incompatible(a: GoValue, b: GoValue): FunctionError {
  return new FunctionError(`incompatible types for comparison: ${typeName(a.type)} and ${typeName(b.type)}`);
}

function isNilPointer(value: GoValue | undefined): boolean {
  return value?.type.kind === 'pointer' && value.value === null;
}

/** Negative, zero or positive, as Go's `lt` orders. */
export function compareOrder(a: GoValue | undefined, b: GoValue | undefined): number {
  const [kindA, kindB] = [a, b].map((value) => (value === undefined ? undefined : basicKind(value)));
  if (a === undefined || b === undefined || kindA === undefined || kindB === undefined) throw new FunctionError('invalid type for comparison');
  if (kindA !== kindB) throw incompatible(a, b);
  if (kindA === 'bool') throw new FunctionError('invalid type for comparison');
  if (kindA === 'string') return Buffer.compare(Buffer.from(String(a.value)), Buffer.from(String(b.value)));
  const [x, y] = [a.value as number | bigint, b.value as number | bigint];
  return x < y ? -1 : x > y ? 1 : 0;
}
