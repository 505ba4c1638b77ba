// Uploads a log while it is written: each part an object of its own, so that a lost node costs seconds, not the log. The
// whole log replaces the parts at the end. upstream: uploads the log at the end only.
import { open } from 'node:fs/promises';
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Storage } from '@prow/clients-storage';
import { logChunkPath } from '@prow/model-artifact-layout';
import { Censor } from './censor.ts';
import type { Matcher } from './matcher.ts';
import { noteStreamed } from './memory.ts';

export interface LiveLogSettings {
  storage: Storage;
  /** Where the whole log will lie. */
  logPath: string;
  /** The growing file. */
  file: string;
  /** Asked when the file has appeared: its test may have left secrets just before. */
  secrets: () => Matcher;
  log: Logger;
  /** Pauses between parts; the last one repeats. */
  pausesMs?: readonly number[];
}

/** Soon at first, when people look. Nothing is written while nothing is new. */
const defaultPausesMs = [2000, 3000, 5000, 5000, 10_000];
/** Small while the log is small; larger ones later keep their number low: 5,200 for 10 GB. */
const partBytes = (parts: number): number => (parts < 100 ? 1024 * 1024 : 2 * 1024 * 1024);
const deletesAtOnce = 16;
const contentType = 'text/plain; charset=utf-8';

export class LiveLog {
  readonly #settings: LiveLogSettings;
  #censor: Censor | undefined;
  #position = 0;
  #parts = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;
  #failures = 0;

  constructor(settings: LiveLogSettings) {
    this.#settings = settings;
  }

  start(): void {
    this.#schedule(0);
  }

  /** Stops; what was uploaded stays until `remove`. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#running;
    this.#buffer = Buffer.alloc(0);
    this.#pending = Buffer.alloc(0);
    this.#censor = undefined;
  }

  /** Deletes the parts: the whole log is there. */
  async remove(): Promise<void> {
    const { storage, logPath, log } = this.#settings;
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < this.#parts) {
        const index = next;
        next += 1;
        await storage.delete(logChunkPath(logPath, index)).catch((error: unknown) => log.warn('Could not delete a part of the log', { error: messageOf(error) }));
      }
    };
    await Promise.all(Array.from({ length: deletesAtOnce }, work));
    this.#parts = 0;
  }

  #schedule(round: number): void {
    const pauses = this.#settings.pausesMs ?? defaultPausesMs;
    this.#timer = setTimeout(() => {
      this.#running = this.#uploadNew().then(() => {
        if (!this.#isStopped) this.#schedule(round + 1);
      });
    }, pauses[Math.min(round, pauses.length - 1)]);
  }

  /** Everything new, in parts of at most 2 MiB. A part that fails is tried again in the next round. */
  async #uploadNew(): Promise<void> {
    const { storage, logPath, file, log } = this.#settings;
    try {
      const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (handle === undefined) return;
      try {
        for (let bytes = await this.#read(handle); bytes !== undefined && !this.#isStopped; bytes = await this.#read(handle)) {
          if (this.#pending.length === 0) continue;
          await storage.write(logChunkPath(logPath, this.#parts), this.#pending, { contentType });
          this.#pending = Buffer.alloc(0);
          this.#parts += 1;
          this.#failures = 0;
        }
      } finally {
        await handle.close();
      }
    } catch (error) {
      this.#failures += 1;
      if (this.#failures === 1) log.warn('Could not upload the log while it is written, will try again', { error: messageOf(error), path: logPath });
    }
  }

  /** Censored, not uploaded yet. */
  #pending: Buffer = Buffer.alloc(0);
  /** Read into again and again. */
  #buffer: Buffer = Buffer.alloc(0);

  /** Reads on into #pending; undefined when there is nothing new and nothing pending. */
  async #read(handle: Awaited<ReturnType<typeof open>>): Promise<Buffer | undefined> {
    if (this.#pending.length > 0) return this.#pending;
    if ((await handle.stat()).size <= this.#position) return undefined;
    const wanted = partBytes(this.#parts);
    if (this.#buffer.length !== wanted) this.#buffer = Buffer.allocUnsafeSlow(wanted);
    const buffer = this.#buffer;
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, this.#position);
    if (bytesRead === 0) return undefined;
    this.#position += bytesRead;
    noteStreamed(buffer.length);
    this.#censor ??= new Censor(this.#settings.secrets());
    this.#pending = this.#censor.push(buffer.subarray(0, bytesRead));
    return this.#pending;
  }
}
