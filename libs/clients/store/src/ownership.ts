import { hostname } from 'node:os';
import type { RootDatabase } from 'lmdb';
import { ProwError } from '@prow/base-errors';
import { findProcess } from '@prow/base-process';

interface Owner {
  pid: number;
  /** When that process began, in the system's own notation: tells it from a later process with the same pid. */
  startedAt: string;
  host: string;
}

/** Folders open in this very process; LMDB itself must not open a file twice in one process. */
const openHere = new Set<string>();

/**
 * Makes this process the only one that uses the folder. The record is read and written under LMDB's own write lock,
 * so of two processes that start together one loses; the record of a process that is gone counts for nothing.
 * @returns what gives the folder back
 * @throws ProwError PROW_STORE_LOCKED
 */
export function acquireOwnership(root: RootDatabase<string, string>, folder: string): () => void {
  const locked = (pid: number): ProwError =>
    new ProwError('PROW_STORE_LOCKED', `the data in ${folder} is in use by process ${pid}: stop it, or choose another folder`, { details: { folder, pid } });
  if (openHere.has(folder)) throw locked(process.pid);
  const own = JSON.stringify({ pid: process.pid, startedAt: findProcess(process.pid)?.startedAt ?? '', host: hostname() } satisfies Owner);
  const holder = root.transactionSync((): Owner | undefined => {
    const found = readOwner(root.get('owner'));
    if (found !== undefined && found.host === hostname() && found.pid !== process.pid && findProcess(found.pid)?.startedAt === found.startedAt) return found;
    root.putSync('owner', own);
    return undefined;
  });
  if (holder !== undefined) throw locked(holder.pid);
  openHere.add(folder);
  return () => {
    openHere.delete(folder);
    if (root.get('owner') === own) root.removeSync('owner');
  };
}

function readOwner(text: string | undefined): Owner | undefined {
  if (text === undefined) return undefined;
  try {
    const owner = JSON.parse(text) as Partial<Owner>;
    return typeof owner.pid === 'number' && typeof owner.startedAt === 'string' && typeof owner.host === 'string' ? (owner as Owner) : undefined;
  } catch {
    return undefined;
  }
}
