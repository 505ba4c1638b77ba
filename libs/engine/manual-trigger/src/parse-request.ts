// A body from outside → a request, or the field that is wrong.
import { ProwError } from '@prow/base-errors';
import { Ajv } from 'ajv';
import type { TriggerRequest } from './types.ts';

const name = { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,100}$' } as const;

/** Published at `/manual-trigger/schema`. */
export const requestSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'manual-trigger request',
  type: 'object',
  required: ['org', 'repo', 'base_ref', 'prowtype', 'prowjob', 'user'],
  additionalProperties: false,
  properties: {
    org: name,
    repo: name,
    base_ref: { type: 'string', minLength: 1, maxLength: 250, pattern: '^[^\\s~^:?*\\[\\\\\\x00-\\x1f-][^\\s~^:?*\\[\\\\\\x00-\\x1f]*$' },
    prowtype: { enum: ['presubmit', 'postsubmit', 'periodic', 'batch'] },
    prowjob: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,300}$' },
    user: { type: 'string', minLength: 1, maxLength: 200, pattern: '^[^\\x00-\\x1f]+$' },
    base_sha: { type: 'string', pattern: '^[0-9a-f]{40}$' },
    pulls: { type: 'array', minItems: 1, maxItems: 50, uniqueItems: true, items: { type: 'integer', minimum: 1, maximum: 1_000_000_000 } },
    dry_run: { type: 'boolean' },
  },
} as const;

const validate = new Ajv({ strict: true }).compile<TriggerRequest>(requestSchema);

/** @throws ProwError PROW_MANUAL_TRIGGER_REQUEST (400): names the field, what was found, what was expected */
export function parseRequest(body: unknown): TriggerRequest {
  if (validate(body)) return body;
  const [first] = validate.errors ?? [];
  const where = first?.keyword === 'required' ? String(first.params['missingProperty']) : first?.keyword === 'additionalProperties' ? String(first.params['additionalProperty']) : (first?.instancePath.slice(1) ?? '');
  const what = first?.keyword === 'required' ? 'is missing' : first?.keyword === 'additionalProperties' ? 'is not known' : (first?.message ?? 'is wrong');
  throw new ProwError('PROW_MANUAL_TRIGGER_REQUEST', `${where === '' ? 'the body' : where}: ${what}`, { httpStatus: 400, details: { field: where } });
}
