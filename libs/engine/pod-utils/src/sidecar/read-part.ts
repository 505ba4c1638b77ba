import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { noteStreamed } from './memory.ts';

const chunkBytes = 64 * 1024;

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
