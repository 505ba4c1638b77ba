// The ProwJob resource, in upstream's wire names. upstream: pkg/apis/prowjobs/v1/types.go
import type { Affinity, ObjectMeta, PodSpec, ResourceRequirements, Toleration } from '@prow/model-kube-types';

export type ProwJobType = 'presubmit' | 'postsubmit' | 'periodic' | 'batch';
export type ProwJobState = 'scheduling' | 'triggered' | 'pending' | 'success' | 'failure' | 'aborted' | 'error';
export type ProwJobAgent = 'kubernetes' | 'jenkins' | 'tekton-pipeline';

export interface ProwJob {
  apiVersion: 'prow.k8s.io/v1';
  kind: 'ProwJob';
  metadata: ObjectMeta;
  spec: ProwJobSpec;
  status: ProwJobStatus;
}

export interface ProwJobSpec {
  type: ProwJobType;
  agent?: string;
  /** Alias of the build cluster; empty is `default`. */
  cluster?: string;
  namespace?: string;
  job: string;
  refs?: Refs;
  extra_refs?: Refs[];
  report?: boolean;
  context?: string;
  rerun_command?: string;
  /** 0 or absent: unlimited. */
  max_concurrency?: number;
  job_queue_name?: string;
  error_on_eviction?: boolean;
  pod_spec?: PodSpec;
  jenkins_spec?: { github_branch_source_job?: boolean };
  pipeline_run_spec?: Record<string, unknown>;
  tekton_pipeline_run_spec?: { v1beta1?: Record<string, unknown> };
  decoration_config?: DecorationConfig;
  reporter_config?: ReporterConfig;
  rerun_auth_config?: RerunAuthConfig;
  hidden?: boolean;
  prowjob_defaults?: ProwJobDefault;
}

export interface ProwJobStatus {
  /** RFC 3339; when the ProwJob was created. */
  startTime?: string;
  pendingTime?: string;
  /** Set exactly when the job is complete. */
  completionTime?: string;
  state?: ProwJobState;
  description?: string;
  url?: string;
  pod_revival_count?: number;
  pod_name?: string;
  build_id?: string;
  jenkins_build_id?: string;
  prev_report_states?: Record<string, ProwJobState>;
}

export interface Refs {
  org: string;
  repo: string;
  repo_link?: string;
  base_ref?: string;
  base_sha?: string;
  base_link?: string;
  pulls?: Pull[];
  path_alias?: string;
  workdir?: boolean;
  auxiliary?: boolean;
  clone_uri?: string;
  skip_submodules?: boolean;
  clone_depth?: number;
  skip_fetch_head?: boolean;
  blobless_fetch?: boolean;
  sparse_checkout_files?: string[];
}

export interface Pull {
  number: number;
  author: string;
  sha: string;
  title?: string;
  ref?: string;
  head_ref?: string;
  link?: string;
  commit_link?: string;
  author_link?: string;
}

/** A Go duration string (`2h0m0s`); configuration may also give integer nanoseconds, loading normalises them. */
export type DurationText = string;

export interface DecorationConfig {
  timeout?: DurationText;
  grace_period?: DurationText;
  utility_images?: UtilityImages;
  resources?: {
    clonerefs?: ResourceRequirements;
    initupload?: ResourceRequirements;
    place_entrypoint?: ResourceRequirements;
    sidecar?: ResourceRequirements;
  };
  gcs_configuration?: GcsConfiguration;
  /** `''` set explicitly means: none, even where a default has one. */
  gcs_credentials_secret?: string;
  s3_credentials_secret?: string;
  default_service_account_name?: string;
  ssh_key_secrets?: string[];
  ssh_host_fingerprints?: string[];
  blobless_fetch?: boolean;
  sparse_checkout_files?: string[];
  skip_cloning?: boolean;
  cookiefile_secret?: string;
  oauth_token_secret?: { name?: string; key?: string };
  github_api_endpoints?: string[];
  github_app_id?: string;
  github_app_private_key_secret?: { name?: string; key?: string };
  censor_secrets?: boolean;
  censoring_options?: CensoringOptions;
  upload_ignores_interrupts?: boolean;
  set_limit_equals_memory_request?: boolean;
  default_memory_request?: string;
  pod_pending_timeout?: DurationText;
  pod_running_timeout?: DurationText;
  pod_unscheduled_timeout?: DurationText;
  run_as_user?: number;
  run_as_group?: number;
  fs_group?: number;
  scheduling_options?: { affinity?: Affinity; tolerations?: Toleration[] };
}

export interface UtilityImages {
  clonerefs?: string;
  initupload?: string;
  entrypoint?: string;
  sidecar?: string;
}

export interface GcsConfiguration {
  bucket?: string;
  path_prefix?: string;
  path_strategy?: string;
  default_org?: string;
  default_repo?: string;
  mediaTypes?: Record<string, string>;
  job_url_prefix?: string;
  local_output_dir?: string;
  compress_file_types?: string[];
}

export interface CensoringOptions {
  censoring_concurrency?: number;
  censoring_buffer_size?: number;
  include_directories?: string[];
  exclude_directories?: string[];
  minimum_secret_length?: number;
}

export interface ReporterConfig {
  slack?: SlackReporterConfig;
}

export interface SlackReporterConfig {
  host?: string;
  channel?: string;
  job_states_to_report?: string[];
  report_template?: string;
  report?: boolean;
}

export interface RerunAuthConfig {
  allow_anyone?: boolean;
  github_team_ids?: number[];
  github_team_slugs?: { slug: string; org: string }[];
  github_users?: string[];
  github_orgs?: string[];
}

export interface ProwJobDefault {
  resultstore_config?: { project_id?: string };
  tenant_id?: string;
}

/** What a ProwJob without a tenant belongs to. */
export const defaultTenantId = 'GlobalDefaultID';
