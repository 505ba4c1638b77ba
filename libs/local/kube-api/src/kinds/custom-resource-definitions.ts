// upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation
import { isDns1123Subdomain } from '@prow/model-kube-types';
import { isJsonObject, type ApiObject, type JsonObject } from '../api-object.ts';
import { invalidValue, requiredValue, unsupportedValue, type FieldError } from '../schema/field-error.ts';
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
    if (typeof spec['group'] !== 'string' || !isDns1123Subdomain(spec['group']) || !spec['group'].includes('.')) {
      errors.push(invalidValue('spec.group', spec['group'] ?? '', 'should be a domain with at least one dot'));
    }
    const wanted = `${String(names['plural'])}.${String(spec['group'])}`;
    if (object.metadata.name !== wanted) errors.push(invalidValue('metadata.name', object.metadata.name, `must be spec.names.plural+"."+spec.group`));
    for (const name of ['plural', 'kind'] as const) if (typeof names[name] !== 'string' || names[name] === '') errors.push(requiredValue(`spec.names.${name}`));
    if (spec['scope'] !== 'Namespaced' && spec['scope'] !== 'Cluster') errors.push(unsupportedValue('spec.scope', spec['scope'] ?? '', ['Cluster', 'Namespaced']));
    validateVersions(versionsOf(spec), errors);
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

function validateVersions(versions: readonly JsonObject[], errors: FieldError[]): void {
  if (versions.filter((one) => one['storage'] === true).length !== 1) {
    errors.push(invalidValue('spec.versions', versions.map((one) => one['name']), 'must have exactly one version marked as storage version'));
  }
  const seen = new Set<unknown>();
  versions.forEach((version, index) => {
    if (seen.has(version['name'])) errors.push(invalidValue('spec.versions', version['name'], 'must contain unique version names'));
    seen.add(version['name']);
    const path = `spec.versions[${index}]`;
    if (typeof version['name'] !== 'string' || !/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(version['name'])) errors.push(invalidValue(`${path}.name`, version['name'] ?? '', 'must be a lowercase RFC 1035 label'));
    const schema = isJsonObject(version['schema']) ? version['schema']['openAPIV3Schema'] : undefined;
    if (!isJsonObject(schema)) errors.push(requiredValue(`${path}.schema.openAPIV3Schema`, 'schemas are required'));
    else validateStructure(schema, `${path}.schema.openAPIV3Schema`, { errors, isRoot: true });
  });
}

/** The rules of structural schemas that the walkers here rely on. */
function validateStructure(schema: JsonObject, path: string, { errors, isRoot = false }: { errors: FieldError[]; isRoot?: boolean }): void {
  if (errors.length > 20) return;
  const type = schema['type'];
  const isFree = schema['x-kubernetes-preserve-unknown-fields'] === true || schema['x-kubernetes-int-or-string'] === true;
  if (isRoot && type !== 'object') errors.push(invalidValue(`${path}.type`, type ?? '', 'must be object at the root'));
  else if (!isRoot && type === undefined && !isFree) errors.push(requiredValue(`${path}.type`, 'must not be empty for specified object fields'));
  if (typeof schema['$ref'] === 'string') errors.push({ reason: 'FieldValueForbidden', field: `${path}.$ref`, message: 'Forbidden: $ref is not supported' });
  if (schema['x-kubernetes-list-type'] === 'map' && !Array.isArray(schema['x-kubernetes-list-map-keys'])) {
    errors.push(requiredValue(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'));
  }
  if (isJsonObject(schema['properties'])) {
    for (const [name, child] of Object.entries(schema['properties'])) {
      if (!isJsonObject(child)) continue;
      if (isRoot && (name === 'metadata' || name === 'apiVersion' || name === 'kind')) continue;
      validateStructure(child, `${path}.properties[${name}]`, { errors });
    }
  }
  if (isJsonObject(schema['items'])) validateStructure(schema['items'], `${path}.items`, { errors });
  else if (type === 'array') errors.push(requiredValue(`${path}.items`, 'must be specified'));
  if (isJsonObject(schema['additionalProperties'])) validateStructure(schema['additionalProperties'], `${path}.additionalProperties`, { errors });
}

function specOf(object: ApiObject): JsonObject {
  return isJsonObject(object['spec']) ? object['spec'] : {};
}

function versionsOf(spec: JsonObject): JsonObject[] {
  return Array.isArray(spec['versions']) ? spec['versions'].filter(isJsonObject) : [];
}
