import { messageOf } from '@prow/base-errors';
import { encode } from '@prow/base-schema';
import type { StructShape } from '@prow/base-schema';
import type { ConfigSnapshot } from '@prow/clients-config-source';
import { aliasPath, basePath, jobUrl, latestBuildPaths } from '@prow/model-artifact-layout';
import { periodic, postsubmit, presubmit } from '@prow/model-config';
import type { Pod } from '@prow/model-kube-types';
import { makePod } from '@prow/model-pod-spec';
import { buildIdLabel, idLabel, newProwJob, periodicSpec, postsubmitSpec, presubmitSpec } from '@prow/model-prowjob';
import type { JobBase, ProwJob, ProwJobSpec } from '@prow/model-prowjob';
import { executeJobUrlTemplate } from '../job-url-template.ts';
import { buildId, postsubmitRefs, presubmitRefs, prowJobName, startedAt } from './fixed-change.ts';

export interface DumpOptions {
  readonly pods: boolean;
}

/** Presubmits by repository in byte order, then postsubmits, then periodics, each in the order of the files. */
export function* dumpJobs(snapshot: ConfigSnapshot, options: DumpOptions): Generator<object> {
  const { config } = snapshot;
  for (const [repo, jobs] of Object.entries(config.presubmits)) {
    for (const job of jobs) yield line('presubmit', presubmit, job, presubmitSpec(job, presubmitRefs(repo)), snapshot, options, repo);
  }
  for (const [repo, jobs] of Object.entries(config.postsubmits)) {
    for (const job of jobs) yield line('postsubmit', postsubmit, job, postsubmitSpec(job, postsubmitRefs(repo)), snapshot, options, repo);
  }
  for (const job of config.periodics) yield line('periodic', periodic, job, periodicSpec(job), snapshot, options);
}

function line(kind: string, shape: StructShape<unknown>, job: JobBase, spec: ProwJobSpec, snapshot: ConfigSnapshot, options: DumpOptions, repo?: string): object {
  const prowJob = dumpedProwJob(job, spec);
  const head = { kind, ...(repo === undefined ? {} : { repo }), name: job.name, job: encode(shape, job), prowjob: prowJob };
  try {
    return { ...head, ...(options.pods ? { pod: untyped(makePod(prowJob, buildId)) } : {}), ...places(prowJob, snapshot) };
  } catch (error) {
    return { ...head, error: messageOf(error) };
  }
}

// As upstream makes it: the client adds these when it creates the pod.
function untyped({ apiVersion: _apiVersion, kind: _kind, ...pod }: Pod): object {
  return pod;
}

function dumpedProwJob(job: JobBase, spec: ProwJobSpec): ProwJob {
  const made = newProwJob(spec, {
    name: prowJobName,
    labels: { ...job.labels, [idLabel]: prowJobName, [buildIdLabel]: buildId },
    annotations: job.annotations ?? {},
    nowMs: Date.parse(startedAt),
  });
  return { ...made, metadata: { ...made.metadata, creationTimestamp: startedAt }, status: { ...made.status, build_id: buildId } };
}

function places(prowJob: ProwJob, { config }: ConfigSnapshot): object {
  const url = jobUrl(config.plank, prowJob, () => executeJobUrlTemplate(config.plank.job_url_template ?? '', prowJob));
  const storage = prowJob.spec.decoration_config?.gcs_configuration;
  if (storage === undefined) return { url };
  const alias = aliasPath(prowJob.spec, buildId);
  return {
    url,
    path: basePath(prowJob.spec, buildId, storage),
    ...(alias === undefined ? {} : { alias }),
    latest: latestBuildPaths(prowJob.spec, storage),
  };
}
