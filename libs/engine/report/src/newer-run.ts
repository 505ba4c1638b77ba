import type { ProwJob } from '@prow/model-prowjob';

/**
 * Whether `other` is a later run than `prowJob`: by creation, then by start, then by build id (which grows with time).
 * Kubernetes cuts times to whole seconds, so two runs may look alike; neither is then the newer one.
 */
export function isNewerRun(other: ProwJob, prowJob: ProwJob): boolean {
  const created = compareText(other.metadata.creationTimestamp, prowJob.metadata.creationTimestamp);
  if (created !== 0) return created > 0;
  const started = compareText(other.status.startTime, prowJob.status.startTime);
  if (started !== 0) return started > 0;
  return buildNumber(other) > buildNumber(prowJob);
}

// RFC 3339 in UTC with whole seconds sorts as text.
function compareText(left = '', right = ''): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function buildNumber(prowJob: ProwJob): bigint {
  const id = prowJob.status.build_id ?? '';
  return /^\d{1,30}$/.test(id) ? BigInt(id) : -1n;
}
