import type { ProwJob } from '@prow/model-prowjob';

/** The commit that a job's states are told about: the pull request's, else the base. '': it has none. */
export function commitOf({ spec: { refs } }: Pick<ProwJob, 'spec'>): string {
  return refs?.pulls?.[0]?.sha ?? refs?.base_sha ?? '';
}
