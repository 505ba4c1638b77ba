// ProwJobs from configured jobs. upstream: pkg/pjutil/pjutil.go
import type { JobBase, Periodic, Postsubmit, Presubmit } from './jobs.ts';
import {
  baseRefLabel, contextAnnotation, contextLabel, createdByProwLabel, isOptionalLabel, jobAnnotation, jobLabel,
  orgLabel, pullLabel, repoLabel, sanitizeLabels, truncateLabelValue, typeLabel,
} from './labels.ts';
import type { ProwJob, ProwJobSpec, ProwJobState, Refs } from './types.ts';

export interface NewProwJobOptions {
  /** The resource's name: a UUID, which the caller derives or draws. */
  name: string;
  namespace?: string;
  /** The job's own labels and annotations and those of the occasion; they win over Prow's. */
  labels?: Readonly<Record<string, string>>;
  annotations?: Readonly<Record<string, string>>;
  /** Unix milliseconds; becomes status.startTime, in whole seconds as Kubernetes writes times. */
  nowMs: number;
  /** `scheduling` where `scheduler.enabled` is set. Default: triggered. */
  state?: ProwJobState;
  onDroppedLabel?: (key: string, value: string) => void;
}

/** A new ProwJob, not yet created anywhere. upstream: pjutil.NewProwJob */
export function newProwJob(spec: ProwJobSpec, options: NewProwJobOptions): ProwJob {
  const { labels, annotations } = labelsAndAnnotations(spec, options);
  return {
    apiVersion: 'prow.k8s.io/v1',
    kind: 'ProwJob',
    metadata: {
      name: options.name,
      ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
      labels,
      annotations,
    },
    spec: withSlackReportDefault(spec),
    status: {
      startTime: formatKubeTime(options.nowMs),
      state: options.state ?? 'triggered',
    },
  };
}

// An empty list of states means: do not report. It would be lost on the wire, so it is said with `report`.
// upstream: pjutil.setReportDefault
function withSlackReportDefault(spec: ProwJobSpec): ProwJobSpec {
  const slack = spec.reporter_config?.slack;
  if (slack === undefined) return spec;
  return { ...spec, reporter_config: { ...spec.reporter_config, slack: { ...slack, report: slack.job_states_to_report?.length !== 0 } } };
}

function formatKubeTime(unixMs: number): string {
  return new Date(Math.floor(unixMs / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

/**
 * Prow's labels and annotations of a job. Names that do not fit a label are cut there and whole in the annotation.
 * upstream: pkg/pod-utils/decorate/podspec.go LabelsAndAnnotationsForSpec
 */
export function labelsAndAnnotations(
  spec: ProwJobSpec,
  extra: Pick<NewProwJobOptions, 'labels' | 'annotations' | 'onDroppedLabel'> = {},
): { labels: Record<string, string>; annotations: Record<string, string> } {
  const labels: Record<string, string> = {
    [createdByProwLabel]: 'true',
    [typeLabel]: spec.type,
    [jobLabel]: truncateLabelValue(spec.job),
    [contextLabel]: truncateLabelValue(spec.context ?? ''),
  };
  const refs = spec.refs ?? spec.extra_refs?.[0];
  if (refs !== undefined) {
    labels[orgLabel] = refs.org;
    labels[repoLabel] = refs.repo;
    labels[baseRefLabel] = refs.base_ref ?? '';
    const pull = refs.pulls?.[0];
    if (pull !== undefined) labels[pullLabel] = String(pull.number);
  }
  const annotations: Record<string, string> = {
    [jobAnnotation]: spec.job,
    [contextAnnotation]: spec.context ?? '',
    ...extra.annotations,
  };
  return { labels: sanitizeLabels({ ...labels, ...extra.labels }, extra.onDroppedLabel), annotations };
}

/** upstream: pjutil.PresubmitSpec */
export function presubmitSpec(job: Presubmit, refs: Refs): ProwJobSpec {
  return {
    ...specFromJobBase(job, 'presubmit'),
    refs: completeRefs(job, refs),
    ...(job.skip_report === true ? {} : { report: true }),
    context: job.context ?? '',
    rerun_command: job.rerun_command,
    ...(job.jenkins_spec === undefined ? {} : { jenkins_spec: job.jenkins_spec }),
  };
}

/** upstream: pjutil.PostsubmitSpec */
export function postsubmitSpec(job: Postsubmit, refs: Refs): ProwJobSpec {
  return {
    ...specFromJobBase(job, 'postsubmit'),
    refs: completeRefs(job, refs),
    ...(job.skip_report === true ? {} : { report: true }),
    context: job.context ?? '',
    ...(job.jenkins_spec === undefined ? {} : { jenkins_spec: job.jenkins_spec }),
  };
}

/** upstream: pjutil.PeriodicSpec */
export function periodicSpec(job: Periodic): ProwJobSpec {
  return { ...specFromJobBase(job, 'periodic'), report: true };
}

/** A batch never reports by itself: tide reads it. upstream: pjutil.BatchSpec */
export function batchSpec(job: Presubmit, refs: Refs): ProwJobSpec {
  return { ...specFromJobBase(job, 'batch'), refs: completeRefs(job, refs), context: job.context ?? '' };
}

/** Labels a presubmit's ProwJob bears besides its job's own. upstream: pjutil.NewPresubmit */
export function presubmitLabels(job: Presubmit, extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { ...job.labels, ...extra, [isOptionalLabel]: job.optional === true ? 'true' : 'false' };
}

function specFromJobBase(job: JobBase, type: ProwJobSpec['type']): ProwJobSpec {
  const spec: ProwJobSpec = { type, agent: job.agent, cluster: job.cluster, job: job.name };
  if (job.namespace !== undefined) spec.namespace = job.namespace;
  if (job.max_concurrency !== undefined && job.max_concurrency !== 0) spec.max_concurrency = job.max_concurrency;
  if (job.error_on_eviction === true) spec.error_on_eviction = true;
  const extraRefs = (job.extra_refs ?? []).map((refs) => fillBloblessFetch(refs, job));
  if (extraRefs.length > 0) spec.extra_refs = extraRefs;
  if (job.decoration_config !== undefined) spec.decoration_config = job.decoration_config;
  if (job.spec !== undefined) spec.pod_spec = job.spec;
  if (job.pipeline_run_spec !== undefined) spec.pipeline_run_spec = job.pipeline_run_spec;
  if (job.tekton_pipeline_run_spec !== undefined) spec.tekton_pipeline_run_spec = job.tekton_pipeline_run_spec;
  if (job.reporter_config !== undefined) spec.reporter_config = job.reporter_config;
  if (job.rerun_auth_config !== undefined) spec.rerun_auth_config = job.rerun_auth_config;
  if (job.hidden === true) spec.hidden = true;
  if (job.prowjob_defaults !== undefined) spec.prowjob_defaults = job.prowjob_defaults;
  if (job.job_queue_name !== undefined && job.job_queue_name !== '') spec.job_queue_name = job.job_queue_name;
  return spec;
}

// The job's own ways of cloning go to the code under test. upstream: pjutil.CompletePrimaryRefs
function completeRefs(job: JobBase, refs: Refs): Refs {
  const complete: Refs = fillBloblessFetch(refs, job);
  if (job.path_alias !== undefined && job.path_alias !== '') complete.path_alias = job.path_alias;
  if (job.clone_uri !== undefined && job.clone_uri !== '') complete.clone_uri = job.clone_uri;
  if (job.skip_submodules === true) complete.skip_submodules = true;
  if (job.clone_depth !== undefined && job.clone_depth > 0) complete.clone_depth = job.clone_depth;
  if (job.skip_fetch_head === true) complete.skip_fetch_head = true;
  const sparse = job.decoration_config?.sparse_checkout_files;
  if (sparse !== undefined) complete.sparse_checkout_files = sparse;
  return complete;
}

function fillBloblessFetch(refs: Refs, job: JobBase): Refs {
  const blobless = job.decoration_config?.blobless_fetch;
  return refs.blobless_fetch === undefined && blobless !== undefined ? { ...refs, blobless_fetch: blobless } : { ...refs };
}
