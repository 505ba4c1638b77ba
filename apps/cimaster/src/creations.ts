// The ProwJobs that make clusters, as the page shows them: from ProwJobs alone, so every replica knows of all.
import type { Informer } from '@prow/clients-kube';
import type { ProwJob } from '@prow/model-prowjob';
import type { Creation } from './pool-page.ts';

const shownMs = 24 * 3_600_000;
const maxShown = 20;
const userKey = 'prow.k8s.io/user';

/** Of the last day, newest first. */
export function creationsOf(prowJobs: Informer<ProwJob>, job: string, nowMs: number): Creation[] {
  return prowJobs
    .list()
    .filter(({ spec }) => spec.job === job)
    .map(({ metadata, status }) => {
      const endedMs = Date.parse(status.completionTime ?? '');
      return {
        prowjob: metadata.name ?? '',
        state: status.state ?? 'triggered',
        user: metadata.annotations?.[userKey] ?? metadata.labels?.[userKey] ?? 'unknown',
        startedMs: Date.parse(status.startTime ?? metadata.creationTimestamp ?? ''),
        endedMs: Number.isNaN(endedMs) ? undefined : endedMs,
        url: status.url ?? '',
        description: (status.description ?? '').slice(0, 300),
      };
    })
    .filter(({ startedMs }) => nowMs - startedMs < shownMs)
    .toSorted((a, b) => b.startedMs - a.startedMs)
    .slice(0, maxShown);
}
