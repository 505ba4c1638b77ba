// The parts of the configuration that plank reads, in the shape it uses. One function makes them from config.yaml.
import { durationMs } from '@prow/base-time';
import type { DecorationConfig, ProwJob } from '@prow/model-prowjob';
import type { Limits } from './admission.ts';
import type { PodPolicy } from './step.ts';

/** `plank` of config.yaml after defaulting, as far as it is read here. */
export interface PlankSection {
  max_concurrency?: number | undefined;
  max_revivals: number;
  pod_pending_timeout: string;
  pod_running_timeout: string;
  pod_unscheduled_timeout: string;
  job_queue_capacities?: Readonly<Record<string, number>> | undefined;
  /** Jobs at once per build cluster; not upstream's. */
  build_cluster_max_concurrency?: Readonly<Record<string, number>> | undefined;
}

/** The wait before a lost pod is replaced: 10 s, doubling up to 5 minutes. */
const retryDelay = { baseMs: 10_000, maxMs: 5 * 60_000 };

export function limitsOf(plank: PlankSection): Limits {
  return {
    global: plank.max_concurrency ?? 0,
    queues: plank.job_queue_capacities ?? {},
    clusters: plank.build_cluster_max_concurrency ?? {},
  };
}

/** The job's decoration may override each timeout. */
export function podPolicyOf(plank: PlankSection, prowJob: ProwJob): PodPolicy {
  const own: DecorationConfig = prowJob.spec.decoration_config ?? {};
  return {
    podPendingTimeoutMs: readDuration(own.pod_pending_timeout, plank.pod_pending_timeout),
    podRunningTimeoutMs: readDuration(own.pod_running_timeout, plank.pod_running_timeout),
    podUnscheduledTimeoutMs: readDuration(own.pod_unscheduled_timeout, plank.pod_unscheduled_timeout),
    maxRevivals: plank.max_revivals,
    retryDelayMs: (revivals) => Math.min(retryDelay.maxMs, retryDelay.baseMs * 2 ** Math.min(revivals, 20)),
  };
}

const parsed = new Map<string, number>();
const maxParsed = 1000;

// A ProwJob may have been written by hand: what can not be read counts as not set.
function readDuration(own: string | undefined, configured: string): number {
  for (const text of [own, configured]) {
    const ms = text === undefined || text === '' ? 0 : parseOnce(text);
    if (ms > 0) return ms;
  }
  return Number.MAX_SAFE_INTEGER;
}

// Asked for at every look at every job, and nearly always for the same few texts.
function parseOnce(text: string): number {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  if (parsed.size >= maxParsed) parsed.clear();
  let ms = 0;
  try {
    ms = durationMs(text);
  } catch {
    // Stays 0.
  }
  parsed.set(text, ms);
  return ms;
}
