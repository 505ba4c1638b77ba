// upstream: pkg/apis/core/validation/validation.go (ValidateTolerations, ValidatePodTolerationsUpdate)
import { objects, type JsonObject } from '../../api-object.ts';
import { forbiddenField, invalidValue, unsupportedValue, type FieldError } from '../../schema/field-error.ts';
import { qualifiedNameErrors } from '../../schema/validate-labels.ts';
import { textAt } from './checks.ts';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function validateTolerations(tolerations: readonly JsonObject[], path: string, errors: FieldError[]): void {
  tolerations.forEach((toleration, index) => {
    const at = `${path}[${index}]`;
    const [key, operator, effect, value] = ['key', 'operator', 'effect', 'value'].map((field) => textAt(toleration, field)) as [string, string, string, string];
    if (key !== '') for (const message of qualifiedNameErrors(key)) errors.push(invalidValue(`${at}.key`, key, message));
    else if (operator !== 'Exists') errors.push(invalidValue(`${at}.operator`, operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"'));
    if (toleration['tolerationSeconds'] !== undefined && effect !== 'NoExecute') errors.push(invalidValue(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    if (operator === 'Exists' && value !== '') errors.push(invalidValue(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"));
    else if (operator !== '' && operator !== 'Exists' && operator !== 'Equal') errors.push(unsupportedValue(`${at}.operator`, operator, ['Equal', 'Exists']));
    if (effect !== '' && !effects.includes(effect)) errors.push(unsupportedValue(`${at}.effect`, effect, effects));
  });
}

/** Tolerations are only added; of those that are there only the seconds may change. */
export function tolerationUpdateErrors(after: unknown, before: unknown, path: string): FieldError[] {
  const identity = (toleration: JsonObject): string => JSON.stringify(['key', 'operator', 'value', 'effect'].map((field) => textAt(toleration, field)));
  const kept = new Set(objects(after).map(identity));
  return objects(before).every((one) => kept.has(identity(one))) ? [] : [forbiddenField(path, 'existing toleration can not be modified except its tolerationSeconds')];
}
