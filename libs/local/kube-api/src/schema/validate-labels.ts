// upstream: apimachinery/pkg/apis/meta/v1/validation (ValidateLabels), apimachinery/pkg/util/validation (IsQualifiedName)
import { isDns1123Subdomain, isLabelValue, isQualifiedName } from '@prow/model-kube-types';
import { invalidValue, type FieldError } from './field-error.ts';

const nameCharacters = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
export const subdomainMessage =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
export const labelMessage =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const labelValueMessage =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** All that is wrong with a key such as `example.com/name`, in upstream's words. */
export function qualifiedNameErrors(text: string): string[] {
  if (isQualifiedName(text)) return [];
  const parts = text.split('/');
  if (parts.length > 2) return [`a qualified name ${nameCharacters} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  const errors: string[] = [];
  const [prefix, name = ''] = parts.length === 2 ? parts : [undefined, text];
  if (prefix === '') errors.push('prefix part must be non-empty');
  else if (prefix !== undefined && prefix.length > 253) errors.push('prefix part must be no more than 253 characters');
  else if (prefix !== undefined && !isDns1123Subdomain(prefix)) errors.push(`prefix part ${subdomainMessage}`);
  if (name === '') errors.push('name part must be non-empty');
  else if (name.length > 63) errors.push('name part must be no more than 63 characters');
  if (!isQualifiedName(name.slice(0, 63))) errors.push(`name part ${nameCharacters}`);
  return errors;
}

export function validateLabels(labels: Record<string, string> | undefined, field: string, errors: FieldError[]): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const message of qualifiedNameErrors(key)) errors.push(invalidValue(field, key, message));
    if (value.length > 63) errors.push(invalidValue(field, value, 'must be no more than 63 characters'));
    if (!isLabelValue(value.slice(0, 63))) errors.push(invalidValue(field, value, labelValueMessage));
  }
}
