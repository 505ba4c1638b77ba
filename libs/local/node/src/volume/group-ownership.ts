// A pod's fsGroup: its volumes belong to that group. upstream: pkg/volume/volume_linux.go
import { chmod, chown, readdir, lstat } from 'node:fs/promises';
import { join } from 'node:path';

const setGroupId = 0o2000;

/** Of an emptyDir; what is made in it later follows by the set-group-id bit. */
export async function giveFolderToGroup(directory: string, group: number): Promise<void> {
  await give(directory, group, 0o770 | setGroupId);
}

/** Of a volume made of objects: its files may be read. */
export async function giveFilesToGroup(directory: string, group: number): Promise<void> {
  await give(directory, group, 0o550 | setGroupId);
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isSymbolicLink()) await give(join(entry.parentPath, entry.name), group, entry.isDirectory() ? 0o550 | setGroupId : 0o440);
  }
}

async function give(path: string, group: number, bits: number): Promise<void> {
  const { uid, gid, mode } = await lstat(path);
  if (gid === group && (mode & bits) === bits) return;
  try {
    await chown(path, uid, group);
  } catch (error) {
    // A node without privileges cannot; its folders are open to everybody anyway.
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return;
    throw error;
  }
  await chmod(path, (mode & 0o7777) | bits);
}
