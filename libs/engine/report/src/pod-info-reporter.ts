// What became of a job's pod, kept among its artifacts: pod, events, node. A finalizer holds the pod until that is done.
// upstream: pkg/crier/reporters/gcs/kubernetes/reporter.go
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import { coreType, hasReason, type KubeClient } from '@prow/clients-kube';
import type { Storage } from '@prow/clients-storage';
import { basePath, podInfoFile } from '@prow/model-artifact-layout';
import { tryParseTime, type Event, type Node, type Pod } from '@prow/model-kube-types';
import { clusterAlias, isComplete, type GcsConfiguration, type ProwJob } from '@prow/model-prowjob';
import { stateOf, type ReportOutcome, type Reporter } from './reporter.ts';

export const podInfoReporterName = 'gcsk8sreporter';
export const podInfoFinalizer = 'prow.x-k8s.io/gcsk8sreporter';
const podType = coreType<Pod>('pods', 'Pod');
const eventType = coreType<Event>('events', 'Event');
const nodeType = coreType<Node>('nodes', 'Node', false);
/** A pod that is being stopped still gets events. */
const stopPatienceMs = 2 * 60_000;
const stopWaitMs = 5000;

export interface PodInfoReporterOptions {
  /** The job's build cluster; undefined: none of that name is known. */
  clusterOf: (alias: string) => KubeClient | undefined;
  podNamespace: () => string;
  destinationOf: (prowJob: ProwJob) => GcsConfiguration | undefined;
  openStorage: (bucket: string) => Promise<Storage> | Storage;
  /** Which part of all jobs is recorded, 0 to 1; the same jobs every time. upstream: --kubernetes-report-fraction */
  fraction: number;
  isDryRun: boolean;
  clock: Clock;
  log: Logger;
}

export class PodInfoReporter implements Reporter {
  readonly name = podInfoReporterName;
  readonly #options: PodInfoReporterOptions;

  constructor(options: PodInfoReporterOptions) {
    this.#options = options;
  }

  keyOf(prowJob: ProwJob): string {
    return prowJob.metadata.name ?? '';
  }

  shouldReport(prowJob: ProwJob): boolean {
    const { status, metadata } = prowJob;
    if ((status.build_id ?? '') === '' || status.pendingTime === undefined || (this.#options.destinationOf(prowJob)?.bucket ?? '') === '') return false;
    return (status.state === 'pending' || isComplete(prowJob)) && shareOf(metadata.uid ?? '') < this.#options.fraction;
  }

  async report(prowJobs: readonly ProwJob[], signal: AbortSignal): Promise<ReadonlyMap<string, ReportOutcome>> {
    const outcomes = new Map<string, ReportOutcome>();
    for (const prowJob of prowJobs) {
      const outcome = await (isComplete(prowJob) ? this.#record(prowJob, signal) : this.#hold(prowJob)).catch((error: unknown): ReportOutcome => ({ kind: 'failed', error }));
      outcomes.set(prowJob.metadata.name ?? '', outcome);
    }
    return outcomes;
  }

  async #hold(prowJob: ProwJob): Promise<ReportOutcome> {
    const name = prowJob.metadata.name ?? '';
    const pods = this.#options.clusterOf(clusterAlias(prowJob))?.resource(podType, this.#options.podNamespace());
    const pod = await pods?.find(name);
    if (pods === undefined || pod === undefined || pod.metadata.deletionTimestamp !== undefined || this.#options.isDryRun) return { kind: 'reported' };
    const { finalizers = [], resourceVersion } = pod.metadata;
    if (finalizers.includes(podInfoFinalizer)) return { kind: 'reported' };
    const body = { metadata: { finalizers: [...finalizers, podInfoFinalizer] } };
    await pods.patch(name, { type: 'merge', body }, resourceVersion === undefined ? {} : { resourceVersion });
    return { kind: 'reported' };
  }

  async #record(prowJob: ProwJob, signal: AbortSignal): Promise<ReportOutcome> {
    const { clusterOf, podNamespace, destinationOf, openStorage, clock, log, isDryRun } = this.#options;
    const name = prowJob.metadata.name ?? '';
    const kube = clusterOf(clusterAlias(prowJob));
    const destination = destinationOf(prowJob);
    if (kube === undefined || destination?.bucket === undefined || isDryRun) return { kind: 'reported' };
    const pods = kube.resource(podType, podNamespace());
    const pod = await pods.find(name);
    const endedMs = tryParseTime(prowJob.status.completionTime) ?? 0;
    if (pod !== undefined && isStopping(pod) && clock.now() < endedMs + stopPatienceMs) return { kind: 'later', afterMs: stopWaitMs };
    const info = {
      ...(pod === undefined ? {} : { pod }),
      events: await eventsOf(kube, podNamespace(), name),
      ...(pod?.spec.nodeName === undefined ? {} : { node: await nodeOf(kube, pod.spec.nodeName) }),
    };
    const storage = await openStorage(destination.bucket);
    await storage.write(`${basePath(prowJob.spec, prowJob.status.build_id ?? '', destination)}/${podInfoFile}`, JSON.stringify(info, undefined, 2), { contentType: 'application/json', signal });
    if (pod?.metadata.finalizers?.includes(podInfoFinalizer) === true) {
      const finalizers = pod.metadata.finalizers.filter((each) => each !== podInfoFinalizer);
      await pods.patch(name, { type: 'merge', body: { metadata: { ...(pod.metadata.uid === undefined ? {} : { uid: pod.metadata.uid }), finalizers } } }).catch((error: unknown) => {
        if (!hasReason(error, 'NotFound')) throw error;
      });
    }
    log.debug('pod recorded', { prowjob: name, state: stateOf(prowJob), events: info.events.length });
    return { kind: 'reported' };
  }
}

function isStopping(pod: Pod): boolean {
  return pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed';
}

async function eventsOf(kube: KubeClient, namespace: string, pod: string): Promise<Event[]> {
  return (await kube.resource(eventType, namespace).list({ fieldSelector: `involvedObject.name=${pod},involvedObject.kind=Pod` })).items;
}

// A node may be gone, or not ours to see.
async function nodeOf(kube: KubeClient, name: string): Promise<Node | { error: string }> {
  try {
    return await kube.resource(nodeType).get(name);
  } catch (error) {
    return { error: messageOf(error) };
  }
}

/** A number from 0 up to 1 that a job always has. */
function shareOf(uid: string): number {
  let hash = 2_166_136_261;
  for (const character of uid) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16_777_619);
  return (hash >>> 0) / 2 ** 32;
}
