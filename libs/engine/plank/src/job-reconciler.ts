// Brings one job one step after another to where it should be. Each step is one write; a crash after any of them, and
// any of them failing with its outcome unknown, leaves something that the next look understands.
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import type { ResourceApi } from '@prow/clients-kube';
import type { Pod } from '@prow/model-kube-types';
import { clusterAlias, isComplete, type ProwJob } from '@prow/model-prowjob';
import { attemptOf, awaitedBuildIdAnnotation, ownAnnotations } from './attempt.ts';
import type { BuildCluster } from './build-clusters.ts';
import type { BuildIds } from './build-id.ts';
import { decide } from './decide.ts';
import { classifyCreateFailure, reasonOf } from './kube-failure.ts';
import { buildIdOfPod } from './pod-facts.ts';
import { finish, type ClusterView, type PodPolicy, type Situation, type Step, type Turn } from './step.ts';

/** Held by the storage reporter so that a pod does not vanish before its end is recorded. */
const reporterFinalizer = 'prow.x-k8s.io/gcsk8sreporter';
/** A job whose state changes more often than this within one look is left to the next look. */
const maxStepsPerLook = 12;
/** Between looks while a build cluster does not answer. */
const clusterWaitMs = 5000;

/** What the reconciler knows of the other jobs and of the configuration. */
export interface Surroundings {
  /** Takes the newest version of a job. */
  learn(prowJob: ProwJob): void;
  /** The job is gone. */
  forget(prowJob: ProwJob): void;
  cluster(alias: string): { cluster: BuildCluster | undefined; view: ClusterView };
  supersederOf(prowJob: ProwJob): string | undefined;
  turnOf(prowJob: ProwJob): Turn;
  /** Keeps the job's slot while it is being reserved; false when it has none any more. */
  beginReserve(name: string): boolean;
  /** The outcome of the reservation is known. */
  endReserve(name: string): void;
  policyFor(prowJob: ProwJob): PodPolicy;
  /** `status.url` of the job with its build id. */
  urlOf(prowJob: ProwJob): string;
  makePod(prowJob: ProwJob, buildId: string): Pod;
  /** Writes are refused when another replica may lead. */
  mayWrite(): boolean;
}

export interface JobReconcilerOptions {
  prowJobs: Pick<ResourceApi<ProwJob>, 'find' | 'patch'>;
  surroundings: Surroundings;
  buildIds: BuildIds;
  clock: Clock;
  log: Logger;
}

/** What this look has found out beyond the caches. */
interface Findings {
  /** null: surely absent. */
  pod?: Pod | null;
  /** The pod was read from its cluster, not from the cache. */
  isConfirmed: boolean;
  clusterFailed?: unknown;
}

type Performed = 'again' | { wakeAtMs?: number };

export class JobReconciler {
  readonly #options: JobReconcilerOptions;

  constructor(options: JobReconcilerOptions) {
    this.#options = options;
  }

  /**
   * @param jobNow the newest that is known of the job; one that is gone from where this is done is one that is over
   * @returns when to look again without being asked to. Rejects: look again soon.
   */
  async reconcile(name: string, signal: AbortSignal, jobNow: () => ProwJob | undefined): Promise<{ wakeAtMs?: number }> {
    const { surroundings, log, clock } = this.#options;
    const findings: Findings = { isConfirmed: false };
    for (let count = 0; count < maxStepsPerLook; count += 1) {
      const prowJob = jobNow();
      if (prowJob === undefined || !isPlanksJob(prowJob)) return {};
      signal.throwIfAborted();
      const situation = await this.#observe(prowJob, findings);
      const step = decide(situation);
      if (step.do === 'nothing') return step.wakeAtMs === undefined ? {} : { wakeAtMs: step.wakeAtMs };
      if (!surroundings.mayWrite()) return { wakeAtMs: clock.now() + 1000 };
      if (needsConfirmation(step) && !findings.isConfirmed && situation.cluster.kind === 'ready' && situation.pod !== undefined) {
        await this.#readPod(prowJob, findings);
        continue;
      }
      log.debug('plank step', { prowjob: name, step: step.do, ...('because' in step ? { because: step.because } : {}) });
      const performed = await this.#perform(step, situation, findings, signal);
      if (performed !== 'again') return performed;
    }
    return { wakeAtMs: clock.now() + 1000 };
  }

  async #observe(prowJob: ProwJob, findings: Findings): Promise<Situation> {
    const { surroundings, clock } = this.#options;
    const { cluster, view } = surroundings.cluster(clusterAlias(prowJob));
    if (findings.pod === undefined && findings.clusterFailed === undefined && view.kind === 'ready' && mustAskForPod(prowJob, cluster)) {
      await this.#readPod(prowJob, findings);
    }
    const pod = findings.pod === undefined ? cluster?.cachedPod(prowJob.metadata.name ?? '') : (findings.pod ?? undefined);
    return {
      prowJob,
      pod,
      cluster: findings.clusterFailed === undefined || view.kind !== 'ready' ? view : { kind: 'away', because: `${cluster?.alias ?? ''}, which does not answer` },
      supersededBy: surroundings.supersederOf(prowJob),
      turn: surroundings.turnOf(prowJob),
      policy: surroundings.policyFor(prowJob),
      nowMs: clock.now(),
    };
  }

  async #readPod(prowJob: ProwJob, findings: Findings): Promise<void> {
    const { cluster } = this.#options.surroundings.cluster(clusterAlias(prowJob));
    if (cluster === undefined) return;
    try {
      findings.pod = (await cluster.pods.find(prowJob.metadata.name ?? '')) ?? null;
      findings.isConfirmed = true;
    } catch (error) {
      findings.clusterFailed = error;
      cluster.suspect(error);
    }
  }

  #perform(step: Exclude<Step, { do: 'nothing' }>, situation: Situation, findings: Findings, signal: AbortSignal): Promise<Performed> {
    switch (step.do) {
      case 'reserve':
        return this.#reserve(step, situation, signal);
      case 'createPod':
        return this.#createPod(situation, findings);
      case 'deletePod':
        return this.#deletePod(step, situation, findings);
      case 'patch':
        return this.#patch(situation.prowJob, step);
    }
  }

  async #reserve(step: Extract<Step, { do: 'reserve' }>, { prowJob, cluster }: Situation, signal: AbortSignal): Promise<Performed> {
    const { surroundings, buildIds, clock } = this.#options;
    const name = prowJob.metadata.name ?? '';
    // Whether the pod is really lost has to be asked of its cluster.
    if (cluster.kind !== 'ready') return { wakeAtMs: clock.now() + clusterWaitMs };
    const buildId = await buildIds.next(prowJob.spec.job, signal);
    if (!surroundings.beginReserve(name)) return 'again';
    const performed = await this.#patch(prowJob, {
      do: 'patch',
      status: { ...step.status, build_id: buildId },
      annotations: { ...step.annotations, [awaitedBuildIdAnnotation]: buildId },
      because: step.because,
    });
    surroundings.endReserve(name);
    return performed;
  }

  async #createPod(situation: Situation, findings: Findings): Promise<Performed> {
    const { surroundings, clock } = this.#options;
    const { prowJob } = situation;
    const { cluster } = surroundings.cluster(clusterAlias(prowJob));
    if (cluster === undefined) return 'again';
    try {
      const pod = surroundings.makePod(withoutOwnAnnotations(prowJob), attemptOf(prowJob).buildId);
      findings.pod = await cluster.pods.create(pod);
      findings.isConfirmed = true;
      return 'again';
    } catch (error) {
      const failure = classifyCreateFailure(error);
      switch (failure.kind) {
        case 'exists':
          findings.pod = undefined;
          await this.#readPod(prowJob, findings);
          return findings.pod === null ? { wakeAtMs: clock.now() + 1000 } : 'again';
        case 'never':
          return this.#patch(prowJob, finish(situation, { state: 'error', description: `Pod can not be created: ${failure.because}` }, 'pod refused'));
        case 'away':
          findings.clusterFailed = error;
          cluster.suspect(error);
          throw error;
        case 'later':
          return this.#wait(prowJob, `Waiting for ${failure.on}.`, clock.now() + failure.afterMs);
      }
    }
  }

  async #wait(prowJob: ProwJob, description: string, wakeAtMs: number): Promise<Performed> {
    if (prowJob.status.description !== description) await this.#patch(prowJob, { do: 'patch', status: { description }, because: 'waits' });
    return { wakeAtMs };
  }

  async #deletePod({ pod, force }: Extract<Step, { do: 'deletePod' }>, { prowJob }: Situation, findings: Findings): Promise<Performed> {
    const { surroundings } = this.#options;
    const { cluster } = surroundings.cluster(clusterAlias(prowJob));
    if (cluster === undefined) return {};
    const { name = '', uid, finalizers = [] } = pod.metadata;
    try {
      // A pod that is replaced or long overdue must not wait for a reporter.
      if (finalizers.includes(reporterFinalizer) && (force || !isComplete(prowJob))) {
        await cluster.pods.patch(name, { type: 'merge', body: { metadata: { ...(uid === undefined ? {} : { uid }), finalizers: finalizers.filter((each) => each !== reporterFinalizer) } } });
      }
      await cluster.pods.delete(name, { ...(uid === undefined ? {} : { preconditions: { uid } }), ...(force ? { gracePeriodSeconds: 0 } : {}) });
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== 'NotFound' && reason !== 'Conflict') {
        cluster.suspect(error);
        throw error;
      }
    }
    await this.#readPod(prowJob, findings);
    if (findings.clusterFailed !== undefined) throw findings.clusterFailed;
    return 'again';
  }

  async #patch(prowJob: ProwJob, step: Step): Promise<Performed> {
    if (step.do !== 'patch') return 'again';
    const { prowJobs, surroundings } = this.#options;
    const { name = '', resourceVersion } = prowJob.metadata;
    const status = { ...step.status, ...this.#urlFor(prowJob, step) };
    try {
      const body = { ...(step.annotations === undefined ? {} : { metadata: { annotations: step.annotations } }), status };
      surroundings.learn(await prowJobs.patch(name, { type: 'merge', body }, resourceVersion === undefined ? {} : { resourceVersion }));
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === 'NotFound') surroundings.forget(prowJob);
      else if (reason === 'Conflict') await this.#relearn(prowJob);
      else throw error;
    }
    return 'again';
  }

  // Somebody else wrote first.
  async #relearn(prowJob: ProwJob): Promise<void> {
    const { prowJobs, surroundings } = this.#options;
    const now = await prowJobs.find(prowJob.metadata.name ?? '');
    if (now === undefined) surroundings.forget(prowJob);
    else surroundings.learn(now);
  }

  // The URL names the build, so it is written with the state that makes the build known.
  #urlFor(prowJob: ProwJob, { status }: Extract<Step, { do: 'patch' }>): { url?: string } {
    if (status.state !== 'pending' || typeof status.build_id !== 'string' || status.pod_name === undefined) return {};
    try {
      const url = this.#options.surroundings.urlOf({ ...prowJob, status: { ...prowJob.status, build_id: status.build_id } });
      return url === '' ? {} : { url };
    } catch (error) {
      this.#options.log.warn('job has no URL', { prowjob: prowJob.metadata.name, cause: messageOf(error) });
      return {};
    }
  }
}

/** Jobs of other agents, and those a scheduler has yet to place, are not plank's. */
export function isPlanksJob(prowJob: ProwJob): boolean {
  const agent = prowJob.spec.agent ?? '';
  return (agent === '' || agent === 'kubernetes') && prowJob.status.state !== 'scheduling';
}

// The cache alone may say that a pod exists; that one does not, or is another than expected, is asked of the cluster.
function mustAskForPod(prowJob: ProwJob, cluster: BuildCluster | undefined): boolean {
  if (cluster === undefined || isComplete(prowJob) || prowJob.status.state !== 'pending') return false;
  const cached = cluster.cachedPod(prowJob.metadata.name ?? '');
  const attempt = attemptOf(prowJob);
  if (cached === undefined) return !attempt.isAwaited;
  return attempt.buildId !== '' && buildIdOfPod(cached) !== attempt.buildId;
}

// What ends a job against its pod's will, or replaces its pod, must not rest on an old picture of the pod.
function needsConfirmation(step: Step): boolean {
  if (step.do === 'reserve') return step.status !== undefined;
  return step.do === 'patch' && step.status.completionTime != null && (step.status.state === 'error' || step.status.state === 'aborted');
}

function withoutOwnAnnotations(prowJob: ProwJob): ProwJob {
  const annotations = Object.fromEntries(Object.entries(prowJob.metadata.annotations ?? {}).filter(([key]) => !ownAnnotations.includes(key)));
  return { ...prowJob, metadata: { ...prowJob.metadata, annotations } };
}
