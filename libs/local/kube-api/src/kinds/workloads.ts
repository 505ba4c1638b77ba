import { isJsonObject, type JsonObject } from '../api-object.ts';
import { invalidValue, requiredValue, unsupportedValue, type FieldError } from '../schema/field-error.ts';
import type { KindRules } from './kind-rules.ts';
import { applyPodSpecDefaults } from './pod-defaults.ts';
import { validatePodSpec } from './pod-validation/pod-spec.ts';

export const leaseRules: KindRules = {
  createsOnUpdate: true,
  needsResourceVersion: true,
  validate(object) {
    const spec = isJsonObject(object['spec']) ? object['spec'] : {};
    const errors: FieldError[] = [];
    for (const [field, least] of [['leaseDurationSeconds', 1], ['leaseTransitions', 0]] as const) {
      const value = spec[field];
      if (typeof value === 'number' && value < least) {
        errors.push(invalidValue(`spec.${field}`, value, least === 1 ? 'must be greater than 0' : 'must be greater than or equal to 0'));
      }
    }
    return errors;
  },
};

/** Deployments are stored objects only: nothing here runs them. */
export const deploymentRules: KindRules = {
  hasGeneration: true,
  applyDefaults(object) {
    const spec = isJsonObject(object['spec']) ? object['spec'] : undefined;
    if (spec === undefined) return;
    spec['replicas'] ??= 1;
    spec['revisionHistoryLimit'] ??= 10;
    spec['progressDeadlineSeconds'] ??= 600;
    const strategy: JsonObject = isJsonObject(spec['strategy']) ? spec['strategy'] : {};
    spec['strategy'] = strategy;
    strategy['type'] ??= 'RollingUpdate';
    if (strategy['type'] === 'RollingUpdate') strategy['rollingUpdate'] = { maxUnavailable: '25%', maxSurge: '25%', ...(isJsonObject(strategy['rollingUpdate']) ? strategy['rollingUpdate'] : {}) };
    const template = podSpecOf(spec);
    if (template !== undefined) applyPodSpecDefaults(template);
  },
  validate(object) {
    const spec = isJsonObject(object['spec']) ? object['spec'] : {};
    const errors: FieldError[] = [];
    const labels = isJsonObject(spec['selector']) && isJsonObject(spec['selector']['matchLabels']) ? spec['selector']['matchLabels'] : {};
    const metadata = isJsonObject(spec['template']) && isJsonObject(spec['template']['metadata']) ? spec['template']['metadata'] : {};
    const own = isJsonObject(metadata['labels']) ? metadata['labels'] : {};
    if (spec['selector'] === undefined) errors.push(requiredValue('spec.selector'));
    else if (Object.entries(labels).some(([name, value]) => own[name] !== value)) {
      errors.push(invalidValue('spec.template.metadata.labels', own, '`selector` does not match template `labels`'));
    }
    const template = podSpecOf(spec) ?? {};
    errors.push(...validatePodSpec(template, 'spec.template.spec'));
    if (template['restartPolicy'] !== undefined && template['restartPolicy'] !== 'Always') errors.push(unsupportedValue('spec.template.spec.restartPolicy', template['restartPolicy'], ['Always']));
    return errors;
  },
};

function podSpecOf(spec: JsonObject): JsonObject | undefined {
  return isJsonObject(spec['template']) && isJsonObject(spec['template']['spec']) ? spec['template']['spec'] : undefined;
}
