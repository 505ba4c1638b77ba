// Our pod utilities where containers have images: run by this machine's own programs, without an image of theirs.
//
// Their containers begin with empty folders and see the machine's `/usr`, its Node and our bundle, all read-only. What
// entrypoint takes into the tests' containers is a Node that needs nothing of their images.
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, realpath, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '@prow/base-errors';
import { run, type RunResult } from '@prow/base-process';
import { removeTree } from '../container/remove-tree.ts';
import { exists } from '../exists.ts';
import { ImageError, type ContainerImage, type Mount } from './driver.ts';
import { lastLine, type EngineCall } from './engine-cli.ts';
import { alwaysOptions, limitOptions, mountOptions, quietly, type EngineLimits } from './engine-launch.ts';
import { describeMachine, nodeFlagsOf, nodePath, toolsPath, type Machine } from './machine.ts';

export interface EngineUtilitiesOptions {
  engine: string;
  call: EngineCall;
  /** Keeps the Node for the tests' containers and what the image is made of. */
  directory: string;
  /** Has `pod-utils/main.js`. */
  toolsDir: string | undefined;
  nodeBinary: string;
}

/** Where entrypoint looks for the Node that it takes into tests. */
const runtimePath = '/opt/prow/runtime';
const repository = 'prow.local/machine';
/** Of /etc: certificates, names of users and hosts, what programs are found by. The engine writes hosts and the like itself. */
const etcNames = ['alternatives', 'ca-certificates', 'crypto-policies', 'gitconfig', 'group', 'ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'localtime', 'nsswitch.conf', 'passwd', 'pki', 'ssh', 'ssl'];
const buildTimeoutMs = 10 * 60_000;
const runtimeTimeoutMs = 120_000;

interface Prepared {
  imageId: string;
  machine: Machine;
  mounts: Mount[];
}

export class EngineUtilities {
  private readonly options: EngineUtilitiesOptions;
  private preparing: Promise<Prepared> | undefined;

  constructor(options: EngineUtilitiesOptions) {
    this.options = options;
  }

  /** @throws ImageError */
  async prepare(reference: string, utility: string): Promise<ContainerImage> {
    const { imageId, machine } = await this.prepared();
    const program = join(toolsPath, 'pod-utils/main.js');
    return {
      reference,
      utility,
      id: imageId,
      config: { env: machine.env, workingDir: '/', entrypoint: [nodePath, ...nodeFlagsOf(utility), program, utility] },
      wasPresent: true,
      sizeBytes: 0,
    };
  }

  /** What a utility's container sees of the machine. */
  async mounts(): Promise<readonly Mount[]> {
    return (await this.prepared()).mounts;
  }

  /** Why the engine, which answers, cannot run a container here, or which limits it takes without a word. */
  async tryOut(): Promise<{ limits: EngineLimits } | { reason: string }> {
    // Elsewhere there is no image yet to try it with.
    if (process.platform !== 'linux') return { limits: 'memory without swap' };
    try {
      let said = '';
      for (const limits of ['memory without swap', 'memory', 'none'] as const) {
        const tried = await this.runShell(':', [], [], limitOptions(limits, 2 ** 26));
        said = tried.stderr.trim();
        if (tried.code === 0 && (said === '' || limits === 'none')) return { limits };
      }
      return { reason: `it cannot run a container: ${lastLine(said)}` };
    } catch (error) {
      return { reason: messageOf(error) };
    }
  }

  /** What containers made belongs to users whom only the engine may be. */
  async removeTree(path: string): Promise<void> {
    const doomed = '/run/doomed';
    const mount = { containerPath: doomed, hostPath: dirname(path), readOnly: false, isFile: false };
    const removed = await this.runShell('rm -rf -- "$1"', [join(doomed, basename(path))], [mount], []);
    if (removed.code !== 0) throw new Error(`${path} cannot be removed by ${this.options.engine}: ${lastLine(removed.stderr)}`);
  }

  /** A script in a container that sees the machine's programs. */
  private async runShell(script: string, words: readonly string[], more: readonly Mount[], options: readonly string[]): Promise<RunResult> {
    const machine = await describeMachine({ nodeBinary: this.options.nodeBinary, sharedHostPaths: [] });
    const [image, mounts] = await Promise.all([this.machineImage(machine), systemMounts(machine)]);
    return this.options.call([...quietly, 'run', '--rm', ...alwaysOptions, '--network', 'host', ...options, ...mountOptions([...mounts, ...more]), image, '/bin/sh', '-c', script, 'sh', ...words]);
  }

  private prepared(): Promise<Prepared> {
    this.preparing ??= this.prepareNow().catch((error: unknown) => {
      this.preparing = undefined;
      throw error;
    });
    return this.preparing;
  }

  private async prepareNow(): Promise<Prepared> {
    const { toolsDir, nodeBinary, engine } = this.options;
    const program = join(toolsDir ?? '', 'pod-utils/main.js');
    if (process.platform !== 'linux') {
      throw new ImageError('ErrImagePull', `the images of the pod utilities must be built on this system, each of clonerefs, initupload, entrypoint, sidecar: npm run build && ${engine} build --target NAME -t REFERENCE -f apps/pod-utils/Dockerfile .`);
    }
    if (toolsDir === undefined || !(await exists(program))) {
      throw new ImageError('ErrImagePull', toolsDir === undefined ? 'our pod utilities cannot run: no tools folder is set' : `${program} does not exist: build it (npm run build)`);
    }
    const machine = await describeMachine({ nodeBinary, sharedHostPaths: [] });
    const [imageId, runtime] = await Promise.all([this.machineImage(machine), this.runtime(program)]);
    const mounts = [
      ...(await systemMounts(machine)),
      ...(await Promise.all(machine.extra.filter(({ path }) => path !== '/etc/resolv.conf').map(({ path, source }) => readOnlyMount(path, source)))),
      await readOnlyMount(toolsPath, toolsDir),
      await readOnlyMount(runtimePath, runtime),
    ];
    return { imageId, machine, mounts };
  }

  /** An image of empty folders and the machine's links (`/bin` to `/usr/bin`). */
  private async machineImage({ links }: Machine): Promise<string> {
    const { call, directory, engine } = this.options;
    const tag = createHash('sha256').update(JSON.stringify(['1', links])).digest('hex').slice(0, 16);
    const reference = `${repository}:${tag}`;
    const inspect = async (): Promise<string> => (await call(['image', 'inspect', '--format', '{{.Id}}', reference])).stdout.trim();
    const present = await inspect();
    if (present !== '') return present;
    const context = join(directory, 'machine-image');
    await removeTree(context);
    for (const path of ['etc', 'home', 'root', 'run', 'tmp', 'var/tmp']) await mkdir(join(context, 'root', path), { recursive: true });
    for (const path of ['tmp', 'var/tmp']) await chmod(join(context, 'root', path), 0o1777);
    for (const { path, target } of links) await symlink(target, join(context, 'root', path));
    await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY root/ /\n');
    const built = await call(['build', '--quiet', '--tag', reference, context], buildTimeoutMs);
    if (built.code !== 0) throw new ImageError('ErrImagePull', `${engine} could not build ${reference}: ${lastLine(built.stderr)}`);
    return await inspect();
  }

  /** A Node with its loader and libraries; made once for each Node. */
  private async runtime(program: string): Promise<string> {
    const { directory, nodeBinary } = this.options;
    const path = await realpath(nodeBinary);
    const { size, mtimeMs } = await stat(path);
    const name = `runtime-${createHash('sha256').update(JSON.stringify([path, size, mtimeMs])).digest('hex').slice(0, 16)}`;
    const runtime = join(directory, name);
    if (await exists(runtime)) return runtime;
    await mkdir(directory, { recursive: true });
    for (const other of await readdir(directory)) if (other.startsWith('runtime-')) await removeTree(join(directory, other));
    const made = await run({ file: path, args: [program, 'make-runtime', runtime], env: {}, cwd: '/', timeoutMs: runtimeTimeoutMs });
    if (made.code !== 0) throw new ImageError('ErrImagePull', `the Node for tests' containers could not be made: ${lastLine(made.stderr)}`);
    return runtime;
  }
}

async function systemMounts({ folders }: Machine): Promise<Mount[]> {
  const etc = await Promise.all(etcNames.map(async (name) => ((await exists(`/etc/${name}`)) ? [await readOnlyMount(`/etc/${name}`)] : [])));
  return [...(await Promise.all(folders.filter(isSystem).map((path) => readOnlyMount(path)))), ...etc.flat()];
}

function isSystem(path: string): boolean {
  return path !== '/etc' && path !== '/opt' && !path.startsWith('/sys/');
}

async function readOnlyMount(containerPath: string, hostPath = containerPath): Promise<Mount> {
  return { containerPath, hostPath, readOnly: true, isFile: !(await stat(hostPath)).isDirectory() };
}
