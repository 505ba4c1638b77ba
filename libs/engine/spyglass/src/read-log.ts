// A run's log out of storage: whole, in parts, or as the chunks that sidecar uploads while the job runs.
import { ProwError } from '@prow/base-errors';
import type { ListEntry } from '@prow/clients-storage';
import { logChunkPrefix } from '@prow/model-artifact-layout';
import type { RunStorage } from './bucket-gate.ts';
import type { Readable } from 'node:stream';
import { Readable as ReadableStream } from 'node:stream';

export interface StoredLog {
  sizeBytes: number;
  /** False while only chunks are there: the job runs, or its node was lost. */
  isFinal: boolean;
  /** `gzip` when the stored bytes are compressed; ranges are then of compressed bytes, so it is read whole. */
  contentEncoding?: string;
  read(range?: { start: number; end: number }): Promise<Readable>;
}

function isNotFound(error: unknown): boolean {
  return error instanceof ProwError && error.code === 'PROW_STORAGE_NOT_FOUND';
}

/** The log at `path` below the run's folder; undefined when there is nothing of it yet. */
export async function findLog({ storage, folder }: RunStorage, path: string): Promise<StoredLog | undefined> {
  try {
    const { size, contentEncoding } = await storage.stat(folder + path);
    return {
      sizeBytes: size,
      isFinal: true,
      ...(contentEncoding === undefined || contentEncoding === '' ? {} : { contentEncoding }),
      read: (range) => storage.read(folder + path, range === undefined ? {} : { range }),
    };
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const chunks: Extract<ListEntry, { kind: 'object' }>[] = [];
  for await (const entry of storage.list(folder + logChunkPrefix(path))) if (entry.kind === 'object') chunks.push(entry);
  if (chunks.length === 0) return undefined;
  const sizeBytes = chunks.reduce((sum, { size }) => sum + size, 0);
  return {
    sizeBytes,
    isFinal: false,
    read: ({ start, end } = { start: 0, end: sizeBytes - 1 }) => Promise.resolve(ReadableStream.from(readChunks({ storage, folder }, chunks, start, end))),
  };
}

async function* readChunks({ storage }: RunStorage, chunks: readonly { path: string; size: number }[], start: number, end: number): AsyncGenerator<Buffer> {
  let at = 0;
  for (const { path, size } of chunks) {
    const from = Math.max(start - at, 0);
    const to = Math.min(end - at, size - 1);
    if (from <= to) for await (const part of await storage.read(path, { range: { start: from, end: to } })) yield part as Buffer;
    at += size;
    if (at > end) return;
  }
}
