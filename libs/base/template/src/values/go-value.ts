import { goAny, goBool, goFloat, goInt, goMap, goSlice, goString, goTime, type GoType, type StructType } from './go-type.ts';

/** A value with its Go type. `undefined` in place of one is Go's missing value: it prints as `<no value>`. */
export interface GoValue {
  readonly type: GoType;
  /** bigint for int, number for float64, Date for time, array, plain object or Map, null for nil, a function. */
  readonly value: unknown;
}

class TypedData {
  readonly value: unknown;
  readonly type: GoType;

  constructor(value: unknown, type: GoType) {
    this.value = value;
    this.type = type;
  }
}

/** Data (as JSON has it) that templates are to see as this Go type. */
export function asGo(value: unknown, type: GoType): unknown {
  return new TypedData(value, type);
}

const functionType: GoType = { kind: 'function', name: 'func' };
/** Go's zero time. */
const zeroTime = new Date('0001-01-01T00:00:00Z');

/** What a JavaScript value is in Go: numbers are int when whole, arrays []any, objects map[string]any. */
export function fromJavaScript(value: unknown): GoValue | undefined {
  if (value instanceof TypedData) return toGo(value.value, value.type);
  switch (typeof value) {
    case 'string': return { type: goString, value };
    case 'boolean': return { type: goBool, value };
    case 'bigint': return { type: goInt, value };
    case 'number': return Number.isSafeInteger(value) ? { type: goInt, value: BigInt(value) } : { type: goFloat, value };
    case 'function': return { type: functionType, value };
    case 'object':
      if (value === null) return undefined;
      if (Array.isArray(value)) return { type: goSlice(goAny), value };
      if (value instanceof Date) return { type: goTime, value };
      return { type: goMap(goAny), value };
    default: return undefined;
  }
}

/** JSON data read as a Go type; what is absent, or of another type, is the type's zero value. */
export function toGo(value: unknown, type: GoType): GoValue | undefined {
  if (value instanceof TypedData) return toGo(value.value, value.type);
  switch (type.kind) {
    case 'interface': return fromJavaScript(value);
    case 'bool': return { type, value: value === true };
    case 'int': return { type, value: toInt(value) };
    case 'float64': return { type, value: typeof value === 'number' ? value : 0 };
    case 'string': return { type, value: typeof value === 'string' ? value : '' };
    case 'slice': return { type, value: Array.isArray(value) ? value : null };
    case 'map':
    case 'pointer': return { type, value: value ?? null };
    case 'struct': return { type, value: typeof value === 'object' && value !== null ? value : {} };
    case 'time': return { type, value: toTime(value) };
    default: return { type, value };
  }
}

function toInt(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' && Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}

function toTime(value: unknown): Date {
  const date = value instanceof Date ? value : typeof value === 'string' ? new Date(value) : zeroTime;
  return Number.isNaN(date.getTime()) ? zeroTime : date;
}

export function isZeroTime(date: Date): boolean {
  return date.getTime() === zeroTime.getTime();
}

/** What a pointer points to; the pointer itself when it is nil. */
export function indirect(value: GoValue): { value: GoValue; isNil: boolean } {
  let current = value;
  while (current.type.kind === 'pointer') {
    if (current.value === null) return { value: current, isNil: true };
    const next = toGo(current.value, current.type.to);
    if (next === undefined) return { value: current, isNil: true };
    current = next;
  }
  return { value: current, isNil: false };
}

/** The field of a struct, or of a struct embedded in it; undefined when there is none. */
export function structField(type: StructType, value: unknown, name: string): GoValue | undefined {
  const data = value as Readonly<Record<string, unknown>>;
  const own = type.fields.find((field) => field.name === name);
  if (own !== undefined) return toGo(own.key === '' ? data : data[own.key], own.type);
  for (const field of type.fields) {
    if (field.isEmbedded !== true || field.type.kind !== 'struct') continue;
    const inner = field.key === '' ? data : data[field.key];
    const found = structField(field.type, typeof inner === 'object' && inner !== null ? inner : {}, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function hasField(type: StructType, name: string): boolean {
  return type.fields.some((field) => field.name === name || (field.isEmbedded === true && field.type.kind === 'struct' && hasField(field.type, name)));
}

/** Entries of a map in the order templates and prints have: by key. */
export function mapEntries({ type, value }: GoValue): { key: string; value: GoValue | undefined }[] {
  if (type.kind !== 'map' || value === null) return [];
  const entries = value instanceof Map ? [...(value as Map<unknown, unknown>)] : Object.entries(value as object);
  return entries
    .map(([key, each]) => ({ key: String(key), value: toGo(each, type.element) }))
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
}

/** `found` is false for a key that is not there. */
export function mapEntry({ type, value }: GoValue, key: string): { found: boolean; value: GoValue | undefined } {
  if (type.kind !== 'map' || value === null) return { found: false, value: undefined };
  if (value instanceof Map) return value.has(key) ? { found: true, value: toGo(value.get(key), type.element) } : { found: false, value: undefined };
  const data = value as Readonly<Record<string, unknown>>;
  return Object.hasOwn(data, key) ? { found: true, value: toGo(data[key], type.element) } : { found: false, value: undefined };
}

export function sliceItems({ type, value }: GoValue): readonly unknown[] {
  return type.kind === 'slice' && Array.isArray(value) ? value : [];
}

/** Go's notion of truth in `if`, `with`, `and`, `or`, `not`. */
export function isTrue(given: GoValue | undefined): boolean {
  if (given === undefined) return false;
  const { type, value } = given;
  switch (type.kind) {
    case 'bool': return value === true;
    case 'int': return value !== 0n;
    case 'float64': return value !== 0;
    case 'string': return value !== '';
    case 'slice': return sliceItems(given).length > 0;
    case 'map': return value !== null && (value instanceof Map ? value.size : Object.keys(value as object).length) > 0;
    case 'pointer': return value !== null;
    case 'function': return value !== null;
    default: return true;
  }
}
