// Which field a key means, as Go's JSON decoder has it: the exact name, else the same name in another case; a field
// of the struct itself hides one of the same name in an embedded struct.
import type { Field, StructShape } from './shape.ts';

export interface IndexedField {
  readonly name: string;
  readonly field: Field;
  /** The embedded struct the field comes from; undefined where it is the struct's own. */
  readonly from: StructShape<unknown> | undefined;
}

interface FieldIndex {
  readonly exact: ReadonlyMap<string, IndexedField>;
  readonly folded: ReadonlyMap<string, IndexedField>;
  /** Fields whose type is written even where nothing is set: amounts and ports. */
  readonly zeros: readonly { readonly name: string; readonly zero: unknown }[];
}

const indexes = new WeakMap<StructShape<unknown>, FieldIndex>();

export function fieldIndex(shape: StructShape<unknown>): FieldIndex {
  const known = indexes.get(shape);
  if (known !== undefined) return known;
  const exact = new Map<string, IndexedField>();
  for (const [name, field] of Object.entries(shape.fields)) exact.set(name, { name, field, from: undefined });
  for (const embedded of shape.inline) {
    for (const [name, inner] of fieldIndex(embedded).exact) {
      if (!exact.has(name)) exact.set(name, { name, field: inner.field, from: embedded });
    }
  }
  const folded = new Map<string, IndexedField>();
  for (const [name, entry] of exact) {
    const key = name.toLowerCase();
    if (!folded.has(key)) folded.set(key, entry);
  }
  const zeros = [...exact.values()].flatMap(({ name, field }) => (field.shape.kind === 'custom' && !field.pointer && field.shape.zero !== undefined ? [{ name, zero: field.shape.zero }] : []));
  const index = { exact, folded, zeros };
  indexes.set(shape, index);
  return index;
}

export function findField(shape: StructShape<unknown>, key: string): IndexedField | undefined {
  const index = fieldIndex(shape);
  return index.exact.get(key) ?? index.folded.get(key.toLowerCase());
}

/** All names a struct knows, for suggestions. */
export function fieldNames(shape: StructShape<unknown>): Iterable<string> {
  return fieldIndex(shape).exact.keys();
}
