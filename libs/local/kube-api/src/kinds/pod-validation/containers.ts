// upstream: pkg/apis/core/validation/validation.go (validateContainers)
import { objects, type JsonObject } from '../../api-object.ts';
import { duplicateValue, forbiddenField, invalidValue, requiredValue, type FieldError } from '../../schema/field-error.ts';
import { checkLabelName, checkLocalPath, checkRange, objectAt, oneOf, textAt } from './checks.ts';
import { validateEnvironment } from './environment.ts';
import { portNameErrors, validateLifecycle, validateProbes } from './probes.ts';
import { validateResources } from './resources.ts';

const maxId = 2_147_483_647;
const maxPort = 65_535;

/** What a container may refer to, and what there may be only one of. */
export interface ContainerContext {
  names: Set<string>;
  volumes: ReadonlySet<string>;
  usesHostNetwork: boolean;
  graceSeconds: number;
  isInit: boolean;
  errors: FieldError[];
}

export function validateContainer(container: JsonObject, path: string, context: ContainerContext): void {
  const { names, errors } = context;
  const name = textAt(container, 'name');
  if (name === '') errors.push(requiredValue(`${path}.name`));
  else if (names.has(name)) errors.push(duplicateValue(`${path}.name`, name));
  else checkLabelName(name, `${path}.name`, errors);
  names.add(name);
  const image = textAt(container, 'image');
  if (image === '') errors.push(requiredValue(`${path}.image`));
  else if (image !== image.trim()) errors.push(invalidValue(`${path}.image`, image, 'must not have leading or trailing whitespace'));
  oneOf(container['imagePullPolicy'], ['Always', 'IfNotPresent', 'Never'], `${path}.imagePullPolicy`, errors);
  oneOf(container['terminationMessagePolicy'], ['File', 'FallbackToLogsOnError'], `${path}.terminationMessagePolicy`, errors);
  validatePorts(container, path, context);
  validateEnvironment(container, path, errors);
  validateMounts(objects(container['volumeMounts']), `${path}.volumeMounts`, context);
  validateResources(objectAt(container, 'resources') ?? {}, `${path}.resources`, errors);
  validateSecurity(objectAt(container, 'securityContext') ?? {}, `${path}.securityContext`, errors);
  const isSidecar = context.isInit && container['restartPolicy'] === 'Always';
  if (!context.isInit || isSidecar) {
    validateProbes(container, path, errors);
    validateLifecycle(objectAt(container, 'lifecycle') ?? {}, `${path}.lifecycle`, context);
  } else {
    for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe']) if (container[field] !== undefined) errors.push(forbiddenField(`${path}.${field}`, 'may not be set for init containers without restartPolicy=Always'));
  }
}

function validatePorts(container: JsonObject, path: string, { usesHostNetwork, errors }: ContainerContext): void {
  const names = new Set<string>();
  objects(container['ports']).forEach((port, index) => {
    const at = `${path}.ports[${index}]`;
    const { containerPort, hostPort } = port;
    const name = textAt(port, 'name');
    if (name !== '') {
      const wrong = portNameErrors(name);
      for (const message of wrong) errors.push(invalidValue(`${at}.name`, name, message));
      if (wrong.length === 0 && names.has(name)) errors.push(duplicateValue(`${at}.name`, name));
      names.add(name);
    }
    if (containerPort === undefined || containerPort === 0) errors.push(requiredValue(`${at}.containerPort`));
    else checkRange(containerPort, [1, maxPort], `${at}.containerPort`, errors);
    checkRange(hostPort, [1, maxPort], `${at}.hostPort`, errors);
    if (usesHostNetwork && hostPort !== undefined && hostPort !== containerPort) errors.push(invalidValue(`${at}.hostPort`, hostPort, 'must match `containerPort` when `hostNetwork` is true'));
    oneOf(port['protocol'], ['SCTP', 'TCP', 'UDP'], `${at}.protocol`, errors);
  });
}

function validateMounts(mounts: readonly JsonObject[], path: string, { volumes, errors }: ContainerContext): void {
  const places = new Set<string>();
  mounts.forEach((mount, index) => {
    const name = textAt(mount, 'name');
    const mountPath = textAt(mount, 'mountPath');
    const [subPath, subPathExpr] = [textAt(mount, 'subPath'), textAt(mount, 'subPathExpr')];
    if (name === '') errors.push(requiredValue(`${path}[${index}].name`));
    else if (!volumes.has(name)) errors.push({ reason: 'FieldValueNotFound', field: `${path}[${index}].name`, message: `Not found: ${JSON.stringify(name)}` });
    if (mountPath === '') errors.push(requiredValue(`${path}[${index}].mountPath`));
    else if (places.has(mountPath)) errors.push(invalidValue(`${path}[${index}].mountPath`, mountPath, 'must be unique'));
    places.add(mountPath);
    if (subPath !== '') checkLocalPath(subPath, `${path}.subPath`, errors);
    if (subPathExpr === '') return;
    if (subPath === '') checkLocalPath(subPathExpr, `${path}.subPathExpr`, errors);
    else errors.push(invalidValue(`${path}[${index}].subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
  });
}

function validateSecurity(security: JsonObject, path: string, errors: FieldError[]): void {
  for (const field of ['runAsUser', 'runAsGroup']) checkRange(security[field], [0, maxId], `${path}.${field}`, errors);
  if (security['allowPrivilegeEscalation'] !== false) return;
  if (security['privileged'] === true) errors.push(invalidValue(path, security, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
  const added = objectAt(security, 'capabilities')?.['add'];
  if (Array.isArray(added) && (added.includes('SYS_ADMIN') || added.includes('CAP_SYS_ADMIN'))) errors.push(invalidValue(path, security, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'));
}
