import { statfsSync } from 'node:fs';
import { ProwError } from '@prow/base-errors';
import type { Write } from './pending-writes.ts';

const pageBytes = 4096;
/** Pages that a write of one key changes at most: the way from the root, and the list of free pages. */
const pagesPerKey = 6;
const marginBytes = 256 * 1024;

/**
 * A disk that fills up in the middle of a commit costs the process (LMDB's native part does not survive it), so a
 * group of writes is begun only where it surely fits.
 * @throws ProwError PROW_STORE_FULL
 */
export function checkSpace(dir: string, writes: readonly Write[]): void {
  if (writes.length === 0) return;
  let neededBytes = marginBytes;
  for (const { value = '' } of writes) neededBytes += (Math.ceil((3 * value.length) / pageBytes) + pagesPerKey) * pageBytes;
  const { bavail, bsize } = statfsSync(dir);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  throw new ProwError('PROW_STORE_FULL', `no room in ${dir}: ${writes.length} writes may need ${neededBytes} bytes, the disk has ${freeBytes} left`, {
    details: { folder: dir, neededBytes, freeBytes },
    transient: true,
    httpStatus: 507,
  });
}
