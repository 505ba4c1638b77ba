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
        for (const message of configMapKeyErrors(key)) errors.push(invalidValue(`${field}[${key}]`, key, message));
        if (field === 'data' && isJsonObject(object['binaryData']) && Object.hasOwn(object['binaryData'], key)) {
          errors.push(invalidValue(`data[${key}]`, key, `duplicate of key present in binaryData`));
        }
        bytes += sizeOf(map[key]);
      }
    }
    if (bytes > maxDataBytes) errors.push(tooLong('[]', maxDataBytes));
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
      for (const message of configMapKeyErrors(key)) errors.push(invalidValue(`data[${key}]`, key, message));
      bytes += base64Bytes(data[key]);
    }
    if (bytes > maxDataBytes) errors.push(tooLong('data', maxDataBytes));
    validateSecretType(String(object['type']), data, object, errors);
    return errors;
  },
  validateUpdate(object, old) {
    const errors = immutableErrors(object, old, ['data']);
    if (object['type'] !== old['type']) errors.push(invalidValue('type', object['type'], 'field is immutable'));
    return errors;
  },
  fields: { type: (object) => object['type'] },
};

/** Keys that a Secret of a type has; of `basic-auth` one of two is enough. */
const requiredKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

function validateSecretType(type: string, data: JsonObject, { metadata }: ApiObject, errors: FieldError[]): void {
  const required = Object.hasOwn(requiredKeys, type) ? (requiredKeys[type] ?? []) : [];
  for (const key of required) if (!Object.hasOwn(data, key)) errors.push(requiredValue(`data[${key}]`));
  if (type === 'kubernetes.io/basic-auth' && !Object.hasOwn(data, 'username') && !Object.hasOwn(data, 'password')) errors.push(requiredValue('data[username]'), requiredValue('data[password]'));
  if (type === 'kubernetes.io/service-account-token' && !metadata.annotations?.['kubernetes.io/service-account.name']) errors.push(requiredValue('metadata.annotations[kubernetes.io/service-account.name]'));
  for (const key of required.filter((one) => one.startsWith('.docker') && Object.hasOwn(data, one))) {
    try {
      JSON.parse(Buffer.from(String(data[key]), 'base64').toString());
    } catch {
      errors.push(invalidValue(`data[${key}]`, '<secret contents redacted>', 'it is no JSON'));
    }
  }
}

/** Texts by key: decoding saw to it. */
function mapOf(object: ApiObject, field: string): JsonObject {
  const map = object[field];
  return isJsonObject(map) ? map : {};
}

/** upstream: apimachinery/pkg/util/validation (IsConfigMapKey) */
export function configMapKeyErrors(key: string): string[] {
  if (isConfigMapKey(key)) return [];
  const errors: string[] = [];
  if (key.length > 253) errors.push('must be no more than 253 characters');
  if (!/^[-._a-zA-Z0-9]+$/.test(key)) errors.push(keyMessage);
  if (key === '.' || key === '..') errors.push(`must not be '${key}'`);
  else if (key.startsWith('..')) errors.push("must not start with '..'");
  return errors;
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
  const changed = fields.filter((field) => !jsonEqual(object[field], old[field]));
  return [...(object['immutable'] === true ? [] : ['immutable']), ...changed].map((field) => forbiddenField(field, why));
}
