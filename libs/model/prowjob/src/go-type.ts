// The ProwJob as Go's templates see it (plank.job_url_template, report templates): Go's field names and order.
// upstream: pkg/apis/prowjobs/v1/types.go
import { asGo, goBool, goInt, goMap, goPointer, goSlice, goString, goStringType, goStruct, type GoType, type StructType } from '@prow/base-template';
import { clusterAlias, isComplete, orgRepoString, refsString } from './refs.ts';
import type { ProwJob, Refs } from './types.ts';

const metaTime: GoType = { kind: 'time', name: 'v1.Time' };
const stateType = goStringType('v1.ProwJobState');
const strings = goSlice(goString);
const stringMap = goMap(goString);

const pullType = goStruct('v1.Pull', {
  Number: ['number', goInt],
  Author: ['author', goString],
  SHA: ['sha', goString],
  Title: ['title', goString],
  Ref: ['ref', goString],
  HeadRef: ['head_ref', goString],
  Link: ['link', goString],
  CommitLink: ['commit_link', goString],
  AuthorLink: ['author_link', goString],
});

const refsType = goStruct(
  'v1.Refs',
  {
    Org: ['org', goString],
    Repo: ['repo', goString],
    RepoLink: ['repo_link', goString],
    BaseRef: ['base_ref', goString],
    BaseSHA: ['base_sha', goString],
    BaseLink: ['base_link', goString],
    Pulls: ['pulls', goSlice(pullType)],
    PathAlias: ['path_alias', goString],
    WorkDir: ['workdir', goBool],
    Auxiliary: ['auxiliary', goBool],
    CloneURI: ['clone_uri', goString],
    SkipSubmodules: ['skip_submodules', goBool],
    CloneDepth: ['clone_depth', goInt],
    SkipFetchHead: ['skip_fetch_head', goBool],
    BloblessFetch: ['blobless_fetch', goPointer(goBool)],
    SparseCheckoutFiles: ['sparse_checkout_files', strings],
  },
  {
    String: (refs) => refsString(refs as unknown as Refs),
    OrgRepoString: (refs) => orgRepoString(refs as unknown as Refs),
  },
);

const gcsConfigurationType = goStruct('v1.GCSConfiguration', {
  Bucket: ['bucket', goString],
  PathPrefix: ['path_prefix', goString],
  PathStrategy: ['path_strategy', goString],
  DefaultOrg: ['default_org', goString],
  DefaultRepo: ['default_repo', goString],
  MediaTypes: ['mediaTypes', stringMap],
  JobURLPrefix: ['job_url_prefix', goString],
  LocalOutputDir: ['local_output_dir', goString],
  CompressFileTypes: ['compress_file_types', strings],
});

const decorationConfigType = goStruct('v1.DecorationConfig', {
  Timeout: ['timeout', goString],
  GracePeriod: ['grace_period', goString],
  GCSConfiguration: ['gcs_configuration', goPointer(gcsConfigurationType)],
  GCSCredentialsSecret: ['gcs_credentials_secret', goPointer(goString)],
  S3CredentialsSecret: ['s3_credentials_secret', goPointer(goString)],
  DefaultServiceAccountName: ['default_service_account_name', goPointer(goString)],
  SkipCloning: ['skip_cloning', goPointer(goBool)],
  CensorSecrets: ['censor_secrets', goPointer(goBool)],
});

const slackConfigType = goStruct('v1.SlackReporterConfig', {
  Host: ['host', goString],
  Channel: ['channel', goString],
  JobStatesToReport: ['job_states_to_report', goSlice(stateType)],
  ReportTemplate: ['report_template', goString],
  Report: ['report', goPointer(goBool)],
});

const containerType = goStruct('v1.Container', {
  Name: ['name', goString],
  Image: ['image', goString],
  Command: ['command', strings],
  Args: ['args', strings],
  WorkingDir: ['workingDir', goString],
});

const podSpecType = goStruct('v1.PodSpec', {
  Containers: ['containers', goSlice(containerType)],
  NodeSelector: ['nodeSelector', stringMap],
  ServiceAccountName: ['serviceAccountName', goString],
  NodeName: ['nodeName', goString],
});

const specType = goStruct('v1.ProwJobSpec', {
  Type: ['type', goStringType('v1.ProwJobType')],
  Agent: ['agent', goStringType('v1.ProwJobAgent')],
  Cluster: ['cluster', goString],
  Namespace: ['namespace', goString],
  Job: ['job', goString],
  Refs: ['refs', goPointer(refsType)],
  ExtraRefs: ['extra_refs', goSlice(refsType)],
  Report: ['report', goBool],
  Context: ['context', goString],
  RerunCommand: ['rerun_command', goString],
  MaxConcurrency: ['max_concurrency', goInt],
  ErrorOnEviction: ['error_on_eviction', goBool],
  PodSpec: ['pod_spec', goPointer(podSpecType)],
  DecorationConfig: ['decoration_config', goPointer(decorationConfigType)],
  ReporterConfig: ['reporter_config', goPointer(goStruct('v1.ReporterConfig', { Slack: ['slack', goPointer(slackConfigType)] }))],
  Hidden: ['hidden', goBool],
  JobQueueName: ['job_queue_name', goString],
});

const statusType = goStruct('v1.ProwJobStatus', {
  StartTime: ['startTime', metaTime],
  PendingTime: ['pendingTime', goPointer(metaTime)],
  CompletionTime: ['completionTime', goPointer(metaTime)],
  State: ['state', stateType],
  Description: ['description', goString],
  URL: ['url', goString],
  PodRevivalCount: ['pod_revival_count', goInt],
  PodName: ['pod_name', goString],
  BuildID: ['build_id', goString],
  JenkinsBuildID: ['jenkins_build_id', goString],
  PrevReportStates: ['prev_report_states', goMap(stateType)],
});

const objectMetaType = goStruct(
  'v1.ObjectMeta',
  {
    Name: ['name', goString],
    GenerateName: ['generateName', goString],
    Namespace: ['namespace', goString],
    UID: ['uid', goStringType('types.UID')],
    ResourceVersion: ['resourceVersion', goString],
    CreationTimestamp: ['creationTimestamp', metaTime],
    DeletionTimestamp: ['deletionTimestamp', goPointer(metaTime)],
    Labels: ['labels', stringMap],
    Annotations: ['annotations', stringMap],
    Finalizers: ['finalizers', strings],
  },
);

const prowJobType: StructType = {
  kind: 'struct',
  name: 'v1.ProwJob',
  fields: [
    { name: 'TypeMeta', key: '', isEmbedded: true, type: goStruct('v1.TypeMeta', { Kind: ['kind', goString], APIVersion: ['apiVersion', goString] }) },
    { name: 'ObjectMeta', key: 'metadata', isEmbedded: true, type: objectMetaType },
    { name: 'Spec', key: 'spec', type: specType },
    { name: 'Status', key: 'status', type: statusType },
  ],
  methods: {
    Complete: (prowJob) => isComplete(prowJob as unknown as ProwJob),
    ClusterAlias: (prowJob) => clusterAlias(prowJob as unknown as ProwJob),
    GetName: (prowJob) => (prowJob as unknown as ProwJob).metadata.name ?? '',
    GetNamespace: (prowJob) => (prowJob as unknown as ProwJob).metadata.namespace ?? '',
    GetLabels: (prowJob) => asGo((prowJob as unknown as ProwJob).metadata.labels, stringMap),
    GetAnnotations: (prowJob) => asGo((prowJob as unknown as ProwJob).metadata.annotations, stringMap),
  },
};

/** A ProwJob as data for `Template.execute`: `{{.Spec.Job}}`, `{{range .Spec.Refs.Pulls}}`, `{{.Status.StartTime.Year}}`. */
export function prowJobForTemplate(prowJob: ProwJob): unknown {
  return asGo(prowJob, goPointer(prowJobType));
}

/** Refs as data for a template. */
export function refsForTemplate(refs: Refs): unknown {
  return asGo(refs, goPointer(refsType));
}
