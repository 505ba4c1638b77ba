// One pod on this node, from its binding to the removal of its folder.
//
// Level-triggered: every change (of the object, of a container, of time) leads to the same look at everything, which
// does what is missing. Never two looks at once. What was done is on disk before it is told.
import { messageOf } from '@prow/base-errors';
import type { Timer } from '@prow/base-time';
import { parseTime, type Pod } from '@prow/model-kube-types';
import { join } from 'node:path';
import { removeTree } from '../container/remove-tree.ts';
import type { NodeContext } from '../kubelet/node-context.ts';
import { podType } from '../kubelet/resource-types.ts';
import { PodVolumes } from '../volume/pod-volumes.ts';
import { ContainerRunner } from './container-runner.ts';
import { isRunning, kindOf, type ContainerView } from './container-view.ts';
import { nextSteps, restartAt } from './next-steps.ts';
import { newPodRecord, readPodRecord, writePodRecord, type PodRecord } from './pod-folder.ts';
import { deadlineOf, endingOf, isFinished } from './pod-ending.ts';
import { podPhase, podStatus, type Ending, type PodStatusInput } from './pod-status.ts';
import { StatusWriter } from './status-writer.ts';

const defaultGraceSeconds = 30;

export interface PodWorkerOptions {
  context: NodeContext;
  pod: Pod;
  /** Its uid, checked to be usable as a folder's name. */
  uid: string;
  /** Called when nothing of it is left. */
  onDone: () => void;
}

export class PodWorker {
  readonly uid: string;
  private readonly options: PodWorkerOptions;
  private readonly directory: string;
  private readonly status: StatusWriter;
  private pod: Pod;
  private gone = false;
  private record: PodRecord | undefined;
  private runners: ContainerRunner[] = [];
  private readonly volumes: PodVolumes;
  private failures = 0;
  private dirty = false;
  private looking: Promise<void> | undefined;
  private timer: Timer | undefined;
  private released = false;
  private done = false;
  private stopGraceMs: number | undefined;

  constructor(options: PodWorkerOptions) {
    this.options = options;
    this.uid = options.uid;
    this.pod = options.pod;
    const { kube, clock, log, podsDir } = options.context;
    this.directory = join(podsDir, this.uid);
    this.volumes = new PodVolumes(options.context, join(this.directory, 'volumes'));
    const { namespace = '', name = '' } = options.pod.metadata;
    this.status = new StatusWriter({ kube, clock, log, namespace, name, uid: this.uid }, options.pod.status);
  }

  get object(): Pod {
    return this.pod;
  }

  get views(): readonly ContainerView[] {
    return this.runners.map(({ view }) => view);
  }

  /** Whether what an earlier node left of it is known. */
  get isTakenUp(): boolean {
    return this.record !== undefined;
  }

  runner(container: string): ContainerRunner | undefined {
    return this.runners.find(({ name }) => name === container);
  }

  /** The object has changed in the API. */
  update(pod: Pod): void {
    this.pod = { ...pod, metadata: { ...pod.metadata, uid: this.uid } };
    this.wake();
  }

  /** The object is gone from the API: everything of it ends at once. */
  remove(): void {
    this.gone = true;
    this.status.close();
    this.wake();
  }

  wake(): void {
    if (this.released || this.done) return;
    this.dirty = true;
    this.looking ??= this.lookRepeatedly().finally(() => {
      this.looking = undefined;
    });
  }

  /** Leaves containers running and looks no more. */
  async release(): Promise<void> {
    this.released = true;
    this.timer?.cancel();
    await this.looking;
    await Promise.all(this.runners.map((runner) => runner.release()));
    await this.status.flush();
    this.status.close();
  }

  /**
   * Ends its containers because the node stops; a pod that would not restart them is evicted. Resolves when none runs
   * and the status is written.
   */
  async stop(graceMs: number): Promise<void> {
    this.stopGraceMs = graceMs;
    const isBusy = (): boolean => !this.done && this.runners.some((runner) => runner.isStarting || isRunning(runner.view));
    do {
      this.wake();
      await this.looking;
      if (isBusy()) await this.options.context.clock.sleep(10);
    } while (isBusy());
    this.wake();
    await this.looking;
    await this.release();
  }

  private async lookRepeatedly(): Promise<void> {
    while (this.dirty && !this.released && !this.done) {
      this.dirty = false;
      this.timer?.cancel();
      try {
        const againInMs = await this.look();
        this.failures = 0;
        if (againInMs !== undefined) this.wakeIn(againInMs);
      } catch (error) {
        this.failures += 1;
        this.options.context.log.warn('Pod could not be synced', { pod: this.pod.metadata.name, error: messageOf(error) });
        this.wakeIn(Math.min(10_000, 100 * 2 ** Math.min(10, this.failures)));
      }
    }
  }

  private wakeIn(ms: number): void {
    this.timer?.cancel();
    if (!this.released && !this.done) this.timer = this.options.context.clock.after(Math.max(1, ms), () => this.wake());
  }

  /** One look at everything; returns when to look again by itself. */
  private async look(): Promise<number | undefined> {
    await this.ensureRecord();
    if (this.gone) return this.lookAtGone();
    const { phase } = this.pod.status ?? {};
    const isOver = phase === 'Succeeded' || phase === 'Failed';
    if (this.pod.metadata.deletionTimestamp !== undefined || isOver) return this.lookAtEnding(this.record?.ending, isOver);
    const ending = await this.findEnding();
    if (ending !== undefined || this.stopGraceMs !== undefined) return this.lookAtEnding(ending, false);
    return this.lookAtLiving();
  }

  private async ensureRecord(): Promise<void> {
    if (this.record !== undefined) return;
    const { context } = this.options;
    const known = await readPodRecord(this.directory);
    const startTime = known?.startTime ?? (this.pod.status?.startTime === undefined ? context.clock.now() : parseTime(this.pod.status.startTime));
    const record = known ?? newPodRecord(this.pod, this.uid, startTime);
    if (known === undefined) await writePodRecord(this.directory, record);
    const make = (isInit: boolean) => (container: Pod['spec']['containers'][number]): ContainerRunner =>
      new ContainerRunner({
        context,
        podUid: this.uid,
        container,
        kind: kindOf(container, isInit),
        directory: join(this.directory, 'containers', container.name),
        onChange: () => this.wake(),
      });
    const runners = [...(this.pod.spec.initContainers ?? []).map(make(true)), ...this.pod.spec.containers.map(make(false))];
    if (known !== undefined) for (const runner of runners) await runner.adopt(this.pod);
    this.runners = runners;
    this.record = record;
  }

  private async lookAtGone(): Promise<number | undefined> {
    if (this.runners.some((runner) => runner.isStarting)) return 50;
    const running = this.runners.filter(({ view }) => isRunning(view));
    for (const runner of running) runner.stop(this.pod, 0, '');
    if (running.length > 0) return 1000;
    await Promise.all(this.runners.map((runner) => runner.release()));
    const { driver } = this.options.context;
    await removeTree(this.directory, driver.removeTree?.bind(driver));
    this.done = true;
    this.options.onDone();
    return undefined;
  }

  /** Reasons of its own for which a pod ends; decided once, on disk before anything is done for it. */
  private async findEnding(): Promise<Ending | undefined> {
    if (this.record === undefined || this.record.ending !== undefined) return this.record?.ending;
    const { clock, allowHostPaths } = this.options.context;
    const ending = endingOf({
      pod: this.pod,
      views: this.views,
      startTime: this.record.startTime,
      now: clock.now(),
      allowHostPaths,
      nodeStops: this.stopGraceMs !== undefined,
      isStarting: this.runners.some((runner) => runner.isStarting),
    });
    return ending === undefined ? undefined : this.decide(this.record, ending);
  }

  private async decide(record: PodRecord, ending: Ending): Promise<Ending> {
    this.record = { ...record, ending };
    await writePodRecord(this.directory, this.record);
    const type = ending.reason === 'DeadlineExceeded' ? 'Normal' : 'Warning';
    this.options.context.events.record({ pod: this.pod, type, reason: ending.reason, message: ending.message });
    return ending;
  }

  /** Nothing is started any more; main containers are stopped first, then sidecars, the last one first. */
  private async lookAtEnding(ending: Ending | undefined, isOver: boolean): Promise<number | undefined> {
    const { context } = this.options;
    if (this.runners.some((runner) => runner.isStarting)) return 20;
    const remainingMs = this.stopRunning(ending);
    if (remainingMs !== undefined) {
      this.tellStatus(ending, true);
      return Math.min(1000, Math.max(20, remainingMs));
    }
    if (isOver) await this.volumes.remove();
    else if (this.stopGraceMs === undefined || ending !== undefined || isFinished(this.pod, this.views)) this.tellStatus(ending, true);
    if (this.pod.metadata.deletionTimestamp === undefined) return undefined;
    const { namespace = '', name = '' } = this.pod.metadata;
    if (await this.status.flush()) {
      await context.kube.resource(podType, namespace).delete(name, { gracePeriodSeconds: 0, preconditions: { uid: this.uid } }).catch((error: unknown) => {
        const { reason } = error as { reason?: string };
        if (reason !== 'NotFound' && reason !== 'Conflict') throw error;
      });
    }
    // The watch tells when it is really gone: finalizers may keep the object.
    return undefined;
  }

  /** Undefined when nothing runs any more, else how long it may take. */
  private stopRunning(ending: Ending | undefined): number | undefined {
    const running = this.runners.filter(({ view }) => isRunning(view));
    if (running.length === 0) return undefined;
    const { clock } = this.options.context;
    const grace = this.pod.spec.terminationGracePeriodSeconds ?? defaultGraceSeconds;
    const { deletionTimestamp } = this.pod.metadata;
    const limits = [ending === undefined ? Number.POSITIVE_INFINITY : ending.at + grace * 1000 - clock.now()];
    // The time is cut to whole seconds: up to one more was meant.
    if (deletionTimestamp !== undefined) limits.push((this.pod.metadata.deletionGracePeriodSeconds ?? grace) * 1000, parseTime(deletionTimestamp) + 1000 - clock.now());
    if (this.stopGraceMs !== undefined) limits.push(this.stopGraceMs);
    const graceMs = Math.max(0, Math.min(deletionTimestamp === undefined ? grace * 1000 : Number.POSITIVE_INFINITY, ...limits));
    const mains = running.filter(({ view }) => view.kind !== 'sidecar');
    const sidecar = running.findLast(({ view }) => view.kind === 'sidecar');
    for (const runner of mains) runner.stop(this.pod, graceMs, '');
    if (mains.length === 0 && sidecar !== undefined) sidecar.stop(this.pod, Math.max(graceMs, this.stopGraceMs === undefined ? 2000 : 0), '');
    return graceMs;
  }

  private async lookAtLiving(): Promise<number | undefined> {
    const { clock } = this.options.context;
    const steps = nextSteps(this.views, this.pod.spec.restartPolicy ?? 'Always');
    if (steps.finished) {
      const remainingMs = this.stopRunning({ reason: '', message: '', disruption: false, at: clock.now() });
      this.tellStatus(undefined, false);
      return remainingMs === undefined ? undefined : 1000;
    }
    const waits: number[] = [];
    const deadlineAt = deadlineOf(this.pod, this.record?.startTime ?? clock.now());
    if (deadlineAt !== undefined) waits.push(deadlineAt - clock.now());
    const paths = await this.volumes.ensure(this.pod, waits);
    if (paths !== undefined) this.startDue(steps.start, paths, waits);
    this.tellStatus(undefined, false);
    return waits.length === 0 ? undefined : Math.max(1, Math.min(...waits));
  }

  private startDue(names: readonly string[], paths: ReadonlyMap<string, string>, waits: number[]): void {
    const { clock, events } = this.options.context;
    for (const name of names) {
      const runner = this.runner(name);
      if (runner === undefined || runner.isStarting) continue;
      const crashedUntil = restartAt(runner.view);
      const dueAt = Math.max(runner.retryAt, crashedUntil);
      const waitMs = dueAt - clock.now();
      if (waitMs <= 0) {
        runner.start(this.pod, paths);
        continue;
      }
      waits.push(waitMs);
      if (crashedUntil > clock.now() && runner.view.waiting === undefined) {
        const message = `back-off ${formatBackoff(crashedUntil - (runner.view.current?.end?.finishedAt ?? crashedUntil))} restarting failed container=${name} pod=${this.pod.metadata.name}_${this.pod.metadata.namespace}(${this.uid})`;
        runner.view.waiting = { reason: 'CrashLoopBackOff', message };
        events.record({ pod: this.pod, type: 'Warning', reason: 'BackOff', message: `Back-off restarting failed container ${name} in pod ${this.pod.metadata.name}_${this.pod.metadata.namespace}(${this.uid})`, fieldPath: `spec.containers{${name}}` });
      }
    }
  }

  private tellStatus(ending: Ending | undefined, terminating: boolean): void {
    const { clock, hostIP } = this.options.context;
    const input: PodStatusInput = {
      pod: this.pod,
      views: this.views,
      ending,
      terminating,
      startTime: this.record?.startTime ?? clock.now(),
      hostIP,
      now: clock.now(),
    };
    const phase = podPhase(input);
    this.status.write(podStatus(input), phase === 'Succeeded' || phase === 'Failed');
  }
}

function formatBackoff(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
