// The volumes of one pod: folders under it, and where containers see them.
import { ProwError } from '@prow/base-errors';
import { isDns1123Label, type Container, type Pod, type Volume, type VolumeMount } from '@prow/model-kube-types';
import { chmod, mkdir, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join, posix, resolve, sep } from 'node:path';
import type { Mount } from '../driver/driver.ts';
import { expandVariables } from '../container/expand-variables.ts';
import { exists } from '../exists.ts';
import { VolumeError, volumeFiles, type VolumeContext } from './volume-files.ts';
import { writeVolume } from './write-volume.ts';

export interface VolumeRules {
  allowHostPaths: boolean | readonly string[];
}

/** Why a pod can never run here, for its volumes; undefined when it can. */
export function forbiddenVolume(pod: Pod, { allowHostPaths }: VolumeRules): string | undefined {
  for (const { name, hostPath } of pod.spec.volumes ?? []) {
    if (!hostPath || allowHostPaths === true) continue;
    const path = posix.normalize(hostPath.path);
    const allowed = Array.isArray(allowHostPaths) && allowHostPaths.some((prefix: string) => path === prefix || path.startsWith(`${prefix.replace(/\/$/, '')}/`));
    if (!allowed) return `volume ${JSON.stringify(name)}: hostPath ${hostPath.path} is not allowed on this node`;
  }
  return undefined;
}

/** Makes or refreshes one volume and returns its path on this machine. Throws VolumeError. */
export async function setUpVolume(volume: Volume, volumesDir: string, context: VolumeContext): Promise<string> {
  if (!isDns1123Label(volume.name)) throw new VolumeError(`invalid volume name ${JSON.stringify(volume.name)}`);
  if (volume.hostPath) return setUpHostPath(volume.hostPath.path, volume.hostPath.type ?? '');
  const directory = join(volumesDir, volume.name);
  const files = await volumeFiles(volume, context);
  if (files !== undefined) {
    await writeVolume(directory, files);
    return directory;
  }
  const kinds = Object.keys(volume).filter((key) => key !== 'name');
  if (volume.emptyDir || kinds.length === 0) {
    await mkdir(directory, { recursive: true });
    await chmod(directory, 0o777);
    return directory;
  }
  throw new VolumeError(`volumes of kind ${kinds.join(', ')} are not supported by this node`);
}

async function setUpHostPath(path: string, type: string): Promise<string> {
  if (type === 'DirectoryOrCreate') await mkdir(path, { recursive: true, mode: 0o755 });
  if (type === 'FileOrCreate') await writeFile(path, '', { flag: 'a', mode: 0o644 });
  const info = await stat(path).catch(() => undefined);
  const matches: Record<string, boolean | undefined> = {
    '': true,
    DirectoryOrCreate: info?.isDirectory(),
    Directory: info?.isDirectory(),
    FileOrCreate: info?.isFile(),
    File: info?.isFile(),
    Socket: info?.isSocket(),
    CharDevice: info?.isCharacterDevice(),
    BlockDevice: info?.isBlockDevice(),
  };
  if (info === undefined && type === '') {
    await mkdir(path, { recursive: true });
    return path;
  }
  if (matches[type] !== true) throw new VolumeError(`hostPath type check failed: ${path} is not a ${type.replace('OrCreate', '').toLowerCase()}`);
  return path;
}

/**
 * Where a container sees its volumes. `paths` are the volumes' paths by name. Throws VolumeError for a mount of no
 * volume, or a subPath that leaves its volume.
 */
export async function containerMounts(container: Container, paths: ReadonlyMap<string, string>, own: ReadonlyMap<string, string>): Promise<Mount[]> {
  const mounts: Mount[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const path = paths.get(mount.name);
    if (path === undefined) throw new VolumeError(`container ${container.name} mounts the volume ${JSON.stringify(mount.name)}, which the pod does not have`);
    const containerPath = posix.normalize(posix.join('/', mount.mountPath)).replace(/(.)\/$/, '$1');
    if (containerPath === '/' || mount.mountPath.includes('\0')) throw new VolumeError(`container ${container.name}: ${JSON.stringify(mount.mountPath)} is no path to mount at`);
    const hostPath = await subPathOf(path, mount, own);
    mounts.push({ containerPath, hostPath, readOnly: mount.readOnly === true, isFile: !(await stat(hostPath)).isDirectory() });
  }
  return mounts;
}

async function subPathOf(path: string, mount: VolumeMount, own: ReadonlyMap<string, string>): Promise<string> {
  const subPath = mount.subPathExpr ? expandSubPath(mount.subPathExpr, own) : mount.subPath ?? '';
  if (subPath === '') return path;
  const full = resolve(path, `./${subPath}`);
  if (subPath.startsWith('/') || (full !== path && !full.startsWith(path + sep))) throw new VolumeError(`subPath ${JSON.stringify(subPath)} leaves its volume`);
  const root = await realpath(path);
  let present = full;
  while (!(await exists(present))) present = dirname(present);
  const real = await realpath(present);
  if (real !== root && !real.startsWith(root + sep)) throw new VolumeError(`subPath ${JSON.stringify(subPath)} leaves its volume through a link`);
  const result = join(real, full.slice(present.length));
  if (present !== full) {
    await mkdir(result, { recursive: true });
    await chmod(result, 0o777).catch(() => {});
  }
  return result;
}

function expandSubPath(expression: string, own: ReadonlyMap<string, string>): string {
  return expandVariables(expression, (name) => {
    const value = own.get(name);
    if (value === undefined) throw new VolumeError(`failed to expand subPathExpr ${JSON.stringify(expression)}: no variable ${name}`);
    return value;
  });
}

export function assertSafeUid(uid: string | undefined): string {
  if (uid === undefined || !/^[A-Za-z0-9-]{1,64}$/.test(uid)) throw new ProwError('PROW_NODE_POD', `pod has an unusable uid ${JSON.stringify(uid)}`);
  return uid;
}

