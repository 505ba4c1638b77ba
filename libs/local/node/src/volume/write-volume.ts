// Files of configMap, secret, downwardAPI and projected volumes, changed as a whole: `..data` points to the folder
// of the present version. upstream: pkg/volume/util/atomic_writer.go
import { chmod, mkdir, mkdtemp, readFile, readlink, readdir, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { removeTree } from '../container/remove-tree.ts';

export interface VolumeFile {
  content: Buffer;
  /** Permission bits. */
  mode: number;
}

/** Makes the folder hold exactly these files, by relative path. Does nothing when it already does. */
export async function writeVolume(directory: string, files: ReadonlyMap<string, VolumeFile>): Promise<void> {
  await mkdir(directory, { recursive: true });
  const data = join(directory, '..data');
  const present = await readlink(data).catch(() => undefined);
  if (present !== undefined && (await holds(join(directory, present), files))) return;
  const version = await mkdtemp(join(directory, `..${new Date().toISOString().replaceAll(/[-:]/g, '_').slice(0, 19)}.`));
  await chmod(version, 0o755);
  for (const [path, { content, mode }] of files) {
    await mkdir(dirname(join(version, path)), { recursive: true });
    await writeFile(join(version, path), content, { mode });
    await chmod(join(version, path), mode);
  }
  await symlink(version.slice(directory.length + 1), join(directory, '..data_tmp')).catch(ignoreExisting);
  await rename(join(directory, '..data_tmp'), data);
  const wanted = new Set([...files.keys()].map((path) => path.split('/')[0] ?? ''));
  for (const name of wanted) await symlink(`..data/${name}`, join(directory, name)).catch(ignoreExisting);
  for (const name of await readdir(directory)) {
    if (name.startsWith('..')) {
      if (name !== '..data' && join(directory, name) !== version) await removeTree(join(directory, name));
    } else if (!wanted.has(name)) await unlink(join(directory, name)).catch(() => {});
  }
}

async function holds(directory: string, files: ReadonlyMap<string, VolumeFile>): Promise<boolean> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true }).catch(() => []);
  if (entries.filter((entry) => !entry.isDirectory()).length !== files.size) return false;
  for (const [path, { content }] of files) {
    const found = await readFile(join(directory, path)).catch(() => undefined);
    if (found === undefined || !found.equals(content)) return false;
  }
  return true;
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
