import { isJsonObject } from '../api-object.ts';
import { invalidValue, requiredValue, type FieldError } from '../schema/field-error.ts';
import type { KindRules } from './kind-rules.ts';

export const leaseRules: KindRules = {
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
    if (!isJsonObject(object['spec'])) return;
    object['spec']['replicas'] ??= 1;
    object['spec']['revisionHistoryLimit'] ??= 10;
    object['spec']['progressDeadlineSeconds'] ??= 600;
  },
  validate(object) {
    const spec = isJsonObject(object['spec']) ? object['spec'] : {};
    return spec['selector'] === undefined ? [requiredValue('spec.selector')] : [];
  },
};
