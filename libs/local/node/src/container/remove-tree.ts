import { chmod, lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Removes a folder and all in it, also what a container made unwritable (a Go module cache, say). Absent is fine.
 * `byForce` is asked where that is not enough: for files of other users.
 */
export async function removeTree(path: string, byForce?: (path: string) => Promise<void>): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 2 });
  } catch (error) {
    if (!isDenied(error)) throw error;
    try {
      await makeRemovable(path);
      await rm(path, { recursive: true, force: true, maxRetries: 2 });
    } catch (again) {
      if (byForce === undefined || !isDenied(again)) throw again;
      await byForce(path);
    }
  }
}

function isDenied(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EACCES' || code === 'EPERM';
}

async function makeRemovable(path: string): Promise<void> {
  const info = await lstat(path).catch(() => undefined);
  if (info === undefined || !info.isDirectory()) return;
  await chmod(path, 0o700);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeRemovable(join(path, entry.name));
  }
}
