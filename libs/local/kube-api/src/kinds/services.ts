// Services as the API keeps them: nothing here routes them, so an address is only a name that no other service has.
// upstream: pkg/apis/core/v1/defaults.go (SetDefaults_Service), pkg/registry/core/service
import { randomInt } from 'node:crypto';
import { isDns1123Label } from '@prow/model-kube-types';
import { isJsonObject, type ApiObject, type JsonObject } from '../api-object.ts';
import { duplicateValue, invalidValue, requiredValue, unsupportedValue, type FieldError } from '../schema/field-error.ts';
import type { KindRules } from './kind-rules.ts';

/** The first address of the range, which the service `kubernetes` has. */
export const kubernetesServiceIp = '10.96.0.1';
const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const portMessage = 'must be between 1 and 65535, inclusive';

export const serviceRules: KindRules = {
  applyDefaults(object) {
    const spec = specOf(object);
    spec['sessionAffinity'] ??= 'None';
    spec['type'] ??= 'ClusterIP';
    for (const port of portsOf(spec)) {
      port['protocol'] ??= 'TCP';
      port['targetPort'] ??= port['port'];
    }
    if (spec['type'] !== 'ExternalName') spec['internalTrafficPolicy'] ??= 'Cluster';
  },
  prepareCreate(object) {
    object['status'] = { loadBalancer: {} };
    const spec = specOf(object);
    if (spec['type'] === 'ExternalName') return;
    if (spec['clusterIP'] === undefined || spec['clusterIP'] === '') spec['clusterIP'] = `10.${96 + randomInt(16)}.${randomInt(256)}.${1 + randomInt(254)}`;
    spec['clusterIPs'] ??= [spec['clusterIP']];
    spec['ipFamilies'] ??= ['IPv4'];
    spec['ipFamilyPolicy'] ??= 'SingleStack';
  },
  validate: validateService,
  validateUpdate(object, old) {
    const [address, before] = [specOf(object)['clusterIP'], specOf(old)['clusterIP']];
    return before !== undefined && address !== before ? [invalidValue('spec.clusterIP', address, 'field is immutable')] : [];
  },
};

function validateService(object: ApiObject): FieldError[] {
  const spec = specOf(object);
  const errors: FieldError[] = [];
  if (typeof spec['type'] === 'string' && !types.includes(spec['type'])) errors.push(unsupportedValue('spec.type', spec['type'], types));
  const ports = portsOf(spec);
  if (ports.length === 0 && spec['clusterIP'] !== 'None' && spec['type'] !== 'ExternalName') errors.push(requiredValue('spec.ports'));
  const names = new Set<unknown>();
  ports.forEach((port, index) => {
    const path = `spec.ports[${index}]`;
    const { name, port: number } = port;
    if (ports.length > 1 && (name === undefined || name === '')) errors.push(requiredValue(`${path}.name`));
    else if (typeof name === 'string' && name !== '' && !isDns1123Label(name)) errors.push(invalidValue(`${path}.name`, name, 'must be a lowercase RFC 1123 label'));
    else if (name !== undefined && names.has(name)) errors.push(duplicateValue(`${path}.name`, name));
    names.add(name);
    if (typeof number !== 'number' || number < 1 || number > 65_535) errors.push(invalidValue(`${path}.port`, number ?? 0, portMessage));
  });
  return errors;
}

function specOf(object: ApiObject): JsonObject {
  if (!isJsonObject(object['spec'])) object['spec'] = {};
  return object['spec'] as JsonObject;
}

function portsOf(spec: JsonObject): JsonObject[] {
  return Array.isArray(spec['ports']) ? spec['ports'].filter(isJsonObject) : [];
}
