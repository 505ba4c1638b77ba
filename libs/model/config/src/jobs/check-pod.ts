// What a job's pod must not do. upstream: validatePodSpec in pkg/config/config.go
import type { PodSpec } from '@prow/model-kube-types';
import type { DecorationConfig, ProwJobType } from '@prow/model-prowjob';
import { within } from '../finding.ts';
import type { Findings, Source } from '../finding.ts';

const everyJobEnv = ['CI', 'JOB_NAME', 'JOB_SPEC', 'JOB_TYPE', 'PROW_JOB_ID', 'BUILD_ID', 'BUILD_NUMBER'];
const refsEnv = ['REPO_OWNER', 'REPO_NAME', 'PULL_BASE_REF', 'PULL_BASE_SHA', 'PULL_REFS'];
const pullEnv = ['PULL_NUMBER', 'PULL_PULL_SHA', 'PULL_HEAD_REF', 'PULL_TITLE'];
const reservedEnv: Readonly<Record<ProwJobType, ReadonlySet<string>>> = {
  periodic: new Set(everyJobEnv),
  postsubmit: new Set([...everyJobEnv, ...refsEnv]),
  batch: new Set([...everyJobEnv, ...refsEnv]),
  presubmit: new Set([...everyJobEnv, ...refsEnv, ...pullEnv]),
};
const utilityContainers = new Set(['clonerefs', 'initupload', 'place-entrypoint', 'sidecar']);
const testMounts = new Map([['logs', '/logs'], ['code', '/home/prow/go'], ['tools', '/tools']]);
const testMountPaths = new Set(testMounts.values());

export function checkPodSpec(type: ProwJobType, spec: PodSpec, decoration: DecorationConfig | undefined, findings: Findings, where: Source): void {
  const plainInit = (spec.initContainers ?? []).filter((container) => container.restartPolicy !== 'Always').map((container) => container.name);
  if (plainInit.length > 0) {
    findings.error('PROW_CONFIG_POD', `init containers are allowed only with restartPolicy: Always; found ${plainInit.join(', ')}`, within(where, 'initContainers'));
  }
  const containers = spec.containers ?? [];
  if (containers.length === 0) {
    findings.error('PROW_CONFIG_POD', 'a pod needs at least one container', within(where, 'containers'));
    return;
  }
  if (containers.length > 1 && decoration === undefined) {
    findings.error('PROW_CONFIG_POD', `several containers need decorate: true; found ${containers.length}`, within(where, 'containers'));
    return;
  }
  if (containers.length > 1) checkContainerNames(spec, findings, where);
  checkEnv(type, spec, findings, where);
  checkVolumes(spec, decoration, findings, where);
}

function checkContainerNames(spec: PodSpec, findings: Findings, where: Source): void {
  const seen = new Set<string>();
  for (const [index, container] of spec.containers.entries()) {
    const place = within(where, 'containers', index, 'name');
    const name = container.name ?? '';
    if (name === '') findings.error('PROW_CONFIG_POD', 'with several containers, each needs a name', place);
    else if (seen.has(name)) findings.error('PROW_CONFIG_DUPLICATE', `the container ${name} is defined twice`, place);
    if (utilityContainers.has(name)) findings.error('PROW_CONFIG_RESERVED', `the container name ${name} is taken by decoration`, place);
    seen.add(name);
  }
}

function checkEnv(type: ProwJobType, spec: PodSpec, findings: Findings, where: Source): void {
  for (const [index, container] of spec.containers.entries()) {
    const seen = new Set<string>();
    for (const [envIndex, variable] of (container.env ?? []).entries()) {
      const place = within(where, 'containers', index, 'env', envIndex, 'name');
      if (seen.has(variable.name)) findings.error('PROW_CONFIG_DUPLICATE', `the environment variable ${variable.name} is defined twice`, place);
      if (reservedEnv[type].has(variable.name)) findings.error('PROW_CONFIG_RESERVED', `the environment variable ${variable.name} is set by Prow`, place);
      seen.add(variable.name);
    }
  }
}

/** Names of volumes decoration brings. upstream: decorate.VolumeMounts */
function decorationVolumes(decoration: DecorationConfig | undefined): Set<string> {
  const names = new Set(['logs', 'code', 'tools', 'gcs-credentials', 's3-credentials']);
  for (const secret of decoration?.ssh_key_secrets ?? []) names.add(secret);
  if (decoration?.oauth_token_secret?.name !== undefined) names.add(decoration.oauth_token_secret.name);
  return names;
}

function checkVolumes(spec: PodSpec, decoration: DecorationConfig | undefined, findings: Findings, where: Source): void {
  const decorated = decorationVolumes(decoration);
  const names = new Set<string>();
  for (const [index, volume] of (spec.volumes ?? []).entries()) {
    const place = within(where, 'volumes', index, 'name');
    if (names.has(volume.name)) findings.error('PROW_CONFIG_DUPLICATE', `the volume ${volume.name} is defined twice`, place);
    if (decorated.has(volume.name)) findings.error('PROW_CONFIG_RESERVED', `the volume name ${volume.name} is taken by decoration`, place);
    names.add(volume.name);
  }
  for (const [index, container] of spec.containers.entries()) {
    for (const [mountIndex, mount] of (container.volumeMounts ?? []).entries()) {
      const place = within(where, 'containers', index, 'volumeMounts', mountIndex);
      if (!names.has(mount.name) && !decorated.has(mount.name)) {
        findings.error('PROW_CONFIG_POD', `there is no volume ${mount.name} to mount`, within(place, 'name'), [...names]);
      }
      if (testMounts.has(mount.name)) findings.error('PROW_CONFIG_RESERVED', `the mount ${mount.name} is taken by decoration`, within(place, 'name'));
      if (testMountPaths.has(mount.mountPath)) findings.error('PROW_CONFIG_RESERVED', `decoration mounts ${mount.mountPath} itself`, within(place, 'mountPath'));
    }
  }
}
