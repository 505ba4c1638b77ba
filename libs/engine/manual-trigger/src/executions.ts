// gangway's messages: what its clients send, and what they read. upstream: pkg/gangway/gangway.proto, gangway.go
import { nearestNames, ProwError } from '@prow/base-errors';
import { Ajv, type ErrorObject } from 'ajv';
import type { ProwJob, Refs } from '@prow/model-prowjob';
import type { TriggerRequest } from './types.ts';

/** By number, as in the proto. */
const types = ['JOB_EXECUTION_TYPE_UNSPECIFIED', 'PERIODIC', 'POSTSUBMIT', 'PRESUBMIT', 'BATCH'] as const;
const statuses = ['JOB_EXECUTION_STATUS_UNSPECIFIED', 'TRIGGERED', 'PENDING', 'SUCCESS', 'FAILURE', 'ABORTED', 'ERROR', 'SCHEDULING'] as const;

export type ExecutionType = (typeof types)[number];
export type ExecutionStatus = (typeof statuses)[number];

export interface JobExecution {
  id: string;
  job_name: string;
  job_type: ExecutionType;
  job_status: ExecutionStatus;
  refs?: Refs;
  pod_spec_options?: PodSpecOptions;
  gcs_path: string;
  create_time?: string;
  completion_time?: string;
  job_url: string;
}

export interface PodSpecOptions {
  envs?: Record<string, string>;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

interface CreateBody {
  job_name: string;
  job_execution_type?: unknown;
  refs?: Refs & { pulls?: (NonNullable<Refs['pulls']>[number])[] };
  pod_spec_options?: PodSpecOptions;
}

const text = { type: 'string', maxLength: 1000 } as const;
const textMap = { type: 'object', maxProperties: 50, additionalProperties: { type: 'string', minLength: 1, maxLength: 131_072 } } as const;
const enumValue = { type: ['string', 'integer'] } as const;
const refsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    org: text, repo: text, repo_link: text, base_ref: text, base_sha: text, base_link: text, path_alias: text, clone_uri: text,
    work_dir: { type: 'boolean' }, skip_submodules: { type: 'boolean' }, skip_fetch_head: { type: 'boolean' }, clone_depth: { type: 'integer', minimum: 0 },
    pulls: { type: 'array', maxItems: 100, items: { type: 'object', required: ['sha'], additionalProperties: false, properties: { number: { type: 'integer', minimum: 0 }, author: text, sha: { type: 'string', pattern: '^[0-9a-f]{40}$' }, title: text, ref: text, link: text, commit_link: text, author_link: text } } },
  },
} as const;
const ajv = new Ajv({ strict: true, allowUnionTypes: true, verbose: true });
const validateCreate = ajv.compile<CreateBody>({
  type: 'object',
  required: ['job_name'],
  additionalProperties: false,
  properties: { job_name: { type: 'string', minLength: 1, maxLength: 300 }, job_execution_type: enumValue, refs: refsSchema, pod_spec_options: { type: 'object', additionalProperties: false, properties: { envs: textMap, labels: textMap, annotations: textMap } } },
});
const validateBulk = ajv.compile<BulkBody>({
  type: 'object',
  required: ['job_status_change'],
  additionalProperties: false,
  properties: { job_status_change: { type: 'object', required: ['current', 'desired'], additionalProperties: false, properties: { current: enumValue, desired: enumValue } }, cluster: text, started_before: text, started_after: text, job_type: enumValue, refs: refsSchema },
});

/** What a create request asks for, and the refs it brings. */
export interface ParsedExecution {
  request: TriggerRequest;
  refs: Refs | undefined;
  options: PodSpecOptions;
}

/**
 * Names of fields may be snake_case or camelCase, values of enums names or numbers, as protobuf's JSON has it.
 * @throws ProwError PROW_MANUAL_TRIGGER_EXECUTION (400)
 */
export function parseExecution(body: unknown, user: string): ParsedExecution {
  const given = snakeCase(body);
  if (!validateCreate(given)) throw invalid(describe(validateCreate.errors?.[0]));
  const type = enumName(types, given.job_execution_type);
  if (type === 'JOB_EXECUTION_TYPE_UNSPECIFIED') throw invalid('unsupported JobExecutionType: JOB_EXECUTION_TYPE_UNSPECIFIED');
  const { refs, pod_spec_options: options = {} } = given;
  if (type === 'PERIODIC' && refs !== undefined) throw invalid('periodic jobs cannot also have gitRefs');
  if (type !== 'PERIODIC') checkRefs(refs, type);
  const request: TriggerRequest = {
    org: refs?.org ?? '',
    repo: refs?.repo ?? '',
    base_ref: refs?.base_ref ?? '',
    prowtype: type.toLowerCase() as TriggerRequest['prowtype'],
    prowjob: given.job_name,
    user,
    ...(options.envs === undefined ? {} : { env: options.envs }),
    ...(options.labels === undefined ? {} : { labels: options.labels }),
    ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
    ...(refs?.base_sha === undefined ? {} : { base_sha: refs.base_sha }),
    ...(refs?.pulls === undefined || refs.pulls.length === 0 ? {} : { pulls: refs.pulls.map(({ number }) => number) }),
  };
  return { request, refs: type === 'PERIODIC' ? undefined : refs, options };
}

/** A field that is misspelt would be passed over otherwise, and the job run without it. */
function describe(error: ErrorObject | undefined): string {
  const field = (error?.instancePath ?? '').slice(1).replaceAll('/', '.');
  if (error?.keyword !== 'additionalProperties') return `${field === '' ? 'the body' : field}: ${error?.message ?? 'is wrong'}`;
  const found = String(error.params['additionalProperty']).slice(0, 60);
  const known = Object.keys((error.parentSchema?.['properties'] ?? {}) as object);
  const near = nearestNames(found, known);
  return `${field === '' ? '' : `${field}.`}${found} is not known; ${near.length > 0 ? `did you mean ${near.join(' or ')}?` : `expected one of ${known.join(', ')}`}`;
}

function checkRefs(refs: Refs | undefined, type: ExecutionType): void {
  if (refs === undefined) throw invalid(`gitRefs must be defined for "${type}"`);
  for (const [field, name] of [['org', 'Org'], ['repo', 'Repo'], ['base_ref', 'BaseRef'], ['base_sha', 'BaseSha']] as const) {
    if ((refs[field] ?? '') === '') throw invalid(`gitRefs: failed to validate: gitRefs: ${name} cannot be empty`);
  }
  if (!/^[A-Za-z0-9_.-]{1,100}$/.test(refs.org) || !/^[A-Za-z0-9_.-]{1,100}$/.test(refs.repo)) throw invalid('gitRefs: Org and Repo: expected names on GitHub');
  if (!/^[0-9a-f]{40}$/.test(refs.base_sha ?? '')) throw invalid('gitRefs: BaseSha: expected 40 hexadecimal digits');
  if (!/^[^\s~^:?*[\\-][^\s~^:?*[\\]*$/.test(refs.base_ref ?? '')) throw invalid('gitRefs: BaseRef: expected a branch');
  if (type === 'PRESUBMIT' && (refs.pulls ?? []).length === 0) throw invalid('at least 1 Pulls is required');
}

interface BulkBody {
  job_status_change: { current: unknown; desired: unknown };
  cluster?: string;
  started_before?: string;
  started_after?: string;
  job_type?: unknown;
  refs?: Refs;
}

export interface BulkChange {
  desired: NonNullable<ProwJob['status']['state']>;
  /** For the API server. */
  labelSelector: string;
  matches: (prowJob: ProwJob) => boolean;
}

/** @throws ProwError PROW_MANUAL_TRIGGER_EXECUTION (400) */
export function parseBulkChange(body: unknown): BulkChange {
  const given = snakeCase(body);
  if (!validateBulk(given)) throw invalid(describe(validateBulk.errors?.[0]));
  const current = enumName(statuses, given.job_status_change.current);
  const desired = enumName(statuses, given.job_status_change.desired);
  if (current === 'JOB_EXECUTION_STATUS_UNSPECIFIED') throw invalid('current status is unspecified');
  if (desired === 'JOB_EXECUTION_STATUS_UNSPECIFIED') throw invalid('desired status is unspecified');
  // A job that has ended has told everybody so: it is not brought back, as upstream would.
  if (!['SCHEDULING', 'TRIGGERED', 'PENDING'].includes(current)) throw invalid(`current: found ${current}, expected SCHEDULING, TRIGGERED or PENDING: a job that has ended does not change`);
  const before = timeOf('started_before', given.started_before);
  const after = timeOf('started_after', given.started_after);
  const type = enumName(types, given.job_type);
  const label = (key: string, value: string | undefined): string[] => {
    if (value === undefined || value === '') return [];
    if (!/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(value)) throw invalid(`refs: found ${JSON.stringify(value.slice(0, 80))}, expected a name on GitHub`);
    return [`${key}=${value}`];
  };
  const selector = [
    ...(type === 'JOB_EXECUTION_TYPE_UNSPECIFIED' ? [] : [`prow.k8s.io/type=${type.toLowerCase()}`]),
    ...label('prow.k8s.io/refs.org', given.refs?.org),
    ...label('prow.k8s.io/refs.repo', given.refs?.repo),
  ];
  return {
    desired: desired.toLowerCase() as BulkChange['desired'],
    labelSelector: selector.join(','),
    matches: ({ spec, status }) => {
      const startedAt = Date.parse(status.startTime ?? '');
      return statusOf(status.state) === current
        && ((given.cluster ?? '') === '' || spec.cluster === given.cluster)
        && (before === undefined || startedAt <= before)
        && (after === undefined || startedAt >= after);
    },
  };
}

function timeOf(field: string, given: string | undefined): number | undefined {
  if (given === undefined || given === '') return undefined;
  const time = Date.parse(given);
  if (Number.isNaN(time) || !/^\d{4}-\d\d-\d\dT/.test(given)) throw invalid(`${field} field is invalid`);
  return time;
}

export function executionOf({ metadata, spec, status }: ProwJob): JobExecution {
  return {
    id: metadata.name ?? '',
    job_name: spec.job,
    job_type: types.find((name) => name === spec.type.toUpperCase()) ?? 'JOB_EXECUTION_TYPE_UNSPECIFIED',
    job_status: statusOf(status.state),
    gcs_path: '',
    ...(status.startTime === undefined ? {} : { create_time: status.startTime }),
    ...(status.completionTime === undefined ? {} : { completion_time: status.completionTime }),
    job_url: status.url ?? '',
  };
}

/** A filter's text: a name, a number, or nothing. @throws ProwError PROW_MANUAL_TRIGGER_EXECUTION (400) */
export function parseStatus(value: string | undefined): ExecutionStatus {
  return enumName(statuses, value === '' ? undefined : value);
}

function statusOf(state: string | undefined): ExecutionStatus {
  return statuses.find((name) => name === state?.toUpperCase()) ?? 'JOB_EXECUTION_STATUS_UNSPECIFIED';
}

function enumName<Names extends readonly string[]>(names: Names, value: unknown): Names[number] {
  if (value === undefined || value === null) return names[0] as Names[number];
  const name = typeof value === 'number' ? names[value] : typeof value === 'string' ? (/^\d{1,3}$/.test(value) ? names[Number(value)] : names.find((each) => each === value)) : undefined;
  if (name === undefined) throw invalid(`found ${JSON.stringify(value).slice(0, 80)}, expected one of ${names.join(', ')}`);
  return name;
}

const freeMaps = new Set(['envs', 'labels', 'annotations']);

/** Keys of messages from camelCase to snake_case; those of maps are the sender's own. */
function snakeCase(value: unknown, depth = 0): unknown {
  if (depth > 6 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => snakeCase(each, depth + 1));
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null).map(([key, each]) => {
    const name = key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return [name, freeMaps.has(name) ? each : snakeCase(each, depth + 1)];
  }));
}

function invalid(message: string): ProwError {
  return new ProwError('PROW_MANUAL_TRIGGER_EXECUTION', message, { httpStatus: 400 });
}
