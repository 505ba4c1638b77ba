// Where in a bucket a job's files lie. Paths have no leading slash. upstream: pkg/pod-utils/gcs/target.go
import { ProwError } from '@prow/base-errors';
import type { LayoutConfiguration, LayoutJob } from './job.ts';
import { repositorySegment } from './segment.ts';

const pullRoot = 'pr-logs';

/** Joins and resolves `.`, `..` and doubled slashes, as Go's path.Join. */
function join(...parts: readonly string[]): string {
  const resolved: string[] = [];
  for (const element of parts.join('/').split('/')) {
    if (element === '..') resolved.pop();
    else if (element !== '' && element !== '.') resolved.push(element);
  }
  return resolved.join('/');
}

function jobFolder(job: LayoutJob, configuration: LayoutConfiguration): string {
  switch (job.type) {
    case 'periodic':
    case 'postsubmit':
      return join('logs', job.job);
    case 'batch':
      return join(pullRoot, 'pull', 'batch', job.job);
    case 'presubmit': {
      const pull = job.refs?.pulls?.[0];
      if (job.refs == null || pull === undefined) {
        throw new ProwError('PROW_ARTIFACT_LAYOUT_REFS', `a presubmit needs refs with a pull: job "${job.job}" has none`, { details: { job: job.job } });
      }
      return join(pullRoot, 'pull', repositorySegment(configuration, job.refs), String(pull.number), job.job);
    }
    default:
      throw new ProwError('PROW_ARTIFACT_LAYOUT_TYPE', `type of job "${job.job}": found "${job.type}", expected presubmit, postsubmit, periodic or batch`, { details: { job: job.job, type: job.type } });
  }
}

/**
 * The folder of one run, with `path_prefix`: `pr-logs/pull/ORG_REPO/PULL/JOB/ID`, `pr-logs/pull/batch/JOB/ID` or `logs/JOB/ID`.
 * @throws ProwError PROW_ARTIFACT_LAYOUT_TYPE, _REFS, _STRATEGY
 */
export function basePath(job: LayoutJob, buildId: string, configuration: LayoutConfiguration): string {
  return join(configuration.path_prefix ?? '', jobFolder(job, configuration), buildId);
}

/** The file whose content is the address of a presubmit's folder; undefined for the other types. */
export function aliasPath(job: LayoutJob, buildId: string): string | undefined {
  return job.type === 'presubmit' ? join(pullRoot, 'directory', job.job, `${buildId}.txt`) : undefined;
}

/** The files whose content is the newest build id, in the order upstream writes them. */
export function latestBuildPaths(job: LayoutJob, configuration: LayoutConfiguration): string[] {
  switch (job.type) {
    case 'periodic':
    case 'postsubmit':
      return [join('logs', job.job, latestBuildFile)];
    case 'batch':
      return [join(pullRoot, 'directory', job.job, latestBuildFile)];
    default:
      return [join(pullRoot, 'directory', job.job, latestBuildFile), join(jobFolder(job, configuration), latestBuildFile)];
  }
}

/** The folder that holds a job's runs across pulls: what a job's history is read from. */
export function historyPath(job: Pick<LayoutJob, 'type' | 'job'>): string {
  return job.type === 'presubmit' || job.type === 'batch' ? join(pullRoot, 'directory', job.job) : join('logs', job.job);
}

export const latestBuildFile = 'latest-build.txt';
export const startedFile = 'started.json';
export const finishedFile = 'finished.json';
export const prowJobFile = 'prowjob.json';
export const podInfoFile = 'podinfo.json';
export const cloneLogFile = 'clone-log.txt';
export const cloneRecordsFile = 'clone-records.json';
export const sidecarLogsFile = 'sidecar-logs.json';
export const artifactsFolder = 'artifacts';
export const metadataFile = 'metadata.json';

/** `build-log.txt`, or `CONTAINER-build-log.txt` where a job has several test containers. */
export function buildLogFile(containerName?: string): string {
  return containerName === undefined || containerName === '' ? 'build-log.txt' : `${containerName}-build-log.txt`;
}

/** The folder, beside a log, of the parts uploaded while its job runs. They go when the whole log is there. */
export function logChunkPrefix(logPath: string): string {
  return `${logPath}.chunks/`;
}

/** Part `index` (from 0) of a running job's log. Names order as the parts do. */
export function logChunkPath(logPath: string, index: number): string {
  return `${logChunkPrefix(logPath)}${String(index).padStart(6, '0')}`;
}
