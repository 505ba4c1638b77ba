// Field orders of what pods carry as JSON text. upstream: pkg/apis/prowjobs/v1/types.go, pkg/{clonerefs,initupload,entrypoint,
// sidecar,gcsupload}/options.go, pkg/pod-utils/{wrapper,downwardapi}
import { formatQuantity, parseQuantity } from '@prow/model-kube-types';
import { duration, list, mapOf, nanoseconds, plain, struct, text } from './go-json.ts';
import type { Encoder, Field } from './go-json.ts';

const texts = list(text);

const pull = struct([
  ['number', 'always', plain], ['author', 'always', text], ['sha', 'always', text], ['title', 'nonzero', text], ['ref', 'nonzero', text],
  ['head_ref', 'nonzero', text], ['link', 'nonzero', text], ['commit_link', 'nonzero', text], ['author_link', 'nonzero', text],
]);

const refs = struct([
  ['org', 'always', text], ['repo', 'always', text], ['repo_link', 'nonzero', text], ['base_ref', 'nonzero', text], ['base_sha', 'nonzero', text],
  ['base_link', 'nonzero', text], ['pulls', 'nonzero', list(pull)], ['path_alias', 'nonzero', text], ['workdir', 'nonzero', plain],
  ['auxiliary', 'nonzero', plain], ['clone_uri', 'nonzero', text], ['skip_submodules', 'nonzero', plain], ['clone_depth', 'nonzero', plain],
  ['skip_fetch_head', 'nonzero', plain], ['blobless_fetch', 'set', plain], ['sparse_checkout_files', 'nonzero', texts],
]);

/** A quantity in canonical form, as any API server gives it back; one that cannot be read stays as it is. */
const quantity: Encoder = (value) => {
  const written = String(value);
  try {
    return text(formatQuantity(parseQuantity(written)));
  } catch {
    return text(written);
  }
};
const resourceList = mapOf(quantity);
const resources = struct([
  ['limits', 'nonzero', resourceList], ['requests', 'nonzero', resourceList],
  ['claims', 'nonzero', list(struct([['name', 'always', text], ['request', 'nonzero', text]]))],
]);
const utilityImages = struct([['clonerefs', 'nonzero', text], ['initupload', 'nonzero', text], ['entrypoint', 'nonzero', text], ['sidecar', 'nonzero', text]]);
const utilityResources = struct([['clonerefs', 'set', resources], ['initupload', 'set', resources], ['place_entrypoint', 'set', resources], ['sidecar', 'set', resources]]);
const secretKey = struct([['name', 'nonzero', text], ['key', 'nonzero', text]]);

const gcsConfigurationFields: readonly Field[] = [
  ['bucket', 'nonzero', text], ['path_prefix', 'nonzero', text], ['path_strategy', 'nonzero', text], ['default_org', 'nonzero', text],
  ['default_repo', 'nonzero', text], ['mediaTypes', 'nonzero', mapOf(text)], ['job_url_prefix', 'nonzero', text],
  ['local_output_dir', 'nonzero', text], ['compress_file_types', 'nonzero', texts],
];

const selectorRequirements = list(struct([['key', 'always', text], ['operator', 'always', text], ['values', 'nonzero', texts]]));
const nodeSelectorTerm = struct([['matchExpressions', 'nonzero', selectorRequirements], ['matchFields', 'nonzero', selectorRequirements]]);
const labelSelector = struct([['matchLabels', 'nonzero', mapOf(text)], ['matchExpressions', 'nonzero', selectorRequirements]]);
const podAffinityTerm = struct([
  ['labelSelector', 'set', labelSelector], ['namespaces', 'nonzero', texts], ['topologyKey', 'always', text], ['namespaceSelector', 'set', labelSelector],
  ['matchLabelKeys', 'nonzero', texts], ['mismatchLabelKeys', 'nonzero', texts],
]);
const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
const podAffinity = struct([
  [required, 'nonzero', list(podAffinityTerm)],
  [preferred, 'nonzero', list(struct([['weight', 'always', plain], ['podAffinityTerm', 'always', podAffinityTerm]]))],
]);
const affinity = struct([
  ['nodeAffinity', 'set', struct([
    [required, 'set', struct([['nodeSelectorTerms', 'always', list(nodeSelectorTerm)]])],
    [preferred, 'nonzero', list(struct([['weight', 'always', plain], ['preference', 'always', nodeSelectorTerm]]))],
  ])],
  ['podAffinity', 'set', podAffinity], ['podAntiAffinity', 'set', podAffinity],
]);
const toleration = struct([['key', 'nonzero', text], ['operator', 'nonzero', text], ['value', 'nonzero', text], ['effect', 'nonzero', text], ['tolerationSeconds', 'set', plain]]);

const censoringFields: readonly Field[] = [
  ['censoring_concurrency', 'set', plain], ['censoring_buffer_size', 'set', plain], ['include_directories', 'nonzero', texts], ['exclude_directories', 'nonzero', texts],
];

const decorationConfig = struct([
  ['timeout', 'set', duration], ['grace_period', 'set', duration], ['utility_images', 'set', utilityImages], ['resources', 'set', utilityResources],
  ['gcs_configuration', 'set', struct(gcsConfigurationFields)], ['gcs_credentials_secret', 'set', text], ['s3_credentials_secret', 'set', text],
  ['default_service_account_name', 'set', text], ['ssh_key_secrets', 'nonzero', texts], ['ssh_host_fingerprints', 'nonzero', texts],
  ['blobless_fetch', 'set', plain], ['sparse_checkout_files', 'nonzero', texts], ['skip_cloning', 'set', plain], ['cookiefile_secret', 'set', text],
  ['oauth_token_secret', 'set', secretKey], ['github_api_endpoints', 'nonzero', texts], ['github_app_id', 'nonzero', text],
  ['github_app_private_key_secret', 'set', secretKey], ['censor_secrets', 'set', plain],
  ['censoring_options', 'set', struct([...censoringFields, ['minimum_secret_length', 'set', plain]])],
  ['upload_ignores_interrupts', 'set', plain], ['set_limit_equals_memory_request', 'set', plain], ['default_memory_request', 'set', quantity],
  ['scheduling_options', 'set', struct([['affinity', 'set', affinity], ['tolerations', 'nonzero', list(toleration)]])],
  ['pod_pending_timeout', 'set', duration], ['pod_running_timeout', 'set', duration], ['pod_unscheduled_timeout', 'set', duration],
  ['run_as_user', 'set', plain], ['run_as_group', 'set', plain], ['fs_group', 'set', plain],
]);

const uploadFields: readonly Field[] = [
  ['items', 'nonzero', texts], ['sub_dir', 'nonzero', text], ...gcsConfigurationFields,
  ['gcs_credentials_file', 'nonzero', text], ['s3_credentials_file', 'nonzero', text], ['dry_run', 'always', plain],
];
const wrapperFields: readonly Field[] = [
  ['args', 'nonzero', texts], ['container_name', 'nonzero', text], ['process_log', 'always', text], ['marker_file', 'always', text], ['metadata_file', 'always', text],
];

/** JOB_SPEC. */
export const encodeJobSpec = struct([
  ['type', 'nonzero', text], ['job', 'nonzero', text], ['buildid', 'nonzero', text], ['prowjobid', 'nonzero', text], ['refs', 'set', refs],
  ['extra_refs', 'nonzero', list(refs)], ['decoration_config', 'set', decorationConfig],
]);

/** CLONEREFS_OPTIONS. */
export const encodeCloneOptions = struct([
  ['src_root', 'nonzero', text], ['log', 'nonzero', text], ['git_user_name', 'nonzero', text], ['git_user_email', 'nonzero', text], ['refs', 'nonzero', list(refs)],
  ['key_files', 'nonzero', texts], ['oauth_token_file', 'nonzero', text], ['host_fingerprints', 'nonzero', texts], ['max_parallel_workers', 'nonzero', plain],
  ['fail', 'nonzero', plain], ['cookie_path', 'nonzero', text], ['github_api_endpoints', 'nonzero', texts], ['github_app_id', 'nonzero', text],
  ['github_app_private_key_file', 'nonzero', text],
]);

/** INITUPLOAD_OPTIONS. */
export const encodeInitUploadOptions = struct([...uploadFields, ['log', 'nonzero', text]]);

/** ENTRYPOINT_OPTIONS. */
export const encodeEntrypointOptions = struct([
  ['timeout', 'always', nanoseconds], ['grace_period', 'always', nanoseconds], ['artifact_dir', 'nonzero', text], ['previous_marker', 'nonzero', text],
  ['always_zero', 'nonzero', plain], ['propagate_error_code', 'nonzero', plain], ['copy_mode_only', 'nonzero', plain], ['copy_dst', 'nonzero', text], ...wrapperFields,
]);

/** SIDECAR_OPTIONS. */
export const encodeSidecarOptions = struct([
  ['gcs_options', 'set', struct(uploadFields)], ['entries', 'nonzero', list(struct(wrapperFields))], ['entry_error', 'nonzero', plain],
  ['ignore_interrupts', 'nonzero', plain], ['write_memory_profile', 'nonzero', plain],
  ['censoring_options', 'set', struct([['secret_directories', 'nonzero', texts], ...censoringFields, ['ini_filenames', 'nonzero', texts], ['minimum_secret_length', 'set', plain]])],
]);
