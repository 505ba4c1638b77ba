// Validation of custom resources against their structural schema, with upstream's messages.
// upstream: kube-openapi/pkg/validation/validate, apiextensions-apiserver/pkg/apiserver/validation
import { isJsonObject, type JsonObject } from '../api-object.ts';
import { duplicateValue, invalidValue, requiredValue, tooLong, tooMany, unsupportedValue, wrongType, type FieldError } from './field-error.ts';
import { matchesFormat, matchesPattern } from './formats.ts';
import { SchemaNode } from './schema-node.ts';
import { validateLabels } from './validate-labels.ts';
import { jsonEqual } from '../json-values.ts';

/** More would be noise, and patch bombs make millions. */
const maxErrors = 100;

export function validateValue(value: unknown, schema: SchemaNode, path: string, errors: FieldError[]): void {
  if (errors.length >= maxErrors) return;
  if (value === null) {
    if (!schema.isNullable && schema.type !== undefined) errors.push(typeError(path, value, schema.type));
    return;
  }
  if (schema.isIntOrString) {
    if (typeof value !== 'string' && !Number.isInteger(value)) errors.push(typeError(path, value, 'integer,string'));
  } else if (schema.type !== undefined && !hasType(value, schema.type)) {
    errors.push(typeError(path, value, schema.type));
    return;
  }
  validateEnum(value, schema, path, errors);
  if (typeof value === 'string') validateString(value, schema, path, errors);
  else if (typeof value === 'number') validateNumber(value, schema, path, errors);
  else if (Array.isArray(value)) validateArray(value, schema, path, errors);
  else if (isJsonObject(value)) {
    validateObject(value, schema, path, errors);
    if (schema.isEmbeddedResource) validateEmbedded(value, path, errors);
  }
  validateCombinations(value, schema, path, errors);
}

function hasType(value: unknown, type: string): boolean {
  switch (type) {
    case 'object':
      return isJsonObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number';
    default:
      return typeof value === type;
  }
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function typeError(path: string, value: unknown, expected: string): FieldError {
  const found = typeOf(value);
  return wrongType(path, found, `${path} in body must be of type ${expected}: ${JSON.stringify(found)}`);
}

function validateEnum(value: unknown, { raw }: SchemaNode, path: string, errors: FieldError[]): void {
  const allowed = raw['enum'];
  if (Array.isArray(allowed) && !allowed.some((one) => jsonEqual(one, value))) errors.push(unsupportedValue(path, value, allowed));
}

function validateString(value: string, schema: SchemaNode, path: string, errors: FieldError[]): void {
  const { minLength, maxLength, pattern } = schema.raw as { minLength?: number; maxLength?: number; pattern?: string };
  if (minLength !== undefined && characterCount(value) < minLength) {
    errors.push(invalidValue(path, value, `${path} in body should be at least ${minLength} chars long`));
  }
  if (maxLength !== undefined && characterCount(value) > maxLength) errors.push(tooLong(path, maxLength));
  if (pattern !== undefined && !matchesPattern(pattern, value)) {
    errors.push(invalidValue(path, value, `${path} in body should match '${pattern}'`));
  }
  if (schema.format !== undefined && !matchesFormat(schema.format, value)) {
    errors.push({ ...invalidValue(path, value, `${path} in body must be of type ${schema.format}: ${JSON.stringify(value.slice(0, 100))}`), reason: 'FieldValueTypeInvalid' });
  }
}

/** Go counts code points. */
function characterCount(text: string): number {
  let count = 0;
  for (const _character of text) count += 1;
  return count;
}

function validateNumber(value: number, { raw }: SchemaNode, path: string, errors: FieldError[]): void {
  const { minimum, maximum, multipleOf } = raw as { minimum?: number; maximum?: number; multipleOf?: number };
  const wrong = (detail: string): number => errors.push(invalidValue(path, value, `${path} in body should be ${detail}`));
  if (minimum !== undefined) {
    if (raw['exclusiveMinimum'] === true && value <= minimum) wrong(`greater than ${minimum}`);
    else if (value < minimum) wrong(`greater than or equal to ${minimum}`);
  }
  if (maximum !== undefined) {
    if (raw['exclusiveMaximum'] === true && value >= maximum) wrong(`less than ${maximum}`);
    else if (value > maximum) wrong(`less than or equal to ${maximum}`);
  }
  if (multipleOf !== undefined && multipleOf > 0 && !Number.isInteger(value / multipleOf)) wrong(`a multiple of ${multipleOf}`);
}

function validateArray(value: unknown[], schema: SchemaNode, path: string, errors: FieldError[]): void {
  const { minItems, maxItems, uniqueItems } = schema.raw as { minItems?: number; maxItems?: number; uniqueItems?: boolean };
  if (minItems !== undefined && value.length < minItems) {
    errors.push(invalidValue(path, value.length, `${path} in body should have at least ${minItems} items`));
  }
  if (maxItems !== undefined && value.length > maxItems) errors.push(tooMany(path, value.length, maxItems));
  const { items, listType, listMapKeys } = schema;
  if (items !== undefined) value.forEach((item, index) => validateValue(item, items, `${path}[${index}]`, errors));
  if (uniqueItems !== true && listType === 'atomic') return;
  const seen = new Set<string>();
  value.forEach((item, index) => {
    const identity = listType === 'map' && isJsonObject(item) ? listMapKeys.map((key) => item[key]) : item;
    const text = JSON.stringify(identity);
    if (seen.has(text)) errors.push(duplicateValue(`${path}[${index}]`, listType === 'map' ? keysObject(item, listMapKeys) : item));
    seen.add(text);
  });
}

function keysObject(item: unknown, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.map((key) => [key, isJsonObject(item) ? item[key] : undefined]));
}

function validateObject(value: JsonObject, schema: SchemaNode, path: string, errors: FieldError[]): void {
  const { minProperties, maxProperties } = schema.raw as { minProperties?: number; maxProperties?: number };
  const names = Object.keys(value);
  if (minProperties !== undefined && names.length < minProperties) {
    errors.push(invalidValue(path, value, `${path} in body should have at least ${minProperties} properties`));
  }
  if (maxProperties !== undefined && names.length > maxProperties) errors.push(tooMany(path, names.length, maxProperties));
  for (const name of schema.required) if (!Object.hasOwn(value, name)) errors.push(requiredValue(join(path, name)));
  for (const name of names) {
    const child = schema.child(name);
    if (child !== undefined) validateValue(value[name], child, join(path, name), errors);
  }
}

/** What lies inside and is a resource of its own. upstream: apiextensions-apiserver/pkg/apiserver/schema/objectmeta */
function validateEmbedded(value: JsonObject, path: string, errors: FieldError[]): void {
  for (const field of ['apiVersion', 'kind']) if (typeof value[field] !== 'string' || value[field] === '') errors.push(requiredValue(join(path, field)));
  const metadata = isJsonObject(value['metadata']) ? value['metadata'] : {};
  if (isJsonObject(metadata['labels']) && Object.values(metadata['labels']).every((one) => typeof one === 'string')) validateLabels(metadata['labels'] as Record<string, string>, join(path, 'metadata.labels'), errors);
}

function validateCombinations(value: unknown, schema: SchemaNode, path: string, errors: FieldError[]): void {
  const { allOf, anyOf, oneOf, not } = schema.raw as { allOf?: JsonObject[]; anyOf?: JsonObject[]; oneOf?: JsonObject[]; not?: JsonObject };
  if (schema.isIntOrString) return;
  const passes = (raw: JsonObject): boolean => {
    const found: FieldError[] = [];
    validateValue(value, SchemaNode.of(raw), path, found);
    return found.length === 0;
  };
  for (const raw of allOf ?? []) validateValue(value, SchemaNode.of(raw), path, errors);
  if (anyOf !== undefined && anyOf.length > 0 && !anyOf.some(passes)) {
    errors.push(invalidValue(path, '', `${path} in body must validate at least one schema (anyOf)`));
  }
  if (oneOf !== undefined && oneOf.length > 0) {
    const count = oneOf.filter(passes).length;
    if (count !== 1) errors.push(invalidValue(path, '', `${path} in body must validate one and only one schema (oneOf). Found ${count === 0 ? 'none' : count} valid`));
  }
  if (not !== undefined && passes(not)) errors.push(invalidValue(path, '', `${path} in body must not validate the schema (not)`));
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
