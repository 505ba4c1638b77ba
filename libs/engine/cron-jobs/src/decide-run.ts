// Whether a periodic job is due: a pure function of its configuration, its last run and the time.
// upstream: cmd/horologium/main.go, pkg/cron/cron.go
import { parseCron } from '@prow/base-cron';
import { durationMs } from '@prow/base-time';
import { tryParseTime } from '@prow/model-kube-types';
import { isComplete, type Periodic, type ProwJob } from '@prow/model-prowjob';

/** RFC 3339: the time of the schedule that a run was made for. Not upstream's. */
export const fireTimeAnnotation = 'prow.k8s.io/cron-fire-time';
/** How many runs were made in a row because of `retry`; absent on runs of the schedule itself. Not upstream's. */
export const retryAnnotation = 'prow.k8s.io/periodic-retry';
/** upstream refuses more. */
const maxRetryAttempts = 10;
const maxCatchUpSteps = 100_000;

export type RunDecision =
  /** `key` tells this run from all others of the job: runs with the same key are one run. */
  | { kind: 'run'; key: string; annotations: Record<string, string>; because: string }
  /** `nextAtMs` undefined: nothing will make it due but the end of its last run. */
  | { kind: 'wait'; nextAtMs: number | undefined }
  /** The schedule can not be read. */
  | { kind: 'broken'; error: unknown };

export interface RunQuestion {
  job: Periodic;
  /** The newest run, if any is known. */
  lastRun: ProwJob | undefined;
  /** When the job with this schedule was first seen: fires before do not count. Unix ms. */
  sinceMs: number;
  nowMs: number;
}

export function decideRun(question: RunQuestion): RunDecision {
  const { job, lastRun, nowMs } = question;
  try {
    if (lastRun !== undefined && !isComplete(lastRun)) return { kind: 'wait', nextAtMs: undefined };
    const retry = lastRun === undefined ? undefined : decideRetry(job, lastRun, nowMs);
    if (retry !== undefined) return retry;
    if (isSet(job.cron)) return decideCron(question, job.cron);
    const [text, sinceMs] = isSet(job.minimum_interval)
      ? [job.minimum_interval, tryParseTime(lastRun?.status.completionTime)]
      : [job.interval, tryParseTime(lastRun?.status.startTime) ?? tryParseTime(lastRun?.metadata.creationTimestamp)];
    if (!isSet(text)) return { kind: 'wait', nextAtMs: undefined };
    if (lastRun === undefined) return { kind: 'run', key: 'first', annotations: {}, because: 'it never ran' };
    const dueMs = (sinceMs ?? 0) + durationMs(text);
    return nowMs >= dueMs ? { kind: 'run', key: `after ${lastRun.metadata.uid ?? lastRun.metadata.name ?? ''}`, annotations: {}, because: 'its interval is over' } : { kind: 'wait', nextAtMs: dueMs };
  } catch (error) {
    return { kind: 'broken', error };
  }
}

// Fires that were missed, because nothing ran or because the last run was still going, are made up for by one run.
function decideCron({ job, lastRun, sinceMs, nowMs }: RunQuestion, expression: string): RunDecision {
  const schedule = parseCron(expression);
  if (lastRun === undefined && expression.trim().startsWith('@every')) return { kind: 'run', key: 'first', annotations: {}, because: 'it never ran' };
  const lastFireMs = tryParseTime(lastRun?.metadata.annotations?.[fireTimeAnnotation]) ?? tryParseTime(lastRun?.status.startTime);
  const fromMs = Math.max(sinceMs, lastFireMs ?? Number.NEGATIVE_INFINITY);
  let fireMs = schedule.nextAfter(fromMs);
  if (fireMs === null) return { kind: 'wait', nextAtMs: undefined };
  if (fireMs > nowMs) return { kind: 'wait', nextAtMs: fireMs };
  for (let steps = 0; steps < maxCatchUpSteps; steps += 1) {
    const later = schedule.nextAfter(fireMs);
    if (later === null || later > nowMs) break;
    fireMs = later;
  }
  const fireTime = new Date(fireMs).toISOString().replace('.000Z', 'Z');
  return { kind: 'run', key: `fire ${expression} ${fireTime} ${job.name}`, annotations: { [fireTimeAnnotation]: fireTime }, because: 'its schedule fired' };
}

// `retry`: a failed run is repeated up to `attempts` times, `interval` after its end; with `run_all` also after success.
function decideRetry(job: Periodic, lastRun: ProwJob, nowMs: number): RunDecision | undefined {
  const { retry } = job;
  const attempts = Math.min(retry?.attempts ?? 0, maxRetryAttempts);
  const done = Number.parseInt(lastRun.metadata.annotations?.[retryAnnotation] ?? '0', 10) || 0;
  const failed = lastRun.status.state === 'failure' || lastRun.status.state === 'error';
  if (retry === undefined || done >= attempts || !(failed || retry.run_all === true) || lastRun.status.state === 'aborted') return undefined;
  const dueMs = (tryParseTime(lastRun.status.completionTime) ?? 0) + (isSet(retry.interval) ? durationMs(retry.interval) : 0);
  if (nowMs < dueMs) return { kind: 'wait', nextAtMs: dueMs };
  const fireTime = lastRun.metadata.annotations?.[fireTimeAnnotation];
  return {
    kind: 'run',
    key: `after ${lastRun.metadata.uid ?? lastRun.metadata.name ?? ''}`,
    annotations: { [retryAnnotation]: String(done + 1), ...(fireTime === undefined ? {} : { [fireTimeAnnotation]: fireTime }) },
    because: 'it is tried again',
  };
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
