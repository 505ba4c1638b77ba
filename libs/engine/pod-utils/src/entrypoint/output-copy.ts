// Copies a test's output to the log file and to standard output: in order, without loss, in flat memory. The log is
// written first; a slow reader of standard output slows the test down, as a pipe would, but never holds a lock on time.
import { closeSync, openSync, write, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

const chunkBytes = 64 * 1024;
const standardOutput = 1;
const retryWriteMs = 2;

export class OutputCopy {
  readonly #logFd: number;
  readonly #sources: Readable[] = [];
  readonly #logErrors: unknown[] = [];
  #tail: Promise<void> = Promise.resolve();
  #hasStandardOutput = true;
  #open = 0;
  #onEnd: (() => void)[] = [];
  #lastDataAt = performance.now();

  /** Truncates the log file. @throws if it cannot be opened */
  constructor(logPath: string) {
    this.#logFd = openSync(logPath, 'w', 0o644);
  }

  /** Errors of writing the log file (a full disk): the copy to standard output goes on. */
  get logErrors(): readonly unknown[] {
    return this.#logErrors;
  }

  /** Milliseconds since something was read. */
  get quietMs(): number {
    return performance.now() - this.#lastDataAt;
  }

  /** Copies from the read end of a pipe until all its writers are gone. */
  copyPipe(fd: number): void {
    const buffer = Buffer.allocUnsafeSlow(chunkBytes);
    const socket: Socket = new Socket({
      fd,
      readable: true,
      writable: false,
      onread: {
        buffer,
        // One buffer is enough: reading rests until it is written.
        callback: (bytes: number) => {
          this.#take(buffer.subarray(0, bytes), () => socket.resume());
          return false;
        },
      },
    } as ConstructorParameters<typeof Socket>[0]);
    this.#follow(socket);
    socket.resume();
  }

  /** Copies from a stream, for when no pipe could be had. */
  copyStream(stream: Readable): void {
    this.#follow(stream);
    stream.on('data', (chunk: Buffer) => {
      stream.pause();
      this.#take(chunk, () => stream.resume());
    });
  }

  /** Adds a line of our own, behind what was read so far. */
  writeLine(line: string): void {
    this.#append(Buffer.from(line));
  }

  /** Resolves when everything read is written and every source has ended, or when `giveUp` says to stop. */
  async drain(giveUp: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      if (this.#open === 0) return resolve();
      this.#onEnd.push(resolve);
      const poll = setInterval(() => {
        if (this.#open > 0 && !giveUp()) return;
        clearInterval(poll);
        resolve();
      }, 20);
      this.#onEnd.push(() => clearInterval(poll));
    });
    for (const source of this.#sources) source.destroy();
    await this.#tail;
  }

  close(): void {
    closeSync(this.#logFd);
  }

  #follow(source: Readable): void {
    this.#sources.push(source);
    this.#open += 1;
    source.on('error', () => {});
    source.once('close', () => {
      this.#open -= 1;
      if (this.#open === 0) for (const tell of this.#onEnd.splice(0)) tell();
    });
    source.once('end', () => source.destroy());
  }

  #take(chunk: Uint8Array, done: () => void): void {
    this.#lastDataAt = performance.now();
    this.#append(chunk, done);
  }

  #append(chunk: Uint8Array, done?: () => void): void {
    try {
      for (let at = 0; at < chunk.length; ) at += writeSync(this.#logFd, chunk, at);
    } catch (error) {
      if (this.#logErrors.length === 0) this.#logErrors.push(error);
    }
    const shown = done === undefined ? Buffer.from(chunk) : chunk;
    const before = this.#tail;
    this.#tail = (async () => {
      await before;
      await this.#show(shown);
      done?.();
    })();
  }

  async #show(chunk: Uint8Array): Promise<void> {
    let at = 0;
    while (at < chunk.length) {
      if (!this.#hasStandardOutput) return;
      at += await new Promise<number>((resolve) => {
        write(standardOutput, chunk, at, (error: NodeJS.ErrnoException | null, written) => {
          if (error === null) return resolve(written);
          if (error.code === 'EAGAIN') return void setTimeout(() => resolve(0), retryWriteMs);
          this.#hasStandardOutput = false; // Nobody reads it any more.
          resolve(0);
        });
      });
    }
  }
}
