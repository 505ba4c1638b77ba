// JOB_SPEC, as far as the utilities use it. upstream: pkg/pod-utils/downwardapi/jobspec.go
import { ProwError } from '@prow/base-errors';
import { refsString } from '@prow/model-prowjob';
import type { Refs } from '@prow/model-prowjob';
import type { CloneRecord } from './clonerefs/record.ts';
import { fieldsOfJson } from './options/decode.ts';
import type { Environment } from './options/source.ts';

export interface JobSpec {
  type: string;
  job: string;
  buildId: string;
  prowJobId: string;
  refs?: Refs;
  extraRefs: Refs[];
}

/** @throws ProwError PROW_POD_UTILS_OPTION */
export function readJobSpec(env: Environment): JobSpec {
  const text = env['JOB_SPEC'];
  if (text === undefined) throw new ProwError('PROW_POD_UTILS_OPTION', 'the environment variable JOB_SPEC is not set');
  const fields = fieldsOfJson(text, 'JOB_SPEC');
  const refs = fields.object('refs')?.raw() as unknown as Refs | undefined;
  return {
    type: fields.text('type'),
    job: fields.requiredText('job'),
    buildId: fields.text('buildid'),
    prowJobId: fields.text('prowjobid'),
    extraRefs: fields.objects('extra_refs').map((extra) => extra.raw() as unknown as Refs),
    ...(refs === undefined ? {} : { refs }),
  };
}

/** The refs under test, or the first extra ref that is not auxiliary. */
function mainRefs({ refs, extraRefs }: JobSpec): Refs | undefined {
  return refs ?? extraRefs.find(({ auxiliary }) => auxiliary !== true);
}

/** What was tested: first pull, else base hash, else base name; '' for a job without refs. */
export function revision(spec: JobSpec): string {
  const main = mainRefs(spec);
  const sha = main?.pulls?.[0]?.sha;
  if (main === undefined) return '';
  if (sha !== undefined) return sha;
  return main.base_sha !== undefined && main.base_sha !== '' ? main.base_sha : (main.base_ref ?? '');
}

/** started.json, keys in upstream's order. @param atSeconds unix time */
export function startedJson(spec: JobSpec, records: readonly CloneRecord[], atSeconds: number): string {
  const { refs, extraRefs } = spec;
  const main = mainRefs(spec);
  const cloned = main && records.find((record) => sameJson(record.refs, main))?.final_sha;
  const version = cloned !== undefined && cloned !== '' ? cloned : revision(spec);
  const pull = refs?.pulls?.[0]?.number;
  const repos = Object.fromEntries([...(refs === undefined ? [] : [refs]), ...extraRefs].map((each) => [`${each.org}/${each.repo}`, refsString(each)]).toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)));
  return JSON.stringify({
    timestamp: atSeconds,
    ...(pull === undefined ? {} : { pull: String(pull) }),
    ...(Object.keys(repos).length === 0 ? {} : { repos }),
    ...(version === '' ? {} : { 'repo-commit': version, 'repo-version': version }),
  });
}

/** Same value, whatever the order of keys. */
function sameJson(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  return `{${Object.entries(value).toSorted(([x], [y]) => (x < y ? -1 : 1)).map(([key, element]) => `${key}:${canonical(element)}`).join(',')}}`;
}
