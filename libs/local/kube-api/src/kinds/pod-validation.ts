// What a pod must hold to be stored. upstream: pkg/apis/core/validation/validation.go
import { compareQuantities, isDns1123Label } from '@prow/model-kube-types';
import { isJsonObject, type JsonObject } from '../api-object.ts';
import { duplicateValue, invalidValue, requiredValue, unsupportedValue, type FieldError } from '../schema/field-error.ts';
import { textOf } from '../text-of.ts';
import { validateLabels } from '../schema/validate-labels.ts';

const labelMessage =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

export function validatePodSpec(spec: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const volumes = validateVolumes(objects(spec['volumes']), `${path}.volumes`, errors);
  const names = new Set<string>();
  const containers = objects(spec['containers']);
  if (containers.length === 0) errors.push(requiredValue(`${path}.containers`));
  containers.forEach((container, index) => validateContainer(container, `${path}.containers[${index}]`, { names, volumes, errors }));
  objects(spec['initContainers']).forEach((container, index) => validateContainer(container, `${path}.initContainers[${index}]`, { names, volumes, errors }));
  oneOf(spec['restartPolicy'], ['Always', 'OnFailure', 'Never'], `${path}.restartPolicy`, errors);
  oneOf(spec['dnsPolicy'], ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'], `${path}.dnsPolicy`, errors);
  const deadline = spec['activeDeadlineSeconds'];
  if (typeof deadline === 'number' && (deadline < 1 || deadline > 2_147_483_647)) {
    errors.push(invalidValue(`${path}.activeDeadlineSeconds`, deadline, 'must be between 1 and 2147483647, inclusive'));
  }
  const { hostname, nodeSelector } = spec;
  if (typeof hostname === 'string' && hostname !== '' && !isDns1123Label(hostname)) errors.push(invalidValue(`${path}.hostname`, hostname, labelMessage));
  if (isJsonObject(nodeSelector)) validateLabels(nodeSelector as Record<string, string>, `${path}.nodeSelector`, errors);
  if (spec['dnsPolicy'] === 'None' && spec['dnsConfig'] === undefined) errors.push(requiredValue(`${path}.dnsConfig`, 'must provide `dnsConfig` when `dnsPolicy` is None'));
  return errors;
}

function validateVolumes(volumes: readonly JsonObject[], path: string, errors: FieldError[]): Set<string> {
  const names = new Set<string>();
  volumes.forEach((volume, index) => {
    const name = textOf(volume['name'] ?? '');
    if (name === '') errors.push(requiredValue(`${path}[${index}].name`));
    else if (!isDns1123Label(name)) errors.push(invalidValue(`${path}[${index}].name`, name, labelMessage));
    else if (names.has(name)) errors.push(duplicateValue(`${path}[${index}].name`, name));
    names.add(name);
    const sources = Object.keys(volume).filter((key) => key !== 'name');
    for (const source of ['configMap', 'secret'] as const) {
      const field = source === 'configMap' ? 'name' : 'secretName';
      const value = volume[source];
      if (isJsonObject(value) && !value[field]) errors.push(requiredValue(`${path}[${index}].${source}.${field}`));
    }
    const { emptyDir } = volume;
    if (isJsonObject(emptyDir) && typeof emptyDir['sizeLimit'] === 'string' && compareQuantities(emptyDir['sizeLimit'], '0') < 0) {
      errors.push({ reason: 'FieldValueForbidden', field: `${path}[${index}].emptyDir.sizeLimit`, message: 'Forbidden: SizeLimit field must be a valid resource quantity' });
    }
    for (const extra of sources.slice(1)) errors.push({ reason: 'FieldValueForbidden', field: `${path}[${index}].${extra}`, message: 'Forbidden: may not specify more than 1 volume type' });
  });
  return names;
}

interface ContainerContext {
  names: Set<string>;
  volumes: Set<string>;
  errors: FieldError[];
}

function validateContainer(container: JsonObject, path: string, { names, volumes, errors }: ContainerContext): void {
  const name = textOf(container['name'] ?? '');
  if (name === '') errors.push(requiredValue(`${path}.name`));
  else if (!isDns1123Label(name)) errors.push(invalidValue(`${path}.name`, name, labelMessage));
  else if (names.has(name)) errors.push(duplicateValue(`${path}.name`, name));
  names.add(name);
  const image = container['image'];
  if (image === undefined || image === '') errors.push(requiredValue(`${path}.image`));
  else if (typeof image === 'string' && image !== image.trim()) errors.push(invalidValue(`${path}.image`, image, 'must not have leading or trailing whitespace'));
  oneOf(container['imagePullPolicy'], ['Always', 'IfNotPresent', 'Never'], `${path}.imagePullPolicy`, errors);
  oneOf(container['terminationMessagePolicy'], ['File', 'FallbackToLogsOnError'], `${path}.terminationMessagePolicy`, errors);
  const mountPaths = new Set<string>();
  objects(container['volumeMounts']).forEach((mount, index) => {
    const mountName = textOf(mount['name'] ?? '');
    const mountPath = textOf(mount['mountPath'] ?? '');
    if (mountName === '') errors.push(requiredValue(`${path}.volumeMounts[${index}].name`));
    else if (!volumes.has(mountName)) errors.push({ reason: 'FieldValueNotFound', field: `${path}.volumeMounts[${index}].name`, message: `Not found: ${JSON.stringify(mountName)}` });
    if (mountPath === '') errors.push(requiredValue(`${path}.volumeMounts[${index}].mountPath`));
    else if (mountPaths.has(mountPath)) errors.push(invalidValue(`${path}.volumeMounts[${index}].mountPath`, mountPath, 'must be unique'));
    mountPaths.add(mountPath);
  });
  objects(container['env']).forEach((variable, index) => {
    const variableName = textOf(variable['name'] ?? '');
    if (variableName === '') errors.push(requiredValue(`${path}.env[${index}].name`));
    else if (!/^[\x20-\x3c\x3e-\x7e]+$/.test(variableName)) {
      errors.push(invalidValue(`${path}.env[${index}].name`, variableName, "a valid environment variable name must consist only of printable ASCII characters other than '='"));
    }
    if (variable['valueFrom'] !== undefined && typeof variable['value'] === 'string' && variable['value'] !== '') {
      errors.push(invalidValue(`${path}.env[${index}].valueFrom`, '', 'may not be specified when `value` is not empty'));
    }
  });
  validateContainerDetails(container, path, errors);
  validateResources(isJsonObject(container['resources']) ? container['resources'] : {}, `${path}.resources`, errors);
}

const probeHandlers = ['exec', 'httpGet', 'tcpSocket', 'grpc'];
const maxUserId = 2_147_483_647;
const fieldPaths = new Set(['metadata.name', 'metadata.namespace', 'metadata.labels', 'metadata.annotations', 'metadata.uid', 'spec.nodeName', 'spec.restartPolicy', 'spec.serviceAccountName', 'spec.schedulerName', 'status.phase', 'status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs']);

function validateContainerDetails(container: JsonObject, path: string, errors: FieldError[]): void {
  objects(container['ports']).forEach(({ containerPort }, index) => {
    const field = `${path}.ports[${index}].containerPort`;
    if (containerPort === undefined || containerPort === 0) errors.push(requiredValue(field));
    else if (typeof containerPort === 'number' && (containerPort < 1 || containerPort > 65_535)) errors.push(invalidValue(field, containerPort, 'must be between 1 and 65535, inclusive'));
  });
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[name];
    if (isJsonObject(probe) && !probeHandlers.some((handler) => isJsonObject(probe[handler]))) errors.push(requiredValue(`${path}.${name}`, 'must specify a handler type'));
  }
  const user = isJsonObject(container['securityContext']) ? container['securityContext']['runAsUser'] : undefined;
  if (typeof user === 'number' && (user < 0 || user > maxUserId)) errors.push(invalidValue(`${path}.securityContext.runAsUser`, user, `must be between 0 and ${maxUserId}, inclusive`));
  objects(container['env']).forEach(({ valueFrom }, index) => {
    const reference = isJsonObject(valueFrom) && isJsonObject(valueFrom['fieldRef']) ? valueFrom['fieldRef'] : undefined;
    const fieldPath = reference === undefined ? '' : textOf(reference['fieldPath'] ?? '');
    const field = `${path}.env[${index}].valueFrom.fieldRef.fieldPath`;
    if (reference === undefined) return;
    if (fieldPath === '') errors.push(requiredValue(field));
    else if (!fieldPaths.has(fieldPath) && !/^metadata\.(?:labels|annotations)\['[^']+'\]$/.test(fieldPath)) errors.push(invalidValue(field, fieldPath, `error converting fieldPath: field label not supported: ${fieldPath}`));
  });
}

function validateResources(resources: JsonObject, path: string, errors: FieldError[]): void {
  const limits = (isJsonObject(resources['limits']) ? resources['limits'] : {}) as Record<string, string>;
  const requests = (isJsonObject(resources['requests']) ? resources['requests'] : {}) as Record<string, string>;
  for (const [list, amounts] of [['limits', limits], ['requests', requests]] as const) {
    for (const [name, amount] of Object.entries(amounts)) {
      if (compareQuantities(amount, '0') < 0) errors.push(invalidValue(`${path}.${list}[${name}]`, amount, 'must be greater than or equal to 0'));
    }
  }
  for (const [name, amount] of Object.entries(requests)) {
    const limit = limits[name];
    if (limit !== undefined && compareQuantities(amount, limit) > 0) {
      errors.push(invalidValue(`${path}.requests`, amount, `must be less than or equal to ${name} limit of ${limit}`));
    }
  }
}

function oneOf(value: unknown, allowed: readonly string[], path: string, errors: FieldError[]): void {
  if (value !== undefined && !allowed.includes(textOf(value))) errors.push(unsupportedValue(path, value, allowed));
}

function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
