// upstream: pkg/apis/core/validation/validation.go (ValidateResourceRequirements)
import { compareQuantities, parseQuantity } from '@prow/model-kube-types';
import { type JsonObject } from '../../api-object.ts';
import { forbiddenField, invalidValue, requiredValue, type FieldError } from '../../schema/field-error.ts';
import { qualifiedNameErrors } from '../../schema/validate-labels.ts';
import { objectAt } from './checks.ts';

const standard = new Set(['cpu', 'memory', 'ephemeral-storage']);
/** May be asked for in parts, and granted more often than they are there. */
const isOvercommitable = (name: string): boolean => standard.has(name) || (!name.includes('/') && !name.startsWith('hugepages-'));

export function validateResources(resources: JsonObject, path: string, errors: FieldError[]): void {
  const limits = (objectAt(resources, 'limits') ?? {}) as Record<string, string>;
  const requests = (objectAt(resources, 'requests') ?? {}) as Record<string, string>;
  for (const [list, amounts] of [['limits', limits], ['requests', requests]] as const) {
    for (const [name, amount] of Object.entries(amounts)) validateAmount(name, amount, `${path}.${list}[${name}]`, errors);
  }
  for (const [name, amount] of Object.entries(requests)) {
    const limit = limits[name];
    if (limit !== undefined && compareQuantities(amount, limit) > 0) {
      errors.push(invalidValue(`${path}.requests`, amount, `must be less than or equal to ${name} limit of ${limit}`));
    } else if (limit === undefined && !isOvercommitable(name)) errors.push(requiredValue(`${path}.limits`, 'Limit must be set for non overcommitable resources'));
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some((name) => name.startsWith('hugepages-')) && !names.some((name) => name === 'cpu' || name === 'memory')) errors.push(forbiddenField(path, 'HugePages require cpu or memory'));
}

function validateAmount(name: string, amount: string, path: string, errors: FieldError[]): void {
  const wrong = qualifiedNameErrors(name);
  for (const message of wrong) errors.push(invalidValue(path, name, message));
  if (wrong.length === 0 && !name.includes('/') && !standard.has(name) && !name.startsWith('hugepages-')) {
    errors.push(invalidValue(path, name, 'must be a standard resource type or fully qualified'), invalidValue(path, name, 'must be a standard resource for containers'));
  }
  if (compareQuantities(amount, '0') < 0) errors.push(invalidValue(path, amount, 'must be greater than or equal to 0'));
  else if (name.includes('/') && parseQuantity(amount).nanos % 1_000_000_000n !== 0n) errors.push(invalidValue(path, amount, 'must be an integer'));
}
