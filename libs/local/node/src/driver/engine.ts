// Containers in docker or podman, by their command line: real images, as anywhere.
//
// `docker run` stays in the foreground below the shim, so its output is the container's log and its exit code the
// container's; the containers themselves belong to the engine and are spoken to by name.
import { readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { SharedHostPath } from '../api.ts';
import { mainProcess, readAttempt, type AttemptState } from '../container/attempt.ts';
import { exists } from '../exists.ts';
import type { ContainerImage, ContainerPlan, Driver, ExecResult, InsideCommand, Launch, StartedContainer } from './driver.ts';
import { clientEnvironment, engineCall, lastLine, type EngineCall, type EngineProbe } from './engine-cli.ts';
import type { EngineImages } from './engine-images.ts';
import { attemptLabel, containerName, engineLaunch, nodeLabel, outOfMemoryFile, type EngineLimits } from './engine-launch.ts';
import type { EngineUtilities } from './engine-utilities.ts';
import { isUtilityImage } from './folder-images.ts';

export interface EngineDriverOptions {
  probe: EngineProbe;
  limits: EngineLimits;
  images: EngineImages;
  utilities: EngineUtilities;
  sharedHostPaths: readonly SharedHostPath[];
  /** Tells the containers of several nodes apart. */
  nodeId: string;
  sleep(ms: number): Promise<void>;
}

const signalTimeoutMs = 30_000;
const signalRetryMs = 250;
/** The client's own: it could not start the container. A container may end with the same ones. */
const startFailureCodes = [125, 126, 127];

export class EngineDriver implements Driver {
  readonly name: 'docker' | 'podman';
  readonly description: string;
  readonly version: string;
  private readonly options: EngineDriverOptions;
  private readonly call: EngineCall;
  private readonly removing = new Set<Promise<void>>();

  constructor(options: EngineDriverOptions) {
    this.options = options;
    this.call = engineCall(options.probe);
    this.name = options.probe.engine;
    this.version = `${options.probe.engine}://${options.probe.version}`;
    this.description = `containers run in ${options.probe.engine} ${options.probe.version}${options.limits === 'none' ? '; memory limits are not enforced' : ''}`;
  }

  prepareImage(request: Parameters<Driver['prepareImage']>[0]): Promise<ContainerImage> {
    return this.options.images.prepare(request);
  }

  async launch(plan: ContainerPlan): Promise<Launch> {
    const { probe, limits, utilities, sharedHostPaths, nodeId } = this.options;
    const shared = sharedHostPaths.filter(({ utilitiesOnly = false }) => !utilitiesOnly || isUtilityImage(plan.image.reference)).map(({ path, readOnly = true }) => ({ containerPath: path, hostPath: path, readOnly, isFile: false }));
    const system = plan.image.utility === undefined ? [] : await utilities.mounts();
    return engineLaunch({ probe, limits, nodeId, mounts: [...system, ...shared] }, plan);
  }

  async signal(container: StartedContainer, signal: NodeJS.Signals): Promise<void> {
    // Before the container's program runs there is nothing to signal, and the engine says so.
    for (let waitedMs = 0; waitedMs < signalTimeoutMs; waitedMs += signalRetryMs) {
      if ((await mainProcess(container.directory)) === undefined) return;
      const result = await this.call(['kill', '--signal', signal, containerName(container)]);
      if (result.code === 0) return;
      await this.options.sleep(signalRetryMs);
    }
  }

  async kill(container: StartedContainer): Promise<void> {
    await this.call(['kill', containerName(container)]);
  }

  commandInside(container: StartedContainer, command: readonly string[]): Promise<InsideCommand | undefined> {
    return Promise.resolve({ file: this.options.probe.file, args: ['exec', '--interactive', containerName(container), ...command], env: clientEnvironment(), cwd: '/' });
  }

  async exec(container: StartedContainer, command: readonly string[], timeoutMs: number): Promise<ExecResult> {
    const result = await this.call(['exec', containerName(container), ...command], timeoutMs);
    return { exitCode: result.timedOut ? 137 : result.code ?? 137, output: (result.stdout + result.stderr).slice(0, 16 * 1024) };
  }

  async cleanUp(container: Omit<StartedContainer, 'mainPid'>): Promise<{ oomKilled: boolean; startError?: string }> {
    const result = await this.endOf(container);
    this.removeLater(containerName(container));
    return result;
  }

  /** Removes what earlier nodes over the same folder did not come to remove: containers that are over, or nobody's. */
  async removeOrphans(): Promise<void> {
    const listed = await this.call(['ps', '--all', '--quiet', '--filter', `label=${nodeLabel}=${this.options.nodeId}`]);
    const ids = listed.stdout.split('\n').filter((id) => id !== '');
    if (ids.length === 0) return;
    const { stdout } = await this.call(['container', 'inspect', '--format', `{{.Id}} {{index .Config.Labels "${attemptLabel}"}}`, ...ids]);
    for (const [, id = '', directory = ''] of stdout.matchAll(/^(\w+) (.+)$/gm)) {
      if (!(await exists(directory)) || (await exists(join(directory, 'result.json')))) this.removeLater(id);
    }
  }

  removeTree(path: string): Promise<void> {
    return this.options.utilities.removeTree(path);
  }

  /** Resolves when nothing is left to be removed. */
  async close(): Promise<void> {
    await Promise.all(this.removing);
  }

  private async endOf(container: Omit<StartedContainer, 'mainPid'>): Promise<{ oomKilled: boolean; startError?: string }> {
    const attempt = await readAttempt(container.directory);
    if (attempt.phase === 'exited' && attempt.exitCode === 0) return { oomKilled: false };
    const state = await this.call(['container', 'inspect', '--format', '{{.State.OOMKilled}} {{.State.StartedAt}}', containerName(container)]);
    const [oomKilled, startedAt = ''] = state.code === 0 ? state.stdout.trim().split(' ') : [];
    const startError = startedAt === '' || startedAt.startsWith('0001-') ? await takeStartError(container.directory, attempt) : undefined;
    const isOutOfMemory = oomKilled === 'true' || (await exists(join(container.directory, outOfMemoryFile)));
    return { oomKilled: isOutOfMemory, ...(startError === undefined ? {} : { startError }) };
  }

  /** With the volumes that its image asks for. Nobody waits for it: the next node would do it. */
  private removeLater(name: string): void {
    const removal = this.call(['rm', '--force', '--volumes', ...(this.name === 'podman' ? ['--time', '0'] : []), name]).then(
      () => void this.removing.delete(removal),
      () => void this.removing.delete(removal),
    );
    this.removing.add(removal);
  }
}

/** What the client said of a container that never ran; it stands where the container's output would. */
async function takeStartError(directory: string, state: AttemptState): Promise<string | undefined> {
  if (state.phase !== 'exited' || !startFailureCodes.includes(state.exitCode)) return undefined;
  const log = join(directory, 'log');
  const said = lastLine(await readFile(log, 'utf8'));
  await truncate(log);
  return said.replace(/^(Error|docker): /i, '') || `the container could not be started (${state.exitCode})`;
}
