// A folder as a storage. An object is a file at its name. What a file cannot carry (a content encoding, metadata) lies in a
// folder of its own, `.prow-storage/meta`, hidden from lists; a file without it is a plain object, so any folder can be read.
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { link, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isMainThread } from 'node:worker_threads';
import type { Body, ListEntry, ListOptions, ObjectStat, ReadOptions, Storage, WriteOptions } from './api.ts';
import { checkedPath, checkedPrefix, compareNames } from './object-path.ts';
import { collect, defaultMaxReadBytes } from './read-all.ts';
import { storageError } from './storage-error.ts';

interface Meta {
  contentType?: string;
  contentEncoding?: string;
  metadata?: Record<string, string>;
}

const ownFolder = '.prow-storage';
/** A file system's limit; longer elements of a name are refused. */
const maxElementBytes = 255;
const smallBytes = 64 * 1024;
/** Group, and all. */
const othersMayWrite = 0o022;

export class FileStorage implements Storage {
  readonly url: string;
  readonly #root: string;

  /** @param root absolute path of the folder; made when first written to */
  constructor(root: string) {
    this.#root = root;
    this.url = `file://${root}`;
  }

  async write(path: string, body: Body, options: WriteOptions = {}): Promise<void> {
    const file = this.#file(path);
    if (isSmall(body)) this.#writeSmall(path, file, body, options);
    else await this.#placing(path, file, body, options, (from) => rename(from, file));
  }

  async createIfAbsent(path: string, body: string | Uint8Array, options: WriteOptions = {}): Promise<void> {
    const file = this.#file(path);
    await this.#placing(path, file, body, options, async (from) => {
      await link(from, file);
      await rm(from, { force: true });
    });
  }

  async read(path: string, options: ReadOptions = {}): Promise<Readable> {
    const file = this.#file(path);
    const { signal } = options;
    try {
      const handle = await open(file, 'r');
      const { size } = await handle.stat().then((found) => (found.isFile() ? found : Promise.reject(Object.assign(new Error('not a file'), { code: 'ENOENT' })))).catch(async (error: unknown) => {
        await handle.close();
        throw error;
      });
      const range = resolveRange(options.range, size);
      if (range === undefined) {
        await handle.close();
        return Readable.from([]);
      }
      return createReadStream(file, { fd: handle, start: range.start, end: range.end, ...(signal === undefined ? {} : { signal }) });
    } catch (error) {
      throw this.#failure(error, path);
    }
  }

  async readAll(path: string, { maxBytes = defaultMaxReadBytes, signal }: { maxBytes?: number; signal?: AbortSignal } = {}): Promise<Buffer> {
    const stream = await this.read(path, signal === undefined ? {} : { signal });
    try {
      return await collect(stream, { url: this.url, path, maxBytes });
    } catch (error) {
      throw this.#failure(error, path);
    }
  }

  async stat(path: string): Promise<ObjectStat> {
    const file = this.#file(path);
    try {
      const found = await stat(file);
      if (!found.isFile()) throw Object.assign(new Error('not a file'), { code: 'ENOENT' });
      const { contentType, contentEncoding, metadata = {} } = await this.#readMeta(path);
      return { path, size: found.size, modifiedAt: found.mtime, metadata, ...(contentType === undefined ? {} : { contentType }), ...(contentEncoding === undefined ? {} : { contentEncoding }) };
    } catch (error) {
      throw this.#failure(error, path);
    }
  }

  async exists(path: string): Promise<boolean> {
    return await stat(this.#file(path)).then((found) => found.isFile(), () => false);
  }

  async *list(prefix: string, { delimiter, after, signal }: ListOptions = {}): AsyncIterable<ListEntry> {
    checkedPrefix(this.url, prefix);
    const slash = prefix.lastIndexOf('/');
    const folder = slash === -1 ? '' : prefix.slice(0, slash + 1);
    yield* this.#walk(folder, { prefix, flat: delimiter === undefined, after, signal });
  }

  async delete(path: string): Promise<void> {
    const file = this.#file(path);
    try {
      await rm(file, { force: true });
      await rm(this.#metaFile(path), { force: true });
    } catch (error) {
      throw this.#failure(error, path);
    }
  }

  signedUrl(path: string): Promise<string> {
    return Promise.reject(storageError('PROW_STORAGE_UNSUPPORTED', 'a folder cannot sign URLs', { url: this.url, path }));
  }

  #file(path: string): string {
    checkedPath(this.url, path);
    const elements = path.split('/');
    const long = elements.find((element) => Buffer.byteLength(element) > maxElementBytes);
    if (long !== undefined) throw storageError('PROW_STORAGE_PATH', `object name has an element of ${Buffer.byteLength(long)} bytes, a folder takes ${maxElementBytes}`, { url: this.url, path });
    if (elements[0] === ownFolder) throw storageError('PROW_STORAGE_PATH', `object name ${JSON.stringify(path)} is reserved`, { url: this.url, path });
    return join(this.#root, path);
  }

  /**
   * As #placing, in one go: a handful of calls that end in the page cache. Each through the thread pool, which is woken for
   * it, they take several times the processor time, and a job may have a million such files.
   */
  #writeSmall(path: string, file: string, body: string | Uint8Array, options: WriteOptions): void {
    options.signal?.throwIfAborted();
    const next = this.#nextFile();
    try {
      this.#inFolderSync(next, () => writeFileSync(next, body, { mode: 0o644 }));
      this.#inFolderSync(file, () => renameSync(next, file));
      this.#writeMeta(path, options);
    } catch (error) {
      rmSync(next, { force: true });
      throw this.#failure(error, path);
    }
  }

  #nextFile(): string {
    return join(this.#root, ownFolder, `next-${randomUUID()}`);
  }

  /** Writes a temporary file on the same file system, then puts it in place. */
  async #placing(path: string, file: string, body: Body, options: WriteOptions, place: (from: string) => Promise<void>): Promise<void> {
    const next = this.#nextFile();
    const { signal } = options;
    try {
      if (body instanceof Readable) this.#makeFolder(dirname(next));
      if (body instanceof Readable) await pipeline(body, createWriteStream(next, { mode: 0o644 }), signal === undefined ? {} : { signal });
      else if (typeof body === 'string' || body instanceof Uint8Array) await this.#inFolder(next, () => writeFile(next, body, { mode: 0o644, ...(signal === undefined ? {} : { signal }) }));
      else await this.#inFolder(next, () => writeChunks(next, body, signal));
      await this.#inFolder(file, () => place(next));
      this.#writeMeta(path, options);
    } catch (error) {
      await rm(next, { force: true });
      throw this.#failure(error, path);
    }
  }

  /** Makes the folder of a path only when it turns out to be missing: most files go where others are. */
  async #inFolder(path: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      this.#makeFolder(dirname(path));
      await act();
    }
  }

  #inFolderSync(path: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      this.#makeFolder(dirname(path));
      act();
    }
  }

  /**
   * Whoever may write in the storage's own folder may write in all that are made in it: pods of other users add their files
   * there. (Not its sticky bit: the next build of another user replaces `latest-build.txt`.) The mask is lifted for the one
   * call; a change of mode afterwards would be lost by a process killed before it.
   */
  #makeFolder(folder: string): void {
    const shared = (statSync(this.#root, { throwIfNoEntry: false })?.mode ?? 0) & othersMayWrite;
    if (shared === 0 || !isMainThread) {
      mkdirSync(folder, { recursive: true });
      return;
    }
    const mask = process.umask(0);
    try {
      mkdirSync(folder, { recursive: true, mode: (0o777 & ~mask) | shared });
    } finally {
      process.umask(mask);
    }
  }

  #metaFile(path: string): string {
    return join(this.#root, ownFolder, 'meta', `${path}.json`);
  }

  async #readMeta(path: string): Promise<Meta> {
    try {
      return JSON.parse(await readFile(this.#metaFile(path), 'utf8')) as Meta;
    } catch {
      return {};
    }
  }

  #writeMeta(path: string, { contentType, contentEncoding, metadata }: WriteOptions): void {
    const file = this.#metaFile(path);
    if (contentEncoding === undefined && metadata === undefined) {
      // One call where there is nothing, as nearly always; rm would look first.
      try {
        if (existsSync(file)) unlinkSync(file);
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
      return;
    }
    const next = `${file}.${randomUUID()}`;
    this.#inFolderSync(next, () => writeFileSync(next, JSON.stringify({ contentType, contentEncoding, metadata }), { mode: 0o644 }));
    renameSync(next, file);
  }

  async *#walk(folder: string, search: { prefix: string; flat: boolean; after: string | undefined; signal: AbortSignal | undefined }): AsyncIterable<ListEntry> {
    const { prefix, flat, after, signal } = search;
    signal?.throwIfAborted();
    const found = await readdir(join(this.#root, folder), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
      throw this.#failure(error, folder);
    });
    // A folder's contents order as its name with the slash: `a-b` comes before `a/`.
    const names = found.filter((entry) => folder !== '' || entry.name !== ownFolder).map((entry) => (entry.isDirectory() ? `${folder}${entry.name}/` : `${folder}${entry.name}`));
    for (const path of names.toSorted(compareNames)) {
      const isFolder = path.endsWith('/');
      if (!path.startsWith(prefix) && !(isFolder && prefix.startsWith(path))) continue;
      if (isFolder && flat) {
        yield* this.#walk(path, search);
        continue;
      }
      if (after !== undefined && compareNames(path, after) <= 0) continue;
      if (isFolder) {
        yield { kind: 'folder', path };
        continue;
      }
      const info = await stat(join(this.#root, path)).catch(() => undefined);
      if (info?.isFile() === true) yield { kind: 'object', path, size: info.size, modifiedAt: info.mtime };
    }
  }

  #failure(error: unknown, path: string): unknown {
    const { code, message } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string' || code.startsWith('PROW_') || code === 'ABORT_ERR') return error;
    const at = `${this.url}/${path}`;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return storageError('PROW_STORAGE_NOT_FOUND', `${at} does not exist`, { url: this.url, path, cause: error });
    if (code === 'EEXIST') return storageError('PROW_STORAGE_EXISTS', `${at} exists`, { url: this.url, path, cause: error });
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return storageError('PROW_STORAGE_DENIED', `${at}: ${message}`, { url: this.url, path, cause: error });
    return storageError('PROW_STORAGE_IO', `${at}: ${message}`, { url: this.url, path, cause: error, transient: code === 'EMFILE' || code === 'EAGAIN' || code === 'ENOSPC' || code === 'EIO' });
  }
}

async function writeChunks(path: string, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<void> {
  const file = await open(path, 'w', 0o644);
  try {
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten;
    }
  } finally {
    await file.close();
  }
}

function isSmall(body: Body): body is string | Uint8Array {
  return (typeof body === 'string' || body instanceof Uint8Array) && body.length <= smallBytes;
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Undefined where the range is beyond the end. `end` is inclusive. */
function resolveRange(range: ReadOptions['range'], size: number): { start: number; end: number } | undefined {
  const start = range === undefined ? 0 : range.start < 0 ? Math.max(0, size + range.start) : range.start;
  const end = Math.min(range?.end ?? size - 1, size - 1);
  return start > end ? undefined : { start, end };
}
