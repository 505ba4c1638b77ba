// What the schema of a custom resource must hold to: the rules of structural schemas that all walkers here rely on.
// upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation (ValidateCustomResourceDefinitionOpenAPISchema)
import { isJsonObject, type JsonObject } from '../api-object.ts';
import { forbiddenField, invalidValue, requiredValue, unsupportedValue, type FieldError } from '../schema/field-error.ts';
import { patternProblem } from '../schema/formats.ts';
import { SchemaNode } from '../schema/schema-node.ts';
import { textOf } from '../text-of.ts';
import { validateValue } from '../schema/validate.ts';

const maxErrors = 20;
const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

export function definitionSchemaErrors(schema: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { type } = schema;
  if (type === undefined) errors.push(requiredValue(`${path}.type`, 'must not be empty at the root'));
  else if (type !== 'object') errors.push(invalidValue(`${path}.type`, type, 'must be object at the root'));
  if (schema['nullable'] === true) errors.push(forbiddenField(`${path}.nullable`, 'nullable cannot be true at the root'));
  checkSchema(schema, path, { errors, isRoot: true });
  return errors;
}

interface Context {
  errors: FieldError[];
  isRoot?: boolean;
}

function checkSchema(schema: JsonObject, path: string, { errors, isRoot = false }: Context): void {
  if (errors.length > maxErrors) return;
  if (typeof schema['$ref'] === 'string' && schema['$ref'] !== '') {
    errors.push(forbiddenField(`${path}.$ref`, '$ref is not supported'));
    return;
  }
  checkWords(schema, path, { errors, isRoot });
  checkExtensions(schema, path, errors);
  checkDefault(schema, path, errors);
  checkChildren(schema, path, { errors, isRoot });
}

function checkWords(schema: JsonObject, path: string, { errors, isRoot }: Context): void {
  const { type, pattern } = schema;
  const isFree = schema['x-kubernetes-preserve-unknown-fields'] === true || schema['x-kubernetes-int-or-string'] === true;
  if (type === undefined && isRoot !== true && !isFree) errors.push(requiredValue(`${path}.type`, 'must not be empty for specified object fields'));
  if (type !== undefined && isRoot !== true && !types.includes(textOf(type))) errors.push(unsupportedValue(`${path}.type`, type, types));
  if (schema['uniqueItems'] === true) errors.push(forbiddenField(`${path}.uniqueItems`, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'));
  if (isJsonObject(schema['properties']) && Object.keys(schema['properties']).length > 0 && schema['additionalProperties'] !== undefined && schema['additionalProperties'] !== false) {
    errors.push(forbiddenField(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'));
  }
  const problem = typeof pattern === 'string' ? patternProblem(pattern) : undefined;
  if (problem !== undefined) errors.push(invalidValue(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: ${problem}`));
  if (type === 'array' && !isJsonObject(schema['items'])) errors.push(requiredValue(`${path}.items`, 'must be specified'));
}

function checkExtensions(schema: JsonObject, path: string, errors: FieldError[]): void {
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) errors.push(invalidValue(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'));
  const [listType, mapType] = [schema['x-kubernetes-list-type'], schema['x-kubernetes-map-type']];
  if (listType !== undefined && schema['type'] !== 'array') errors.push(invalidValue(`${path}.type`, schema['type'] ?? '', 'must be array if x-kubernetes-list-type is specified'));
  if (listType !== undefined && !['atomic', 'map', 'set'].includes(textOf(listType))) errors.push(unsupportedValue(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'map', 'set']));
  if (mapType !== undefined && !['atomic', 'granular'].includes(textOf(mapType))) errors.push(unsupportedValue(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']));
  const keys = Array.isArray(schema['x-kubernetes-list-map-keys']) ? schema['x-kubernetes-list-map-keys'].map(String) : [];
  if (listType === 'map' && keys.length === 0) errors.push(requiredValue(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'));
  if (listType !== 'map') return;
  const items = isJsonObject(schema['items']) ? schema['items'] : {};
  const properties = isJsonObject(items['properties']) ? items['properties'] : {};
  keys.forEach((key, index) => {
    if (!Object.hasOwn(properties, key)) errors.push(invalidValue(`${path}.x-kubernetes-list-map-keys[${index}]`, key, 'entries must all be names of item properties'));
  });
}

function checkDefault(schema: JsonObject, path: string, errors: FieldError[]): void {
  const fallback = schema['default'];
  if (fallback === undefined) return;
  const found: FieldError[] = [];
  validateValue(fallback, SchemaNode.of(schema), '', found);
  for (const error of found) errors.push({ ...error, field: `${path}.default${error.field === '' ? '' : `.${error.field}`}` });
}

function checkChildren(schema: JsonObject, path: string, { errors, isRoot }: Context): void {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  for (const [name, child] of Object.entries(properties)) {
    if (!isJsonObject(child)) continue;
    if (isRoot === true && name === 'metadata') checkMetadata(child, `${path}.properties[metadata]`, errors);
    else if (isRoot !== true || (name !== 'apiVersion' && name !== 'kind')) checkSchema(child, `${path}.properties[${name}]`, { errors });
  }
  if (isJsonObject(schema['items'])) checkSchema(schema['items'], `${path}.items`, { errors });
  if (isJsonObject(schema['additionalProperties'])) checkSchema(schema['additionalProperties'], `${path}.additionalProperties`, { errors });
}

/** Metadata is of the server. */
function checkMetadata(schema: JsonObject, path: string, errors: FieldError[]): void {
  const { type: _type, description: _description, properties, ...rest } = schema;
  const names = isJsonObject(properties) ? Object.keys(properties) : [];
  if (Object.keys(rest).length > 0 || names.some((name) => name !== 'name' && name !== 'generateName')) {
    errors.push(forbiddenField(path, 'must not specify anything other than name and generateName, but metadata is implicitly specified'));
  }
}
