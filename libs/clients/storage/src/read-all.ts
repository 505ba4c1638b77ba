import type { Readable } from 'node:stream';
import { storageError } from './storage-error.ts';

export const defaultMaxReadBytes = 64 * 1024 * 1024;

/** A stream's bytes in memory, at most `maxBytes`. @throws ProwError PROW_STORAGE_TOO_LARGE */
export async function collect(stream: Readable, { url, path, maxBytes }: { url: string; path: string; maxBytes: number }): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      stream.destroy();
      throw storageError('PROW_STORAGE_TOO_LARGE', `${url}/${path} is larger than ${maxBytes} bytes`, { url, path });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
