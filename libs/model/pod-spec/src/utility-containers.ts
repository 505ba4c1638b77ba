// The utilities' containers. upstream: pkg/pod-utils/decorate/podspec.go
import type { Container, Volume, VolumeMount } from '@prow/model-kube-types';
import type { DecorationConfig, ProwJob, Refs } from '@prow/model-prowjob';
import { encodeCloneOptions, encodeInitUploadOptions, encodeSidecarOptions } from './wire.ts';
import {
  artifactsDirectory, cloneLogPath, cloneTmp, codeMount, cookieFileVolume, credentialsVolume, logMount, outputMount, secretKeyVolume, sshKeyVolume, toolsMount,
} from './volumes.ts';
import type { MountedVolume } from './volumes.ts';

/** How one test is wrapped; entrypoint and sidecar share it. */
export interface Wrapper {
  args: string[];
  container_name: string;
  process_log: string;
  marker_file: string;
  metadata_file: string;
}

/** Where a pod uploads to: option fields shared by initupload and sidecar, and the secrets they need mounted. */
export interface UploadTarget {
  options: Record<string, unknown>;
  volumes: Volume[];
  mounts: VolumeMount[];
}

type WithImages = DecorationConfig & { utility_images: NonNullable<DecorationConfig['utility_images']> };

function withResources(container: Container, resources: Container['resources'] | null): Container {
  return resources == null ? container : { ...container, resources };
}

/** Everything to clone, the code under test first; empty where cloning is off. */
export function refsToClone(prowJob: ProwJob): Refs[] {
  const { refs, extra_refs, decoration_config } = prowJob.spec;
  if (decoration_config?.skip_cloning === true) return [];
  return [...(refs == null ? [] : [refs]), ...(extra_refs ?? [])];
}

export function cloneContainer(config: WithImages, refs: Refs[]): { container: Container; volumes: Volume[] } {
  const mounted: MountedVolume[] = [];
  const add = <T extends MountedVolume>(volume: T): T => {
    mounted.push(volume);
    return volume;
  };
  const keys = (config.ssh_key_secrets ?? []).map((secret) => add(sshKeyVolume(secret)).mount.mountPath);
  const tokenFile = config.oauth_token_secret == null ? undefined : add(secretKeyVolume(config.oauth_token_secret, '/secrets/oauth')).file;
  const appKeyFile = config.github_app_private_key_secret == null ? undefined : add(secretKeyVolume(config.github_app_private_key_secret, '/secrets/github-app')).file;
  add(cloneTmp);
  const cookieSecret = config.cookiefile_secret ?? '';
  const cookieFile = cookieSecret === '' ? undefined : add(cookieFileVolume(cookieSecret)).file;
  const endpoints = config.github_api_endpoints ?? [];

  const options = encodeCloneOptions({
    src_root: codeMount.mountPath,
    log: cloneLogPath,
    git_user_name: 'ci-robot',
    git_user_email: 'ci-robot@k8s.io',
    refs,
    key_files: keys,
    oauth_token_file: tokenFile,
    host_fingerprints: config.ssh_host_fingerprints,
    cookie_path: cookieFile,
    github_api_endpoints: endpoints.length > 0 ? endpoints : ['https://api.github.com'],
    github_app_id: config.github_app_id,
    github_app_private_key_file: appKeyFile,
  });
  const container: Container = {
    name: 'clonerefs',
    image: config.utility_images.clonerefs ?? '',
    ...(cookieFile === undefined ? {} : { args: [`--cookiefile=${cookieFile}`] }),
    env: [{ name: 'CLONEREFS_OPTIONS', value: options }],
    volumeMounts: [logMount, codeMount, ...mounted.map(({ mount }) => mount)],
  };
  return { container: withResources(container, config.resources?.clonerefs), volumes: mounted.map(({ volume }) => volume) };
}

/** @param isLocal files go to the pod's /output, nothing is uploaded */
export function uploadTarget(config: DecorationConfig, isLocal: boolean): UploadTarget {
  const options: Record<string, unknown> = { ...config.gcs_configuration, dry_run: false };
  if (isLocal) return { options: { ...options, local_output_dir: outputMount.mountPath }, volumes: [], mounts: [] };
  const mounted: MountedVolume[] = [];
  const gcsSecret = config.gcs_credentials_secret ?? '';
  if (gcsSecret !== '') {
    const gcs = credentialsVolume('gcs-credentials', gcsSecret, '/secrets/gcs');
    mounted.push(gcs);
    options['gcs_credentials_file'] = gcs.file;
  }
  const s3Secret = config.s3_credentials_secret ?? '';
  if (s3Secret !== '') {
    const s3 = credentialsVolume('s3-credentials', s3Secret, '/secrets/s3-storage');
    mounted.push(s3);
    options['s3_credentials_file'] = s3.file;
  }
  return { options, volumes: mounted.map(({ volume }) => volume), mounts: mounted.map(({ mount }) => mount) };
}

export function initUploadContainer(config: WithImages, parts: { target: UploadTarget; hasClones: boolean; isLocal: boolean; jobSpec: string }): Container {
  const { target, hasClones, isLocal, jobSpec } = parts;
  const options = encodeInitUploadOptions({ ...target.options, ...(hasClones ? { log: cloneLogPath } : {}) });
  const mounts = [...(hasClones ? [logMount] : []), ...target.mounts, ...(isLocal ? [outputMount] : [])];
  const container: Container = {
    name: 'initupload',
    image: config.utility_images.initupload ?? '',
    env: [{ name: 'INITUPLOAD_OPTIONS', value: options }, { name: 'JOB_SPEC', value: jobSpec }],
    ...(mounts.length > 0 ? { volumeMounts: mounts } : {}),
  };
  return withResources(container, config.resources?.initupload);
}

export function placeEntrypointContainer(config: WithImages): Container {
  const container: Container = {
    name: 'place-entrypoint',
    image: config.utility_images.entrypoint ?? '',
    args: ['--copy-mode-only'],
    volumeMounts: [toolsMount],
  };
  return withResources(container, config.resources?.place_entrypoint);
}

export function sidecarContainer(
  config: WithImages,
  parts: { target: UploadTarget; isLocal: boolean; jobSpec: string; wrappers: readonly Wrapper[]; secretMounts: readonly VolumeMount[] },
): Container {
  const { target, isLocal, jobSpec, wrappers, secretMounts } = parts;
  const options = encodeSidecarOptions({
    gcs_options: { ...target.options, items: [artifactsDirectory] },
    entries: wrappers,
    ignore_interrupts: config.upload_ignores_interrupts,
    censoring_options: { ...config.censoring_options, secret_directories: secretMounts.map(({ mountPath }) => mountPath) },
  });
  const container: Container = {
    name: 'sidecar',
    image: config.utility_images.sidecar ?? '',
    env: [{ name: 'JOB_SPEC', value: jobSpec }, { name: 'SIDECAR_OPTIONS', value: options }],
    volumeMounts: [logMount, ...target.mounts, ...secretMounts, ...(isLocal ? [outputMount] : [])],
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
  return withResources(container, config.resources?.sidecar);
}
