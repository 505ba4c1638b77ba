// When the parts of a log were written. The shim's `cat` copies bytes and knows no time, so the node notes, while it
// watches a log grow, `offset unixMs`: everything before the offset was written by then.
import { appendFile, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Timer } from '@prow/base-time';

export interface LogTimes {
  offsets: number[];
  times: number[];
}

/** Two notes are at least this far apart. */
const spacingMs = 20;
const pollMs = 1000;

export async function readLogTimes(directory: string): Promise<LogTimes> {
  const text = await readFile(join(directory, 'log.times'), 'latin1').catch(() => '');
  const result: LogTimes = { offsets: [], times: [] };
  for (const line of text.split('\n')) {
    const [offset, time] = line.split(' ').map(Number);
    if (offset === undefined || time === undefined || Number.isNaN(offset + time)) continue;
    result.offsets.push(offset);
    result.times.push(time);
  }
  return result;
}

/** When the byte at this offset was written; `unknownMs` when that was not noted. */
export function timeAt({ offsets, times }: LogTimes, offset: number, unknownMs: number): number {
  let [low, high] = [0, offsets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return times[low] ?? unknownMs;
}

/** Where to begin to find everything written at or after a time. */
export function offsetSince({ offsets, times }: LogTimes, sinceMs: number): number {
  const index = times.findIndex((time) => time >= sinceMs);
  return index < 0 ? offsets.at(-1) ?? 0 : offsets[index - 1] ?? 0;
}

/** Notes the times of one running container's log, and cuts the log when it is too long. */
export class LogWatch {
  private readonly directory: string;
  private readonly clock: Clock;
  private readonly maxBytes: number;
  private watcher: FSWatcher | undefined;
  private timer: Timer | undefined;
  private pending: Timer | undefined;
  private noted = 0;
  private busy: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(directory: string, clock: Clock, maxBytes: number) {
    this.directory = directory;
    this.clock = clock;
    this.maxBytes = maxBytes;
  }

  async start(): Promise<void> {
    const path = join(this.directory, 'log');
    await appendFile(path, '');
    const known = await readLogTimes(this.directory);
    this.noted = known.offsets.at(-1) ?? 0;
    if (this.stopped) return;
    await this.note(true);
    try {
      this.watcher = watch(path, { persistent: false }, () => this.onChange());
      this.watcher.on('error', () => this.watcher?.close());
    } catch {
      // No watches left on this machine: the poll below is enough.
    }
    this.poll();
  }

  /** Notes what has come since, and ends. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.watcher?.close();
    this.timer?.cancel();
    this.pending?.cancel();
    await this.busy;
    await this.note(true);
  }

  private onChange(): void {
    if (this.pending !== undefined || this.stopped) return;
    this.pending = this.clock.after(spacingMs, () => {
      this.pending = undefined;
      this.busy = this.busy.then(() => this.note(false));
    });
  }

  private poll(): void {
    if (this.stopped) return;
    this.timer = this.clock.after(pollMs, () => {
      this.busy = this.busy.then(() => this.note(false)).then(() => this.poll());
    });
  }

  private async note(useFileTime: boolean): Promise<void> {
    try {
      const path = join(this.directory, 'log');
      const info = await stat(path);
      if (info.size < this.noted) this.noted = 0;
      if (info.size > this.noted) {
        const time = Math.round(useFileTime ? info.mtimeMs : this.clock.now());
        await appendFile(join(this.directory, 'log.times'), `${info.size} ${time}\n`);
        this.noted = info.size;
      }
      if (info.size > this.maxBytes) {
        await truncate(path, 0);
        await writeFile(join(this.directory, 'log.times'), '');
        await appendFile(path, `[${info.size} bytes of this log were dropped: it grew beyond ${this.maxBytes} bytes]\n`);
        this.noted = 0;
      }
    } catch {
      // The pod's folder is being removed.
    }
  }
}
