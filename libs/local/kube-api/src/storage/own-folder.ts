// One server a folder: each keeps in memory what it believes to be the newest versions.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProwError } from '@prow/base-errors';

interface Owner {
  pid: number;
  /** When that process began, in the kernel's ticks: numbers of processes come again. '' where the system does not say. */
  started: string;
}

const owned = new Set<string>();

/** Claims the folder; the returned function gives it back. Throws PROW_KUBE_API_IN_USE while another server lives in it. */
export function ownFolder(dir: string): () => void {
  const path = join(dir, 'owner.json');
  const owner = readOwner(path);
  const isOurs = owner?.pid === process.pid;
  if (owned.has(dir) || (owner !== undefined && !isOurs && isAlive(owner))) {
    throw new ProwError('PROW_KUBE_API_IN_USE', `${dir} is in use by the server of process ${owner?.pid ?? process.pid}`, { details: { dir, pid: owner?.pid } });
  }
  writeFileSync(path, JSON.stringify({ pid: process.pid, started: startOf(process.pid) } satisfies Owner));
  owned.add(dir);
  return () => {
    owned.delete(dir);
    rmSync(path, { force: true });
  };
}

function readOwner(path: string): Owner | undefined {
  try {
    const owner = JSON.parse(readFileSync(path, 'utf8')) as Owner;
    return Number.isInteger(owner.pid) ? owner : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return startOf(pid) === started;
}

function startOf(pid: number): string {
  try {
    // The name in the second field may hold spaces and brackets.
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
