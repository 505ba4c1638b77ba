import type { ProwJob } from '@prow/model-prowjob';
import { runKeyFromUrl } from './run-key.ts';
import type { JobState, JobSummary } from './types.ts';

export const jobStates: readonly JobState[] = ['triggered', 'pending', 'success', 'failure', 'aborted', 'error', 'scheduling'];

/** Whether more is to come. */
export function isRunning(job: Pick<JobSummary, 'finishedAt'>): boolean {
  return job.finishedAt === undefined;
}

function unixMs(time: string | undefined): number | undefined {
  if (time === undefined) return undefined;
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? undefined : ms;
}

/** A ProwJob as a row of the list. */
export function summarizeJob(prowJob: ProwJob): JobSummary {
  const { metadata, spec, status } = prowJob;
  const refs = spec.refs ?? spec.extra_refs?.[0];
  const url = status.url ?? '';
  return {
    name: metadata.name ?? '',
    job: spec.job,
    type: spec.type,
    state: status.state ?? 'triggered',
    description: status.description ?? '',
    cluster: spec.cluster === undefined || spec.cluster === '' ? 'default' : spec.cluster,
    context: spec.context ?? '',
    repo: refs === undefined ? '' : `${refs.org}/${refs.repo}`,
    ...(refs?.repo_link === undefined ? {} : { repoLink: refs.repo_link }),
    baseRef: refs?.base_ref ?? '',
    baseSha: refs?.base_sha ?? '',
    pulls: (spec.refs?.pulls ?? []).map(({ number, author, sha, title, link }) => ({
      number,
      author,
      sha,
      ...(title === undefined ? {} : { title }),
      ...(link === undefined ? {} : { link }),
    })),
    buildId: status.build_id ?? '',
    podName: status.pod_name ?? '',
    startedAt: unixMs(status.startTime) ?? unixMs(metadata.creationTimestamp) ?? 0,
    ...optional('pendingAt', unixMs(status.pendingTime)),
    ...optional('finishedAt', unixMs(status.completionTime)),
    viewPath: runKeyFromUrl(url),
    url,
  };
}

function optional<Key extends string>(key: Key, value: number | undefined): { [K in Key]?: number } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: number });
}
