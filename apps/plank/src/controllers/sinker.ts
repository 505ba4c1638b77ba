import { durationMs } from '@prow/base-time';
import { coreType } from '@prow/clients-kube';
import { Sinker, SinkerMetrics } from '@prow/engine-cleanup';
import { allPeriodics } from '@prow/model-config';
import type { Pod } from '@prow/model-kube-types';
import type { Controller, Parts } from '../parts.ts';

const podType = coreType<Pod>('pods', 'Pod');

export function sinkerController({ settings, config, buildClients, prowJobApi, deletedJobs, clock, log, metrics }: Parts): Controller {
  const sinkerMetrics = new SinkerMetrics(metrics);
  return {
    name: 'sinker',
    leaseName: 'prow-sinker-leaderlock',
    lead: (mayWrite) => {
      const sinker = new Sinker({
        prowJobs: prowJobApi,
        podsByCluster: () => {
          const { pod_namespace: podNamespace } = config.current().config;
          return new Map([...buildClients()].map(([alias, client]) => [alias, client.resource(podType, podNamespace)]));
        },
        settings: () => {
          const { config: current } = config.current();
          const { sinker: section } = current;
          return {
            maxProwJobAgeMs: durationMs(section.max_prowjob_age),
            maxPodAgeMs: durationMs(section.max_pod_age),
            terminatedPodTtlMs: durationMs(section.terminated_pod_ttl),
            resyncPeriodMs: durationMs(section.resync_period),
            excludeClusters: section.exclude_clusters ?? [],
            periodicNames: new Set(allPeriodics(current).map((job) => job.name)),
          };
        },
        isDryRun: settings.dryRun,
        mayWrite,
        ...(deletedJobs === undefined ? {} : { onOrphan: (prowJob) => deletedJobs.add(prowJob) }),
        clock,
        log: log.child({ controller: 'sinker' }),
        metrics: sinkerMetrics,
      });
      if (settings.runOnce) return sinker.cleanUp().then(() => () => sinker.stop());
      sinker.start();
      return Promise.resolve(() => sinker.stop());
    },
  };
}
