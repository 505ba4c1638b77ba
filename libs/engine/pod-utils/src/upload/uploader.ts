// Uploads in parallel with retries, and remembers what failed. upstream: pkg/pod-utils/gcs/upload.go
import { isTransient, messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Body, Storage, WriteOptions } from '@prow/clients-storage';

export interface Upload {
  /** Full path in the storage. */
  path: string;
  /** Opens the content; called again for each try. */
  open(): Promise<{ body: Body; options?: WriteOptions }> | { body: Body; options?: WriteOptions };
  /** Bytes, as far as known: large ones go few at a time. */
  size?: number;
  /** Only if there is none yet. */
  ifAbsent?: boolean;
}

export interface UploadFailure {
  path: string;
  message: string;
}

/** Their bytes are in memory, their time is the network's: a million of them must not wait for each other. */
const allParallel = 32;
const tinyBytes = 64 * 1024;
const smallParallel = 16;
const largeParallel = 2;
const largeBytes = 1024 * 1024;
const attempts = 4;
/** Pauses of 1, 4, 9 s. */
const pauseMs = (attempt: number): number => attempt * attempt * 1000;
const maxFailuresKept = 100;
/** How often many uploads say how far they are. */
const progressEvery = 10_000;

/** Uploads everything; never rejects for an upload that fails. @returns the failures (the first 100) and their number */
export async function uploadAll(storage: Storage, uploads: Iterable<Upload> | AsyncIterable<Upload>, { log, isDryRun = false }: { log: Logger; isDryRun?: boolean }): Promise<{ failures: UploadFailure[]; failed: number; done: number }> {
  const result = { failures: [] as UploadFailure[], failed: 0, done: 0 };
  const large = new Slots(largeParallel);
  const small = new Slots(smallParallel);
  const all = new Slots(allParallel);
  const one = async (upload: Upload): Promise<void> => {
    try {
      if (isDryRun) log.info('Would upload', { path: upload.path });
      else if ((upload.size ?? 0) > tinyBytes) await ((upload.size ?? 0) > largeBytes ? large : small).run(() => uploadOne(storage, upload, log));
      else await uploadOne(storage, upload, log);
      result.done += 1;
      if (result.done % progressEvery === 0) log.info('Uploaded so far', { count: result.done, failed: result.failed });
    } catch (error) {
      result.failed += 1;
      if (result.failures.length < maxFailuresKept) result.failures.push({ path: upload.path, message: messageOf(error) });
      log.error('Failed to upload', { path: upload.path, error: messageOf(error) });
    }
  };
  const running = new Set<Promise<void>>();
  for await (const upload of uploads) {
    // At most this many are under way or waiting, however many there are.
    await all.free();
    const task: Promise<void> = all.run(() => one(upload)).finally(() => running.delete(task));
    running.add(task);
  }
  await Promise.all(running);
  return result;
}

async function uploadOne(storage: Storage, upload: Upload, log: Logger): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { body, options } = await upload.open();
      if (upload.ifAbsent === true) {
        if (!(await storage.exists(upload.path))) await storage.write(upload.path, body, options);
      } else {
        await storage.write(upload.path, body, options);
      }
      return;
    } catch (error) {
      if (attempt >= attempts || !isWorthRetrying(error)) throw error;
      log.warn('Upload failed, trying again', { path: upload.path, error: messageOf(error), attempt });
    }
    await new Promise((resolve) => {
      setTimeout(resolve, pauseMs(attempt));
    });
  }
}

/** Not for what will fail again: credentials, names, a file that cannot be read. */
function isWorthRetrying(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return isTransient(error) || code === 'PROW_STORAGE_IO';
}

/** At most so many at once. */
class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    while (this.#free === 0) await this.free();
    this.#free -= 1;
    try {
      return await work();
    } finally {
      this.#free += 1;
      this.#waiting.shift()?.();
    }
  }

  /** Resolves when one may start. */
  async free(): Promise<void> {
    while (this.#free === 0) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }
}
