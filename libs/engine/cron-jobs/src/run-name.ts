import { createHash } from 'node:crypto';

/** Tells these names from all others that are derived in this way. */
const space = 'prow.k8s.io/periodic';

/**
 * A UUID that depends on nothing but the job and the run's key (RFC 9562, version 8), so that two replicas, or one that
 * died before it noticed, make one and the same ProwJob.
 */
export function runName(job: string, key: string): string {
  const bytes = createHash('sha256').update(JSON.stringify([space, job, key])).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
