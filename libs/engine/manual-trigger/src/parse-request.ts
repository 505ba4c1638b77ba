// A body from outside → a request, or each field that is wrong.
import { ProwError } from '@prow/base-errors';
import { Ajv, type ErrorObject } from 'ajv';
import type { TriggerRequest } from './types.ts';

const name = { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,100}$', description: '1 to 100 letters, digits, dots, hyphens or underscores' } as const;
const texts = (names: string, maxLength: number, description: string) => ({
  type: 'object', maxProperties: 50, propertyNames: { pattern: names }, additionalProperties: { type: 'string', maxLength }, description,
}) as const;

/** Published at `/manual-trigger/schema`. */
export const requestSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'manual-trigger request',
  type: 'object',
  description: 'a JSON object',
  required: ['org', 'repo', 'base_ref', 'prowtype', 'prowjob', 'user'],
  additionalProperties: false,
  properties: {
    org: name,
    repo: name,
    base_ref: { type: 'string', minLength: 1, maxLength: 250, pattern: '^[^\\s~^:?*\\[\\\\\\x00-\\x1f\\x7f-][^\\s~^:?*\\[\\\\\\x00-\\x1f\\x7f]*$', description: 'a branch' },
    prowtype: { enum: ['presubmit', 'postsubmit', 'periodic', 'batch'], description: 'presubmit, postsubmit, periodic or batch' },
    prowjob: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,300}$', description: "a job's name: 1 to 300 letters, digits, dots, hyphens or underscores" },
    user: { type: 'string', minLength: 1, maxLength: 200, pattern: '^[^\\x00-\\x1f\\x7f\\u2028\\u2029]+$', description: '1 to 200 characters without line breaks and control characters' },
    base_sha: { type: 'string', pattern: '^[0-9a-f]{40}$', description: '40 hexadecimal digits' },
    pulls: { type: 'array', minItems: 1, maxItems: 50, uniqueItems: true, items: { type: 'integer', minimum: 1, maximum: 1_000_000_000, description: 'the number of a pull request' }, description: '1 to 50 numbers of pull requests, each once' },
    env: texts('^[A-Za-z_][A-Za-z0-9_]{0,199}$', 131_072, 'up to 50 variables, NAME to text of up to 128 KiB'),
    labels: texts('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$', 63, 'up to 50 labels, key to value, as Kubernetes takes them'),
    annotations: texts('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$', 16_384, 'up to 50 annotations, key to text of up to 16 KiB'),
    dry_run: { type: 'boolean', description: 'true or false' },
  },
} as const;

const validate = new Ajv({ strict: true, allErrors: true, verbose: true }).compile<TriggerRequest>(requestSchema);
const maxShown = 10;

interface FieldProblem {
  /** `pulls[1]`, `env.HOME`; empty: the body itself. */
  field: string;
  problem: string;
}

/** @throws ProwError PROW_MANUAL_TRIGGER_REQUEST (400): `details.fields` has each field, what was found, what was expected */
export function parseRequest(body: unknown): TriggerRequest {
  if (validate(body)) return body;
  const byField = new Map<string, FieldProblem>();
  for (const error of validate.errors ?? []) {
    const found = problemOf(error);
    // The first word on a field says enough.
    if (found !== undefined && !byField.has(found.field)) byField.set(found.field, found);
  }
  const fields = [...byField.values()].slice(0, maxShown);
  throw new ProwError('PROW_MANUAL_TRIGGER_REQUEST', fields.map(({ field, problem }) => `${field === '' ? 'the body' : field}: ${problem}`).join('; '), { httpStatus: 400, details: { field: fields[0]?.field ?? '', fields } });
}

function problemOf({ keyword, params, instancePath, data, parentSchema }: ErrorObject): FieldProblem | undefined {
  const at = pathOf(instancePath);
  const inside = (key: unknown): string => (at === '' ? shown(key, 60) : `${at}.${shown(key, 60)}`);
  if (keyword === 'required') return { field: inside(params['missingProperty']), problem: 'is missing' };
  if (keyword === 'additionalProperties') return { field: inside(params['additionalProperty']), problem: 'is not known' };
  if (keyword === 'propertyNames') return { field: inside(params['propertyName']), problem: 'is no name that can be used here' };
  // Told by the error of propertyNames itself.
  if (keyword === 'pattern' && parentSchema !== undefined && !('type' in parentSchema)) return undefined;
  const expected = typeof parentSchema?.['description'] === 'string' ? parentSchema['description'] : `text of up to ${String(parentSchema?.['maxLength'] ?? '')} characters`;
  return { field: at, problem: `found ${describe(data)}, expected ${expected}` };
}

function pathOf(instancePath: string): string {
  return instancePath.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')).reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : path === '' ? shown(part, 60) : `${path}.${shown(part, 60)}`), '');
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'string' && value.length > 80) return `text of ${value.length} characters`;
  return JSON.stringify(value);
}

/** A name from outside in one line of text. */
function shown(value: unknown, max: number): string {
  const text = String(value).replaceAll(/[^\x20-\x7e]/g, '?');
  return text.length > max ? `${text.slice(0, max)}…` : text;
}
