// One container of one pod: starts its attempts, notices their ends, and ends them.
import type { Timer } from '@prow/base-time';
import { isDns1123Label, type Container, type Pod } from '@prow/model-kube-types';
import { createHash, randomBytes } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { abandonAttempt, listAttempts, mainProcess, readAttempt, readIntent, recordIntent, startProgress, writeWhole } from '../container/attempt.ts';
import { removeTree } from '../container/remove-tree.ts';
import { startShim } from '../container/shim.ts';
import type { InsideCommand, StartedContainer } from '../driver/driver.ts';
import type { NodeContext } from '../kubelet/node-context.ts';
import { LogWatch } from '../logs/log-watch.ts';
import { VolumeError } from '../volume/volume-files.ts';
import { isRunning, type AttemptView, type ContainerKind, type ContainerView } from './container-view.ts';
import { planContainer } from './plan-container.ts';
import { readResult, resultOf, type AttemptResult } from './attempt-result.ts';
import { ContainerStop } from './container-stop.ts';
import { runHook } from './lifecycle-hook.ts';
import { StartFailures } from './start-failures.ts';
import { Prober } from './prober.ts';

/** Who was started by an earlier node is looked at this often; ours tell their end by themselves. */
const adoptedPollMs = 200;
const ownPollMs = 2000;
const keptAttempts = 2;
/** How long it may take until a start is known to have failed. */
const startKnownMs = 2000;

export interface RunnerOptions {
  context: NodeContext;
  podUid: string;
  container: Container;
  kind: ContainerKind;
  /** `<pod folder>/containers/<name>`. */
  directory: string;
  /** Called after every change that the pod has to look at. */
  onChange: () => void;
}

export class ContainerRunner {
  readonly name: string;
  readonly view: ContainerView;
  private readonly options: RunnerOptions;
  /** Folder names by attempt. */
  private readonly folders = new Map<number, string>();
  /** Attempts whose first launch was given up, as an earlier node was killed before it was sure. */
  private readonly abandoned = new Set<number>();
  private starting = false;
  private readonly failures: StartFailures;
  private logWatch: LogWatch | undefined;
  private poll: Timer | undefined;
  private stopping: ContainerStop | undefined;
  private settling: Promise<void> | undefined;
  private prober: Prober | undefined;
  private closed = false;

  constructor(options: RunnerOptions) {
    this.options = options;
    this.name = options.container.name;
    if (!isDns1123Label(this.name)) throw new VolumeError(`invalid container name ${JSON.stringify(this.name)}`);
    this.view = {
      container: options.container,
      kind: options.kind,
      current: undefined,
      previous: undefined,
      waiting: undefined,
      started: false,
      ready: false,
    };
    this.failures = new StartFailures({ context: options.context, view: this.view, fieldPath: this.fieldPath(), onChange: options.onChange });
  }

  /** When a start that failed may be tried again, Unix ms; 0: at once. */
  get retryAt(): number {
    return this.failures.retryAt;
  }

  /** Whether a start is under way. */
  get isStarting(): boolean {
    return this.starting;
  }

  /** Takes up what an earlier node left: what runs is watched, what ended meanwhile is noted. */
  async adopt(pod: Pod): Promise<void> {
    const folders = await listAttempts(this.options.directory);
    for (const { number, name } of folders.slice(-keptAttempts - 1)) {
      const directory = join(this.options.directory, name);
      if ((await readAttempt(directory)).phase === 'intended' && (await abandonAttempt(directory))) {
        this.abandoned.add(number);
        continue;
      }
      this.folders.set(number, name);
      const [state, intent] = await Promise.all([readAttempt(directory), readIntent(directory)]);
      if (state.phase === 'intended') continue;
      const attempt: AttemptView = {
        number,
        containerId: this.containerId(number),
        image: intent?.image ?? '',
        imageId: intent?.imageId ?? '',
        startedAt: state.startedAt,
      };
      this.view.previous = this.view.current;
      this.view.current = attempt;
      if (state.phase === 'running') {
        await this.watch(attempt, adoptedPollMs);
        this.startProber(pod, attempt);
      } else await this.settle(attempt);
    }
  }

  /** Starts the next attempt in the background; `onChange` follows. */
  start(pod: Pod, volumes: ReadonlyMap<string, string>): void {
    if (this.starting || isRunning(this.view) || this.closed) return;
    this.starting = true;
    const work = this.options.context.starts.pass(() => this.startNow(pod, volumes));
    void work
      .catch((error: unknown) => this.failures.note(pod, error))
      .finally(() => {
        this.starting = false;
        this.options.onChange();
      });
  }

  /**
   * Ends it: pre-stop hook, its stop signal, and SIGKILL when the grace is over. Called again, a shorter grace counts.
   */
  stop(pod: Pod, graceMs: number, why: string): void {
    const attempt = this.view.current;
    if (attempt === undefined || attempt.end !== undefined) return;
    const { context } = this.options;
    if (this.stopping === undefined) {
      context.events.record({ pod, type: 'Normal', reason: 'Killing', message: why || `Stopping container ${this.name}`, fieldPath: this.fieldPath() });
      this.prober?.stop();
      this.stopping = new ContainerStop({
        context,
        pod,
        container: this.view.container,
        fieldPath: this.fieldPath(),
        started: async () => this.startedContainer(attempt, await this.mainPid(attempt)),
        isOver: () => attempt.end !== undefined || this.closed,
      });
      if (this.poll !== undefined) this.pollAgain(attempt, adoptedPollMs);
    }
    this.stopping.killAfter(graceMs);
  }

  /** Lets go of a container without ending it: an other node will adopt it. */
  async release(): Promise<void> {
    this.closed = true;
    this.poll?.cancel();
    this.stopping?.cancel();
    this.prober?.stop();
    await this.settling;
    await this.logWatch?.stop();
  }

  /** The folder of an attempt: the latest, or the one before it; undefined when there is none. */
  logDirectory(previous: boolean): string | undefined {
    const attempt = previous ? this.view.previous : this.view.current;
    return attempt === undefined ? undefined : this.attemptDir(attempt.number);
  }

  private async startNow(pod: Pod, volumes: ReadonlyMap<string, string>): Promise<void> {
    if (this.closed) return;
    const { context } = this.options;
    const { view } = this;
    const number = view.current === undefined ? 0 : view.current.number + 1;
    if (this.folders.has(number) && !(await this.clearFailedStart(number))) {
      await this.adopt(pod);
      return;
    }
    // A shim of an abandoned launch must never meet the files of this one.
    this.folders.set(number, this.abandoned.has(number) ? `${number}.${randomBytes(4).toString('hex')}` : String(number));
    const directory = this.attemptDir(number);
    const plan = await planContainer({ context, pod, container: view.container, attempt: number, directory, volumes, fieldPath: this.fieldPath() });
    if (this.closed) return;
    const now = context.clock.now();
    await recordIntent(directory, {
      image: plan.image.reference,
      imageId: plan.image.id,
      createdAt: now,
      ...(plan.memoryLimitBytes === undefined ? {} : { memoryLimitBytes: plan.memoryLimitBytes }),
    });
    const launch = await context.driver.launch(plan);
    if (this.closed) return;
    context.events.record({ pod, type: 'Normal', reason: 'Created', message: `Created container: ${this.name}`, fieldPath: this.fieldPath() });
    const attempt: AttemptView = { number, containerId: this.containerId(number), image: plan.image.reference, imageId: plan.image.id, startedAt: now };
    let exited = false;
    await startShim(context.shim, directory, launch, () => {
      exited = true;
      if (this.view.current === attempt) void this.look(attempt);
    });
    this.failures.clear();
    view.previous = view.current;
    view.current = attempt;
    view.waiting = undefined;
    void this.tellStart(pod, attempt);
    await this.watch(attempt, ownPollMs);
    if (exited) void this.look(attempt);
    void this.dropOldAttempts(number);
    void this.postStart(pod, attempt);
  }

  /** The event about a start, when it is known how it went; an engine tells only of failures, and these come soon. */
  private async tellStart(pod: Pod, attempt: AttemptView): Promise<void> {
    const { clock, events } = this.options.context;
    const fieldPath = this.fieldPath();
    for (let waitedMs = 0; waitedMs < startKnownMs && attempt.end === undefined && !this.closed; waitedMs += 20) {
      if ((await startProgress(this.attemptDir(attempt.number))) === true) break;
      await clock.sleep(20);
    }
    if (attempt.end?.reason === 'StartError') events.record({ pod, type: 'Warning', reason: 'Failed', message: `Error: failed to start container ${JSON.stringify(this.name)}: ${attempt.end.message ?? ''}`, fieldPath });
    else events.record({ pod, type: 'Normal', reason: 'Started', message: `Started container ${this.name}`, fieldPath });
  }

  /** Whether a start that failed halfway has left nothing that runs or may run yet. */
  private async clearFailedStart(number: number): Promise<boolean> {
    const directory = this.attemptDir(number);
    if ((await readIntent(directory)) === undefined) return true;
    if (!(await abandonAttempt(directory))) return false;
    this.abandoned.add(number);
    return true;
  }

  private async postStart(pod: Pod, attempt: AttemptView): Promise<void> {
    const { context } = this.options;
    const { container } = this.view;
    if (container.lifecycle?.postStart) {
      const failure = await runHook(context, container.lifecycle.postStart, this.startedContainer(attempt, await this.mainPid(attempt)), 60_000);
      if (failure !== undefined) {
        context.events.record({ pod, type: 'Warning', reason: 'FailedPostStartHook', message: `PostStartHook failed: ${failure}`, fieldPath: this.fieldPath() });
        this.stop(pod, (pod.spec.terminationGracePeriodSeconds ?? 30) * 1000, 'FailedPostStartHook');
        return;
      }
    }
    this.startProber(pod, attempt);
  }

  private startProber(pod: Pod, attempt: AttemptView): void {
    if (attempt.end !== undefined || this.closed) return;
    const { context } = this.options;
    const { container } = this.view;
    this.prober = new Prober({
      context,
      container,
      exec: async (command, timeoutMs) => context.driver.exec(this.startedContainer(attempt, await this.mainPid(attempt)), command, timeoutMs),
      onChange: (state) => {
        if (this.view.current !== attempt || attempt.end !== undefined) return;
        this.view.started = state.started;
        this.view.ready = state.ready;
        this.options.onChange();
      },
      onFailure: (message, graceSeconds) => {
        context.events.record({ pod, type: 'Warning', reason: 'Unhealthy', message, fieldPath: this.fieldPath() });
        this.stop(pod, (graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30) * 1000, `Container ${this.name} failed ${message.startsWith('Startup') ? 'startup' : 'liveness'} probe, will be restarted`);
      },
    });
    this.prober.start();
  }

  private async watch(attempt: AttemptView, pollMs: number): Promise<void> {
    this.stopping = undefined;
    this.view.started = this.view.container.startupProbe === undefined;
    this.view.ready = this.view.started && this.view.container.readinessProbe === undefined;
    this.logWatch = new LogWatch(this.attemptDir(attempt.number), this.options.context.clock, this.options.context.maxLogBytes);
    await this.logWatch.start();
    this.pollAgain(attempt, pollMs);
  }

  private pollAgain(attempt: AttemptView, pollMs: number): void {
    this.poll?.cancel();
    if (this.closed || attempt.end !== undefined) return;
    this.poll = this.options.context.clock.after(pollMs, () => void this.look(attempt).finally(() => this.pollAgain(attempt, pollMs)));
  }

  /** Looks at the attempt's folder: has it ended? */
  private async look(attempt: AttemptView): Promise<void> {
    if (this.closed || attempt.end !== undefined) return;
    const directory = this.attemptDir(attempt.number);
    const state = await readAttempt(directory);
    if (state.phase === 'exited' || state.phase === 'lost') {
      this.settling ??= this.settle(attempt).finally(() => {
        this.settling = undefined;
        this.options.onChange();
      });
      await this.settling;
      return;
    }
    // Its program has ended, but something it left keeps its output open.
    const ended = await access(join(directory, 'code')).then(() => true, () => false);
    if (ended) await this.options.context.driver.kill(this.startedContainer(attempt, 0));
  }

  private async settle(attempt: AttemptView): Promise<void> {
    const { context, podUid } = this.options;
    const directory = this.attemptDir(attempt.number);
    const state = await readAttempt(directory);
    if (state.phase !== 'exited' && state.phase !== 'lost') return;
    this.poll?.cancel();
    this.stopping?.cancel();
    this.prober?.stop();
    await this.logWatch?.stop();
    if (state.phase === 'lost') await context.driver.kill(this.startedContainer(attempt, state.mainPid ?? 0)).catch(() => {});
    let result: AttemptResult | undefined = await readResult(directory);
    if (result === undefined) {
      const cleaned = await context.driver.cleanUp({ podUid, containerName: this.name, attempt: attempt.number, directory });
      result = await resultOf(directory, this.view.container, state, cleaned);
      await writeWhole(join(directory, 'result.json'), JSON.stringify(result));
    }
    attempt.startedAt = state.startedAt;
    attempt.end = { ...result, finishedAt: state.phase === 'exited' ? state.finishedAt : context.clock.now(), lost: state.phase === 'lost' };
    this.view.started = false;
    this.view.ready = false;
    this.stopping = undefined;
  }

  private async mainPid(attempt: AttemptView): Promise<number> {
    const directory = this.attemptDir(attempt.number);
    for (let waitedMs = 0; waitedMs < 2000; waitedMs += 10) {
      const main = await mainProcess(directory);
      if (main !== undefined) return main.pid;
      if ((await readAttempt(directory)).phase !== 'running') break;
      await this.options.context.clock.sleep(10);
    }
    return 0;
  }

  /** How to run a command in the container; undefined while it does not run. */
  async commandInside(command: readonly string[]): Promise<InsideCommand | undefined> {
    const attempt = this.view.current;
    if (attempt === undefined || attempt.end !== undefined) return undefined;
    return await this.options.context.driver.commandInside(this.startedContainer(attempt, await this.mainPid(attempt)), command);
  }

  private startedContainer(attempt: AttemptView, mainPid: number): StartedContainer {
    return { podUid: this.options.podUid, containerName: this.name, attempt: attempt.number, directory: this.attemptDir(attempt.number), mainPid };
  }

  private async dropOldAttempts(latest: number): Promise<void> {
    for (const { number, name } of await listAttempts(this.options.directory)) {
      if (number <= latest - keptAttempts) await removeTree(join(this.options.directory, name)).catch(() => {});
    }
  }

  private attemptDir(number: number): string {
    return join(this.options.directory, this.folders.get(number) ?? String(number));
  }

  private containerId(number: number): string {
    const { context, podUid } = this.options;
    return `${context.driver.name}://${createHash('sha256').update(`${podUid}/${this.name}/${number}`).digest('hex')}`;
  }

  private fieldPath(): string {
    return `spec.${this.options.kind === 'main' ? 'containers' : 'initContainers'}{${this.name}}`;
  }
}
