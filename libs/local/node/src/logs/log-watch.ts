// While a container runs, its node looks at its log.
import { watch, type FSWatcher } from 'node:fs';
import { appendFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Timer } from '@prow/base-time';
import { cutLog } from './cut-log.ts';
import { formatLogTimes, readLogTimes } from './log-times.ts';

/** Two notes are at least this far apart. */
const spacingMs = 20;
const pollMs = 1000;

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
        await appendFile(join(this.directory, 'log.times'), formatLogTimes([{ offset: info.size, time }]));
        this.noted = info.size;
      }
      if (info.size > this.maxBytes) {
        await cutLog(this.directory, info.size, this.maxBytes);
        this.noted = (await readLogTimes(this.directory)).offsets.at(-1) ?? 0;
      }
    } catch {
      // The pod's folder is being removed.
    }
  }
}
