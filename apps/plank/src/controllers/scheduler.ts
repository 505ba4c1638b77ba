import { durationMs } from '@prow/base-time';
import { SchedulerController } from '@prow/engine-plank';
import type { Controller, Parts } from '../parts.ts';

/** upstream runs it as `prow-controller-manager --enable-controller=scheduler`. */
export function schedulerController({ config, prowJobs, prowJobApi, clock, log }: Parts): Controller {
  return {
    name: 'scheduler',
    leaseName: 'prow-scheduler-leader-lock',
    lead: (mayWrite) => {
      const scheduler = new SchedulerController({
        prowJobs,
        prowJobApi,
        settings: () => {
          const section = config.current().config.scheduler;
          const url = section?.external?.url ?? '';
          const cacheTime = section?.external?.cache?.entry_timeout_interval;
          return {
            mappings: section?.failover?.mappings ?? {},
            external: url === '' ? undefined : { url, ...(cacheTime === undefined ? {} : { cacheMs: durationMs(cacheTime) }) },
          };
        },
        mayWrite,
        clock,
        log: log.child({ controller: 'scheduler' }),
      });
      scheduler.start();
      return Promise.resolve(() => scheduler.stop());
    },
  };
}
