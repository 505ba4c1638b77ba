// Walks the folder of artifacts, which the test made and may have filled with anything: links out of it, pipes, names that
// are no text, a million files. Yields what may be uploaded, one at a time.
import { closeSync, constants, fstatSync, lstatSync, openSync, opendirSync, readSync, readlinkSync, realpathSync } from 'node:fs';
import type { Dir } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, sep } from 'node:path';
import type { Logger } from '@prow/base-log';
import { messageOf } from '@prow/base-errors';
import { readable, storedName } from './artifact-names.ts';

export interface ArtifactFile {
  /** Path in the file system, as bytes: names need not be text. */
  path: Buffer;
  /** Name below the item's folder's parent: `artifacts/a/b.xml`. */
  name: string;
  /** The same for storage: every character allowed, no two alike. */
  storedName: string;
  size: number;
  /** All of a small file: it need not be opened again. */
  content?: Buffer;
}

type Place = Pick<ArtifactFile, 'path' | 'name'> & { storedName: (isFolder: boolean) => string };
type Found = { kind: 'folder' } | { kind: 'file'; size: number; content?: Buffer };
interface OpenFolder { dir: Dir; path: Buffer; name: string; storedName: string }

const maxDepth = 100;
const smallBytes = 64 * 1024;
const entriesAtOnce = 256;

/** Files of an item: itself, or everything below it. What is left out is logged. */
export async function* artifactFiles(item: string, log: Logger): AsyncIterable<ArtifactFile> {
  let root: string;
  try {
    root = realpathSync(item);
  } catch (error) {
    log.warn('Encountered error in resolving items to upload', { path: item, error: messageOf(error) });
    return;
  }
  const folders: OpenFolder[] = [];
  try {
    const name = basename(root);
    const first = enter({ path: Buffer.from(root), name, storedName: (isFolder) => storedName(Buffer.from(name), isFolder, () => false) }, root, folders, log);
    if (first !== undefined) yield first;
    for (let folder = folders.at(-1); folder !== undefined; folder = folders.at(-1)) {
      const entry = await nextEntry(folder, log);
      if (entry === undefined) {
        folders.pop();
        await folder.dir.close();
        continue;
      }
      const file = enter(entryOf(folder, entry), root, folders, log);
      if (file !== undefined) yield file;
    }
  } finally {
    for (const { dir } of folders) dir.closeSync();
  }
}

/** A file to be yielded; a folder is opened and put on the pile. */
function enter(place: Place, root: string, folders: OpenFolder[], log: Logger): ArtifactFile | undefined {
  const { path, name } = place;
  try {
    const { kind, ...file } = inspect(path, root);
    if (kind === 'file') return { path, name, storedName: place.storedName(false), ...(file as { size: number; content?: Buffer }) };
    if (folders.length >= maxDepth) {
      log.warn('Left out a folder that lies too deep', { path: name });
      return undefined;
    }
    folders.push({ dir: opendirSync(path, { encoding: 'buffer' as BufferEncoding, bufferSize: entriesAtOnce }), path, name, storedName: place.storedName(true) });
  } catch (error) {
    log.warn('Left out an artifact', { path: name, error: messageOf(error) });
  }
  return undefined;
}

async function nextEntry({ dir, name }: OpenFolder, log: Logger): Promise<Buffer | undefined> {
  try {
    // Opened with names as bytes, which the types of `opendir` do not know of.
    return (await dir.read())?.name as unknown as Buffer | undefined;
  } catch (error) {
    log.warn('Could not read a folder of artifacts', { path: name, error: messageOf(error) });
    return undefined;
  }
}

function entryOf(folder: OpenFolder, entry: Buffer): Place {
  const pathOf = (name: Buffer): Buffer => Buffer.concat([folder.path, Buffer.from(sep), name]);
  return {
    path: pathOf(entry),
    name: `${folder.name}/${readable(entry)}`,
    storedName: (isFolder) => `${folder.storedName}/${storedName(entry, isFolder, (sibling) => exists(pathOf(sibling)))}`,
  };
}

/** Whatever it is. A name longer than the file system takes does not exist. */
function exists(path: Buffer): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Looks, and reads what is small, in one go: a million small files cost several times as much through the thread pool, and
 * the disk is the node's own.
 */
function inspect(path: Buffer, root: string): Found {
  const file = openSync(path, readOnly);
  try {
    checkInside(file, path, root);
    const info = fstatSync(file);
    if (info.isDirectory()) return lstatSync(path).isSymbolicLink() ? refuse('it is a link to a folder') : { kind: 'folder' };
    if (!info.isFile()) return refuse('it is not a regular file');
    const { size } = info;
    if (size > smallBytes) return { kind: 'file', size };
    const buffer = Buffer.allocUnsafe(size + 1);
    let filled = 0;
    for (let count = -1; count !== 0 && filled < buffer.length; filled += count) count = readSync(file, buffer, filled, buffer.length - filled, filled);
    // One that grew is read when it is uploaded.
    return filled > size ? { kind: 'file', size } : { kind: 'file', size: filled, content: buffer.subarray(0, filled) };
  } finally {
    closeSync(file);
  }
}

const readOnly = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Opens for reading, without ever waiting (pipes), and only if what was opened lies inside `root`: a link to the storage's
 * credentials must not become an artifact.
 */
export async function openInside(path: Buffer | string, root: string): Promise<FileHandle> {
  const handle = await open(path, readOnly);
  try {
    checkInside(handle.fd, path, root);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function checkInside(file: number, path: Buffer | string, root: string): void {
  const real = process.platform === 'linux' ? readlinkSync(`/proc/self/fd/${file}`) : realpathSync(path);
  if (real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep)) refuse('it leads out of the folder of artifacts');
}

function refuse(why: string): never {
  throw new Error(why);
}
