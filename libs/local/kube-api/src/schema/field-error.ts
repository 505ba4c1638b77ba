// What is wrong with a field, in the words and with the reasons of upstream's field errors.
// upstream: apimachinery/pkg/util/validation/field/errors.go
import type { StatusCause } from '@prow/model-kube-types';

export interface FieldError {
  reason: string;
  field: string;
  message: string;
}

const maxShownValue = 256;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  return text.length > maxShownValue ? `${text.slice(0, maxShownValue)}…` : text;
}

export function invalidValue(field: string, value: unknown, detail: string): FieldError {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${shown(value)}: ${detail}` };
}

export function wrongType(field: string, found: string, detail: string): FieldError {
  return { reason: 'FieldValueTypeInvalid', field, message: `Invalid value: ${JSON.stringify(found)}: ${detail}` };
}

export function requiredValue(field: string, detail = ''): FieldError {
  return { reason: 'FieldValueRequired', field, message: detail === '' ? 'Required value' : `Required value: ${detail}` };
}

export function unsupportedValue(field: string, value: unknown, supported: readonly unknown[]): FieldError {
  return {
    reason: 'FieldValueNotSupported',
    field,
    message: `Unsupported value: ${shown(value)}: supported values: ${supported.map((one) => JSON.stringify(one)).join(', ')}`,
  };
}

export function duplicateValue(field: string, value: unknown): FieldError {
  return { reason: 'FieldValueDuplicate', field, message: `Duplicate value: ${shown(value)}` };
}

export function forbiddenField(field: string, detail: string): FieldError {
  return { reason: 'FieldValueForbidden', field, message: `Forbidden: ${detail}` };
}

export function tooLong(field: string, maxBytes: number): FieldError {
  return { reason: 'FieldValueTooLong', field, message: `Too long: may not be more than ${maxBytes} bytes` };
}

export function tooMany(field: string, found: number, max: number): FieldError {
  return { reason: 'FieldValueTooMany', field, message: `Too many: ${found}: must have at most ${max} items` };
}

export function toCause(error: FieldError): StatusCause {
  return { reason: error.reason, message: error.message, field: error.field };
}
