// A container's log that is too long loses its beginning; the newest part stays.
//
// The container's `cat` goes on appending meanwhile. Where the file system can take blocks out of the front of a file
// nothing is lost but what is cut. Elsewhere the last piece is put back into the emptied file in one go.
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { appendFile, readFile, rename, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { join } from 'node:path';
import { findTool } from '../driver/host-tools.ts';
import { formatLogTimes, readLogTimes } from './log-times.ts';

/** File systems cut whole blocks; this is a multiple of all of them that are common. */
const blockBytes = 64 * 1024;
/** Put back at once, so that what the container writes meanwhile does not come before it. */
const maxPutBackBytes = 1024 * 1024;
const run = promisify(execFile);

/** How many bytes have been cut from the beginning of this log so far. */
export async function cutBytes(directory: string): Promise<number> {
  const text = await readFile(join(directory, 'log.cut'), 'latin1').catch(() => '');
  return Number(/^\d{1,16}/.exec(text)?.[0] ?? 0);
}

/** Leaves the newer half of `maxBytes`, or less. */
export async function cutLog(directory: string, size: number, maxBytes: number): Promise<void> {
  const path = join(directory, 'log');
  const front = Math.floor((size - maxBytes / 2) / blockBytes) * blockBytes;
  const dropped = (await takeFront(path, front)) ? front : keepEnd(path, Math.min(maxPutBackBytes, Math.floor(maxBytes / 2)));
  const { offsets, times } = await readLogTimes(directory);
  const kept = offsets.flatMap((offset, index) => (offset > dropped ? [{ offset: offset - dropped, time: times[index] ?? 0 }] : []));
  await writeFile(join(directory, 'log.times'), formatLogTimes(kept));
  await writeFile(join(directory, 'log.cut.partial'), `${(await cutBytes(directory)) + dropped}\n`);
  await rename(join(directory, 'log.cut.partial'), join(directory, 'log.cut'));
  await appendFile(path, `[the first ${dropped} bytes of this log were dropped: it grew beyond ${maxBytes} bytes]\n`);
}

async function takeFront(path: string, bytes: number): Promise<boolean> {
  const tool = bytes > 0 ? findTool('fallocate') : undefined;
  if (tool === undefined) return false;
  try {
    await run(tool, ['--collapse-range', '--offset', '0', '--length', String(bytes), path], { timeout: 60_000 });
    return true;
  } catch {
    // This file system cannot.
    return false;
  }
}

/** In one turn: what the container writes between reading and emptying would be lost. Returns how many bytes went. */
function keepEnd(path: string, bytes: number): number {
  const file = openSync(path, 'r+');
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, bytes));
    const read = readSync(file, buffer, 0, buffer.length, size - buffer.length);
    ftruncateSync(file, 0);
    writeSync(file, buffer, 0, read, 0);
    return size - read;
  } finally {
    closeSync(file);
  }
}
