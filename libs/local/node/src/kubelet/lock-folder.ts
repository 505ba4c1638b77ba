// One node at a time over a folder.
import { ProwError } from '@prow/base-errors';
import { findProcess, isAlive, type ProcessEntry } from '@prow/base-process';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Resolves with what frees it. Throws PROW_NODE_LOCKED with the pid of the process that holds it. */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'node.lock');
  const own = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(own, JSON.stringify(findProcess(process.pid) ?? { pid: process.pid, parentPid: 0, groupId: 0, startedAt: '' }));
  try {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await link(own, path);
        return () => rm(path, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = await readHolder(path);
      if (holder !== undefined && isAlive(holder)) {
        throw new ProwError('PROW_NODE_LOCKED', `another node (process ${holder.pid}) uses ${folder}: stop it, or choose another --data-dir`, { details: { folder, pid: holder.pid } });
      }
      if (attempt > 3) throw new ProwError('PROW_NODE_LOCKED', `the lock ${path} cannot be taken`, { details: { folder } });
      await rm(path, { force: true });
    }
  } finally {
    await rm(own, { force: true });
  }
}

async function readHolder(path: string): Promise<ProcessEntry | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as ProcessEntry);
  } catch {
    return undefined;
  }
}
