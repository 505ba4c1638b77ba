// Values the published JSON Schemas do not know: they load, and mean nothing.
import Ajv from 'ajv/dist/2020.js';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { nearestNames } from '@prow/base-errors';
import type { Findings } from '@prow/model-config';
import { schemas } from '../schemas/index.ts';

// The decoder tells wrong types and unknown fields better.
const reported = new Set(['enum', 'pattern', 'format', 'minimum', 'maximum']);

export function lintSchema(files: readonly { path: string; kind: 'config' | 'jobs' | 'plugins'; value: object }[], findings: Findings): void {
  for (const file of files) {
    const validate = validatorOf(file.kind);
    if (validate(file.value)) continue;
    for (const error of validate.errors ?? []) {
      if (reported.has(error.keyword) && !error.schemaPath.includes('/anyOf/')) report(error, file, findings);
    }
  }
}

const validators = new Map<string, ValidateFunction>();

// Compiling takes a good part of a second, once a kind.
function validatorOf(kind: string): ValidateFunction {
  let validate = validators.get(kind);
  if (validate === undefined) {
    const ajv = new Ajv.default({ allErrors: true, strict: false, inlineRefs: false, validateSchema: false, code: { optimize: false } });
    addFormats.default(ajv);
    validators.set(kind, validate = ajv.compile(schemas()[kind] ?? {}));
  }
  return validate;
}

function report(error: ErrorObject, file: { path: string; value: object }, findings: Findings): void {
  const path = error.instancePath.split('/').slice(1).map((step) => {
    const text = step.replaceAll('~1', '/').replaceAll('~0', '~');
    return /^\d+$/.test(text) ? Number(text) : text;
  });
  const found = valueAt(file.value, path);
  const allowed = error.keyword === 'enum' ? (error.params as { allowedValues: unknown[] }).allowedValues.filter((value) => typeof value === 'string' && value !== '').map(String) : [];
  const near = typeof found === 'string' ? nearestNames(found, allowed) : [];
  const expected = allowed.length > 0 ? `expected ${allowed.join(', ')}` : (error.message ?? 'is not as expected');
  findings.warning('PROW_CHECK_UNKNOWN_VALUE', `${expected}; found ${JSON.stringify(found)}${near[0] === undefined ? '' : `, did you mean ${near[0]}?`}`, { file: file.path, path }, near);
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((inner, step) => (typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[step] : undefined), value);
}
