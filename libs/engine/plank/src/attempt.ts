// What plank notes about the present attempt (one pod) of a job. It lies in annotations of the ProwJob, written in the
// same patch as the status it belongs to, so that a plank that died between any two writes knows where it stopped.
import { tryParseTime } from '@prow/model-kube-types';
import type { ProwJob } from '@prow/model-prowjob';

/** Build id of a pod that shall exist and has not been seen yet. Removed when it was. */
export const awaitedBuildIdAnnotation = 'prow.k8s.io/awaited-build-id';
/** Build id of the last pod that was lost with its node and is counted in `pod_revival_count`. */
export const lostBuildIdAnnotation = 'prow.k8s.io/lost-build-id';
/** RFC 3339: no pod before this time. */
export const retryAtAnnotation = 'prow.k8s.io/retry-at';
/** Why a job was never run. */
export const skippedAnnotation = 'prow.k8s.io/skipped';
/** On what a job waits that is not started yet; the same text as the description. */
export const ownAnnotations: readonly string[] = [awaitedBuildIdAnnotation, lostBuildIdAnnotation, retryAtAnnotation];

export interface Attempt {
  /** '' until a pod is meant to exist. */
  buildId: string;
  /** The pod shall be made, and has not been seen. */
  isAwaited: boolean;
  lostBuildId: string | undefined;
  retryAtMs: number | undefined;
}

export function attemptOf(prowJob: ProwJob): Attempt {
  const annotations = prowJob.metadata.annotations ?? {};
  const buildId = prowJob.status.build_id ?? '';
  return {
    buildId,
    isAwaited: buildId !== '' && annotations[awaitedBuildIdAnnotation] === buildId,
    lostBuildId: annotations[lostBuildIdAnnotation],
    retryAtMs: tryParseTime(annotations[retryAtAnnotation]),
  };
}
