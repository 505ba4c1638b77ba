// Containers as Linux namespaces made by util-linux's `unshare`, without privileges and without images.
//
// Each container has user, mount, process and host name namespaces of its own. It sees the machine's system
// read-only, its volumes at their exact paths, what its image's folder brings, and private, writable folders
// everywhere else. The network is the machine's.
import { findProcess } from '@prow/base-process';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { LRUCache } from 'lru-cache';
import { mainProcess, startProgress } from '../container/attempt.ts';
import { formatOddEnvironment } from '../container/shell-environment.ts';
import type { MemoryGroups } from './memory-groups.ts';
import type { ContainerImage, ContainerPlan, Driver, ExecResult, InsideCommand, Launch, StartedContainer } from './driver.ts';
import { addMachine, toolsPath, type Machine } from './machine.ts';
import type { RootFolders } from './root-folders.ts';
import { RootTree } from './root-tree.ts';
import { writeFstab, type FstabEntry } from './fstab.ts';
import type { FolderImages } from './folder-images.ts';
import { runInside } from './run-inside.ts';
import { failStart, startProgram } from './start-program.ts';

export interface SandboxTools {
  sh: string;
  unshare: string;
  nsenter: string;
  setsid: string;
  setpriv: string;
  mount: string;
  umount: string;
  pivotRoot: string;
  /** Empty when there is none: the host name is then the machine's. */
  hostname: string;
  /** Empty when there is none: without the network, even the loopback is down. */
  ip: string;
}

export interface SandboxDriverOptions {
  tools: SandboxTools;
  version: string;
  machine: Machine;
  images: FolderImages;
  /** Has our pod utilities; only their containers see it. */
  toolsDir: string | undefined;
  memory: MemoryGroups | undefined;
  roots: RootFolders;
  /** Whether a /proc of the container's own can be mounted; else it sees the machine's processes. */
  ownProc: boolean;
  sleep(ms: number): Promise<void>;
}

/** Outside of the container's processes, to tell how process 1 ended: `unshare --fork` (2.38) loses signals. */
const outerScript = 'exec 3>&2 2> /dev/null; ( exec "$@" 2>&3 3>&- ); exit $?';

/** Process 1 of the container, before it becomes the container's own program. All that varies comes as arguments. */
const innerScript = `
_prow_root=$1 _prow_fstab=$2 _prow_workdir=$3 _prow_name=$4 _prow_mount=$5 _prow_umount=$6 _prow_pivot=$7 _prow_hostname=$8 _prow_program=$9
shift 9
_prow_ip=$1
shift
[ -z "$_prow_ip" ] || "$_prow_ip" link set lo up
. "$_prow_root.odd-env"
${failStart}_prow_trouble=$("$_prow_mount" -n -a -T "$_prow_fstab" 2>&1) || _prow_fail "the container's file system cannot be mounted: $_prow_trouble"
cd "$_prow_root" || _prow_fail "the container's root is gone"
"$_prow_pivot" . .machine || _prow_fail "pivot_root failed"
cd /
"$_prow_umount" -n -l /.machine || _prow_fail "the machine's root cannot be left"
[ -z "$_prow_hostname" ] || "$_prow_hostname" "$_prow_name" 2>/dev/null
${startProgram}`;

export class SandboxDriver implements Driver {
  readonly name = 'sandbox' as const;
  readonly description: string;
  readonly version: string;
  private readonly options: SandboxDriverOptions;
  private readonly bases = new LRUCache<string, RootTree>({ max: 256, ttl: 30_000 });

  constructor(options: SandboxDriverOptions) {
    this.options = options;
    this.version = `sandbox://${options.version}`;
    const limits = options.memory === undefined ? 'memory limits are not enforced (no writable cgroup)' : 'memory limits are enforced';
    this.description = `containers run in Linux namespaces over this machine's own system, read-only; ${limits}`;
  }

  prepareImage(request: Parameters<Driver['prepareImage']>[0]): Promise<ContainerImage> {
    return this.options.images.prepare(request);
  }

  async launch(plan: ContainerPlan): Promise<Launch> {
    const { tools, memory, machine, toolsDir } = this.options;
    const tree = (await this.baseTree(plan.image)).clone();
    if (plan.image.utility !== undefined && toolsDir !== undefined) await tree.place(toolsPath, { source: toolsDir, isFile: false, readOnly: true });
    for (const mount of [...plan.mounts].sort((a, b) => depth(a.containerPath) - depth(b.containerPath))) {
      await tree.place(mount.containerPath, { source: mount.hostPath, isFile: mount.isFile, readOnly: mount.readOnly });
    }
    await tree.ensureFolder(plan.workingDir);
    const layout = await tree.layout();
    const rootDir = join(plan.directory, 'root');
    const fstab = join(plan.directory, 'fstab');
    await writeFstab(fstab, [
      await this.options.roots.prepare(layout, plan.directory),
      ...layout.mounts.flatMap(({ source, path, readOnly }) => mountEntries(source, join(rootDir, path), readOnly, machine.submounts)),
      ...deviceEntries(rootDir, this.options.ownProc),
    ]);
    const env = { ...machine.env, HOME: plan.user === undefined || plan.user.uid === 0 ? '/root' : '/', ...Object.fromEntries(plan.env) };
    await writeFile(`${rootDir}.odd-env`, formatOddEnvironment(env), { mode: 0o600 });
    await writeFile(join(plan.directory, 'exec.json'), JSON.stringify({ env, workingDir: plan.workingDir, hasNetwork: plan.hasNetwork }), { mode: 0o600 });
    const cgroup = plan.memoryLimitBytes === undefined ? undefined : await memory?.create(groupName(plan.pod.metadata.uid ?? '', plan.container.name, plan.attempt), plan.memoryLimitBytes);
    return {
      file: tools.unshare,
      args: [
        '--user', '--map-root-user', '--mount', '--pid', '--uts', '--ipc', '--propagation', 'private', ...(plan.hasNetwork ? [] : ['--net']), '--',
        tools.sh, '-c', outerScript, 'prow-container', tools.setpriv, '--pdeathsig', 'KILL', '--', tools.setsid, tools.sh, '-c', innerScript, 'prow-container',
        rootDir, fstab, plan.workingDir, (plan.pod.metadata.name ?? '').slice(0, 63), tools.mount, tools.umount, tools.pivotRoot, tools.hostname, plan.command[0] ?? '', plan.hasNetwork ? '' : tools.ip,
        ...asUser(tools, plan), ...plan.command,
      ],
      env,
      endsSession: false,
      ...(cgroup === undefined ? {} : { cgroup }),
    };
  }

  async signal(container: StartedContainer, signal: NodeJS.Signals): Promise<void> {
    // Before the program itself runs, process 1 has no use for signals and they would be lost.
    for (let waitedMs = 0; waitedMs < 5000; waitedMs += 10) {
      if ((await mainProcess(container.directory)) === undefined) return;
      if ((await startProgress(container.directory)) === true) break;
      await this.options.sleep(10);
    }
    const inner = await firstChild(container);
    if (inner !== undefined) sendSignal(inner, signal);
  }

  async kill(container: StartedContainer): Promise<void> {
    // The kernel ends a namespace's processes with its first one. Before there is that one, the one that will make it.
    const inner = await firstChild(container);
    const main = await mainProcess(container.directory);
    if (inner !== undefined) sendSignal(inner, 'SIGKILL');
    else if (main !== undefined) sendSignal(main.pid, 'SIGKILL');
  }

  async commandInside(container: StartedContainer, command: readonly string[]): Promise<InsideCommand | undefined> {
    const inner = await firstChild(container);
    if (inner === undefined) return undefined;
    const text = await readFile(join(container.directory, 'exec.json'), 'utf8');
    const { env, workingDir, hasNetwork } = JSON.parse(text) as { env: Record<string, string>; workingDir: string; hasNetwork: boolean };
    const { tools } = this.options;
    const args = ['--target', String(inner), '--user', '--mount', '--pid', '--uts', '--ipc', ...(hasNetwork ? [] : ['--net']), '--preserve-credentials', '--root', `--wd=${join('/proc', String(inner), 'root', workingDir)}`, '--', ...command];
    return { file: tools.nsenter, args, env, cwd: '/' };
  }

  async exec(container: StartedContainer, command: readonly string[], timeoutMs: number): Promise<ExecResult> {
    return await runInside(await this.commandInside(container, command), timeoutMs);
  }

  async cleanUp({ podUid, containerName, attempt, directory }: Omit<StartedContainer, 'mainPid'>): Promise<{ oomKilled: boolean }> {
    const oomKilled = (await this.options.memory?.remove(groupName(podUid, containerName, attempt))) ?? false;
    await this.options.roots.remove(directory);
    return { oomKilled };
  }

  /** The machine and the image, without the pod's own; looked at again after a while, for machines change. */
  private async baseTree(image: ContainerImage): Promise<RootTree> {
    const known = this.bases.get(image.id);
    if (known !== undefined) return known;
    const tree = new RootTree();
    await addMachine(tree, this.options.machine, { isUtility: image.utility !== undefined });
    tree.addFolder('/.machine');
    for (const name of devices) tree.addEmptyFile(`/dev/${name}`);
    if (image.filesDir !== undefined) await addImageFiles(tree, image.filesDir);
    if (image.config.workingDir !== '/') await tree.ensureFolder(image.config.workingDir);
    this.bases.set(image.id, tree);
    return tree;
  }
}

async function addImageFiles(tree: RootTree, filesDir: string): Promise<void> {
  for (const entry of await readdir(filesDir, { withFileTypes: true, recursive: true })) {
    if (entry.isDirectory()) continue;
    const source = join(entry.parentPath, entry.name);
    const path = posix.join('/', source.slice(filesDir.length));
    if (tree.isPrivate(path) || entry.isSymbolicLink()) tree.addCopy(path, source);
    else await tree.place(path, { source, isFile: true, readOnly: true });
  }
}

/** A bind mount is read-only by itself alone: file systems mounted inside it need their own. */
function mountEntries(source: string, target: string, readOnly: boolean, submounts: readonly string[]): FstabEntry[] {
  const options = readOnly ? 'rbind,ro' : 'rbind';
  const inside = readOnly ? submounts.filter((path) => path.startsWith(`${source}/`)) : [];
  return [source, ...inside].map((path) => ({ source: path, target: target + path.slice(source.length), type: 'none', options }));
}

const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

function deviceEntries(rootDir: string, ownProc: boolean): FstabEntry[] {
  return [
    ...devices.map((name) => ({ source: `/dev/${name}`, target: join(rootDir, 'dev', name), type: 'none', options: 'bind' })),
    { source: 'devpts', target: join(rootDir, 'dev/pts'), type: 'devpts', options: 'newinstance,ptmxmode=0666,mode=0620' },
    { source: 'shm', target: join(rootDir, 'dev/shm'), type: 'tmpfs', options: 'nosuid,nodev,mode=1777,size=64m' },
    ownProc
      ? { source: 'proc', target: join(rootDir, 'proc'), type: 'proc', options: 'nosuid,nodev,noexec' }
      : { source: '/proc', target: join(rootDir, 'proc'), type: 'none', options: 'rbind' },
  ];
}

/** The one user that is mapped may be called as wished. */
function asUser(tools: SandboxTools, { user }: ContainerPlan): string[] {
  if (user === undefined || (user.uid === 0 && user.gid === 0)) return [];
  return [tools.unshare, '--user', `--map-user=${user.uid}`, `--map-group=${user.gid}`, '--'];
}

async function firstChild({ directory }: StartedContainer): Promise<number | undefined> {
  const main = await mainProcess(directory);
  if (main === undefined) return undefined;
  const text = await readFile(`/proc/${main.pid}/task/${main.pid}/children`, 'latin1').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return Number.isInteger(pid) && findProcess(pid) !== undefined ? pid : undefined;
}

export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export function groupName(podUid: string, containerName: string, attempt: number): string {
  return `${podUid}-${containerName}-${attempt}`;
}

function depth(path: string): number {
  return path.split('/').length;
}
