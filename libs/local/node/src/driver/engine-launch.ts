// A container's plan in the words of docker and podman.
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { isPlainName } from '../container/shell-environment.ts';
import type { ContainerPlan, Launch, Mount, StartedContainer } from './driver.ts';
import { clientEnvironment, type EngineProbe } from './engine-cli.ts';

/** Stable, so that a second start of the same attempt is refused by the engine. */
export function containerName({ podUid, containerName: name, attempt }: Pick<StartedContainer, 'podUid' | 'containerName' | 'attempt'>): string {
  return `prow-${createHash('sha256').update(`${podUid}/${name}`).digest('hex').slice(0, 16)}-${name}-${attempt}`;
}

/** Of a container: the node it is of, and its attempt's folder there. */
export const nodeLabel = 'prow.local/node';
export const attemptLabel = 'prow.local/attempt';

/** In an attempt's folder. */
export const outOfMemoryFile = 'oom';

/** Warnings of the client would stand in the container's log. */
export const quietly = ['--log-level', 'error'];
/** Where SELinux rules, a container could not read the pod's folders. */
export const alwaysOptions = ['--pull', 'never', '--log-driver', 'none', '--security-opt', 'label=disable'];

/** What an engine enforces here; asked for more, it says so in the container's log, or fails. */
export type EngineLimits = 'memory without swap' | 'memory' | 'none';

export function limitOptions(limits: EngineLimits, memoryBytes: number | undefined): string[] {
  if (limits === 'none') return [];
  // Many processes are no fault where no kubelet counts them.
  const processes = ['--pids-limit', '-1'];
  if (memoryBytes === undefined) return processes;
  return [...processes, '--memory', String(memoryBytes), ...(limits === 'memory' ? [] : ['--memory-swap', String(memoryBytes)])];
}

export interface EngineLaunchOptions {
  probe: EngineProbe;
  limits: EngineLimits;
  nodeId: string;
  /** What every container of this image sees besides its volumes. */
  mounts: readonly Mount[];
}

/** The engine's arguments for a plan. */
export function engineLaunch({ probe, limits, nodeId, mounts }: EngineLaunchOptions, plan: ContainerPlan): Launch {
  const { metadata } = plan.pod;
  const isPodman = probe.engine === 'podman';
  const all = [...mounts, ...plan.mounts];
  const variables = environmentOptions(plan.env);
  const [first = '', ...rest] = plan.command;
  return {
    file: probe.file,
    args: [
      ...quietly, 'run', '--name', containerName({ podUid: metadata.uid ?? '', containerName: plan.container.name, attempt: plan.attempt }),
      '--label', `prow.local/pod=${metadata.namespace}/${metadata.name}`, '--label', `${nodeLabel}=${nodeId}`, '--label', `${attemptLabel}=${plan.directory}`,
      ...alwaysOptions, '--network', plan.hasNetwork ? 'host' : 'none',
      '--hostname', (plan.pod.spec.hostname ?? metadata.name ?? '').slice(0, 63),
      // The machine's proxies are the machine's.
      ...(isPodman ? ['--http-proxy=false'] : []),
      ...securityOptions(plan, isPodman),
      ...limitOptions(limits, plan.memoryLimitBytes),
      ...mountOptions(all),
      ...workingDirOptions(plan, all, isPodman),
      ...variables.options, '--entrypoint', isPodman ? JSON.stringify([first]) : first, plan.image.id, ...rest,
    ],
    env: { ...clientEnvironment(), ...variables.passed },
    // Some versions of podman leave a file there when memory ran out, and tell it nowhere else.
    cwd: plan.directory,
    endsSession: false,
  };
}

export function mountOptions(mounts: readonly Mount[]): string[] {
  return mounts.flatMap(({ containerPath, hostPath, readOnly }) => {
    const fields = ['type=bind', `source=${hostPath}`, `target=${containerPath}`, ...(readOnly ? ['readonly'] : [])];
    return ['--mount', fields.map(csvField).join(',')];
  });
}

function securityOptions({ pod, container, image }: ContainerPlan, isPodman: boolean): string[] {
  const ofPod = pod.spec.securityContext ?? {};
  const own = container.securityContext ?? {};
  const uid = own.runAsUser ?? ofPod.runAsUser;
  const gid = own.runAsGroup ?? ofPod.runAsGroup;
  const user = uid === undefined && gid !== undefined ? image.config.user?.split(':')[0] || '0' : uid;
  const groups = [...(ofPod.supplementalGroups ?? []), ...(ofPod.fsGroup === undefined ? [] : [ofPod.fsGroup])];
  return [
    // Without a group the engine takes the user's own of the image's /etc/passwd, and without a user the image's.
    ...(user === undefined ? [] : ['--user', gid === undefined ? String(user) : `${user}:${gid}`]),
    ...groups.flatMap((group) => ['--group-add', String(group)]),
    // podman would put writable folders over /tmp, /run and /var/tmp.
    ...(own.readOnlyRootFilesystem === true ? ['--read-only', ...(isPodman ? ['--read-only-tmpfs=false'] : [])] : []),
    ...(own.allowPrivilegeEscalation === false ? ['--security-opt', 'no-new-privileges'] : []),
    ...(own.capabilities?.drop ?? []).flatMap((capability) => ['--cap-drop', capability]),
  ];
}

/**
 * A kubelet's runtime makes a working directory that the image does not have, and so does docker. podman refuses, so it
 * gets a volume there, which begins with what the image has in that place and is removed with the container.
 */
function workingDirOptions({ workingDir, image }: ContainerPlan, mounts: readonly Mount[], isPodman: boolean): string[] {
  const isThere = workingDir === '/' || workingDir === posix.resolve('/', image.config.workingDir)
    || mounts.some(({ containerPath, isFile }) => !isFile && (workingDir === containerPath || workingDir.startsWith(`${containerPath}/`)));
  return [...(isThere || !isPodman ? [] : ['--mount', ['type=volume', `target=${workingDir}`].map(csvField).join(',')]), '--workdir', workingDir];
}

/** Values go through the client's environment, out of sight of `ps`; those the client itself would heed go as words. */
function environmentOptions(env: ReadonlyMap<string, string>): { options: string[]; passed: Record<string, string> } {
  const passed: Record<string, string> = {};
  const options = [...env].flatMap(([key, value]) => {
    if (isClientVariable(key)) return ['--env', `${key}=${value}`];
    passed[key] = value;
    return ['--env', key];
  });
  return { options, passed };
}

/** What the client heeds itself, or the shim's shell would not hand on. */
function isClientVariable(name: string): boolean {
  return !isPlainName(name) || /^(PATH|HOME|USER|TMPDIR|LANG|TERM|HOSTNAME|.*_PROXY|.*_proxy|(_?CONTAINER|DOCKER|XDG|LD|LC|GO|SSL|BUILDKIT|BUILDAH|PODMAN|DBUS|SSH|STORAGE|REGISTRY|NOTIFY|LISTEN|INVOCATION|JOURNAL|NO_COLOR).*)$/.test(name);
}

function csvField(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
