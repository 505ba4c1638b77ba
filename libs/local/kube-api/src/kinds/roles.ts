import { isJsonObject } from '../api-object.ts';
import { invalidValue, requiredValue, unsupportedValue, type FieldError } from '../schema/field-error.ts';
import type { KindRules } from './kind-rules.ts';
import { jsonEqual } from '../json-values.ts';

const rbacGroup = 'rbac.authorization.k8s.io';

export const roleRules: KindRules = {
  nameRule: 'segment',
  applyDefaults(object) {
    object['rules'] ??= null;
  },
  validate(object) {
    const errors: FieldError[] = [];
    (Array.isArray(object['rules']) ? object['rules'] : []).forEach((rule: unknown, index) => {
      if (!isJsonObject(rule)) return;
      if (!Array.isArray(rule['verbs']) || rule['verbs'].length === 0) errors.push(requiredValue(`rules[${index}].verbs`, 'verbs must contain at least one value'));
    });
    return errors;
  },
};

function bindingRules(roleKinds: readonly string[]): KindRules {
  return {
    nameRule: 'segment',
    applyDefaults(object) {
      if (isJsonObject(object['roleRef'])) object['roleRef'] = { apiGroup: rbacGroup, ...object['roleRef'] };
      if (!Array.isArray(object['subjects'])) return;
      object['subjects'] = object['subjects'].map((subject: unknown) =>
        isJsonObject(subject) && subject['kind'] !== 'ServiceAccount' ? { ...subject, apiGroup: subject['apiGroup'] ?? rbacGroup } : subject,
      );
    },
    validate(object) {
      const roleRef = isJsonObject(object['roleRef']) ? object['roleRef'] : {};
      const errors: FieldError[] = [];
      if (!roleKinds.includes(String(roleRef['kind']))) errors.push(unsupportedValue('roleRef.kind', roleRef['kind'] ?? '', roleKinds));
      if (typeof roleRef['name'] !== 'string' || roleRef['name'] === '') errors.push(requiredValue('roleRef.name'));
      return errors;
    },
    validateUpdate: (object, old) =>
      jsonEqual(object['roleRef'], old['roleRef']) ? [] : [invalidValue('roleRef', object['roleRef'], 'cannot change roleRef')],
  };
}

export const roleBindingRules = bindingRules(['ClusterRole', 'Role']);
export const clusterRoleBindingRules = bindingRules(['ClusterRole']);
