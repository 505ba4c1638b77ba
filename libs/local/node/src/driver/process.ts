// The fallback: containers as plain processes of this machine, each pod in its own folder.
//
// Nothing can be mounted, so every mount path of a container is replaced by the folder that stands for it, wherever
// it occurs as a whole path in the command, the arguments, the working directory and the values of the environment
// (option JSON included). Scripts that are written down elsewhere and name such a path themselves see the machine's.
import { ProwError } from '@prow/base-errors';
import { processesMarked } from '@prow/base-process';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { mainProcess, startProgress } from '../container/attempt.ts';
import { formatOddEnvironment } from '../container/shell-environment.ts';
import { removeTree } from '../container/remove-tree.ts';
import type { ContainerImage, ContainerPlan, Driver, ExecResult, InsideCommand, Launch, StartedContainer } from './driver.ts';
import type { FolderImages } from './folder-images.ts';
import { findInPath, findTool } from './host-tools.ts';
import type { MemoryGroups } from './memory-groups.ts';
import { replacePaths } from './replace-paths.ts';
import { groupName, sendSignal } from './sandbox.ts';
import { runInside } from './run-inside.ts';
import { failStart, startProgram } from './start-program.ts';

export interface ProcessDriverOptions {
  sh: string;
  images: FolderImages;
  memory: MemoryGroups | undefined;
  nodeBinary: string;
  /** Paths that mean the same inside and outside, and are therefore left alone. */
  sharedPaths: readonly string[];
  /** Why nothing better is used. */
  why: string | undefined;
  sleep(ms: number): Promise<void>;
}

/** In every process of a container but not in its shim (so set by the script), to find those that left its session. */
const markName = 'PROW_NODE_CONTAINER';

const innerScript = `
_prow_workdir=$1 _prow_program=$3 _prow_odd=$4
export PROW_NODE_CONTAINER="$2"
shift 4
. "$_prow_odd"
${failStart}${startProgram}`;

export class ProcessDriver implements Driver {
  readonly name = 'process' as const;
  readonly description: string;
  readonly version = `process://${process.version.slice(1)}`;
  private readonly options: ProcessDriverOptions;
  private readonly setsid = findTool('setsid');

  constructor(options: ProcessDriverOptions) {
    this.options = options;
    const why = options.why === undefined ? '' : ` (${options.why})`;
    this.description = `containers run as plain processes${why}, without isolation: mount paths are replaced by folders of the pod in commands and environment`;
  }

  prepareImage(request: Parameters<Driver['prepareImage']>[0]): Promise<ContainerImage> {
    return this.options.images.prepare(request);
  }

  async launch(plan: ContainerPlan): Promise<Launch> {
    const { directory, image } = plan;
    if (!plan.hasNetwork) throw new ProwError('PROW_NODE_RUNTIME', 'the process runtime cannot keep a container from the network');
    const [home, temporary] = [join(directory, 'root/home'), join(directory, 'root/tmp')];
    await Promise.all([mkdir(home, { recursive: true }), mkdir(temporary, { recursive: true })]);
    const paths = new Map<string, string>();
    for (const path of this.options.sharedPaths) paths.set(path, path);
    if (image.filesDir !== undefined) await mapImageFiles(image.filesDir, paths);
    for (const { containerPath, hostPath } of plan.mounts) paths.set(posix.normalize(containerPath), hostPath);
    const replace = (text: string): string => replacePaths(text, paths);
    const env: Record<string, string> = { HOME: home, TMPDIR: temporary };
    for (const [name, value] of plan.env) env[name] = name === 'PATH' ? value : replace(value);
    env.PATH = await this.searchPath(env.PATH, image, paths);
    const mark = groupName(plan.pod.metadata.uid ?? '', plan.container.name, plan.attempt);
    const mappedDir = replace(plan.workingDir);
    const workingDir = mappedDir !== plan.workingDir || (await isFolder(plan.workingDir)) ? mappedDir : join(directory, 'root', plan.workingDir);
    if (mappedDir !== plan.workingDir || workingDir.startsWith(directory)) await mkdir(workingDir, { recursive: true });
    const oddEnv = join(directory, 'root.odd-env');
    await writeFile(oddEnv, formatOddEnvironment(env), { mode: 0o600 });
    await writeFile(join(directory, 'exec.json'), JSON.stringify({ env, workingDir, paths: [...paths] }), { mode: 0o600 });
    const command = [...plan.command.map(replace), ...destinationOfEntrypoint(plan, replace)];
    const { memory, sh } = this.options;
    const cgroup = plan.memoryLimitBytes === undefined ? undefined : await memory?.create(mark, plan.memoryLimitBytes);
    const inner = [sh, '-c', innerScript, 'prow-container', workingDir, mark, command[0] ?? '', oddEnv, ...command];
    const [file = sh, ...args] = this.setsid === undefined ? inner : [this.setsid, ...inner];
    return {
      file,
      args,
      env,
      endsSession: this.setsid !== undefined,
      ...(cgroup === undefined ? {} : { cgroup }),
    };
  }

  async signal(container: StartedContainer, signal: NodeJS.Signals): Promise<void> {
    for (let waitedMs = 0; waitedMs < 5000 && (await startProgress(container.directory)) === false; waitedMs += 10) {
      if ((await mainProcess(container.directory)) === undefined) return;
      await this.options.sleep(10);
    }
    const main = await mainProcess(container.directory);
    if (main !== undefined) sendSignal(main.pid, signal);
  }

  async kill(container: StartedContainer): Promise<void> {
    const main = await mainProcess(container.directory);
    if (main !== undefined) sendSignal(main.pid === main.groupId ? -main.pid : main.pid, 'SIGKILL');
    this.killMarked(container);
  }

  async commandInside(container: StartedContainer, command: readonly string[]): Promise<InsideCommand | undefined> {
    const text = await readFile(join(container.directory, 'exec.json'), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const { env, workingDir, paths } = JSON.parse(text) as { env: Record<string, string>; workingDir: string; paths: [string, string][] };
    const [file = '', ...args] = command.map((word) => replacePaths(word, new Map(paths)));
    return { file: file.includes('/') ? file : (findInPath(file, env.PATH) ?? file), args, env, cwd: workingDir };
  }

  async exec(container: StartedContainer, command: readonly string[], timeoutMs: number): Promise<ExecResult> {
    return await runInside(await this.commandInside(container, command), timeoutMs);
  }

  async cleanUp(container: Omit<StartedContainer, 'mainPid'>): Promise<{ oomKilled: boolean }> {
    this.killMarked(container);
    const oomKilled = (await this.options.memory?.remove(groupName(container.podUid, container.containerName, container.attempt))) ?? false;
    await removeTree(join(container.directory, 'root'));
    return { oomKilled };
  }

  private killMarked({ podUid, containerName, attempt }: Omit<StartedContainer, 'mainPid'>): void {
    for (const { pid } of processesMarked({ name: markName, value: groupName(podUid, containerName, attempt) })) sendSignal(pid, 'SIGKILL');
  }

  /** The image's own programs first, then the container's PATH or this machine's. */
  private async searchPath(given: string | undefined, image: ContainerImage, paths: ReadonlyMap<string, string>): Promise<string> {
    const usual = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
    const folders = given?.split(':') ?? [...usual, ...(process.env.PATH ?? '').split(':'), dirname(this.options.nodeBinary)];
    const result: string[] = [];
    for (const folder of folders) {
      const ofImage = image.filesDir === undefined ? undefined : join(image.filesDir, folder);
      if (ofImage !== undefined && (await isFolder(ofImage))) result.push(ofImage);
    }
    return [...new Set([...result, ...folders.map((folder) => replacePaths(folder, paths))])].filter((folder) => folder !== '').join(':');
  }
}

/** Files of an image lie in its own folder: their paths, and folders that the machine lacks, are replaced too. */
async function mapImageFiles(filesDir: string, paths: Map<string, string>): Promise<void> {
  for (const entry of await readdir(filesDir, { withFileTypes: true, recursive: true })) {
    if (entry.isDirectory()) continue;
    const source = join(entry.parentPath, entry.name);
    paths.set(posix.join('/', source.slice(filesDir.length)), source);
  }
}

/** entrypoint's copy is asked for by a flag with a default that no text of the pod mentions. */
function destinationOfEntrypoint({ image, command }: ContainerPlan, replace: (text: string) => string): string[] {
  const copies = image.utility === 'entrypoint' && command.some((word) => /^--?copy-mode-only(?:=true)?$/.test(word));
  return copies && !command.some((word) => /^--?copy-(?:dst|destination)\b/.test(word)) ? [`--copy-destination=${replace('/tools/entrypoint')}`] : [];
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then((info) => info.isDirectory(), () => false);
}
