// The content of each file that sidecar uploads, censored on its way.
import { realpathSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import type { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Body, WriteOptions } from '@prow/clients-storage';
import { isCompressed, mediaTypeOf, sniffType } from '../upload/media-type.ts';
import type { UploadOptions } from '../upload/options.ts';
import type { Upload } from '../upload/uploader.ts';
import { openInside } from './artifact-files.ts';
import type { ArtifactFile } from './artifact-files.ts';
import { Censor, censored } from './censor.ts';
import { censoredGzip, isNotPacked } from './gzip.ts';
import type { Matcher } from './matcher.ts';
import { noteSmallRequest, noteStreamed } from './memory.ts';
import { fileChunks, readPart } from './read-part.ts';
import { NotAZipError } from './zip-directory.ts';
import { censoredZip } from './zip.ts';

/** Files up to this size are sent from memory: the storage's library can then try again by itself. */
const inMemoryBytes = 256 * 1024;
const compressFromBytes = 1024;

/** An artifact. @param root the item's folder, links resolved */
export function artifactUpload(file: ArtifactFile, parts: { prefix: string; root: string; options: UploadOptions; secrets: Matcher | undefined }): Upload {
  const { prefix, root, options, secrets } = parts;
  const media = mediaTypeOf(file.name, options.mediaTypes);
  return {
    path: `${prefix}${file.storedName}`,
    size: file.size,
    open: async () => {
      const typesOf = (start: Buffer): WriteOptions => ({ contentType: media.contentType ?? sniffType(start), ...(media.contentEncoding === undefined ? {} : { contentEncoding: media.contentEncoding }) });
      const canGoWhole = (start: Buffer): boolean => !(isCompressed(file.name, options.compressFileTypes) && start.length > compressFromBytes && media.contentEncoding === undefined) && (secrets === undefined || !looksPacked(start));
      if (file.content !== undefined && canGoWhole(file.content)) {
        noteSmallRequest(file.size);
        return { body: censoredWhole(file.content, secrets), options: typesOf(file.content) };
      }
      const handle = await openInside(file.path, root);
      const start = Buffer.alloc(Math.min(file.size + 1, inMemoryBytes));
      const { bytesRead } = await handle.read(start, 0, start.length, 0);
      const whole = bytesRead < start.length ? start.subarray(0, bytesRead) : undefined;
      const types = typesOf(start.subarray(0, bytesRead));
      if (whole !== undefined && canGoWhole(whole)) {
        await handle.close();
        noteSmallRequest(start.length);
        return { body: censoredWhole(whole, secrets), options: types };
      }
      const chunks = secrets === undefined ? closing(handle, fileChunks(handle, 0, Number.MAX_SAFE_INTEGER)) : await censoredFile(handle, file.size, start, secrets);
      return await bodyOf(chunks, types, file.size, isCompressed(file.name, options.compressFileTypes) && bytesRead > compressFromBytes && types.contentEncoding === undefined);
    },
  };
}

function censoredWhole(bytes: Buffer, secrets: Matcher | undefined): Buffer {
  if (secrets === undefined) return bytes;
  const censor = new Censor(secrets);
  return Buffer.concat([Buffer.from(censor.push(bytes)), censor.end()]);
}

function looksPacked(start: Buffer): boolean {
  return (start[0] === 0x1f && start[1] === 0x8b) || (start[0] === 0x50 && start[1] === 0x4b);
}

/** The file's bytes without secrets; packed files are looked into, and go as they are if they hold none. Closes the handle. */
async function censoredFile(handle: FileHandle, size: number, start: Buffer, secrets: Matcher): Promise<AsyncIterable<Uint8Array>> {
  const read = (): Readable => readPart(handle, 0, Number.MAX_SAFE_INTEGER);
  try {
    if (start[0] === 0x1f && start[1] === 0x8b) return closing(handle, (await censoredGzip(read, size, secrets)) ?? read());
    if (start[0] === 0x50 && start[1] === 0x4b) return closing(handle, (await censoredZip(handle, size, secrets)) ?? read());
  } catch (error) {
    if (!isNotPacked(error) && !(error instanceof NotAZipError)) {
      await handle.close();
      throw error;
    }
    // It only looks like a packed file: it is searched as it is.
  }
  return closing(handle, censored(fileChunks(handle, 0, Number.MAX_SAFE_INTEGER), secrets));
}

/** The chunks; the file is closed when they have been read or are given up. */
async function* closing(handle: FileHandle, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  try {
    yield* chunks;
  } finally {
    await handle.close();
  }
}

/** A test's log. A log that is not there is an empty one. @param lastWords lines added at its end */
export function logUpload(path: string, target: { path: string; options: UploadOptions; secrets: Matcher | undefined; lastWords: string }): Upload {
  return {
    path: target.path,
    open: async () => {
      const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      // Its size now is its end: something may still write.
      const size = handle === undefined ? 0 : (await handle.stat()).size;
      const whole = concat(handle === undefined ? [] : closing(handle, fileChunks(handle, 0, size - 1)), target.lastWords);
      const shown = target.secrets === undefined ? whole : censored(whole, target.secrets);
      return await bodyOf(shown, { contentType: 'text/plain; charset=utf-8' }, size + target.lastWords.length, isCompressed(target.path, target.options.compressFileTypes));
    },
    size: Number.MAX_SAFE_INTEGER,
  };
}

async function* concat(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, text: string): AsyncIterable<Uint8Array> {
  yield* chunks;
  if (text !== '') yield Buffer.from(text);
}

async function bodyOf(chunks: AsyncIterable<Uint8Array>, options: WriteOptions, size: number, compress: boolean): Promise<{ body: Body; options: WriteOptions }> {
  if (compress && size > compressFromBytes && options.contentEncoding === undefined) return { body: gzipped(chunks), options: { ...options, contentEncoding: 'gzip' } };
  if (size > inMemoryBytes) return { body: chunks, options };
  const copies: Buffer[] = [];
  for await (const chunk of chunks) copies.push(Buffer.from(chunk));
  return { body: Buffer.concat(copies), options };
}

function gzipped(chunks: AsyncIterable<Uint8Array>): Readable {
  const gzip = createGzip();
  pipeline(copied(chunks), gzip, () => {});
  return gzip;
}

/** A stream holds on to its chunks. */
async function* copied(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  for await (const chunk of chunks) {
    noteStreamed(chunk.length);
    yield Buffer.from(chunk);
  }
}

/** The folder that an item's files must lie in. */
export function rootOf(item: string): string {
  return realpathSync(item);
}
