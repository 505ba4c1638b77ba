// The ConfigMap's texts ↔ what they say. A text edited by hand is checked like any input from outside.
//   pool.json      what all writers agree on     cluster.NAME   one cluster, a line of JSON
//   moves.N.WRITER moves of commit N, a line of JSON each, until they are in the artifact storage
import { ProwError, messageOf } from '@prow/base-errors';
import { Ajv, type ValidateFunction } from 'ajv';
import type { Cluster, PoolMeta, PoolSnapshot } from './types.ts';

export const metaKey = 'pool.json';
/** Where version 1 had everything. Read once, and replaced by the first commit. */
export const oldKey = 'clusters.json';
export const clusterPrefix = 'cluster.';

/** What is wrong with a cluster's state after an edit by another hand, if anything is. */
export function brokenEditOf({ broken }: Pick<PoolSnapshot, 'broken'>, cluster: string): PoolSnapshot['broken'][number] | undefined {
  return broken.find(({ key }) => key === clusterPrefix + cluster);
}
export const movesPrefix = 'moves.';

/**
 * A ConfigMap holds 1 MiB of keys and values, 1,048,576 bytes. A cluster is added while there is room for leases on all;
 * a lease is given while its return has room; returns are never refused.
 */
export const maxBytes = { toAdd: 820_000, toLease: 900_000, moves: 120_000 } as const;
/** A cluster without labels, with long names. */
export const newClusterBytes = 600;

const clusterName = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const text = { type: 'string', maxLength: 300 } as const;
const time = { type: 'string', maxLength: 40, pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$' } as const;
const count = { type: 'integer', minimum: 0, maximum: 1_000_000_000 } as const;
const longText = { type: 'string', maxLength: 2000 } as const;
const clusterProperties = {
  name: text, region: text, administrator: text, since: time, reason: longText,
  labels: { type: 'object', maxProperties: 50, additionalProperties: text },
  state: { enum: ['finished', 'testing', 'held', 'cleaning', 'disabled'] },
  lease: { type: 'object', required: ['build', 'job', 'since'], additionalProperties: false, properties: { build: text, job: text, since: time, holder: { type: 'string', maxLength: 1000 }, prowjob: text, until: time, askedAgain: time, asked: count, unanswered: count } },
  hold: { type: 'object', required: ['user', 'reason', 'since', 'until'], additionalProperties: false, properties: { user: longText, reason: longText, since: time, until: time } },
  cleaning: { type: 'object', required: ['since'], additionalProperties: false, properties: { since: time, prowjob: text, url: longText } },
} as const;
const clusterSchema = { type: 'object', required: ['region', 'administrator', 'state', 'since'], additionalProperties: false, properties: clusterProperties } as const;
const commitsSchema = { type: 'object', additionalProperties: { type: 'object', required: ['number', 'at'], additionalProperties: false, properties: { number: { type: 'integer' }, at: time, waits: time } } } as const;
const metaSchema = { type: 'object', required: ['version', 'sequence'], additionalProperties: false, properties: { version: { const: 2 }, sequence: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, commits: commitsSchema } } as const;
const oldSchema = { type: 'object', required: ['version', 'clusters'], additionalProperties: false, properties: { version: { const: 1 }, clusters: { type: 'object', additionalProperties: clusterSchema }, commits: commitsSchema } } as const;

const ajv = new Ajv({ allErrors: false, strict: true, strictRequired: false, strictTypes: false });
const isCluster = ajv.compile(clusterSchema);
const isMeta = ajv.compile(metaSchema);
const isOld = ajv.compile(oldSchema);

export const emptyMeta: PoolMeta = { version: 2, sequence: 0, commits: {} };

/** @throws ProwError PROW_CLUSTER_POOL_DOCUMENT: what is wrong, and where in the text */
export function parseCluster(name: string, json: string): Cluster {
  if (!clusterName.test(name)) throw broken('the name: expected at most 63 letters, digits, ".", "_" and "-", a letter or digit at both ends');
  return checkedCluster(name, parseAs(json, isCluster) as Omit<Cluster, 'name'> & { name?: string });
}

function checkedCluster(name: string, given: Omit<Cluster, 'name'> & { name?: string }): Cluster {
  if (given.name !== undefined && given.name !== name) throw broken(`/name: found "${given.name}", expected "${name}"`);
  const cluster: Cluster = { ...given, name };
  const { state, lease, hold, cleaning, since } = cluster;
  if (state === 'testing' && lease === undefined) throw broken('it is testing, expected a lease');
  if (state === 'held' && hold === undefined) throw broken('it is held, expected a hold');
  // A clean-up that was asked for by hand begins with the state.
  if (state === 'cleaning' && cleaning === undefined) return { ...cluster, cleaning: { since } };
  return cluster;
}

/** One line, without the name: that is the key's. */
export function formatCluster({ name: _name, ...cluster }: Cluster): string {
  return JSON.stringify(cluster);
}

/** @throws ProwError PROW_CLUSTER_POOL_DOCUMENT */
export function parseMeta(json: string): PoolMeta {
  checkVersion(json, 2);
  const meta = parseAs(json, isMeta) as Omit<PoolMeta, 'commits'> & Partial<Pick<PoolMeta, 'commits'>>;
  return { ...meta, commits: meta.commits ?? {} };
}

/** The clusters of a version 1 text. @throws ProwError PROW_CLUSTER_POOL_DOCUMENT */
export function parseOldPool(json: string): Cluster[] {
  checkVersion(json, 1);
  const { clusters } = parseAs(json, isOld) as { clusters: Record<string, Cluster> };
  return Object.entries(clusters).map(([name, cluster]) => checkedCluster(name, cluster));
}

/** Before all else that a text of another version has otherwise. */
function checkVersion(json: string, expected: number): void {
  let found: unknown;
  try {
    found = (JSON.parse(json) as { version?: unknown } | null)?.version;
  } catch {
    return;
  }
  if (found !== expected) throw broken(`/version: found ${JSON.stringify(found)?.slice(0, 40) ?? 'nothing'}, expected ${expected}`);
}

function parseAs(json: string, isValid: ValidateFunction): unknown {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw broken(messageOf(error));
  }
  if (isValid(value)) return value;
  const [first] = isValid.errors ?? [];
  const where = first?.instancePath === '' ? 'the text' : (first?.instancePath ?? 'the text');
  throw broken(`${where}: ${first?.message ?? 'not as expected'}${first?.keyword === 'enum' ? ` ${JSON.stringify(first.params['allowedValues'])}` : ''}${first?.keyword === 'additionalProperties' ? `, found "${String(first.params['additionalProperty'])}"` : ''}`);
}

function broken(what: string): ProwError {
  return new ProwError('PROW_CLUSTER_POOL_DOCUMENT', what, { httpStatus: 503 });
}
