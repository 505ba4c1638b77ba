import { durationMs } from '@prow/base-time';
import { coreType } from '@prow/clients-kube';
import { ConfigMapFirstSeen, Horologium, indexByPeriodic } from '@prow/engine-cron-jobs';
import { allPeriodics } from '@prow/model-config';
import type { ConfigMap } from '@prow/model-kube-types';
import type { Controller, Parts } from '../parts.ts';

const configMapType = coreType<ConfigMap>('configmaps', 'ConfigMap');
const defaultTick = '1m';

export function horologiumController({ config, main, prowJobs, prowJobApi, namespace, clock, log }: Parts): Controller {
  indexByPeriodic(prowJobs);
  return {
    name: 'horologium',
    leaseName: 'prow-horologium-leader-lock',
    lead: (mayWrite) => {
      const horologium = new Horologium({
        prowJobs,
        prowJobApi: () => prowJobApi,
        firstSeen: new ConfigMapFirstSeen({ configMaps: main.resource(configMapType, namespace) }),
        settings: () => {
          const { config: current } = config.current();
          return {
            periodics: allPeriodics(current),
            tickIntervalMs: durationMs(current.horologium?.tick_interval ?? defaultTick),
            prowJobNamespace: namespace,
            isSchedulerEnabled: current.scheduler?.enabled === true,
          };
        },
        mayWrite,
        clock,
        log: log.child({ controller: 'horologium' }),
      });
      horologium.start();
      return Promise.resolve(() => horologium.stop());
    },
  };
}
