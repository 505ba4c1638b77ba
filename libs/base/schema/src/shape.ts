// Shapes: what outside data looks like, written once. From a shape come the TypeScript type, the reading of a parsed
// YAML or JSON value as Go's decoder would (decode.ts), its writing with Go's omitempty (encode.ts), and the JSON
// Schema for editors (json-schema.ts).

/** Carries T; never set. */
interface Typed<T> {
  readonly type?: T;
}

export interface TextShape extends Typed<string> {
  readonly kind: 'text';
  /** Values that make sense; others load all the same, the JSON Schema warns of them. */
  readonly suggested?: readonly string[];
}
export interface BoolShape extends Typed<boolean> {
  readonly kind: 'bool';
}
export interface IntegerShape extends Typed<number> {
  readonly kind: 'integer';
  readonly min: number;
  readonly max: number;
}
export interface NumberShape extends Typed<number> {
  readonly kind: 'number';
}
export interface AnythingShape<T = unknown> extends Typed<T> {
  readonly kind: 'anything';
}
export interface ListShape<T> extends Typed<T[]> {
  readonly kind: 'list';
  readonly element: Shape;
}
export interface MapShape<T> extends Typed<Record<string, T>> {
  readonly kind: 'map';
  readonly value: Shape;
}
/** A type with its own way of reading: durations, quantities, "a list or an object". */
export interface CustomShape<T> extends Typed<T> {
  readonly kind: 'custom';
  readonly name: string;
  /** Throws an Error whose message completes "PATH: …". May call back into the decoder for parts. */
  readonly read: (value: unknown, context: ReadContext) => T | undefined;
  readonly jsonSchema: (toSchema: (shape: Shape) => object) => object;
  /** What Go writes for the zero value, where it writes one. */
  readonly zero?: unknown;
  readonly isZero?: (value: unknown) => boolean;
  readonly parts?: Shape;
}
export interface StructShape<T> extends Typed<T> {
  readonly kind: 'struct';
  readonly name: string;
  readonly fields: Readonly<Record<string, Field>>;
  /** Go's embedded structs: their fields count as this struct's own. */
  readonly inline: readonly StructShape<unknown>[];
}
export interface LazyShape<T> extends Typed<T> {
  readonly kind: 'lazy';
  readonly resolve: () => Shape;
}

export type Shape =
  | TextShape | BoolShape | IntegerShape | NumberShape | AnythingShape | ListShape<unknown> | MapShape<unknown>
  | CustomShape<unknown> | StructShape<unknown> | LazyShape<unknown>;

export interface ReadContext {
  /** Reads a part by a shape; findings go where the whole's go. */
  readonly decode: (shape: Shape, value: unknown, ...steps: readonly (string | number)[]) => unknown;
  /** The same, as text read by the YAML reader of its own: numbers become text where text is expected. */
  readonly decodeYaml: (shape: Shape, value: unknown) => unknown;
}

export interface Field {
  readonly shape: Shape;
  /** A Go pointer: a zero value that is written down is kept (`false`, `''`, `0`). */
  readonly pointer: boolean;
  /** No omitempty: written even when zero. */
  readonly always: boolean;
  /** An empty list means something else than none. */
  readonly keepEmpty: boolean;
  readonly doc?: string;
}

export type TypeOf<S> = S extends { readonly type?: infer T } ? T : never;
type FieldType<F> = F extends { readonly shape: infer S } ? TypeOf<S> : TypeOf<F>;
type FieldsType<F> = { -readonly [K in keyof F]?: FieldType<F[K]> };
type UnionToIntersection<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void ? I : never;
type InlineType<I extends readonly unknown[]> = I extends readonly [] ? unknown : UnionToIntersection<TypeOf<I[number]>>;

export const text: TextShape = { kind: 'text' };
export const bool: BoolShape = { kind: 'bool' };
export const number: NumberShape = { kind: 'number' };
/** Go's int on a 64-bit machine, as far as a JavaScript number holds it. */
export const integer: IntegerShape = { kind: 'integer', min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };
export const int32: IntegerShape = { kind: 'integer', min: -(2 ** 31), max: 2 ** 31 - 1 };
export const unsigned: IntegerShape = { kind: 'integer', min: 0, max: Number.MAX_SAFE_INTEGER };

export function suggestedText<const V extends readonly string[]>(...suggested: V): TextShape {
  return { kind: 'text', suggested };
}
export function anything<T = unknown>(): AnythingShape<T> {
  return { kind: 'anything' };
}
export function list<S extends Shape>(element: S): ListShape<TypeOf<S>> {
  return { kind: 'list', element };
}
export function map<S extends Shape>(value: S): MapShape<TypeOf<S>> {
  return { kind: 'map', value };
}
export function lazy<T>(resolve: () => Shape): LazyShape<T> {
  return { kind: 'lazy', resolve };
}

/** A struct. `name` becomes the definition's name in the JSON Schema and must be unique there. */
export function struct<const F extends Readonly<Record<string, Shape | Field>>, const I extends readonly StructShape<unknown>[] = []>(
  name: string,
  fields: F,
  inline?: I,
): StructShape<FieldsType<F> & InlineType<I>> {
  return {
    kind: 'struct',
    name,
    fields: Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, asField(value)])),
    inline: inline ?? [],
  };
}

/** The same shape, seen as a hand-written type. */
export function typed<T>(shape: StructShape<unknown>): StructShape<T> {
  return shape as StructShape<T>;
}

type FieldOf<S> = Omit<Field, 'shape'> & { readonly shape: S };

export function pointer<S extends Shape>(shape: S | FieldOf<S>): FieldOf<S> {
  return { ...asField(shape), pointer: true } as FieldOf<S>;
}
export function always<S extends Shape>(shape: S | FieldOf<S>): FieldOf<S> {
  return { ...asField(shape), always: true } as FieldOf<S>;
}
export function keepEmpty<S extends Shape>(shape: S | FieldOf<S>): FieldOf<S> {
  return { ...asField(shape), keepEmpty: true } as FieldOf<S>;
}
/** Adds a sentence for editors and the reference. */
export function doc<S extends Shape>(sentence: string, field: S | FieldOf<S>): FieldOf<S> {
  return { ...asField(field), doc: sentence } as FieldOf<S>;
}

function asField(value: Shape | Field): Field {
  return 'kind' in value ? { shape: value, pointer: false, always: false, keepEmpty: false } : value;
}
