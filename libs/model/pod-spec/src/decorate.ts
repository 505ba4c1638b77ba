// Wraps a job's own containers with the utilities. upstream: pkg/pod-utils/decorate/podspec.go
import { ProwError } from '@prow/base-errors';
import type { Container, PodSpec, VolumeMount } from '@prow/model-kube-types';
import type { DecorationConfig, ProwJob } from '@prow/model-prowjob';
import { clonePath } from './clone-path.ts';
import { wholeSeconds } from './go-json.ts';
import { sortedEnv } from './job-env.ts';
import { cloneContainer, initUploadContainer, placeEntrypointContainer, refsToClone, sidecarContainer, uploadTarget } from './utility-containers.ts';
import type { Wrapper } from './utility-containers.ts';
import { artifactsDirectory, codeMount, emptyDirectory, entrypointPath, logMount, outputMount, toolsMount } from './volumes.ts';
import { encodeEntrypointOptions } from './wire.ts';

/** Grace for the tests is 4/5 of the pod's; the last fifth is for the upload. */
const podGraceFactor = 5 / 4;

/** @throws ProwError PROW_POD_SPEC_DECORATION where the configuration lacks what decoration needs */
export function decorate(spec: PodSpec, prowJob: ProwJob, config: DecorationConfig, env: Record<string, string>, outputDirectory: string | undefined): PodSpec {
  const { utility_images, gcs_configuration } = config;
  if (utility_images == null || gcs_configuration == null) {
    const missing = utility_images == null ? 'utility_images' : 'gcs_configuration';
    throw new ProwError('PROW_POD_SPEC_DECORATION', `decoration_config of job "${prowJob.spec.job}": ${missing} is missing`, { details: { job: prowJob.spec.job } });
  }
  const withImages = { ...config, utility_images };
  const isLocal = outputDirectory !== undefined;
  const refs = refsToClone(prowJob);
  const clone = refs.length > 0 ? cloneContainer(withImages, refs) : undefined;
  const target = uploadTarget(config, isLocal);
  const jobSpec = env['JOB_SPEC'] ?? '';

  const wholeEnv = sortedEnv({ ...env, ARTIFACTS: artifactsDirectory, GOPATH: codeMount.mountPath });
  const wrapped = spec.containers.map((container) => wrap(container, { config, env: wholeEnv, isOnly: spec.containers.length === 1 }));
  const secretMounts = mountsOfSecrets(spec, config, wrapped.map(({ container }) => container));
  const tests = wrapped.map(({ container }) => {
    const inCode = clone === undefined ? container : { ...container, workingDir: workingDirectory(refs), volumeMounts: [...(container.volumeMounts ?? []), codeMount] };
    return withMemory(inCode, config);
  });
  const sidecar = sidecarContainer(withImages, { target, isLocal, jobSpec, wrappers: wrapped.map(({ wrapper }) => wrapper), secretMounts });

  return withPodDefaults({
    ...spec,
    volumes: [
      ...(spec.volumes ?? []), emptyDirectory(logMount.name), emptyDirectory(toolsMount.name), ...target.volumes,
      ...(isLocal ? [{ name: outputMount.name, hostPath: { path: outputDirectory } }] : []),
      ...(clone === undefined ? [] : [...clone.volumes, emptyDirectory(codeMount.name)]),
    ],
    initContainers: [
      ...(clone === undefined ? [] : [clone.container]), ...(spec.initContainers ?? []),
      initUploadContainer(withImages, { target, hasClones: clone !== undefined, isLocal, jobSpec }), placeEntrypointContainer(withImages),
    ],
    containers: [...tests, sidecar],
  }, config);
}

function workingDirectory(refs: ReturnType<typeof refsToClone>): string {
  const main = refs.find(({ workdir }) => workdir === true) ?? refs[0];
  return main === undefined ? '' : clonePath(codeMount.mountPath, main);
}

/** Makes entrypoint the container's command; what it ran goes into the wrapper. */
function wrap(container: Container, { config, env, isOnly }: { config: DecorationConfig; env: { name: string; value: string }[]; isOnly: boolean }): { container: Container; wrapper: Wrapper } {
  const named = (alone: string, suffix: string): string => (isOnly ? alone : `${container.name}-${suffix}`);
  const wrapper: Wrapper = {
    args: [...(container.command ?? []), ...(container.args ?? [])],
    container_name: container.name,
    process_log: `${logMount.mountPath}/${named('process-log.txt', 'log.txt')}`,
    marker_file: `${logMount.mountPath}/${named('marker-file.txt', 'marker.txt')}`,
    metadata_file: `${artifactsDirectory}/${named('metadata.json', 'metadata.json')}`,
  };
  const { args: _moved, ...rest } = container;
  const options = encodeEntrypointOptions({ timeout: config.timeout, grace_period: config.grace_period, artifact_dir: artifactsDirectory, ...wrapper });
  return {
    wrapper,
    container: {
      ...rest,
      command: [entrypointPath],
      env: [...(container.env ?? []), ...env, { name: 'ENTRYPOINT_OPTIONS', value: options }],
      volumeMounts: [...(container.volumeMounts ?? []), logMount, toolsMount],
    },
  };
}

function mountsOfSecrets(spec: PodSpec, config: DecorationConfig, tests: readonly Container[]): VolumeMount[] {
  if (config.censor_secrets !== true) return [];
  const secrets = new Set((spec.volumes ?? []).filter(({ secret }) => secret != null).map(({ name }) => name));
  return tests.flatMap(({ volumeMounts }) => (volumeMounts ?? []).filter(({ name }) => secrets.has(name)));
}

function withMemory(container: Container, config: DecorationConfig): Container {
  const { default_memory_request: byDefault } = config;
  let { resources } = container;
  if (byDefault != null && resources?.requests?.['memory'] == null) resources = { ...resources, requests: { ...resources?.requests, memory: byDefault } };
  const memory = resources?.requests?.['memory'];
  if (config.set_limit_equals_memory_request === true && memory != null) resources = { ...resources, limits: { ...resources?.limits, memory } };
  return resources === undefined ? container : { ...container, resources };
}

/** What the configuration sets where the job has not. */
function withPodDefaults(spec: PodSpec, config: DecorationConfig): PodSpec {
  const { run_as_user, run_as_group, fs_group, scheduling_options, grace_period, default_service_account_name } = config;
  const result: PodSpec = { ...spec };
  const security = { ...spec.securityContext };
  if (run_as_user != null) security.runAsUser ??= run_as_user;
  if (run_as_group != null) security.runAsGroup ??= run_as_group;
  if (fs_group != null) security.fsGroup ??= fs_group;
  result.securityContext = security;
  if (scheduling_options?.affinity != null) result.affinity ??= scheduling_options.affinity;
  if (scheduling_options?.tolerations != null) result.tolerations ??= scheduling_options.tolerations;
  if (grace_period != null) result.terminationGracePeriodSeconds ??= Math.trunc(wholeSeconds(grace_period) * podGraceFactor);
  if (default_service_account_name != null && (spec.serviceAccountName ?? '') === '' && default_service_account_name !== '') result.serviceAccountName = default_service_account_name;
  return result;
}
