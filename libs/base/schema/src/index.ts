export {
  always, anything, bool, doc, int32, integer, keepEmpty, lazy, list, map, number, pointer, struct, suggestedText,
  text, typed, unsigned,
} from './shape.ts';
export type { CustomShape, Field, ReadContext, Shape, StructShape, TypeOf } from './shape.ts';
export { decode, goText } from './decode.ts';
export type { DecodeLimits, DecodeResult, ShapeFinding, Step } from './decode.ts';
export { encode } from './encode.ts';
export { toJsonSchema } from './json-schema.ts';
