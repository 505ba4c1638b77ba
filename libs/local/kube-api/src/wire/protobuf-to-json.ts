// protobufjs messages → the JSON that Go would have written: inlined structs, times, quantities, raw JSON, and no
// fields that only say "zero" where Go's JSON leaves them out.
import { formatTime, formatMicroTime } from '@prow/model-kube-types';
import type protobuf from 'protobufjs';
import type { JsonObject } from '../api-object.ts';
import { pointerFields } from '../schema/pointer-fields.ts';

/** Structs that Go embeds without a field of their own. upstream: the json tags `,inline` of the API types */
const inlined = new Set([
  'Volume.volumeSource',
  'PersistentVolumeSpec.persistentVolumeSource',
  'Probe.handler',
  'EphemeralContainer.ephemeralContainerCommon',
  'SecretKeySelector.localObjectReference',
  'ConfigMapKeySelector.localObjectReference',
  'SecretEnvSource.localObjectReference',
  'ConfigMapEnvSource.localObjectReference',
  'SecretVolumeSource.localObjectReference',
  'ConfigMapVolumeSource.localObjectReference',
  'SecretProjection.localObjectReference',
  'ConfigMapProjection.localObjectReference',
]);

type Message = Record<string, unknown>;

export function messageToJson(message: unknown, type: protobuf.Type): JsonObject {
  const json: JsonObject = {};
  for (const field of type.fieldsArray) {
    field.resolve();
    const source = message as Message;
    if (!Object.hasOwn(source, field.name)) continue;
    const value = source[field.name];
    if (inlined.has(`${type.name}.${field.name}`) && field.resolvedType !== null) {
      Object.assign(json, messageToJson(value, field.resolvedType as protobuf.Type));
      continue;
    }
    const converted = fieldToJson(value, field);
    if (converted !== undefined) json[jsonName(field.name, type.name)] = converted;
  }
  return json;
}

/** Names that JSON Schema spells in a way that field names of protobuf cannot. */
function jsonName(name: string, type: string): string {
  if (type !== 'JSONSchemaProps') return name;
  if (name === 'ref' || name === 'schema') return `$${name}`;
  return /^xKubernetes[A-Z]/.test(name) ? name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`) : name;
}

function fieldToJson(value: unknown, field: protobuf.Field): unknown {
  if (field.map) return mapToJson(value as Message, field);
  if (field.repeated) {
    const list = value as unknown[];
    return list.length === 0 ? undefined : list.map((item) => valueToJson(item, field) ?? zeroOf(field));
  }
  const json = valueToJson(value, field);
  if (json === undefined) return undefined;
  if (isZero(json) && !pointerFields.has(field.name)) return undefined;
  return json;
}

function mapToJson(map: Message, field: protobuf.Field): JsonObject | undefined {
  const entries = Object.entries(map);
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.map(([key, item]) => [key, valueToJson(item, field) ?? zeroOf(field)]));
}

function zeroOf(field: protobuf.Field): unknown {
  return field.resolvedType === null ? '' : {};
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false || value === null;
}

function valueToJson(value: unknown, field: protobuf.Field): unknown {
  const type = field.resolvedType as protobuf.Type | null;
  if (type === null || !('fieldsArray' in type)) return scalarToJson(value);
  const special = Object.hasOwn(specials, type.name) ? specials[type.name] : undefined;
  if (special !== undefined) return special(value as Message, type);
  const json = messageToJson(value, type);
  // An empty struct says something only where Go has a pointer: such as `emptyDir: {}`.
  return Object.keys(json).length === 0 && !isPointerStruct(field) ? undefined : json;
}

/** Structs whose presence alone is meaningful. */
const pointerStructs = new Set(['emptyDir', 'securityContext', 'lifecycle', 'runAsUser', 'gitRepo', 'namespaceSelector', 'podSelector', 'labelSelector', 'openAPIV3Schema', 'status', 'scale', 'none']);

function isPointerStruct(field: protobuf.Field): boolean {
  return pointerStructs.has(field.name) && field.parent?.name !== 'CustomResourceDefinition' && !(field.name === 'status' && field.parent?.name !== 'CustomResourceSubresources');
}

function scalarToJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  // 64-bit integers come as Long objects.
  if (typeof value === 'object' && value !== null && 'toNumber' in value) return (value as { toNumber(): number }).toNumber();
  return value;
}

const number = (value: unknown): number => Number(scalarToJson(value) ?? 0);
const rawJson = (value: Message): unknown => {
  const raw = value['Raw'] ?? value['raw'];
  return raw instanceof Uint8Array && raw.length > 0 ? (JSON.parse(Buffer.from(raw).toString()) as unknown) : undefined;
};

const specials: Readonly<Record<string, (value: Message, type: protobuf.Type) => unknown>> = {
  Time: (value) => (value['seconds'] === undefined ? undefined : timeOf(value, false)),
  Timestamp: (value) => timeOf(value, false),
  MicroTime: (value) => (value['seconds'] === undefined ? undefined : timeOf(value, true)),
  Quantity: (value) => (value['string'] === undefined ? '0' : value['string']),
  IntOrString: (value) => (number(value['type']) === 1 ? (value['strVal'] ?? '') : number(value['intVal'])),
  FieldsV1: rawJson,
  RawExtension: rawJson,
  JSON: rawJson,
  Duration: (value) => number(value['duration']),
  Verbs: (value) => value['items'] ?? [],
  ExtraValue: (value) => value['items'] ?? [],
  JSONSchemaPropsOrArray: (value, type) => orElse(value, type, 'schema', 'jSONSchemas'),
  JSONSchemaPropsOrBool: (value, type) => (value['schema'] === undefined ? value['allows'] === true : orElse(value, type, 'schema', 'allows')),
  JSONSchemaPropsOrStringArray: (value, type) => orElse(value, type, 'schema', 'property'),
};

function orElse(value: Message, type: protobuf.Type, first: string, second: string): unknown {
  for (const name of [first, second]) {
    const field = type.fields[name];
    if (field === undefined || !Object.hasOwn(value, name)) continue;
    field.resolve();
    const json = fieldToJson(value[name], field);
    if (json !== undefined) return json;
  }
  return undefined;
}

function timeOf(value: Message, isMicro: boolean): string | undefined {
  const seconds = number(value['seconds']);
  const nanos = number(value['nanos']);
  // Go's zero time is "no time".
  if (seconds === 0 && nanos === 0) return undefined;
  if (!isMicro) return formatTime(seconds * 1000);
  return formatMicroTime(seconds * 1000).replace(/\.\d+/, `.${String(Math.floor(nanos / 1000)).padStart(6, '0')}`);
}
