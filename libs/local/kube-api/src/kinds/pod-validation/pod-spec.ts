// What a pod must hold to be stored. upstream: pkg/apis/core/validation/validation.go
import { isIP } from 'node:net';
import { isJsonObject, objects, type JsonObject } from '../../api-object.ts';
import { forbiddenField, invalidValue, requiredValue, type FieldError } from '../../schema/field-error.ts';
import { qualifiedNameErrors, validateLabels } from '../../schema/validate-labels.ts';
import { checkLabelName, checkRange, checkSubdomainName, objectAt, oneOf, textAt } from './checks.ts';
import { validateContainer, type ContainerContext } from './containers.ts';
import { validateTolerations } from './tolerations.ts';
import { validateVolumes } from './volumes.ts';

const maxInt32 = 2_147_483_647;
const ipMessage = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

export function validatePodSpec(spec: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const volumes = validateVolumes(objects(spec['volumes']), `${path}.volumes`, errors);
  const graceSeconds = typeof spec['terminationGracePeriodSeconds'] === 'number' ? spec['terminationGracePeriodSeconds'] : 30;
  const context: ContainerContext = { names: new Set(), volumes, usesHostNetwork: spec['hostNetwork'] === true, graceSeconds, isInit: false, errors };
  const containers = objects(spec['containers']);
  if (containers.length === 0) errors.push(requiredValue(`${path}.containers`));
  containers.forEach((container, index) => validateContainer(container, `${path}.containers[${index}]`, context));
  objects(spec['initContainers']).forEach((container, index) => validateContainer(container, `${path}.initContainers[${index}]`, { ...context, isInit: true }));
  oneOf(spec['restartPolicy'], ['Always', 'OnFailure', 'Never'], `${path}.restartPolicy`, errors);
  oneOf(spec['dnsPolicy'], ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'], `${path}.dnsPolicy`, errors);
  checkRange(spec['activeDeadlineSeconds'], [1, maxInt32], `${path}.activeDeadlineSeconds`, errors);
  validateNames(spec, path, errors);
  validateSecurity(objectAt(spec, 'securityContext') ?? {}, `${path}.securityContext`, errors);
  validateTolerations(objects(spec['tolerations']), `${path}.tolerations`, errors);
  validateNetwork(spec, path, errors);
  const terms = objectAt(objectAt(objectAt(spec, 'affinity') ?? {}, 'nodeAffinity') ?? {}, 'requiredDuringSchedulingIgnoredDuringExecution');
  if (terms !== undefined && objects(terms['nodeSelectorTerms']).length === 0) {
    errors.push(requiredValue(`${path}.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`, 'must have at least one node selector term'));
  }
  objects(spec['readinessGates']).forEach((gate, index) => {
    for (const message of qualifiedNameErrors(textAt(gate, 'conditionType'))) errors.push(invalidValue(`${path}.readinessGates[${index}].conditionType`, gate['conditionType'], message));
  });
  return errors;
}

function validateNames(spec: JsonObject, path: string, errors: FieldError[]): void {
  for (const field of ['nodeName', 'serviceAccountName']) checkSubdomainName(textAt(spec, field), `${path}.${field}`, errors);
  for (const field of ['hostname', 'subdomain']) if (textAt(spec, field) !== '') checkLabelName(textAt(spec, field), `${path}.${field}`, errors);
  if (isJsonObject(spec['nodeSelector'])) validateLabels(spec['nodeSelector'] as Record<string, string>, `${path}.nodeSelector`, errors);
  const os = objectAt(spec, 'os');
  if (os !== undefined) oneOf(textAt(os, 'name'), ['linux', 'windows'], `${path}.os`, errors);
}

function validateSecurity(security: JsonObject, path: string, errors: FieldError[]): void {
  for (const field of ['runAsUser', 'runAsGroup', 'fsGroup']) checkRange(security[field], [0, maxInt32], `${path}.${field}`, errors);
  (Array.isArray(security['supplementalGroups']) ? security['supplementalGroups'] : []).forEach((group: unknown, index) => checkRange(group, [0, maxInt32], `${path}.supplementalGroups[${index}]`, errors));
}

function validateNetwork(spec: JsonObject, path: string, errors: FieldError[]): void {
  if (spec['hostPID'] === true && spec['shareProcessNamespace'] === true) {
    errors.push(invalidValue(`${path}.securityContext.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled'));
  }
  objects(spec['hostAliases']).forEach((alias, index) => {
    if (isIP(textAt(alias, 'ip')) === 0) errors.push(invalidValue(`${path}.hostAliases[${index}].ip`, textAt(alias, 'ip'), ipMessage));
  });
  const dns = objectAt(spec, 'dnsConfig');
  if (spec['dnsPolicy'] === 'None' && dns === undefined) errors.push(requiredValue(`${path}.dnsConfig`, 'must provide `dnsConfig` when `dnsPolicy` is None'));
  const servers = Array.isArray(dns?.['nameservers']) ? dns['nameservers'].map(String) : [];
  servers.forEach((server, index) => {
    if (isIP(server) === 0) errors.push(invalidValue(`${path}.dnsConfig.nameservers[${index}]`, server, ipMessage));
  });
}

/** What only a new pod may not have. */
export function validateNewPod(spec: JsonObject, path: string): FieldError[] {
  return objects(spec['ephemeralContainers']).length === 0 ? [] : [forbiddenField(`${path}.ephemeralContainers`, 'cannot be set on create')];
}
