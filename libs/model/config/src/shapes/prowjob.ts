// Shapes of what configuration shares with the ProwJob resource. upstream: pkg/apis/prowjobs/v1/types.go
import { always, anything, bool, doc, integer, keepEmpty, list, map, pointer, struct, suggestedText, text, typed } from '@prow/base-schema';
import type { DecorationConfig, ProwJobDefault, Refs, ReporterConfig, RerunAuthConfig } from '@prow/model-prowjob';
import { kubeDuration, prowDuration, quantity } from './go-types.ts';
import { affinity, resourceRequirements, toleration } from './pod.ts';

export const jobStates = ['scheduling', 'triggered', 'pending', 'success', 'failure', 'aborted', 'error'] as const;
export const jobTypes = ['presubmit', 'postsubmit', 'periodic', 'batch'] as const;

const pull = struct('Pull', {
  number: always(integer), author: always(text), sha: always(text), title: text, ref: text, head_ref: text, link: text,
  commit_link: text, author_link: text,
});

export const refs = typed<Refs>(struct('Refs', {
  org: always(doc('Owner of the repository', text)),
  repo: always(doc('Name of the repository', text)),
  repo_link: text,
  base_ref: doc('Branch to check out', text),
  base_sha: doc('Commit to check out instead of the tip of base_ref', text),
  base_link: text,
  pulls: list(pull),
  path_alias: doc('Where below $GOPATH/src the repository is cloned to', text),
  workdir: doc("The job starts in this repository's folder", bool),
  auxiliary: doc('Not code under test: never names the version tested', bool),
  clone_uri: doc('Where to clone from; default https://github.com/ORG/REPO.git', text),
  skip_submodules: bool,
  clone_depth: doc('Commits to fetch; 0 fetches all', integer),
  skip_fetch_head: bool,
  blobless_fetch: pointer(bool),
  sparse_checkout_files: list(text),
}));

const secretKey = (name: string) => struct(name, { name: text, key: text });

const gcsConfiguration = struct('GCSConfiguration', {
  bucket: doc('gs://NAME (the scheme may be left out), s3://NAME or file:///PATH', text),
  path_prefix: text,
  path_strategy: suggestedText('explicit', 'legacy', 'single'),
  default_org: text,
  default_repo: text,
  mediaTypes: map(text),
  job_url_prefix: text,
  local_output_dir: text,
  compress_file_types: keepEmpty(list(text)),
});

export const decorationConfig = typed<DecorationConfig>(struct('DecorationConfig', {
  timeout: pointer(doc('How long the test may run', prowDuration)),
  grace_period: pointer(doc('How long the test may take to stop after its timeout', prowDuration)),
  utility_images: pointer(struct('UtilityImages', { clonerefs: text, initupload: text, entrypoint: text, sidecar: text })),
  resources: pointer(struct('UtilityResources', {
    clonerefs: pointer(resourceRequirements), initupload: pointer(resourceRequirements),
    place_entrypoint: pointer(resourceRequirements), sidecar: pointer(resourceRequirements),
  })),
  gcs_configuration: pointer(gcsConfiguration),
  gcs_credentials_secret: pointer(doc("Secret with a Google service account's key; '' for none", text)),
  s3_credentials_secret: pointer(text),
  default_service_account_name: pointer(text),
  ssh_key_secrets: list(text),
  ssh_host_fingerprints: list(text),
  blobless_fetch: pointer(bool),
  sparse_checkout_files: list(text),
  skip_cloning: pointer(bool),
  cookiefile_secret: pointer(text),
  oauth_token_secret: pointer(secretKey('OauthTokenSecret')),
  github_api_endpoints: list(text),
  github_app_id: text,
  github_app_private_key_secret: pointer(secretKey('GitHubAppPrivateKeySecret')),
  censor_secrets: pointer(bool),
  censoring_options: pointer(struct('CensoringOptions', {
    censoring_concurrency: pointer(integer), censoring_buffer_size: pointer(integer), include_directories: keepEmpty(list(text)),
    exclude_directories: keepEmpty(list(text)), minimum_secret_length: pointer(integer),
  })),
  upload_ignores_interrupts: pointer(bool),
  set_limit_equals_memory_request: pointer(bool),
  default_memory_request: pointer(quantity),
  pod_pending_timeout: pointer(kubeDuration),
  pod_running_timeout: pointer(kubeDuration),
  pod_unscheduled_timeout: pointer(kubeDuration),
  run_as_user: pointer(integer),
  run_as_group: pointer(integer),
  fs_group: pointer(integer),
  scheduling_options: pointer(struct('SchedulingOptions', { affinity: pointer(affinity), tolerations: list(toleration) })),
}));

export const slackReporterConfig = struct('SlackReporterConfig', {
  host: text,
  channel: text,
  job_states_to_report: keepEmpty(list(suggestedText(...jobStates))),
  report_template: text,
  report: pointer(bool),
});
export const reporterConfig = typed<ReporterConfig>(struct('ReporterConfig', { slack: pointer(slackReporterConfig) }));

export const rerunAuthConfig = typed<RerunAuthConfig>(struct('RerunAuthConfig', {
  allow_anyone: doc('Excludes all lists', bool),
  github_team_ids: list(integer),
  github_team_slugs: list(struct('GitHubTeamSlug', { slug: always(text), org: always(text) })),
  github_users: list(text),
  github_orgs: list(text),
}));

export const prowJobDefault = typed<ProwJobDefault>(struct('ProwJobDefault', {
  resultstore_config: pointer(struct('ResultStoreConfig', { project_id: text })),
  tenant_id: text,
}));

/** Tekton's own types are Tekton's business. */
export const pipelineRunSpec = anything<Record<string, unknown>>();
export const tektonPipelineRunSpec = struct('TektonPipelineRunSpec', { v1beta1: pointer(pipelineRunSpec) });
export const jenkinsSpec = struct('JenkinsSpec', { github_branch_source_job: bool });
