// The ConfigMap's text ↔ the state. A hand-edited text is checked like any input from outside.
import { ProwError, messageOf } from '@prow/base-errors';
import { Ajv } from 'ajv';
import type { PoolState } from './types.ts';

export const configMapKey = 'clusters.json';
/** What a ConfigMap holds at the most, as Kubernetes counts. */
export const maxStateBytes = 1_000_000;

const text = { type: 'string', maxLength: 300 } as const;
const time = { type: 'string', maxLength: 40, pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$' } as const;
const schema = {
  type: 'object',
  required: ['version', 'clusters'],
  additionalProperties: false,
  properties: {
    version: { const: 1 },
    clusters: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        required: ['name', 'region', 'administrator', 'state', 'since'],
        additionalProperties: false,
        properties: {
          name: text, region: text, administrator: text, since: time,
          labels: { type: 'object', additionalProperties: text },
          state: { enum: ['finished', 'testing', 'held', 'disabled'] },
          lease: { type: 'object', required: ['build', 'job', 'since'], additionalProperties: false, properties: { build: text, job: text, since: time, prowjob: text, until: time } },
          hold: { type: 'object', required: ['user', 'reason', 'since', 'until'], additionalProperties: false, properties: { user: text, reason: { type: 'string', maxLength: 1000 }, since: time, until: time } },
        },
      },
    },
    commits: { type: 'object', additionalProperties: { type: 'object', required: ['number', 'at'], properties: { number: { type: 'integer' }, at: time } } },
  },
} as const;

const validate = new Ajv({ allErrors: false, strict: true, strictRequired: false, strictTypes: false }).compile(schema);

export const emptyPool: PoolState = { version: 1, clusters: {}, commits: {} };

/** @throws ProwError PROW_CLUSTER_POOL_DOCUMENT: names the place, what was found there, what was expected */
export function parsePool(json: string): PoolState {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw broken(messageOf(error));
  }
  if (!validate(value)) {
    const [first] = validate.errors ?? [];
    throw broken(`${first?.instancePath === '' ? 'the document' : (first?.instancePath ?? '')}: ${first?.message ?? 'not as expected'}`);
  }
  const state = value as Omit<PoolState, 'commits'> & Partial<Pick<PoolState, 'commits'>>;
  for (const [name, cluster] of Object.entries(state.clusters)) if (cluster.name !== name) throw broken(`/clusters/${name}/name: found "${cluster.name}", expected "${name}"`);
  for (const { name, state: now, lease, hold } of Object.values(state.clusters)) {
    if (now === 'testing' && lease === undefined) throw broken(`/clusters/${name}: it is testing, expected a lease`);
    if (now === 'held' && hold === undefined) throw broken(`/clusters/${name}: it is held, expected a hold`);
  }
  return { ...state, commits: state.commits ?? {} };
}

export function formatPool(state: PoolState): string {
  return `${JSON.stringify(state, null, 1)}\n`;
}

function broken(what: string): ProwError {
  return new ProwError('PROW_CLUSTER_POOL_DOCUMENT', `the state of the pool is broken: ${what}`, { httpStatus: 503 });
}
