import { createHash } from 'node:crypto';

/**
 * A UUID that says the same for the same parts, and nothing about them. ProwJobs are named by it: (delivery, job, refs)
 * give one name, so an event handled again creates nothing twice.
 */
export function derivedUuid(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  const hex = hash.digest('hex');
  // Version 8 (own scheme), variant 10, as RFC 9562 lays out.
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
