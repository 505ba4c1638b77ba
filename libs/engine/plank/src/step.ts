// The vocabulary of plank's decisions: what is known of a job, and what may be done next.
import { formatTime, type Pod } from '@prow/model-kube-types';
import type { ProwJob, ProwJobStatus } from '@prow/model-prowjob';
import { awaitedBuildIdAnnotation, lostBuildIdAnnotation, retryAtAnnotation } from './attempt.ts';

/** How long pods may take, and how often a lost one is replaced. */
export interface PodPolicy {
  /** From the pod's start on its node to its phase Running. */
  podPendingTimeoutMs: number;
  /** From the pod's start on its node to its end. */
  podRunningTimeoutMs: number;
  /** From the pod's creation to its start on a node. */
  podUnscheduledTimeoutMs: number;
  /** How many pods may be lost before the job ends with an error. */
  maxRevivals: number;
  /** The wait before the (n+1)th replacement, n from 0. */
  retryDelayMs: (revivals: number) => number;
}

/** A job's turn to have a pod. */
export type Turn =
  | { kind: 'granted' }
  /** `on` says in words what has to happen first; `untilMs`: when to look again at the latest. */
  | { kind: 'waiting'; on: string; untilMs?: number }
  /** It will never be run. */
  | { kind: 'skipped'; because: string };

/** What is known of the job's build cluster. */
export type ClusterView =
  | { kind: 'ready' }
  /** Configured, but not answering now. */
  | { kind: 'away'; because: string }
  /** No cluster has this name. */
  | { kind: 'unknown'; because: string };

export interface Situation {
  prowJob: ProwJob;
  /** Undefined: there is none. Of a cluster that is away: the last that was seen. */
  pod: Pod | undefined;
  cluster: ClusterView;
  /** Name of a newer run of the same job for the same pull request. */
  supersededBy: string | undefined;
  turn: Turn;
  policy: PodPolicy;
  nowMs: number;
}

export type Step =
  | { do: 'nothing'; wakeAtMs?: number }
  /** Give the job a new build id and note that a pod with it shall exist; in the same write what else is given. */
  | { do: 'reserve'; status?: ProwJobStatusPatch; annotations?: AnnotationPatch; because: string }
  | { do: 'createPod' }
  /** `force`: at once and without waiting for its node. */
  | { do: 'deletePod'; pod: Pod; force: boolean; because: string }
  /** A merge patch that fails if the job has changed meanwhile. */
  | { do: 'patch'; status: ProwJobStatusPatch; annotations?: AnnotationPatch; because: string };

/** null removes an annotation. */
export type AnnotationPatch = Record<string, string | null>;

/** null removes a field. */
export type ProwJobStatusPatch = { [K in keyof ProwJobStatus]?: ProwJobStatus[K] | null };

/** Forgets what was noted about an attempt. */
export const noAttempt: AnnotationPatch = { [awaitedBuildIdAnnotation]: null, [lostBuildIdAnnotation]: null, [retryAtAnnotation]: null };

/** A server may quote a whole pod in its refusal. */
const maxDescriptionLength = 1000;

function shorten(text: string): string {
  return text.length <= maxDescriptionLength ? text : `${text.slice(0, maxDescriptionLength)}…`;
}

/** A step that ends the job. */
export function finish(situation: Pick<Situation, 'nowMs'>, status: ProwJobStatusPatch, because: string, annotations: AnnotationPatch = {}): Step {
  const { description } = status;
  return {
    do: 'patch',
    status: { ...status, ...(description == null ? {} : { description: shorten(description) }), completionTime: formatTime(situation.nowMs) },
    annotations: { ...noAttempt, ...annotations },
    because,
  };
}

/** One policy for every pod that its cluster took away: counted, limited, and retried later and later. */
export function replaceLost(situation: Situation, reason: string): Step {
  const { prowJob, policy, nowMs } = situation;
  const revivals = prowJob.status.pod_revival_count ?? 0;
  if (prowJob.spec.error_on_eviction === true) {
    return finish(situation, { state: 'error', description: reason === 'evicted' ? 'Job pod was evicted by the cluster.' : `Job pod was stopped by the cluster (${reason}).` }, reason);
  }
  if (revivals >= policy.maxRevivals) {
    return finish(situation, { state: 'error', description: `Job pod reached max revivals (${policy.maxRevivals}) after being stopped unexpectedly (${reason})` }, reason);
  }
  const retryAtMs = nowMs + policy.retryDelayMs(revivals);
  return {
    do: 'reserve',
    status: {
      state: 'pending',
      pod_revival_count: revivals + 1,
      description: `Job pod was stopped unexpectedly (${reason}); attempt ${revivals + 2} follows.`,
    },
    annotations: { [lostBuildIdAnnotation]: prowJob.status.build_id ?? '', [retryAtAnnotation]: formatTime(Math.ceil(retryAtMs / 1000) * 1000) },
    because: `lost: ${reason}`,
  };
}
