import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { messageOf, ProwError } from '@prow/base-errors';
import { walkPages } from './walk-pages.ts';

// Where LMDB keeps what is checked here: offsets within one of the two meta pages with which a file begins.
const metaFlagOffset = 18;
const metaFlag = 0x08;
const magicOffset = 24;
const magic = 0xbeefc0de;
const versionOffset = 28;
const knownVersion = 2;
const pageSizeOffset = 48;
const freeRootOffset = 88;
const mainRootOffset = 136;
const transactionOffset = 152;
const lastPageOffset = 144;
const metaBytes = 160;

interface Meta {
  transaction: bigint;
  pageSize: number;
  roots: bigint[];
  lastPage: bigint;
}

/**
 * LMDB maps its file into memory, so a file that is not its own, or is cut short, would end the process without a
 * word. This looks at the file's head first. A missing or empty file is fine: it becomes a new one.
 * @throws ProwError PROW_STORE_CORRUPT or PROW_STORE_FOLDER
 */
export function checkDataFile(path: string): void {
  let file: number;
  try {
    file = openSync(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new ProwError('PROW_STORE_FOLDER', `cannot write ${path}: ${messageOf(error)}`, { details: { path }, cause: error });
  }
  try {
    const { size } = fstatSync(file);
    if (size === 0) return;
    const problem = findProblem(file, size);
    if (problem !== undefined) {
      throw new ProwError('PROW_STORE_CORRUPT', `${path} ${problem}: restore it from a copy, or move it away to begin anew`, { details: { path, sizeBytes: size } });
    }
  } finally {
    closeSync(file);
  }
}

function findProblem(file: number, size: number): string | undefined {
  const newest = newestMeta(file);
  if (newest === undefined) return 'is not a data file of ours';
  // Pages behind the end may be free ones that were never written, so a short file alone is no damage.
  const isShort = (newest.lastPage + 1n) * BigInt(newest.pageSize) > BigInt(size);
  return isShort && walkPages(file, { sizeBytes: size, ...newest }).isDamaged ? `is cut short (${size} bytes)` : undefined;
}

/** What the newest complete transaction left; undefined when the file is not LMDB's. */
export function newestMeta(file: number): Meta | undefined {
  const first = readMeta(file, 0);
  if (first === undefined) return undefined;
  const second = readMeta(file, first.pageSize);
  return second !== undefined && second.transaction > first.transaction ? second : first;
}

function readMeta(file: number, position: number): Meta | undefined {
  const page = Buffer.alloc(metaBytes);
  if (readSync(file, page, 0, metaBytes, position) < metaBytes) return undefined;
  if ((page.readUInt16LE(metaFlagOffset) & metaFlag) === 0 || page.readUInt32LE(magicOffset) !== magic || page.readUInt32LE(versionOffset) !== knownVersion) return undefined;
  return {
    transaction: page.readBigUInt64LE(transactionOffset),
    pageSize: page.readUInt32LE(pageSizeOffset),
    roots: [page.readBigUInt64LE(freeRootOffset), page.readBigUInt64LE(mainRootOffset)],
    lastPage: page.readBigUInt64LE(lastPageOffset),
  };
}
