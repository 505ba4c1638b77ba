// The custom resource definition that gives a cluster its ProwJobs. upstream: config/prow/cluster/prowjob-crd
import type { ProwJob } from './types.ts';

/** Names of the collection, in the form clients-kube's ResourceType wants. */
export const prowJobResource = {
  group: 'prow.k8s.io',
  version: 'v1',
  plural: 'prowjobs',
  kind: 'ProwJob',
  namespaced: true,
  complete: completeProwJob,
} as const;

/** The server accepts a ProwJob without spec or status; to us it is one that has nothing in them. */
function completeProwJob(prowJob: ProwJob): ProwJob {
  // What was read is not yet what its type says.
  const { spec, status } = prowJob as Partial<ProwJob>;
  if (spec && status) return prowJob;
  return { ...prowJob, spec: spec ?? { type: 'periodic', job: '' }, status: status ?? {} };
}

const dateTime = { type: 'string', format: 'date-time' } as const;
const text = { type: 'string' } as const;
const integer = { type: 'integer' } as const;
const bool = { type: 'boolean' } as const;
/** Shapes that another API owns (pods) or that only loading checks: kept whole, unknown fields included. */
const free = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const;

const pull = {
  type: 'object',
  required: ['author', 'number', 'sha'],
  properties: {
    number: integer, author: text, sha: text, title: text, ref: text, head_ref: text, link: text, commit_link: text,
    author_link: text,
  },
};
const refs = {
  type: 'object',
  required: ['org', 'repo'],
  properties: {
    org: text, repo: text, repo_link: text, base_ref: text, base_sha: text, base_link: text,
    pulls: { type: 'array', items: pull },
    path_alias: text, workdir: bool, auxiliary: bool, clone_uri: text, skip_submodules: bool, clone_depth: integer,
    skip_fetch_head: bool, blobless_fetch: { type: 'boolean', nullable: true },
    sparse_checkout_files: { type: 'array', items: text },
  },
};
const states = ['scheduling', 'triggered', 'pending', 'success', 'failure', 'aborted', 'error'];

const specSchema = {
  type: 'object',
  required: ['job', 'type'],
  properties: {
    type: { type: 'string', enum: ['presubmit', 'postsubmit', 'periodic', 'batch'] },
    agent: text, cluster: text, namespace: text,
    // An empty name would make a path no artifact can be stored under.
    job: { type: 'string', minLength: 1 },
    refs,
    extra_refs: { type: 'array', items: refs },
    report: bool, context: text, rerun_command: text,
    max_concurrency: { type: 'integer', minimum: 0 },
    job_queue_name: text, error_on_eviction: bool, hidden: bool,
    pod_spec: free, jenkins_spec: free, pipeline_run_spec: free, tekton_pipeline_run_spec: free,
    decoration_config: free, reporter_config: free, rerun_auth_config: free, prowjob_defaults: free,
  },
};

const statusSchema = {
  type: 'object',
  properties: {
    startTime: dateTime, pendingTime: dateTime, completionTime: dateTime,
    state: { type: 'string', enum: states },
    description: text, url: text, pod_revival_count: integer, pod_name: text, build_id: text, jenkins_build_id: text,
    prev_report_states: { type: 'object', additionalProperties: text },
  },
  // A job that ended says when.
  anyOf: [
    { not: { properties: { state: { enum: ['success', 'failure', 'error'] } } } },
    { required: ['completionTime'] },
  ],
};

/** To be applied once to the cluster that holds ProwJobs. */
export const prowJobCrd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'prowjobs.prow.k8s.io',
    annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes/test-infra/pull/8669' },
  },
  spec: {
    group: 'prow.k8s.io',
    names: { kind: 'ProwJob', listKind: 'ProwJobList', plural: 'prowjobs', singular: 'prowjob' },
    preserveUnknownFields: false,
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        additionalPrinterColumns: [
          { name: 'Job', type: 'string', description: 'The name of the job being run.', jsonPath: '.spec.job' },
          { name: 'BuildId', type: 'string', description: 'The ID of the job being run.', jsonPath: '.status.build_id' },
          { name: 'Type', type: 'string', description: 'The type of job being run.', jsonPath: '.spec.type' },
          { name: 'Org', type: 'string', description: 'The org for which the job is running.', jsonPath: '.spec.refs.org' },
          { name: 'Repo', type: 'string', description: 'The repo for which the job is running.', jsonPath: '.spec.refs.repo' },
          { name: 'Pulls', type: 'string', description: 'The pulls for which the job is running.', jsonPath: '.spec.refs.pulls[*].number' },
          { name: 'StartTime', type: 'date', description: 'When the job started running.', jsonPath: '.status.startTime' },
          { name: 'CompletionTime', type: 'date', description: 'When the job finished running.', jsonPath: '.status.completionTime' },
          { name: 'State', type: 'string', description: 'The state of the job.', jsonPath: '.status.state' },
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { apiVersion: text, kind: text, metadata: { type: 'object' }, spec: specSchema, status: statusSchema },
          },
        },
      },
    ],
  },
};
