// Writes a value as Go would marshal it: zero values of fields without omitempty appear, those with it do not.
import { fieldIndex } from './field-index.ts';
import type { Field, Shape } from './shape.ts';

export function encode(shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case 'list':
      return Array.isArray(value) ? value.map((item) => encode(shape.element, item)) : value;
    case 'map':
      return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encode(shape.value, item)])) : value;
    case 'lazy':
      return encode(shape.resolve(), value);
    case 'custom':
      return shape.parts === undefined ? value : encode(shape.parts, value);
    case 'struct':
      return isObject(value) ? encodeStruct(shape, value) : value;
    default:
      return value;
  }
}

function encodeStruct(shape: Extract<Shape, { kind: 'struct' }>, value: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, { field }] of fieldIndex(shape).exact) {
    const item = value[name];
    if (item === undefined) {
      const zero = zeroToWrite(field);
      if (zero !== undefined) result[name] = zero;
    } else if (field.always || field.pointer || !isEmptyCollection(field.shape, item)) {
      result[name] = encode(field.shape, item);
    }
  }
  return result;
}

// A struct that is no pointer is written even when empty: Go's omitempty does not see it.
function zeroToWrite(field: Field): unknown {
  if (field.pointer) return field.always ? null : undefined;
  const { shape } = field;
  if (shape.kind === 'struct') return encode(shape, {});
  if (shape.kind === 'lazy') return zeroToWrite({ ...field, shape: shape.resolve() });
  if (shape.kind === 'custom') return shape.zero;
  if (!field.always) return undefined;
  if (shape.kind === 'text') return '';
  if (shape.kind === 'bool') return false;
  if (shape.kind === 'integer' || shape.kind === 'number') return 0;
  return null;
}

function isEmptyCollection(shape: Shape, value: unknown): boolean {
  if (shape.kind === 'list') return Array.isArray(value) && value.length === 0;
  return shape.kind === 'map' && isObject(value) && Object.keys(value).length === 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
