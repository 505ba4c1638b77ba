// What a run begins with, drawn from its seed. Most worlds are small and plain: ten thousand small ones meet more than a
// thousand large ones.
import type { PlankSection } from '@prow/engine-plank';
import type { Periodic, ProwJob } from '@prow/model-prowjob';
import { prowJobResource } from '@prow/model-prowjob';
import { coreType, type ResourceType } from '@prow/clients-kube';
import type { ConfigMap } from '@prow/model-kube-types';
import type { SeededRandom } from './seeded-random.ts';

export const prowJobType: ResourceType<ProwJob> = prowJobResource;
export const configMapType = coreType<ConfigMap>('configmaps', 'ConfigMap');
export const namespace = 'default';
export const startMs = Date.UTC(2026, 0, 2, 3, 4, 5);
export const minuteMs = 60_000;
/** How long things go wrong. */
export const stormMs = 10 * minuteMs;

export interface World {
  jobs: number;
  /** In which the jobs are made. */
  burstMs: number;
  replicas: 1 | 2;
  /** Jobs begin in `scheduling`; some name a cluster that only the scheduler's mapping knows. */
  hasScheduler: boolean;
  /** Some jobs require others. */
  hasRequirements: boolean;
  periodics: Periodic[];
  plank: PlankSection & { max_concurrency: number; job_queue_capacities: Record<string, number> };
}

export function drawWorld(random: SeededRandom): World {
  const [least, most] = random.chance(0.88) ? [1, 3] : random.chance(0.85) ? [4, 8] : [9, 25];
  const pod = { containers: [{ name: 'test', image: 'i' }] };
  return {
    jobs: random.between(least, most),
    burstMs: random.pick([1000, 20_000, 2 * minuteMs]),
    replicas: random.chance(0.06) ? 2 : 1,
    hasScheduler: random.chance(0.15),
    hasRequirements: random.chance(0.15),
    periodics: random.chance(0.1)
      ? [
          { name: 'hourly', agent: 'kubernetes', cluster: 'default', cron: '*/5 * * * *', spec: pod },
          { name: 'often', agent: 'kubernetes', cluster: 'other', interval: '3m', spec: pod },
        ]
      : [],
    plank: {
      max_concurrency: random.pick([0, 3, 6]),
      max_revivals: random.pick([0, 1, 3]),
      pod_pending_timeout: '2m',
      pod_running_timeout: '5m',
      pod_unscheduled_timeout: '1m',
      job_queue_capacities: { small: 1, wide: 3 },
    },
  };
}
