// From a container's spec to a plan that a driver can launch.
import { parseQuantity, quantityValue, type Container, type Pod } from '@prow/model-kube-types';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { ContainerConfigError, resolveEnvironment } from '../container/environment.ts';
import { expandVariables } from '../container/expand-variables.ts';
import type { ContainerImage, ContainerPlan } from '../driver/driver.ts';
import type { NodeContext } from '../kubelet/node-context.ts';
import { containerMounts } from '../volume/volumes.ts';

export interface PlanRequest {
  context: NodeContext;
  pod: Pod;
  container: Container;
  attempt: number;
  directory: string;
  /** Paths of the pod's volumes by name. */
  volumes: ReadonlyMap<string, string>;
  fieldPath: string;
}

/** Of a pod: names of containers that must not reach the network, separated by commas. */
export const noNetworkAnnotation = 'prow.local/no-network';

/** Throws ImageError, ContainerConfigError or VolumeError: what the container then waits for. */
export async function planContainer({ context, pod, container, attempt, directory, volumes, fieldPath }: PlanRequest): Promise<ContainerPlan> {
  const image = await prepareImage(context, pod, container, fieldPath);
  const base = new Map([...Object.entries({ ...context.containerEnv, ...image.config.env }), ['HOSTNAME', pod.spec.hostname ?? pod.metadata.name ?? ''], ...apiServerVariables(context.kube.server)]);
  const { all, own } = await resolveEnvironment({ pod, container, objects: context.objects, allocatable: context.allocatable, base });
  const user = userOf(pod, container, image);
  await mkdir(directory, { recursive: true });
  const mounts = await containerMounts(container, volumes, own);
  const messageFile = join(directory, 'termination-log');
  await writeFile(messageFile, '', { flag: 'a', mode: 0o666 });
  const messagePath = posix.normalize(container.terminationMessagePath || '/dev/termination-log');
  if (!mounts.some(({ containerPath }) => containerPath === messagePath)) {
    mounts.push({ containerPath: messagePath, hostPath: messageFile, readOnly: false, isFile: true });
  }
  const limit = container.resources?.limits?.memory;
  return {
    pod,
    container,
    attempt,
    directory,
    image,
    command: commandOf(container, image, own),
    env: all,
    workingDir: posix.resolve('/', container.workingDir || image.config.workingDir || '/'),
    mounts,
    hasNetwork: !(pod.metadata.annotations?.[noNetworkAnnotation] ?? '').split(',').some((name) => name.trim() === container.name),
    ...(user === undefined ? {} : { user }),
    ...(limit === undefined || parseQuantity(limit).nanos <= 0n ? {} : { memoryLimitBytes: quantityValue(limit) }),
  };
}

/** Where clients inside of the pod find the API; they share the machine's network. */
function apiServerVariables(server: string): [string, string][] {
  if (!URL.canParse(server)) return [];
  const { hostname, port, protocol } = new URL(server);
  const number = port || (protocol === 'https:' ? '443' : '80');
  return [['KUBERNETES_SERVICE_HOST', hostname.replace(/^\[|\]$/g, '')], ['KUBERNETES_SERVICE_PORT', number], ...(protocol === 'https:' ? [['KUBERNETES_SERVICE_PORT_HTTPS', number] as [string, string]] : [])];
}

async function prepareImage({ driver, events }: NodeContext, pod: Pod, container: Container, fieldPath: string): Promise<ContainerImage> {
  const reference = container.image ?? '';
  const policy = container.imagePullPolicy ?? (/:latest$|^[^:@]*$/.test(reference.slice(reference.lastIndexOf('/') + 1)) ? 'Always' : 'IfNotPresent');
  const startedAt = performance.now();
  const image = await driver.prepareImage({ reference, policy, usesDefaultCommand: (container.command ?? []).length === 0 });
  const tookMs = Math.round(performance.now() - startedAt);
  const record = (reason: string, message: string): void => events.record({ pod, type: 'Normal', reason, message, fieldPath });
  if (image.wasPresent) record('Pulled', `Container image ${JSON.stringify(reference)} already present on machine`);
  else {
    record('Pulling', `Pulling image ${JSON.stringify(reference)}`);
    record('Pulled', `Successfully pulled image ${JSON.stringify(reference)} in ${tookMs}ms (${tookMs}ms including waiting). Image size: ${image.sizeBytes} bytes.`);
  }
  return image;
}

/** A command replaces the image's entrypoint and its cmd; args alone replace the cmd. */
function commandOf(container: Container, image: ContainerImage, own: ReadonlyMap<string, string>): string[] {
  const expand = (text: string): string => expandVariables(text, (name) => own.get(name));
  const command = (container.command ?? []).map(expand);
  const args = (container.args ?? []).map(expand);
  const { entrypoint = [], cmd = [] } = image.config;
  const merged = command.length > 0 ? [...command, ...args] : [...entrypoint, ...(args.length > 0 ? args : cmd)];
  if (merged.length === 0) throw new ContainerConfigError(`container ${container.name}: no command specified, neither by it nor by image ${image.reference}`);
  if (merged.some((word) => word.includes('\0'))) throw new ContainerConfigError(`container ${container.name}: the command contains a NUL character`);
  return merged;
}

function userOf(pod: Pod, container: Container, image: ContainerImage): { uid: number; gid: number } | undefined {
  const [name = '', group] = (image.config.user ?? '').split(':');
  const ofImage = /^\d+$/.test(name) ? Number(name) : undefined;
  const uid = container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser ?? ofImage;
  const ofImageGroup = group !== undefined && /^\d+$/.test(group) ? Number(group) : undefined;
  const gid = container.securityContext?.runAsGroup ?? pod.spec.securityContext?.runAsGroup ?? ofImageGroup ?? 0;
  const nonRoot = container.securityContext?.runAsNonRoot ?? pod.spec.securityContext?.runAsNonRoot;
  if (nonRoot === true && (uid ?? 0) === 0) {
    const why = uid === undefined && name !== '' ? `image has non-numeric user (${name}), cannot verify user is non-root` : 'image will run as root';
    throw new ContainerConfigError(`container has runAsNonRoot and ${why} (pod: ${JSON.stringify(`${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`)}, container: ${container.name})`);
  }
  return uid === undefined && gid === 0 ? undefined : { uid: uid ?? 0, gid };
}
