import type { Logger } from '@prow/base-log';
import { currentTraceparent } from '@prow/base-tracing';
import type { KubeClient, ResourceApi, ResourceType } from '@prow/clients-kube';
import { isComplete, orgLabel, type ProwJob, pullLabel, repoLabel, typeLabel, withTraceparent } from '@prow/model-prowjob';
import { retry, type Clock } from '@prow/base-time';
import type { ProwJobs } from './prowjobs.ts';

const prowJobType: ResourceType<ProwJob> = { group: 'prow.k8s.io', version: 'v1', plural: 'prowjobs', kind: 'ProwJob', namespaced: true };

/** ProwJobs in a Kubernetes API. */
export function kubeProwJobs({ kube, namespace, clock, isDryRun, log }: { kube: KubeClient; namespace: () => string; clock: Clock; isDryRun: boolean; log: Logger }): ProwJobs {
  const api = (): ResourceApi<ProwJob> => kube.resource(prowJobType, namespace());
  const listOfPull = async ({ org, repo, number }: { org: string; repo: string; number: number }): Promise<ProwJob[]> => {
    const labelSelector = `${orgLabel}=${org},${repoLabel}=${repo},${pullLabel}=${number},${typeLabel}=presubmit`;
    return (await api().list({ labelSelector })).items;
  };
  return {
    // The name makes it safe to try again: a creation whose answer was lost is found to be there.
    create: async (prowJob) => {
      if (isDryRun) {
        log.info('dry run: ProwJob not created', { job: prowJob.spec.job });
        return { created: false };
      }
      return retry(
        async () => {
          try {
            await api().create(withTraceparent(prowJob, currentTraceparent()));
            return { created: true };
          } catch (error) {
            if (reasonOf(error) === 'AlreadyExists') return { created: false };
            throw error;
          }
        },
        { attempts: 8, backoff: { baseMs: 250, factor: 2, maxMs: 32_000 }, clock },
      );
    },
    listOfPull,
    listRunning: async (query) => (await listOfPull(query)).filter((prowJob) => !isComplete(prowJob)),
    abort: async (prowJob, description) => {
      if (isDryRun) return false;
      try {
        const { name = '', resourceVersion } = prowJob.metadata;
        await api().patch(name, { type: 'merge', body: { status: { state: 'aborted', description } } }, resourceVersion === undefined ? {} : { resourceVersion });
        return true;
      } catch (error) {
        const reason = reasonOf(error);
        if (reason === 'Conflict' || reason === 'NotFound') return false;
        throw error;
      }
    },
  };
}

function reasonOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'reason' in error ? error.reason : undefined;
}
