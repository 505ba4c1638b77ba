// ProwJobs in traces: W3C traceparents, `00-<trace id>-<span id>-<flags>`. Not upstream's.
import type { ProwJob } from './types.ts';

/** On ProwJobs: traceparent of what caused the job. Absent while tracing is off. */
export const traceparentAnnotation = 'prow.k8s.io/traceparent';

const traceparentPattern = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/;
const uidPattern = /^[0-9a-f]{32}$/;

/** Notes what caused the job; the job as it is where nothing is known. What is noted already stays. */
export function withTraceparent(prowJob: ProwJob, traceparent: string | undefined): ProwJob {
  const { metadata } = prowJob;
  if (traceparent === undefined || metadata.annotations?.[traceparentAnnotation] !== undefined) return prowJob;
  return { ...prowJob, metadata: { ...metadata, annotations: { ...metadata.annotations, [traceparentAnnotation]: traceparent } } };
}

/** Traceparent of what caused the job; undefined when nothing readable is noted. */
export function causeOf(prowJob: ProwJob): string | undefined {
  const noted = prowJob.metadata.annotations?.[traceparentAnnotation];
  return noted !== undefined && traceparentPattern.test(noted) ? noted : undefined;
}

/**
 * Traceparent of the job's own span, which every program can name: in the trace of its cause, or the root of a trace
 * whose id is the job's uid. Undefined while the job has no uid.
 */
export function jobTraceparent(prowJob: ProwJob): string | undefined {
  const hex = (prowJob.metadata.uid ?? '').replaceAll('-', '').toLowerCase();
  if (!uidPattern.test(hex)) return undefined;
  const [, traceId = hex, flags = '01'] = traceparentPattern.exec(causeOf(prowJob) ?? '') ?? [];
  return `00-${traceId}-${hex.slice(16)}-${flags}`;
}
