// A container's log as the kubelet serves it.
import { watch } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@prow/base-time';
import { cutBytes } from './cut-log.ts';
import { offsetSince, readLogTimes, timeAt, type LogTimes } from './log-times.ts';

export interface LogOptions {
  follow?: boolean;
  tailLines?: number;
  /** Unix ms: only what was written at or after it. */
  sinceMs?: number;
  timestamps?: boolean;
  limitBytes?: number;
}

export interface LogSource {
  /** The attempt's folder. */
  directory: string;
  /** Whether the container may still write. */
  isRunning(): Promise<boolean>;
}

const chunkBytes = 64 * 1024;
const followPollMs = 500;

/** Yields pieces of the log in order; ends at its end, with `follow` when the container has ended too. */
export async function* readLog(source: LogSource, options: LogOptions, clock: Clock, signal: AbortSignal): AsyncGenerator<Buffer> {
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  for await (const piece of readWhole(source, options, clock, signal)) {
    if (piece.length >= left) {
      yield piece.subarray(0, left);
      return;
    }
    left -= piece.length;
    yield piece;
  }
}

async function* readWhole(source: LogSource, options: LogOptions, clock: Clock, signal: AbortSignal): AsyncGenerator<Buffer> {
  const file = await openLog(join(source.directory, 'log'));
  if (file === undefined) return;
  try {
    const times = await readLogTimes(source.directory);
    let cut = await cutBytes(source.directory);
    let offset = await startOffset(file, options, times);
    let stamper = options.timestamps === true ? new LineStamper(times, offset, () => clock.now()) : undefined;
    let known = 0;
    for (;;) {
      // Asked before reading: what was written before the end is then read for sure.
      const running = options.follow === true && (await source.isRunning());
      const { size } = await file.stat();
      if (size < known) {
        // Its beginning was cut while it was read: what was read has moved to the front, or is gone.
        const moved = await cutSince(source.directory, cut, clock);
        cut += moved;
        offset = moved === 0 ? 0 : Math.max(0, offset - moved);
        if (stamper !== undefined) stamper = new LineStamper(await readLogTimes(source.directory), offset, () => clock.now());
        known = size;
        continue;
      }
      known = size;
      while (offset < size && !signal.aborted) {
        const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, size - offset));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
        // What was read from a log that was cut meanwhile may be from another place.
        if (bytesRead === 0 || (await file.stat()).size < known) break;
        offset += bytesRead;
        const piece = buffer.subarray(0, bytesRead);
        yield stamper === undefined ? piece : stamper.stamp(piece);
      }
      if (!running || signal.aborted) return;
      if ((await file.stat()).size <= offset) await growth(join(source.directory, 'log'), clock, signal);
    }
  } finally {
    await file.close();
  }
}

/** How much was cut since; it is told right after it was done. */
async function cutSince(directory: string, known: number, clock: Clock): Promise<number> {
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const now = await cutBytes(directory);
    if (now > known) return now - known;
    await clock.sleep(25);
  }
  return 0;
}

async function startOffset(file: FileHandle, options: LogOptions, times: LogTimes): Promise<number> {
  const { size } = await file.stat();
  const since = options.sinceMs === undefined ? 0 : await nextLineStart(file, offsetSince(times, options.sinceMs));
  const tail = options.tailLines === undefined ? 0 : await tailOffset(file, size, options.tailLines);
  return Math.min(size, Math.max(since, tail));
}

/** Where the last `lines` lines begin; a last line without an end counts. */
async function tailOffset(file: FileHandle, size: number, lines: number): Promise<number> {
  if (lines <= 0) return size;
  let found = 0;
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - chunkBytes);
    const { bytesRead } = await file.read(buffer, 0, end - start, start);
    for (let index = bytesRead - 1; index >= 0; index -= 1) {
      if (buffer[index] !== 10 || start + index === size - 1) continue;
      found += 1;
      if (found === lines) return start + index + 1;
    }
    end = start;
  }
  return 0;
}

async function nextLineStart(file: FileHandle, offset: number): Promise<number> {
  if (offset === 0) return 0;
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let at = offset - 1; ; at += chunkBytes) {
    const { bytesRead } = await file.read(buffer, 0, chunkBytes, at);
    const newline = buffer.subarray(0, bytesRead).indexOf(10);
    if (newline >= 0) return at + newline + 1;
    if (bytesRead < chunkBytes) return at + bytesRead;
  }
}

/** Resolves when the file changes, and from time to time. */
function growth(path: string, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      timer.cancel();
      watcher?.close();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.after(followPollMs, done);
    signal.addEventListener('abort', done, { once: true });
    let watcher: ReturnType<typeof watch> | undefined;
    try {
      watcher = watch(path, { persistent: false }, done);
      watcher.on('error', done);
    } catch {
      // The timer is enough.
    }
  });
}

async function openLog(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Puts `2026-01-02T03:04:05.678000000Z ` before each line. */
class LineStamper {
  private readonly times: LogTimes;
  private readonly now: () => number;
  private offset: number;
  private atLineStart = true;

  constructor(times: LogTimes, offset: number, now: () => number) {
    this.times = times;
    this.offset = offset;
    this.now = now;
  }

  stamp(piece: Buffer): Buffer {
    const parts: Buffer[] = [];
    for (let start = 0; start < piece.length; ) {
      const newline = piece.indexOf(10, start);
      const end = newline < 0 ? piece.length : newline + 1;
      if (this.atLineStart) {
        const time = timeAt(this.times, this.offset + start, this.now());
        parts.push(Buffer.from(`${new Date(time).toISOString().slice(0, -1)}000000Z `));
      }
      parts.push(piece.subarray(start, end));
      this.atLineStart = newline >= 0;
      start = end;
    }
    this.offset += piece.length;
    return Buffer.concat(parts);
  }
}
