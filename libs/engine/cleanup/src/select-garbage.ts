// Which ProwJobs and pods are garbage: pure. upstream: cmd/sinker/main.go
import { tryParseTime, type Pod } from '@prow/model-kube-types';
import { idLabel, isComplete, type ProwJob } from '@prow/model-prowjob';

export interface Ages {
  maxProwJobAgeMs: number;
  maxPodAgeMs: number;
  terminatedPodTtlMs: number;
}

/** A pod younger than this may belong to a ProwJob that is not in the cache yet. */
export const orphanGraceMs = 30_000;

/**
 * Jobs that ended and began longer ago than `max_prowjob_age`; the newest run of each configured periodic job stays,
 * for its schedule counts from it.
 */
export function selectProwJobs(prowJobs: readonly ProwJob[], periodicNames: ReadonlySet<string>, ages: Ages, nowMs: number): ProwJob[] {
  const newest = new Map<string, ProwJob>();
  for (const prowJob of prowJobs) {
    if (prowJob.spec.type !== 'periodic' || !periodicNames.has(prowJob.spec.job)) continue;
    const known = newest.get(prowJob.spec.job);
    if (known === undefined || startMs(prowJob) > startMs(known)) newest.set(prowJob.spec.job, prowJob);
  }
  const kept = new Set([...newest.values()].map((prowJob) => prowJob.metadata.uid));
  return prowJobs.filter((prowJob) => isComplete(prowJob) && nowMs - startMs(prowJob) > ages.maxProwJobAgeMs && !kept.has(prowJob.metadata.uid));
}

function startMs(prowJob: ProwJob): number {
  return tryParseTime(prowJob.status.startTime) ?? tryParseTime(prowJob.metadata.creationTimestamp) ?? Number.POSITIVE_INFINITY;
}

export type PodReason = 'ttled' | 'aged' | 'orphaned';

/**
 * Why a pod is garbage; undefined for one that is not. A pod whose job is not over is left to plank, which knows its
 * deadlines, whatever its age.
 * @param prowJob the job it belongs to; undefined: there is none, as seen by a list made after the pod's
 */
export function podGarbage(pod: Pod, prowJob: ProwJob | undefined, ages: Ages, nowMs: number): PodReason | undefined {
  const createdMs = tryParseTime(pod.metadata.creationTimestamp);
  if (prowJob === undefined) return createdMs !== undefined && nowMs - createdMs > orphanGraceMs ? 'orphaned' : undefined;
  if (!isComplete(prowJob)) return undefined;
  const endedMs = tryParseTime(prowJob.status.completionTime);
  if (endedMs !== undefined && nowMs - endedMs > ages.terminatedPodTtlMs) return 'ttled';
  const startedMs = tryParseTime(pod.status?.startTime) ?? createdMs;
  return startedMs !== undefined && nowMs - startedMs > ages.maxPodAgeMs ? 'aged' : undefined;
}

/** Name of the ProwJob a pod belongs to. */
export function prowJobNameOf(pod: Pod): string {
  return pod.metadata.labels?.[idLabel] ?? pod.metadata.name ?? '';
}
