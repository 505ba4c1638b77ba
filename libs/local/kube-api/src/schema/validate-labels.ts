// upstream: apimachinery/pkg/apis/meta/v1/validation (ValidateLabels)
import { isLabelValue, isQualifiedName } from '@prow/model-kube-types';
import { invalidValue, type FieldError } from './field-error.ts';

export const qualifiedNameMessage =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

export function validateLabels(labels: Record<string, string> | undefined, field: string, errors: FieldError[]): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    if (!isQualifiedName(key)) {
      errors.push(
        invalidValue(field, key, qualifiedNameMessage),
      );
    }
    if (value.length > 63) errors.push(invalidValue(field, value, 'must be no more than 63 bytes'));
    else if (!isLabelValue(value)) {
      errors.push(
        invalidValue(field, value, "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"),
      );
    }
  }
}
