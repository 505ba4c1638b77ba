import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { noteRequest, noteStreamed } from './memory.ts';

const chunkBytes = 64 * 1024;
const requestEvery = 2 * 1024 * 1024;

/** Bytes `start` to `end` (inclusive) of an open file through one buffer: a chunk is good until the next is asked for. */
export async function* fileChunks(file: FileHandle, start: number, end: number): AsyncIterable<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(Math.max(0, Math.min(chunkBytes, end - start + 1)));
  for (let at = start; at <= end; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - at + 1), at);
    if (bytesRead === 0) return;
    at += bytesRead;
    // As many requests as an upload in parts makes of it, and a few more.
    if (at % requestEvery < bytesRead) noteRequest();
    yield buffer.subarray(0, bytesRead);
  }
}

/**
 * Bytes `start` to `end` (inclusive) of an open file as a stream that leaves the file open, whatever becomes of the stream
 * (Node's own closes it when destroyed).
 */
export function readPart(file: FileHandle, start: number, end: number): Readable {
  return Readable.from(chunks(file, start, end), { objectMode: false });
}

async function* chunks(file: FileHandle, start: number, end: number): AsyncIterable<Buffer> {
  for (let at = start; at <= end; ) {
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, end - at + 1));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    noteStreamed(bytesRead);
    yield buffer.subarray(0, bytesRead);
  }
}
