// What the checks of pods share.
import { isDns1123Label, isDns1123Subdomain } from '@prow/model-kube-types';
import { isJsonObject, type JsonObject } from '../../api-object.ts';
import { forbiddenField, invalidValue, requiredValue, unsupportedValue, type FieldError } from '../../schema/field-error.ts';
import { labelMessage, subdomainMessage } from '../../schema/validate-labels.ts';
import { textOf } from '../../text-of.ts';

export function objectAt(holder: JsonObject, field: string): JsonObject | undefined {
  const value = holder[field];
  return isJsonObject(value) ? value : undefined;
}

export function textAt(holder: JsonObject, field: string): string {
  return textOf(holder[field] ?? '');
}

export function oneOf(value: unknown, allowed: readonly string[], path: string, errors: FieldError[]): void {
  if (value !== undefined && !allowed.includes(textOf(value))) errors.push(unsupportedValue(path, value, allowed));
}

export function checkLabelName(name: string, path: string, errors: FieldError[]): void {
  if (!isDns1123Label(name)) errors.push(invalidValue(path, name, labelMessage));
}

/** Nothing is said of an empty name. */
export function checkSubdomainName(name: string, path: string, errors: FieldError[]): void {
  if (name !== '' && !isDns1123Subdomain(name)) errors.push(invalidValue(path, name, subdomainMessage));
}

export function checkRange(value: unknown, [least, most]: readonly [number, number], path: string, errors: FieldError[]): void {
  if (typeof value === 'number' && (value < least || value > most)) errors.push(invalidValue(path, value, `must be between ${least} and ${most}, inclusive`));
}

/** Stays below where it is put. */
export function checkLocalPath(value: string, path: string, errors: FieldError[]): void {
  if (value.startsWith('/')) errors.push(invalidValue(path, value, 'must be a relative path'));
  if (value.split('/').includes('..')) errors.push(invalidValue(path, value, "must not contain '..'"));
}

/** Of several kinds one, and only one. Returns the names of those that are there. */
export function checkOnlyOne(holder: JsonObject, kinds: readonly string[], { path, what, errors }: { path: string; what: string; errors: FieldError[] }): string[] {
  const found = kinds.filter((kind) => isJsonObject(holder[kind]));
  if (found.length === 0) errors.push(requiredValue(path, `must specify a ${what}`));
  for (const extra of found.slice(1)) errors.push(forbiddenField(`${path}.${extra}`, `may not specify more than 1 ${what}`));
  return found;
}
