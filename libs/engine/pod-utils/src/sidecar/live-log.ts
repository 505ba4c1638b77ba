// Uploads a log while it is written: each part an object of its own, so that a lost node costs seconds, not the log. The
// whole log replaces the parts at the end. upstream: uploads the log at the end only.
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Storage } from '@prow/clients-storage';
import { logChunkPath } from '@prow/model-artifact-layout';
import { Censor } from './censor.ts';
import type { Matcher } from './matcher.ts';
import { noteRequest } from './memory.ts';

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
const readBytes = 64 * 1024;
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
    this.#part = Buffer.alloc(0);
    this.#filled = 0;
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
        noteRequest();
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
        while (!this.#isStopped && (await this.#fill(handle))) {
          await storage.write(logChunkPath(logPath, this.#parts), this.#part.subarray(0, this.#filled), { contentType });
          noteRequest();
          this.#filled = 0;
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

  /** Read into, and filled, again and again. */
  readonly #read = Buffer.allocUnsafeSlow(readBytes);
  #part: Buffer = Buffer.alloc(0);
  /** Censored, not uploaded yet: so much of the part. */
  #filled = 0;

  /** Fills the part with what is new; false when there is nothing to upload. */
  async #fill(handle: FileHandle): Promise<boolean> {
    const wanted = partBytes(this.#parts);
    while (this.#filled < wanted && !this.#isStopped) {
      const { bytesRead } = await handle.read(this.#read, 0, readBytes, this.#position);
      if (bytesRead === 0) break;
      this.#position += bytesRead;
      const censor = this.#censorOf();
      const shown = censor.push(this.#read.subarray(0, bytesRead));
      this.#makeRoom(wanted, shown.length);
      this.#part.set(shown, this.#filled);
      this.#filled += shown.length;
    }
    return this.#filled > 0;
  }

  #censorOf(): Censor {
    this.#censor ??= new Censor(this.#settings.secrets());
    return this.#censor;
  }

  /** A part holds what is wanted, and what one more read may bring. */
  #makeRoom(wanted: number, bytes: number): void {
    if (this.#part.length >= this.#filled + bytes) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(wanted + readBytes, this.#filled + bytes));
    this.#part.copy(larger, 0, 0, this.#filled);
    this.#part = larger;
  }
}
