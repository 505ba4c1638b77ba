// Types as Go knows them, for data whose Go shape matters: field names, zero values, and how it prints.

export interface BasicType {
  kind: 'bool' | 'int' | 'float64' | 'string';
  /** As in messages: `string`, `v1.ProwJobType`. */
  name: string;
  /** Its String method, when it has one. */
  text?: (value: bigint | number | string | boolean) => string;
}

export interface FieldType {
  /** As templates write it: `BuildID`. */
  name: string;
  /** Its key in the JSON object; '' for a struct whose fields stand in the JSON object itself. */
  key: string;
  type: GoType;
  /** Whether its fields are also reachable without its name. */
  isEmbedded?: boolean;
}

export interface StructType {
  kind: 'struct';
  /** `v1.ProwJob` */
  name: string;
  fields: readonly FieldType[];
  /** Methods without arguments, by name; each gets the JSON object. */
  methods?: Readonly<Record<string, (value: Readonly<Record<string, unknown>>) => unknown>>;
}

export type GoType =
  | BasicType
  | StructType
  | { kind: 'slice'; element: GoType }
  | { kind: 'map'; element: GoType }
  | { kind: 'pointer'; to: GoType }
  | { kind: 'time'; name: string }
  | { kind: 'function'; name: string }
  /** Anything: the value itself tells its type. */
  | { kind: 'interface' };

export const goBool: BasicType = { kind: 'bool', name: 'bool' };
export const goInt: BasicType = { kind: 'int', name: 'int' };
export const goByte: BasicType = { kind: 'int', name: 'uint8' };
export const goFloat: BasicType = { kind: 'float64', name: 'float64' };
export const goString: BasicType = { kind: 'string', name: 'string' };
export const goAny: GoType = { kind: 'interface' };
/** time.Time under any name; in JSON an RFC 3339 text or a Date. */
export const goTime: GoType = { kind: 'time', name: 'time.Time' };

/** A string type of its own: `type ProwJobType string`. */
export function goStringType(name: string): BasicType {
  return { kind: 'string', name };
}

export function goSlice(element: GoType): GoType {
  return { kind: 'slice', element };
}

/** A map with string keys. */
export function goMap(element: GoType): GoType {
  return { kind: 'map', element };
}

export function goPointer(to: GoType): GoType {
  return { kind: 'pointer', to };
}

/** @param fields by name; the key in JSON is given, or the name itself */
export function goStruct(name: string, fields: Readonly<Record<string, GoType | readonly [key: string, type: GoType]>>, methods?: StructType['methods']): StructType {
  const list = Object.entries(fields).map(([fieldName, field]): FieldType => {
    const [key, type] = 'kind' in field ? [fieldName, field] : field;
    return { name: fieldName, key, type };
  });
  return { kind: 'struct', name, fields: list, ...(methods === undefined ? {} : { methods }) };
}

export function typeName(type: GoType): string {
  switch (type.kind) {
    case 'slice': return `[]${typeName(type.element)}`;
    case 'map': return `map[string]${typeName(type.element)}`;
    case 'pointer': return `*${typeName(type.to)}`;
    case 'interface': return 'interface {}';
    default: return type.name;
  }
}
