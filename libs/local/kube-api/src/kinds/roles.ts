import { isJsonObject, type ApiObject } from '../api-object.ts';
import { invalidValue, requiredValue, unsupportedValue, type FieldError } from '../schema/field-error.ts';
import type { KindRules } from './kind-rules.ts';
import { jsonEqual } from '../json-values.ts';

const rbacGroup = 'rbac.authorization.k8s.io';

export const roleRules: KindRules = {
  nameRule: 'segment',
  createsOnUpdate: true,
  applyDefaults(object) {
    object['rules'] ??= null;
  },
  validate: (object) => ruleErrors(object, true),
};

export const clusterRoleRules: KindRules = { ...roleRules, validate: (object) => ruleErrors(object, false) };

/** upstream: pkg/apis/rbac/validation (ValidatePolicyRule) */
function ruleErrors(object: ApiObject, isNamespaced: boolean): FieldError[] {
  const errors: FieldError[] = [];
  (Array.isArray(object['rules']) ? object['rules'] : []).forEach((rule: unknown, index) => {
    if (!isJsonObject(rule)) return;
    const path = `rules[${index}]`;
    const has = (field: string): boolean => Array.isArray(rule[field]) && rule[field].length > 0;
    if (!has('verbs')) errors.push(requiredValue(`${path}.verbs`, 'verbs must contain at least one value'));
    if (has('nonResourceURLs')) {
      if (isNamespaced) errors.push(invalidValue(`${path}.nonResourceURLs`, rule['nonResourceURLs'], 'namespaced rules cannot apply to non-resource URLs'));
      if (['apiGroups', 'resources', 'resourceNames'].some(has)) errors.push(invalidValue(`${path}.nonResourceURLs`, rule['nonResourceURLs'], 'rules cannot apply to both regular resources and non-resource URLs'));
      return;
    }
    if (!has('apiGroups')) errors.push(requiredValue(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
    if (!has('resources')) errors.push(requiredValue(`${path}.resources`, 'resource rules must supply at least one resource'));
  });
  return errors;
}

/** upstream: pkg/apis/rbac/validation (ValidateRoleBindingSubject) */
function subjectErrors(subjects: unknown, isNamespaced: boolean): FieldError[] {
  const errors: FieldError[] = [];
  (Array.isArray(subjects) ? subjects : []).forEach((subject: unknown, index) => {
    if (!isJsonObject(subject)) return;
    const path = `subjects[${index}]`;
    if (typeof subject['name'] !== 'string' || subject['name'] === '') errors.push(requiredValue(`${path}.name`));
    if (subject['kind'] === 'ServiceAccount') {
      if (!isNamespaced && !subject['namespace']) errors.push(requiredValue(`${path}.namespace`));
    } else if (subject['kind'] !== 'User' && subject['kind'] !== 'Group') errors.push(unsupportedValue(`${path}.kind`, subject['kind'] ?? '', ['ServiceAccount', 'User', 'Group']));
  });
  return errors;
}

function bindingRules(roleKinds: readonly string[]): KindRules {
  return {
    nameRule: 'segment',
    createsOnUpdate: true,
    applyDefaults(object) {
      if (isJsonObject(object['roleRef'])) object['roleRef'] = { apiGroup: rbacGroup, ...object['roleRef'] };
      if (!Array.isArray(object['subjects'])) return;
      object['subjects'] = object['subjects'].map((subject: unknown) =>
        isJsonObject(subject) && (subject['kind'] === 'User' || subject['kind'] === 'Group') ? { ...subject, apiGroup: subject['apiGroup'] ?? rbacGroup } : subject,
      );
    },
    validate(object) {
      const roleRef = isJsonObject(object['roleRef']) ? object['roleRef'] : {};
      const errors: FieldError[] = [];
      if (!roleKinds.includes(String(roleRef['kind']))) errors.push(unsupportedValue('roleRef.kind', roleRef['kind'] ?? '', roleKinds));
      if (typeof roleRef['name'] !== 'string' || roleRef['name'] === '') errors.push(requiredValue('roleRef.name'));
      errors.push(...subjectErrors(object['subjects'], roleKinds.includes('Role')));
      return errors;
    },
    validateUpdate: (object, old) =>
      jsonEqual(object['roleRef'], old['roleRef']) ? [] : [invalidValue('roleRef', object['roleRef'], 'cannot change roleRef')],
  };
}

export const roleBindingRules = bindingRules(['Role', 'ClusterRole']);
export const clusterRoleBindingRules = bindingRules(['ClusterRole']);
