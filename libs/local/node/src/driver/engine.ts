// Containers in docker or podman, by their command line: real images, as anywhere.
//
// `docker run` stays in the foreground below the shim, so its output is the container's log and its exit code the
// container's; the containers themselves belong to the engine and are spoken to by name.
import { run } from '@prow/base-process';
import { createHash } from 'node:crypto';
import type { SharedHostPath } from '../api.ts';
import { parseImageReference } from '../image/reference.ts';
import type { ImageConfig } from '../image/dockerfile.ts';
import { ImageError, type ContainerImage, type ContainerPlan, type Driver, type ExecResult, type InsideCommand, type Launch, type StartedContainer } from './driver.ts';
import { findInPath } from './host-tools.ts';

export interface EngineProbe {
  engine: 'docker' | 'podman';
  /** The client program. */
  file: string;
  version: string;
}

export interface EngineDriverOptions {
  probe: EngineProbe;
  sharedHostPaths: readonly SharedHostPath[];
  /** Images under these are built here and never fetched when present. */
  localRegistries: readonly string[];
}

interface InspectedImage {
  Id?: string;
  Size?: number;
  Config?: { Env?: string[] | null; WorkingDir?: string; Entrypoint?: string[] | null; Cmd?: string[] | null; User?: string };
}

const pullTimeoutMs = 30 * 60_000;
const callTimeoutMs = 60_000;

/** Why the engine does not answer, or how to call it. */
export async function probeEngine(engine: 'docker' | 'podman'): Promise<EngineProbe | string> {
  const file = findInPath(engine);
  if (file === undefined) return 'is not installed';
  const format = engine === 'docker' ? '{{.Server.Version}}' : '{{.Client.Version}}';
  const result = await run({ file, args: ['version', '--format', format], env: process.env as Record<string, string>, timeoutMs: 5000 });
  const version = result.stdout.trim();
  if (result.code !== 0 || version === '') return lastLine(result.stderr) || 'does not answer';
  return { engine, file, version };
}

export class EngineDriver implements Driver {
  readonly name: 'docker' | 'podman';
  readonly description: string;
  readonly version: string;
  private readonly options: EngineDriverOptions;

  constructor(options: EngineDriverOptions) {
    this.options = options;
    this.name = options.probe.engine;
    this.version = `${options.probe.engine}://${options.probe.version}`;
    this.description = `containers run in ${options.probe.engine} ${options.probe.version}`;
  }

  async prepareImage({ reference, policy }: Parameters<Driver['prepareImage']>[0]): Promise<ContainerImage> {
    const parsed = parseImageReference(reference);
    if (parsed === undefined) throw new ImageError('InvalidImageName', `couldn't parse image name ${JSON.stringify(reference)}: invalid reference format`);
    const isLocal = this.options.localRegistries.some((prefix) => parsed.repository.startsWith(prefix));
    const present = await this.inspect(reference);
    if (present !== undefined && (policy !== 'Always' || isLocal)) return imageOf(reference, present, true);
    if (policy === 'Never') throw new ImageError('ErrImageNeverPull', `Container image ${JSON.stringify(reference)} is not present with pull policy of Never`);
    const pulled = await this.call(['pull', '--quiet', reference], pullTimeoutMs);
    const fetched = pulled.code === 0 ? await this.inspect(reference) : undefined;
    if (fetched !== undefined) return imageOf(reference, fetched, false);
    const hint = isLocal ? `; it is one of the images/ folder: build it with ${this.name} first` : '';
    throw new ImageError('ErrImagePull', `${lastLine(pulled.stderr) || `${this.name} pull ended with ${pulled.code}`}${hint}`);
  }

  async launch(plan: ContainerPlan): Promise<Launch> {
    return engineLaunch(this.options, plan);
  }

  async signal(container: StartedContainer, signal: NodeJS.Signals): Promise<void> {
    // Before the engine has made the container there is nothing to signal.
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const result = await this.call(['kill', '--signal', signal, containerName(container)]);
      if (result.code === 0 || /is not running|not running/.test(result.stderr)) return;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  async kill(container: StartedContainer): Promise<void> {
    await this.call(['kill', containerName(container)]);
  }

  commandInside(container: StartedContainer, command: readonly string[]): Promise<InsideCommand | undefined> {
    return Promise.resolve({ file: this.options.probe.file, args: ['exec', '--interactive', containerName(container), ...command], env: process.env as Record<string, string>, cwd: '/' });
  }

  async exec(container: StartedContainer, command: readonly string[], timeoutMs: number): Promise<ExecResult> {
    const result = await this.call(['exec', containerName(container), ...command], timeoutMs);
    return { exitCode: result.timedOut ? 137 : result.code ?? 137, output: (result.stdout + result.stderr).slice(0, 16 * 1024) };
  }

  async cleanUp(container: Omit<StartedContainer, 'mainPid'>): Promise<{ oomKilled: boolean }> {
    const name = containerName(container);
    const state = await this.call(['inspect', '--format', '{{.State.OOMKilled}}', name]);
    await this.call(['rm', '--force', name]);
    return { oomKilled: state.stdout.trim() === 'true' };
  }

  private async inspect(reference: string): Promise<InspectedImage | undefined> {
    const result = await this.call(['image', 'inspect', reference]);
    if (result.code !== 0) return undefined;
    const [image] = JSON.parse(result.stdout) as InspectedImage[];
    return image;
  }

  private call(args: readonly string[], timeoutMs = callTimeoutMs): ReturnType<typeof run> {
    return run({ file: this.options.probe.file, args: [...args], env: process.env as Record<string, string>, timeoutMs });
  }
}

/** The engine's arguments for a plan. */
export function engineLaunch({ probe, sharedHostPaths }: Pick<EngineDriverOptions, 'probe' | 'sharedHostPaths'>, plan: ContainerPlan): Launch {
  const name = containerName({ podUid: plan.pod.metadata.uid ?? '', containerName: plan.container.name, attempt: plan.attempt });
  const shared = sharedHostPaths.map(({ path, readOnly = true }) => ({ containerPath: path, hostPath: path, readOnly }));
  const mounts = [...shared, ...plan.mounts].flatMap(({ containerPath, hostPath, readOnly }) => {
    const fields = ['type=bind', `source=${hostPath}`, `target=${containerPath}`, ...(readOnly ? ['readonly'] : [])];
    return ['--mount', fields.map(csvField).join(',')];
  });
  // Values go through the client's environment, out of sight of `ps`; those the client itself would heed go as words.
  const passed: Record<string, string> = {};
  const variables = [...plan.env].flatMap(([key, value]) => {
    if (isClientVariable(key)) return ['--env', `${key}=${value}`];
    passed[key] = value;
    return ['--env', key];
  });
  const [first = '', ...rest] = plan.command;
  return {
    file: probe.file,
    args: [
      'run', '--name', name, '--pull', 'never', '--network', plan.hasNetwork ? 'host' : 'none', '--log-driver', 'none', '--workdir', plan.workingDir,
      '--label', `prow.local/pod=${plan.pod.metadata.namespace}/${plan.pod.metadata.name}`,
      ...(plan.user === undefined ? [] : ['--user', `${plan.user.uid}:${plan.user.gid}`]),
      ...(plan.memoryLimitBytes === undefined ? [] : ['--memory', String(plan.memoryLimitBytes)]),
      ...mounts, ...variables, '--entrypoint', first, plan.image.reference, ...rest,
    ],
    env: { ...(process.env as Record<string, string>), ...passed },
    endsSession: false,
  };
}

/** Stable, so that a second start of the same attempt is refused by the engine. */
export function containerName({ podUid, containerName: name, attempt }: Pick<StartedContainer, 'podUid' | 'containerName' | 'attempt'>): string {
  return `prow-${createHash('sha256').update(`${podUid}/${name}`).digest('hex').slice(0, 16)}-${name}-${attempt}`;
}

function imageOf(reference: string, { Id = '', Size = 0, Config = {} }: InspectedImage, wasPresent: boolean): ContainerImage {
  const env = Object.fromEntries((Config.Env ?? []).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  const config: ImageConfig = {
    env,
    workingDir: Config.WorkingDir || '/',
    ...(Config.Entrypoint ? { entrypoint: Config.Entrypoint } : {}),
    ...(Config.Cmd ? { cmd: Config.Cmd } : {}),
    ...(Config.User ? { user: Config.User } : {}),
  };
  return { reference, id: Id, config, wasPresent, sizeBytes: Size };
}

function isClientVariable(name: string): boolean {
  return /^(PATH|HOME|USER|TMPDIR|PWD|LANG|TERM|.*_PROXY|.*_proxy|NO_PROXY|no_proxy|(DOCKER|CONTAINER|CONTAINERS|XDG|LD|LC|GODEBUG|BUILDKIT|PODMAN|DBUS|SSH|STORAGE|REGISTRY).*)$/.test(name) || !/^[A-Za-z_]\w*$/.test(name);
}

function csvField(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 500) ?? '';
}
