// Pods as the API keeps them. Running them is the node's business. upstream: pkg/apis/core/v1/defaults.go, validation
import { isJsonObject, type ApiObject, type JsonObject } from '../api-object.ts';
import { forbiddenField, invalidValue, type FieldError } from '../schema/field-error.ts';
import type { KindRules } from './kind-rules.ts';
import { applyPodSpecDefaults } from './pod-defaults.ts';
import { qosClassOf } from './pod-qos.ts';
import { validateNewPod, validatePodSpec } from './pod-validation/pod-spec.ts';
import { tolerationUpdateErrors } from './pod-validation/tolerations.ts';
import { addServiceAccountVolume } from './service-account-volume.ts';
import { jsonEqual } from '../json-values.ts';

const inSpec = (field: string) => (object: ApiObject): unknown => (isJsonObject(object['spec']) ? object['spec'][field] : undefined);
const inStatus = (field: string) => (object: ApiObject): unknown => (isJsonObject(object['status']) ? object['status'][field] : undefined);

export const podRules: KindRules = {
  hasGeneration: true,
  applyDefaults(object) {
    if (isJsonObject(object['spec'])) applyPodSpecDefaults(object['spec']);
  },
  prepareCreate(object) {
    object['status'] = { phase: 'Pending', qosClass: qosClassOf(isJsonObject(object['spec']) ? object['spec'] : {}) };
    if (!isJsonObject(object['spec'])) return;
    const spec = object['spec'];
    if (spec['serviceAccountName'] === undefined || spec['serviceAccountName'] === '') spec['serviceAccountName'] = 'default';
    spec['serviceAccount'] = spec['serviceAccountName'];
    spec['priority'] ??= 0;
    spec['preemptionPolicy'] ??= 'PreemptLowerPriority';
    addDefaultTolerations(spec);
  },
  prepareUpdate(object, { old, subresource }) {
    // Worked out once.
    const qosClass = isJsonObject(old['status']) ? old['status']['qosClass'] : undefined;
    if (subresource === 'status' && isJsonObject(object['status']) && qosClass !== undefined) object['status']['qosClass'] = qosClass;
  },
  admitUpdate(object) {
    if (isJsonObject(object['spec'])) addDefaultTolerations(object['spec']);
  },
  admit(object, core) {
    addServiceAccountVolume(core, object);
  },
  validate(object) {
    return validatePodSpec(specOf(object), 'spec');
  },
  validateCreate: (object) => validateNewPod(specOf(object), 'spec'),
  validateUpdate: (object, old) => specUpdateErrors(specOf(object), specOf(old)),
  fields: {
    'spec.nodeName': inSpec('nodeName'),
    'spec.restartPolicy': inSpec('restartPolicy'),
    'spec.schedulerName': inSpec('schedulerName'),
    'spec.serviceAccountName': inSpec('serviceAccountName'),
    'spec.hostNetwork': (object) => String(inSpec('hostNetwork')(object) === true),
    'status.phase': inStatus('phase'),
    'status.podIP': inStatus('podIP'),
    'status.nominatedNodeName': inStatus('nominatedNodeName'),
  },
};

/** upstream: plugin/pkg/admission/defaulttolerationseconds */
function addDefaultTolerations(spec: JsonObject): void {
  const tolerations = Array.isArray(spec['tolerations']) ? (spec['tolerations'] as unknown[]) : [];
  const missing = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].filter(
    (key) => !tolerations.some((one) => isJsonObject(one) && (one['key'] === key || one['key'] === undefined) && (one['effect'] === 'NoExecute' || one['effect'] === undefined)),
  );
  if (missing.length > 0) spec['tolerations'] = [...tolerations, ...missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }))];
}

function specOf(object: ApiObject): JsonObject {
  return isJsonObject(object['spec']) ? object['spec'] : {};
}

const fixedMessage =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** upstream: ValidatePodUpdate */
function specUpdateErrors(spec: JsonObject, old: JsonObject): FieldError[] {
  for (const list of ['containers', 'initContainers']) {
    if (lengthOf(spec[list]) !== lengthOf(old[list])) return [forbiddenField(`spec.${list}`, 'pod updates may not add or remove containers')];
  }
  const errors = tolerationUpdateErrors(spec['tolerations'], old['tolerations'], 'spec.tolerations');
  const [deadline, before] = [spec['activeDeadlineSeconds'], old['activeDeadlineSeconds']];
  if (typeof before === 'number' && deadline === undefined) errors.push(invalidValue('spec.activeDeadlineSeconds', null, 'must not update from a positive integer to nil value'));
  else if (typeof before === 'number' && typeof deadline === 'number' && deadline > before) errors.push(invalidValue('spec.activeDeadlineSeconds', deadline, 'must be less than or equal to previous value'));
  if (errors.length > 0) return errors;
  return jsonEqual(fixedSpec(spec), fixedSpec(old)) ? [] : [forbiddenField('spec', fixedMessage)];
}

function lengthOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}

/** The spec without what an update may change. */
function fixedSpec(spec: JsonObject): JsonObject {
  const { activeDeadlineSeconds: _deadline, tolerations: _tolerations, ...fixed } = spec;
  for (const list of ['containers', 'initContainers']) {
    if (Array.isArray(fixed[list])) {
      fixed[list] = (fixed[list] as unknown[]).map((container) => (isJsonObject(container) ? { ...container, image: '' } : container));
    }
  }
  return fixed;
}
