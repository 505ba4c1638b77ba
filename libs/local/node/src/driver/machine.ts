// What every sandboxed container sees of this machine.
import { lstat, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SharedHostPath } from '../api.ts';
import { exists } from '../exists.ts';
import type { RootTree } from './root-tree.ts';

export interface MachineLink {
  path: string;
  target: string;
}

export interface MachinePath {
  source: string;
  path: string;
  isFile: boolean;
  readOnly: boolean;
  /** Not in the tests' containers. */
  utilitiesOnly?: boolean;
}

export interface Machine {
  /** Bound read-only at their own paths. */
  folders: readonly string[];
  links: readonly MachineLink[];
  /** Bound at another path: the Node binary above all. */
  extra: readonly MachinePath[];
  /** File systems mounted inside the folders: these too become read-only. */
  submounts: readonly string[];
  /** PATH, and nothing else of the machine's environment. */
  env: Readonly<Record<string, string>>;
}

export interface MachineOptions {
  nodeBinary: string;
  sharedHostPaths: readonly SharedHostPath[];
}

/** Where containers find Node and our programs. */
export const nodePath = '/opt/prow/node/bin/node';
export const toolsPath = '/opt/prow/tools';
const sidecarFlags = ['--max-semi-space-size=1', '--single-threaded'];

/**
 * As in the utilities' images: sidecar's many requests then leave less behind. Not for the others: with them, Node starts
 * without its prepared code, in nearly twice the time.
 */
export function nodeFlagsOf(utility: string): readonly string[] {
  return utility === 'sidecar' ? sidecarFlags : [];
}

const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const candidates = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/opt', '/nix', '/gnu', '/run/current-system', '/sys/devices/system/cpu'];

/** Looks at the machine once. */
export async function describeMachine(options: MachineOptions): Promise<Machine> {
  const folders: string[] = [];
  const links: MachineLink[] = [];
  for (const path of candidates) {
    const info = await lstat(path).catch(() => undefined);
    if (info?.isDirectory()) folders.push(path);
    else if (info?.isSymbolicLink()) links.push({ path, target: await readlink(path) });
  }
  const nodeBinary = await realpath(options.nodeBinary);
  const prefix = dirname(dirname(nodeBinary));
  const isDistribution = !folders.includes(prefix) && (await exists(join(prefix, 'lib/node_modules/npm')));
  const extra = [
    isDistribution
      ? { source: prefix, path: dirname(dirname(nodePath)), isFile: false, readOnly: true }
      : { source: nodeBinary, path: nodePath, isFile: true, readOnly: true },
    ...(await nameResolution(folders)),
    ...(await Promise.all(options.sharedHostPaths.map(async ({ path, readOnly = true, utilitiesOnly = false }) => ({ source: path, path, isFile: (await stat(path)).isFile(), readOnly, utilitiesOnly })))),
  ];
  const visible = folders.some((folder) => nodeBinary.startsWith(`${folder}/`) && nodeBinary.endsWith('/bin/node'));
  return {
    folders,
    links,
    extra,
    submounts: await submountsOf(folders),
    env: { PATH: visible ? `${systemPath}:${dirname(nodeBinary)}:${dirname(nodePath)}` : `${systemPath}:${dirname(nodePath)}` },
  };
}

/** Plans the machine's part of a container's file system. */
export async function addMachine(tree: RootTree, machine: Machine, { isUtility }: { isUtility: boolean }): Promise<void> {
  for (const path of machine.folders) tree.addHost(path);
  for (const { path, target } of machine.links) tree.addLink(path, target);
  for (const path of ['/proc', '/dev/pts', '/dev/shm', '/home', '/mnt', '/srv', '/var/cache', '/var/lib', '/var/log', '/run/lock']) tree.addFolder(path);
  tree.addFolder('/root', 0o700);
  tree.addFolder('/tmp', 0o1777);
  tree.addFolder('/var/tmp', 0o1777);
  tree.addLink('/var/run', '/run');
  tree.addLink('/dev/fd', '/proc/self/fd');
  tree.addLink('/dev/stdin', '/proc/self/fd/0');
  tree.addLink('/dev/stdout', '/proc/self/fd/1');
  tree.addLink('/dev/stderr', '/proc/self/fd/2');
  tree.addLink('/dev/ptmx', 'pts/ptmx');
  for (const { path, source, isFile, readOnly, utilitiesOnly = false } of machine.extra) if (isUtility || !utilitiesOnly) await tree.place(path, { source, isFile, readOnly });
}

/** /etc/resolv.conf often is a link into /run, which containers do not see. */
async function nameResolution(folders: readonly string[]): Promise<MachinePath[]> {
  const path = await realpath('/etc/resolv.conf').catch(() => undefined);
  if (path === undefined || folders.some((folder) => path.startsWith(`${folder}/`))) return [];
  return [{ source: path, path, isFile: true, readOnly: true }];
}

async function submountsOf(folders: readonly string[]): Promise<string[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  const points = text.split('\n').map((line) => (line.split(' ')[4] ?? '').replaceAll(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))));
  return [...new Set(points)].filter((point) => folders.some((folder) => point.startsWith(`${folder}/`)));
}
