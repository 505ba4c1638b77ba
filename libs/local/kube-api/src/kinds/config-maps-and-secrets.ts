// upstream: pkg/apis/core/validation (ValidateConfigMap, ValidateSecret)
import { isConfigMapKey } from '@prow/model-kube-types';
import { isJsonObject, type ApiObject, type JsonObject } from '../api-object.ts';
import { forbiddenField, invalidValue, requiredValue, tooLong, type FieldError } from '../schema/field-error.ts';
import type { KindRules } from './kind-rules.ts';
import { jsonEqual } from '../json-values.ts';

/** Sum of all values of one object. */
const maxDataBytes = 1024 * 1024;
const keyMessage =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

export const configMapRules: KindRules = {
  validate(object) {
    const errors: FieldError[] = [];
    let bytes = 0;
    for (const [field, sizeOf] of [
      ['data', textBytes],
      ['binaryData', base64Bytes],
    ] as const) {
      const map = mapOf(object, field);
      for (const key of Object.keys(map)) {
        if (!isConfigMapKey(key)) errors.push(invalidValue(`${field}[${key}]`, key, keyMessage));
        if (field === 'data' && isJsonObject(object['binaryData']) && Object.hasOwn(object['binaryData'], key)) {
          errors.push(invalidValue(`data[${key}]`, key, `duplicate of key present in binaryData`));
        }
        bytes += sizeOf(map[key]);
      }
    }
    if (bytes > maxDataBytes) errors.push(tooLong('', maxDataBytes));
    return errors;
  },
  validateUpdate: (object, old) => immutableErrors(object, old, ['data', 'binaryData']),
};

export const secretRules: KindRules = {
  applyDefaults(object) {
    if (isJsonObject(object['stringData'])) {
      const data: Record<string, unknown> = isJsonObject(object['data']) ? { ...object['data'] } : {};
      for (const [key, value] of Object.entries(object['stringData'])) data[key] = Buffer.from(String(value)).toString('base64');
      object['data'] = data;
      delete object['stringData'];
    }
    object['type'] ??= 'Opaque';
    if (object['type'] === '') object['type'] = 'Opaque';
  },
  validate(object) {
    const errors: FieldError[] = [];
    let bytes = 0;
    const data = mapOf(object, 'data');
    for (const key of Object.keys(data)) {
      if (!isConfigMapKey(key)) errors.push(invalidValue(`data[${key}]`, key, keyMessage));
      bytes += base64Bytes(data[key]);
    }
    if (bytes > maxDataBytes) errors.push(tooLong('data', maxDataBytes));
    const required = { 'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'], 'kubernetes.io/tls': ['tls.crt', 'tls.key'] } as const;
    const type = String(object['type']);
    if (type in required) {
      for (const key of required[type as keyof typeof required]) if (!Object.hasOwn(data, key)) errors.push(requiredValue(`data[${key}]`));
    }
    return errors;
  },
  validateUpdate(object, old) {
    const errors = immutableErrors(object, old, ['data']);
    if (object['type'] !== old['type']) errors.push(invalidValue('type', object['type'], 'field is immutable'));
    return errors;
  },
  fields: { type: (object) => object['type'] },
};

/** Texts by key: decoding saw to it. */
function mapOf(object: ApiObject, field: string): JsonObject {
  const map = object[field];
  return isJsonObject(map) ? map : {};
}

function textBytes(text: unknown): number {
  return typeof text === 'string' ? Buffer.byteLength(text) : 0;
}

function base64Bytes(text: unknown): number {
  return typeof text === 'string' ? Math.floor((text.length * 3) / 4) : 0;
}

function immutableErrors(object: ApiObject, old: ApiObject, fields: readonly string[]): FieldError[] {
  if (old['immutable'] !== true) return [];
  const why = 'field is immutable when `immutable` is set';
  const errors = fields.filter((field) => !jsonEqual(object[field], old[field])).map((field) => forbiddenField(field, why));
  if (object['immutable'] !== true) errors.push(forbiddenField('immutable', why));
  return errors;
}
