// upstream: pkg/apis/core/validation/validation.go (ValidateEnv, ValidateEnvFrom)
import { objects, type JsonObject } from '../../api-object.ts';
import { invalidValue, requiredValue, unsupportedValue, type FieldError } from '../../schema/field-error.ts';
import { configMapKeyErrors } from '../config-maps-and-secrets.ts';
import { objectAt, textAt } from './checks.ts';

const fieldPaths = new Set(['metadata.name', 'metadata.namespace', 'metadata.labels', 'metadata.annotations', 'metadata.uid', 'spec.nodeName', 'spec.restartPolicy', 'spec.serviceAccountName', 'spec.schedulerName', 'status.phase', 'status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs']);
const resourceNames = ['limits.cpu', 'limits.ephemeral-storage', 'limits.memory', 'requests.cpu', 'requests.ephemeral-storage', 'requests.memory'];
const sources = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'];
const isEnvironmentName = (name: string): boolean => /^[\x20-\x3c\x3e-\x7e]+$/.test(name);
const nameMessage = "a valid environment variable name must consist only of printable ASCII characters other than '='";

export function validateEnvironment(container: JsonObject, path: string, errors: FieldError[]): void {
  objects(container['env']).forEach((variable, index) => {
    const at = `${path}.env[${index}]`;
    const name = textAt(variable, 'name');
    if (name === '') errors.push(requiredValue(`${at}.name`));
    else if (!isEnvironmentName(name)) errors.push(invalidValue(`${at}.name`, name, nameMessage));
    const from = objectAt(variable, 'valueFrom');
    if (from !== undefined) validateSource(from, textAt(variable, 'value'), `${at}.valueFrom`, errors);
  });
  objects(container['envFrom']).forEach((source, index) => {
    const at = `${path}.envFrom[${index}]`;
    const prefix = textAt(source, 'prefix');
    if (prefix !== '' && !isEnvironmentName(prefix)) errors.push(invalidValue(`${at}.prefix`, prefix, nameMessage));
    const references = ['configMapRef', 'secretRef'].filter((kind) => objectAt(source, kind) !== undefined);
    for (const kind of references) if (textAt(objectAt(source, kind) ?? {}, 'name') === '') errors.push(requiredValue(`${at}.${kind}.name`));
    // As upstream, which names the list here.
    if (references.length === 0) errors.push(invalidValue(`${path}.envFrom`, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (references.length > 1) errors.push(invalidValue(`${path}.envFrom`, '', 'may not have more than one field specified at a time'));
  });
}

function validateSource(from: JsonObject, value: string, path: string, errors: FieldError[]): void {
  const found = sources.filter((kind) => objectAt(from, kind) !== undefined);
  validateField(objectAt(from, 'fieldRef'), `${path}.fieldRef`, errors);
  validateResource(objectAt(from, 'resourceFieldRef'), `${path}.resourceFieldRef`, errors);
  for (const kind of ['configMapKeyRef', 'secretKeyRef']) validateKey(objectAt(from, kind), `${path}.${kind}`, errors);
  if (found.length === 0) errors.push(invalidValue(path, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`'));
  else if (value !== '') errors.push(invalidValue(path, '', 'may not be specified when `value` is not empty'));
  else if (found.length > 1) errors.push(invalidValue(path, '', 'may not have more than one field specified at a time'));
}

function validateField(reference: JsonObject | undefined, path: string, errors: FieldError[]): void {
  if (reference === undefined) return;
  const fieldPath = textAt(reference, 'fieldPath');
  if (fieldPath === '') errors.push(requiredValue(`${path}.fieldPath`));
  else if (!fieldPaths.has(fieldPath) && !/^metadata\.(?:labels|annotations)\['[^']+'\]$/.test(fieldPath)) errors.push(invalidValue(`${path}.fieldPath`, fieldPath, `error converting fieldPath: field label not supported: ${fieldPath}`));
}

function validateResource(reference: JsonObject | undefined, path: string, errors: FieldError[]): void {
  if (reference === undefined) return;
  const resource = textAt(reference, 'resource');
  if (resource === '') errors.push(requiredValue(`${path}.resource`));
  else if (!resourceNames.includes(resource) && !/^(?:limits|requests)\.hugepages-/.test(resource)) errors.push(unsupportedValue(`${path}.resource`, resource, resourceNames));
}

function validateKey(reference: JsonObject | undefined, path: string, errors: FieldError[]): void {
  if (reference === undefined) return;
  const key = textAt(reference, 'key');
  if (key === '') errors.push(requiredValue(`${path}.key`));
  else for (const message of configMapKeyErrors(key)) errors.push(invalidValue(`${path}.key`, key, message));
}
