// Walks the folder of artifacts, which the test made and may have filled with anything: links out of it, pipes, names that
// are no text, a million files. Yields what may be uploaded, one at a time.
import { constants, readlinkSync, realpathSync } from 'node:fs';
import { lstat, open, opendir } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, sep } from 'node:path';
import type { Logger } from '@prow/base-log';
import { messageOf } from '@prow/base-errors';

export interface ArtifactFile {
  /** Path in the file system, as bytes: names need not be text. */
  path: Buffer;
  /** Name below the item's folder's parent: `artifacts/a/b.xml`. */
  name: string;
  size: number;
}

const maxDepth = 100;

/** Files of an item: itself, or everything below it. What is left out is logged. */
export async function* artifactFiles(item: string, log: Logger): AsyncIterable<ArtifactFile> {
  let root: string;
  try {
    root = realpathSync(item);
  } catch (error) {
    log.warn('Encountered error in resolving items to upload', { path: item, error: messageOf(error) });
    return;
  }
  yield* walk({ path: Buffer.from(root), name: basename(item), root, depth: 0 }, log);
}

async function* walk(place: { path: Buffer; name: string; root: string; depth: number }, log: Logger): AsyncIterable<ArtifactFile> {
  const { path, name, root, depth } = place;
  let kind: 'folder' | { size: number } | undefined;
  try {
    kind = await inspect(path, root);
  } catch (error) {
    log.warn('Left out an artifact', { path: name, error: messageOf(error) });
    return;
  }
  if (kind === undefined) return;
  if (kind !== 'folder') {
    yield { path, name, size: kind.size };
    return;
  }
  if (depth >= maxDepth) {
    log.warn('Left out a folder that lies too deep', { path: name });
    return;
  }
  const folder = await opendir(path, { encoding: 'buffer' as BufferEncoding }).catch((error: unknown) => {
    log.warn('Could not read a folder of artifacts', { path: name, error: messageOf(error) });
    return undefined;
  });
  if (folder === undefined) return;
  for await (const entry of folder) {
    const child = entry.name as unknown as Buffer;
    yield* walk({ path: Buffer.concat([path, Buffer.from(sep), child]), name: `${name}/${readable(child)}`, root, depth: depth + 1 }, log);
  }
}

/** Bytes that are no text are written as %xx. */
function readable(name: Buffer): string {
  const text = name.toString('utf8');
  if (Buffer.from(text).equals(name)) return text;
  return [...name].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`)).join('');
}

async function inspect(path: Buffer, root: string): Promise<'folder' | { size: number } | undefined> {
  const handle = await openInside(path, root);
  try {
    const info = await handle.stat();
    if (info.isDirectory()) return (await isLink(path)) ? refuse('it is a link to a folder') : 'folder';
    if (!info.isFile()) return refuse('it is not a regular file');
    return { size: info.size };
  } finally {
    await handle.close();
  }
}

async function isLink(path: Buffer): Promise<boolean> {
  return await lstat(path).then((info) => info.isSymbolicLink(), () => false);
}

/**
 * Opens for reading, without ever waiting (pipes), and only if what was opened lies inside `root`: a link to the storage's
 * credentials must not become an artifact.
 */
export async function openInside(path: Buffer | string, root: string): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const real = process.platform === 'linux' ? readlinkSync(`/proc/self/fd/${handle.fd}`) : realpathSync(path);
    if (real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep)) refuse('it leads out of the folder of artifacts');
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function refuse(why: string): never {
  throw new Error(why);
}
