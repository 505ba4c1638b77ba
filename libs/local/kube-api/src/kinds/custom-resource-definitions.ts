// upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation
import { isDns1123Subdomain } from '@prow/model-kube-types';
import { isJsonObject, type ApiObject, type JsonObject } from '../api-object.ts';
import { invalidValue, requiredValue, unsupportedValue, type FieldError } from '../schema/field-error.ts';
import { jsonEqual } from '../json-values.ts';
import { definitionSchemaErrors } from './definition-schema.ts';
import { textOf } from '../text-of.ts';
import type { KindRules } from './kind-rules.ts';

export const customResourceDefinitionRules: KindRules = {
  hasGeneration: true,
  applyDefaults(object) {
    const spec = specOf(object);
    const names = isJsonObject(spec['names']) ? spec['names'] : {};
    if (typeof names['kind'] === 'string') {
      names['singular'] ??= names['kind'].toLowerCase();
      names['listKind'] ??= `${names['kind']}List`;
    }
    spec['conversion'] ??= { strategy: 'None' };
  },
  prepareCreate(object) {
    const spec = specOf(object);
    object['status'] = { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: versionsOf(spec).filter((one) => one['storage'] === true).map((one) => one['name']) };
  },
  validate(object) {
    const spec = specOf(object);
    const errors: FieldError[] = [];
    const names = isJsonObject(spec['names']) ? spec['names'] : {};
    const wanted = `${textOf(names['plural'] ?? '')}.${textOf(spec['group'] ?? '')}`;
    if (object.metadata.name !== wanted) errors.push(invalidValue('metadata.name', object.metadata.name, `must be spec.names.plural+"."+spec.group`));
    const group = spec['group'] ?? '';
    if (group === '') errors.push(requiredValue('spec.group'));
    else if (typeof group !== 'string' || !isDns1123Subdomain(group) || !group.includes('.')) errors.push(invalidValue('spec.group', group, 'should be a domain with at least one dot'));
    if (spec['scope'] !== 'Namespaced' && spec['scope'] !== 'Cluster') errors.push(unsupportedValue('spec.scope', spec['scope'] ?? '', ['Cluster', 'Namespaced']));
    validateNames(names, errors);
    validateVersions(versionsOf(spec), errors);
    validateConversion(isJsonObject(spec['conversion']) ? spec['conversion'] : {}, errors);
    if (spec['preserveUnknownFields'] === true) errors.push(invalidValue('spec.preserveUnknownFields', true, 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead'));
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    for (const field of ['group', 'scope']) {
      if (specOf(object)[field] !== specOf(old)[field]) errors.push(invalidValue(`spec.${field}`, specOf(object)[field], 'field is immutable'));
    }
    return errors;
  },
};

const labelMessage = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const isLabel = (name: unknown): boolean => typeof name === 'string' && name.length <= 63 && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name);

function validateNames(names: JsonObject, errors: FieldError[]): void {
  for (const [field, isLower] of [['plural', true], ['singular', true], ['kind', false], ['listKind', false]] as const) {
    const name = names[field] ?? '';
    if (name === '') errors.push(requiredValue(`spec.names.${field}`));
    else if (!isLabel(isLower || typeof name !== 'string' ? name : name.toLowerCase())) errors.push(invalidValue(`spec.names.${field}`, name, isLower ? labelMessage : `may have mixed case, but should otherwise match: ${labelMessage}`));
  }
  for (const field of ['shortNames', 'categories'] as const) {
    (Array.isArray(names[field]) ? names[field] : []).forEach((name: unknown, index) => {
      if (!isLabel(name)) errors.push(invalidValue(`spec.names.${field}[${index}]`, name, labelMessage));
    });
  }
}

function validateConversion({ strategy, webhook }: JsonObject, errors: FieldError[]): void {
  if (strategy !== 'None' && strategy !== 'Webhook') errors.push(unsupportedValue('spec.conversion.strategy', strategy ?? '', ['None', 'Webhook']));
  if (strategy === 'Webhook' && !isJsonObject(webhook)) errors.push(requiredValue('spec.conversion.webhookClientConfig', 'required when strategy is set to Webhook'));
}

function validateVersions(versions: readonly JsonObject[], errors: FieldError[]): void {
  if (versions.filter((one) => one['storage'] === true).length !== 1) {
    errors.push(invalidValue('spec.versions', versions.map((one) => one['name']), 'must have exactly one version marked as storage version'));
  }
  const seen = new Set<unknown>();
  versions.forEach((version, index) => {
    if (seen.has(version['name'])) errors.push(invalidValue('spec.versions', version['name'], 'must contain unique version names'));
    seen.add(version['name']);
    const path = `spec.versions[${index}]`;
    if (!isLabel(version['name'])) errors.push(invalidValue(`${path}.name`, version['name'] ?? '', labelMessage));
    if (!isJsonObject(schemaOf(version))) errors.push(requiredValue(`${path}.schema.openAPIV3Schema`, 'schemas are required'));
  });
  validateEach(versions, 'schema', errors, (schema, path) => (isJsonObject(schema) && isJsonObject(schema['openAPIV3Schema']) ? definitionSchemaErrors(schema['openAPIV3Schema'], `${path}.openAPIV3Schema`) : []));
  validateEach(versions, 'additionalPrinterColumns', errors, columnErrors);
  validateEach(versions, 'subresources', errors, subresourceErrors);
  validateEach(versions, 'selectableFields', errors, selectableErrors);
}

/** What all versions have alike is, as upstream names it, of the definition. */
function validateEach(versions: readonly JsonObject[], field: string, errors: FieldError[], check: (value: unknown, path: string) => FieldError[]): void {
  const [first] = versions;
  if (first === undefined) return;
  if (versions.every((one) => jsonEqual(one[field], first[field]))) errors.push(...check(first[field], field === 'schema' ? 'spec.validation' : `spec.${field}`));
  else versions.forEach((version, index) => errors.push(...check(version[field], `spec.versions[${index}].${field}`)));
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];

function columnErrors(columns: unknown, path: string): FieldError[] {
  const errors: FieldError[] = [];
  (Array.isArray(columns) ? columns.filter(isJsonObject) : []).forEach((column, index) => {
    const at = `${path}[${index}]`;
    const jsonPath = column['jsonPath'] ?? '';
    if ((column['name'] ?? '') === '') errors.push(requiredValue(`${at}.name`));
    if ((column['type'] ?? '') === '') errors.push(requiredValue(`${at}.type`, `must be one of ${columnTypes.join(',')}`));
    else if (!columnTypes.includes(textOf(column['type']))) errors.push(invalidValue(`${at}.type`, column['type'], `must be one of ${columnTypes.join(',')}`));
    if (jsonPath === '') errors.push(requiredValue(`${at}.JSONPath`));
    else if (typeof jsonPath === 'string' && !jsonPath.startsWith('.')) errors.push(invalidValue(`${at}.JSONPath`, jsonPath, 'must be a simple json path starting with .'));
  });
  return errors;
}

function subresourceErrors(subresources: unknown, path: string): FieldError[] {
  const scale = isJsonObject(subresources) ? subresources['scale'] : undefined;
  if (!isJsonObject(scale)) return [];
  const errors: FieldError[] = [];
  for (const [field, root] of [['specReplicasPath', '.spec.'], ['statusReplicasPath', '.status.']] as const) {
    const value = scale[field] ?? '';
    if (value === '') errors.push(requiredValue(`${path}.scale.${field}`));
    else if (typeof value === 'string' && !/^(?:\.[\w-]+)+$/.test(value)) errors.push(invalidValue(`${path}.scale.${field}`, value, 'must be a simple json path starting with .'));
    else if (!textOf(value).startsWith(root)) errors.push(invalidValue(`${path}.scale.${field}`, value, `should be a json path under ${root.slice(0, -1)}`));
  }
  return errors;
}

function selectableErrors(fields: unknown, path: string): FieldError[] {
  return (Array.isArray(fields) ? fields.filter(isJsonObject) : []).flatMap(({ jsonPath }, index) => {
    if (jsonPath === undefined || jsonPath === '') return [requiredValue(`${path}[${index}].jsonPath`)];
    return typeof jsonPath === 'string' && /^(?:\.[\w-]+)+$/.test(jsonPath) ? [] : [invalidValue(`${path}[${index}].jsonPath`, jsonPath, 'is an invalid path')];
  });
}

function schemaOf(version: JsonObject): unknown {
  return isJsonObject(version['schema']) ? version['schema']['openAPIV3Schema'] : undefined;
}

function specOf(object: ApiObject): JsonObject {
  return isJsonObject(object['spec']) ? object['spec'] : {};
}

function versionsOf(spec: JsonObject): JsonObject[] {
  return Array.isArray(spec['versions']) ? spec['versions'].filter(isJsonObject) : [];
}
