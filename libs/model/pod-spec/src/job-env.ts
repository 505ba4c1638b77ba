// What a job learns about itself from its environment. upstream: pkg/pod-utils/downwardapi/jobspec.go
import { ProwError } from '@prow/base-errors';
import { refsString } from '@prow/model-prowjob';
import type { ProwJob } from '@prow/model-prowjob';
import { importPath } from './clone-path.ts';
import { encodeJobSpec } from './wire.ts';

/** The text of JOB_SPEC. */
export function jobSpecText(prowJob: ProwJob, buildId: string): string {
  const { type, job, refs, extra_refs, decoration_config } = prowJob.spec;
  return encodeJobSpec({ type, job, buildid: buildId, prowjobid: prowJob.metadata.name, refs, extra_refs, decoration_config });
}

/**
 * Names and values that every test container gets, decorated or not.
 * @throws ProwError PROW_POD_SPEC_REFS where a job's type needs refs or a pull it has not
 */
export function jobEnv(prowJob: ProwJob, buildId: string): Record<string, string> {
  const { spec } = prowJob;
  const env: Record<string, string> = {
    CI: 'true',
    JOB_NAME: spec.job,
    BUILD_ID: buildId,
    PROW_JOB_ID: prowJob.metadata.name ?? '',
    JOB_TYPE: spec.type,
    JOB_SPEC: jobSpecText(prowJob, buildId),
  };
  if (spec.agent === 'kubernetes') env['BUILD_NUMBER'] = buildId;
  if (spec.type === 'periodic') return env;

  const { refs } = spec;
  if (refs == null) throw new ProwError('PROW_POD_SPEC_REFS', `a ${spec.type} needs refs: job "${spec.job}" has none`, { details: { job: spec.job } });
  const [host = '', ...path] = importPath(refs).split('/');
  Object.assign(env, {
    REPO_OWNER: refs.org,
    REPO_NAME: refs.repo,
    SRC_HOST: host,
    SRC_BASE: path.length > 0 ? path.join('/') : `${refs.org}/${refs.repo}`,
    PULL_BASE_REF: refs.base_ref ?? '',
    PULL_BASE_SHA: refs.base_sha ?? '',
    PULL_REFS: refsString(refs),
  });
  if (spec.type !== 'presubmit') return env;

  const pull = refs.pulls?.[0];
  if (pull === undefined) throw new ProwError('PROW_POD_SPEC_REFS', `a presubmit needs a pull: job "${spec.job}" has none`, { details: { job: spec.job } });
  return Object.assign(env, { PULL_NUMBER: String(pull.number), PULL_PULL_SHA: pull.sha, PULL_HEAD_REF: pull.head_ref ?? '', PULL_TITLE: pull.title ?? '' });
}

/** Environment of a container, sorted by name. */
export function sortedEnv(env: Readonly<Record<string, string>>): { name: string; value: string }[] {
  return Object.entries(env)
    .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([name, value]) => ({ name, value }));
}
