// Runs one pod on this machine, shows its log, and ends as it ends. Level-triggered: what counts is the pod's state.
import { once } from 'node:events';
import { createLogger, silentLogger } from '@prow/base-log';
import { coreType, type KubeResource, type ResourceApi } from '@prow/clients-kube';
import type { RuntimeName, SharedHostPath } from '@prow/local-node';
import type { Pod } from '@prow/model-kube-types';
import type { Console } from '../command.ts';
import { cloneFailureText, readCloneFailures } from './clone-failures.ts';
import { LogFollower, namespaceOf } from './follow-logs.ts';
import { findTools, startLocalCluster, type LocalCluster } from './local-cluster.ts';
import type { GivenObject } from './make-local.ts';
import { outcomeOf, type PodOutcome } from './pod-outcome.ts';
import { Progress, progressText } from './progress.ts';

export interface RunPodOptions {
  pod: Pod;
  objects: readonly GivenObject[];
  /** Where the pod's utilities put their files. */
  outputDirectory: string;
  runtime: 'auto' | RuntimeName;
  /** Empty: `dist` of this checkout. */
  toolsDir: string;
  sharedHostPaths: readonly SharedHostPath[];
  allowHostPaths: readonly string[];
  isVerbose: boolean;
  /** Events and log lines as JSON, one a line, on standard output. */
  isJson: boolean;
  /** Aborted: the pod is stopped as `kubectl delete` would. */
  stop: AbortSignal;
  /** Aborted: it is not waited for. */
  kill: AbortSignal;
}

/** As a shell gives for what SIGINT ended. */
const interruptedCode = 130;
const logGraceMs = 10_000;
const defaultGraceSeconds = 30;
const deletionSlackMs = 10_000;
const podType = coreType<Pod>('pods', 'Pod');
const objectTypes = { Secret: coreType<KubeResource>('secrets', 'Secret'), ConfigMap: coreType<KubeResource>('configmaps', 'ConfigMap') };

/** @returns the job's exit code; 130 when it was stopped */
export async function runPod(options: RunPodOptions, console: Console): Promise<number> {
  const { pod, objects, isVerbose, runtime, sharedHostPaths, allowHostPaths } = options;
  const log = isVerbose ? createLogger({ name: 'mkpod' }) : silentLogger;
  const cluster = await startLocalCluster({ ...findTools(process.argv[1] ?? '', options.toolsDir), runtime, sharedHostPaths, allowHostPaths, log });
  try {
    console.error(`prow mkpod: runs here: ${cluster.description}\n`);
    if (options.stop.aborted) return interruptedCode;
    const namespace = namespaceOf(pod);
    for (const object of objects) await cluster.kube.resource(objectTypes[object.kind], namespace).create({ ...object, metadata: { ...object.metadata, namespace } });
    const pods = cluster.kube.resource(podType, namespace);
    return await new PodRun(cluster, pods, options, console).run();
  } finally {
    await cluster.stop();
  }
}

class PodRun {
  readonly #cluster: LocalCluster;
  readonly #pods: ResourceApi<Pod>;
  readonly #options: RunPodOptions;
  readonly #console: Console;
  readonly #follower: LogFollower;
  readonly #progress: Progress;

  constructor(cluster: LocalCluster, pods: ResourceApi<Pod>, options: RunPodOptions, console: Console) {
    this.#cluster = cluster;
    this.#pods = pods;
    this.#options = options;
    this.#console = console;
    const { isJson } = options;
    const json = (value: object): void => console.out(`${JSON.stringify(value)}\n`);
    this.#follower = new LogFollower(cluster.kube, console, isJson ? (container, line) => json({ container, event: 'log', line }) : undefined);
    this.#progress = new Progress(cluster.kube, (event) => (isJson ? json(event) : console.error(`prow mkpod: ${progressText(event)}\n`)));
  }

  async run(): Promise<number> {
    const { kube } = this.#cluster;
    const name = this.#options.pod.metadata.name ?? '';
    const informer = kube.informer(podType, { namespace: namespaceOf(this.#options.pod) });
    const ended = new Promise<PodOutcome>((resolve) => {
      const look = (pod: Pod): void => {
        if (pod.metadata.name !== name) return;
        this.#progress.see(pod);
        this.#follower.see(pod);
        const outcome = outcomeOf(pod);
        if (outcome !== undefined) resolve(outcome);
      };
      informer.addHandler({
        onAdd: look,
        onUpdate: (_, pod) => look(pod),
        onDelete: () => resolve({ exitCode: interruptedCode, guilty: [], message: 'the pod was deleted' }),
      });
    });
    informer.start();
    this.#progress.start();
    try {
      const created = await this.#pods.create(this.#options.pod);
      const outcome = await Promise.race([ended, aborted(this.#options.stop)]);
      if (outcome === undefined) return await this.#interrupt(created, ended);
      await this.#follower.finish(logGraceMs);
      if (outcome.exitCode !== 0) await this.#showCloneFailures();
      for (const container of outcome.guilty) await this.#follower.show(created, container);
      if (outcome.message !== undefined) this.#console.error(`prow mkpod: ${outcome.message}\n`);
      if (this.#options.isJson) this.#console.out(`${JSON.stringify({ event: 'result', exitCode: outcome.exitCode, ...(outcome.message === undefined ? {} : { message: outcome.message }) })}\n`);
      return outcome.exitCode;
    } finally {
      this.#progress.stop();
      await informer.stop();
    }
  }

  /** clonerefs leaves them in a file only: initupload's log has no more than that cloning failed. */
  async #showCloneFailures(): Promise<void> {
    for (const failure of await readCloneFailures(this.#options.outputDirectory)) {
      if (this.#options.isJson) this.#console.out(`${JSON.stringify({ container: 'clonerefs', event: 'clone-failed', ...failure })}\n`);
      else this.#console.error(`prow mkpod: ${cloneFailureText(failure)}\n`);
    }
  }

  /** As a node does it for a deleted pod: SIGTERM, the pod's grace period, SIGKILL; the log is shown to its end. */
  async #interrupt(pod: Pod, ended: Promise<PodOutcome>): Promise<number> {
    const graceSeconds = pod.spec.terminationGracePeriodSeconds ?? defaultGraceSeconds;
    this.#console.error(`prow mkpod: stopping the job, which has ${graceSeconds} s to end; once more kills it\n`);
    await this.#pods.delete(pod.metadata.name ?? '');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceSeconds * 1000 + deletionSlackMs);
    });
    await Promise.race([ended, late, aborted(this.#options.kill)]);
    clearTimeout(timer);
    await this.#follower.finish(this.#options.kill.aborted ? 0 : logGraceMs);
    return interruptedCode;
  }
}

async function aborted(signal: AbortSignal): Promise<undefined> {
  if (!signal.aborted) await once(signal, 'abort');
  return undefined;
}
