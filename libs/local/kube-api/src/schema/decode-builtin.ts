// A built-in object as Go would decode it: unknown fields dropped (and named), null left out, types checked,
// quantities and times in their canonical form, structs that are no pointers always there.
// upstream: apimachinery/pkg/runtime/serializer/json
import { formatMicroTime, formatQuantity, formatTime, parseQuantity, tryParseTime } from '@prow/model-kube-types';
import { isJsonObject, type JsonObject } from '../api-object.ts';
import { badRequest } from '../status-error.ts';
import { pointerFields } from './pointer-fields.ts';
import type { SchemaNode } from './schema-node.ts';

interface Context {
  kind: string;
  version: string;
  unknown: string[];
}

/** Returns a new object, maps of texts excepted; `unknown` are the paths that were dropped. Throws 400 for a value of a wrong type. */
export function decodeBuiltin(
  object: JsonObject,
  schema: SchemaNode,
  type: { kind: string; version: string },
): { object: JsonObject; unknown: string[] } {
  const context: Context = { ...type, unknown: [] };
  const decoded = decodeObject(object, schema, '', context);
  return { object: decoded, unknown: context.unknown };
}

function decodeValue(value: unknown, schema: SchemaNode, path: string, context: Context): unknown {
  if (schema.isIntOrString) {
    if (typeof value !== 'string' && !Number.isInteger(value)) throw wrongType(value, path, 'intstr.IntOrString', context);
    return value;
  }
  if (schema.isQuantity) return decodeQuantity(value, path, context);
  switch (schema.type) {
    case 'object':
      if (!isJsonObject(value)) throw wrongType(value, path, schema.mapValues === undefined ? 'struct' : 'map', context);
      return decodeObject(value, schema, path, context);
    case 'array': {
      if (!Array.isArray(value)) throw wrongType(value, path, 'slice', context);
      const { items } = schema;
      if (items === undefined) return value;
      return value.map((item, index) => {
        if (item === null) return items.type === 'object' ? {} : items.type === 'string' ? '' : item;
        return decodeValue(item, items, `${path}[${index}]`, context);
      });
    }
    case 'string':
      if (typeof value !== 'string') throw wrongType(value, path, 'string', context);
      return decodeString(value, schema, path, context);
    case 'integer':
      if (!Number.isInteger(value)) throw wrongType(value, path, schema.format === 'int32' ? 'int32' : 'int64', context);
      return value;
    case 'number':
      if (typeof value !== 'number') throw wrongType(value, path, 'float64', context);
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw wrongType(value, path, 'bool', context);
      return value;
    default:
      return value;
  }
}

function decodeObject(value: JsonObject, schema: SchemaNode, path: string, context: Context): JsonObject {
  if (schema.preservesUnknown && schema.properties === undefined) return value;
  if (isTextMap(value, schema)) return value;
  const decoded: JsonObject = {};
  for (const field of Object.keys(value)) {
    const item = value[field];
    const child = schema.child(field);
    if (child?.isPlainString === true && typeof item === 'string' && item !== '') {
      decoded[field] = item;
      continue;
    }
    const childPath = path === '' ? field : `${path}.${field}`;
    if (child === undefined) {
      if (schema.preservesUnknown || schema.isFreeMap) decoded[field] = item;
      else context.unknown.push(childPath);
    } else if (item === null) {
      // Go leaves the zero value; in a map that is a zero element.
      if (schema.property(field) === undefined && child.type === 'string') decoded[field] = '';
    } else {
      const read = decodeValue(item, child, childPath, context);
      if (!isLeftOut(read, child, field, schema)) decoded[field] = read;
    }
  }
  for (const [field, zero] of schema.zeros) {
    if (field === 'metadata' || Object.hasOwn(decoded, field)) continue;
    const child = schema.property(field);
    decoded[field] = child?.isAlwaysPresent === true ? decodeObject({}, child, field, context) : zero;
  }
  return decoded;
}

/** Labels, data of ConfigMaps: nothing to decode, and thousands of keys to copy. */
function isTextMap(value: JsonObject, schema: SchemaNode): boolean {
  if (schema.properties !== undefined || schema.mapValues?.isPlainString !== true) return false;
  for (const key of Object.keys(value)) if (typeof value[key] !== 'string') return false;
  return true;
}

/** Go's `omitempty`: lists and maps without elements, and zeros that are not behind a pointer. */
function isLeftOut(value: unknown, child: SchemaNode, field: string, parent: SchemaNode): boolean {
  if (parent.property(field) === undefined) return false;
  if (Array.isArray(value)) return value.length === 0 && !parent.required.includes(field);
  if (isJsonObject(value)) return child.properties === undefined && !child.preservesUnknown && Object.keys(value).length === 0 && !parent.required.includes(field);
  return (value === '' || value === 0 || value === false) && child.type !== undefined && !parent.zeros.has(field) && !pointerFields.has(field);
}

function decodeString(value: string, schema: SchemaNode, path: string, context: Context): string {
  switch (schema.format) {
    case 'date-time': {
      const time = tryParseTime(value);
      if (time === undefined) throw cannotBeHandled(`parsing time ${JSON.stringify(value.slice(0, 60))} as "2006-01-02T15:04:05Z07:00" at ${path}`, context);
      // MicroTime and Time share a format; only leases and events have fractions worth keeping, and must have them.
      if (!microTimeFields.has(path)) return formatTime(time);
      if (!/\.\d/.test(value)) throw cannotBeHandled(`parsing time ${JSON.stringify(value.slice(0, 60))} as "2006-01-02T15:04:05.000000Z07:00" at ${path}`, context);
      return microTime(value, time);
    }
    case 'byte':
      // Bytes are written as Go writes them, without line breaks.
      return decodeBase64(value, path, context);
    default:
      return value;
  }
}

function decodeBase64(value: string, path: string, context: Context): string {
  const text = value.replaceAll(/[\r\n]/g, '');
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw cannotBeHandled(`illegal base64 data at ${path}`, context);
  return text;
}

const microTimeFields = new Set(['spec.acquireTime', 'spec.renewTime', 'eventTime', 'series.lastObservedTime']);

function microTime(text: string, unixMs: number): string {
  const digits = /\.(\d+)/.exec(text)?.[1] ?? '';
  return formatMicroTime(unixMs).replace(/\.\d+/, `.${digits.slice(0, 6).padEnd(6, '0')}`);
}

function decodeQuantity(value: unknown, path: string, context: Context): string {
  if (typeof value !== 'string' && typeof value !== 'number') throw wrongType(value, path, 'resource.Quantity', context);
  try {
    return formatQuantity(parseQuantity(String(value)));
  } catch {
    throw cannotBeHandled(`quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$' at ${path}`, context);
  }
}

function wrongType(value: unknown, path: string, expected: string, context: Context): Error {
  const found = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return cannotBeHandled(`json: cannot unmarshal ${found} into Go struct field ${context.kind}.${path} of type ${expected}`, context);
}

function cannotBeHandled(why: string, { kind, version }: Context): Error {
  return badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}`);
}
