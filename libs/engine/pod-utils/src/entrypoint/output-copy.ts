// Copies a test's output to the log file and to standard output: in order, without loss, in flat memory. The log is
// written first; a slow reader of standard output slows the test down, as a pipe would, but never holds up time.
import { closeSync, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { openStandardOutput } from './standard-output.ts';

const chunkBytes = 64 * 1024;
/** How long a reader of standard output may take for the last bytes. */
const lastShowMs = 2000;

export class OutputCopy {
  readonly #logFd: number;
  readonly #standardOutput = openStandardOutput();
  readonly #sources: Readable[] = [];
  readonly #logErrors: unknown[] = [];
  #unshown = 0;
  #open = 0;
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
          let isShown = false;
          let isResting = false;
          this.#take(buffer.subarray(0, bytes), () => {
            isShown = true;
            if (isResting) socket.resume();
          });
          isResting = !isShown;
          return isShown;
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
    this.#append(Buffer.from(line), () => {});
  }

  /** Resolves when everything read is written and every source has ended, or when `giveUp` says to stop. */
  async drain(giveUp: () => boolean): Promise<void> {
    await until(() => this.#open === 0 || giveUp());
    for (const source of this.#sources) source.destroy();
    const deadline = performance.now() + lastShowMs;
    await until(() => this.#unshown === 0 || performance.now() > deadline);
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
    });
    source.once('end', () => source.destroy());
  }

  #take(chunk: Uint8Array, done: () => void): void {
    this.#lastDataAt = performance.now();
    this.#append(chunk, done);
  }

  #append(chunk: Uint8Array, done: () => void): void {
    try {
      for (let at = 0; at < chunk.length; ) at += writeSync(this.#logFd, chunk, at);
    } catch (error) {
      if (this.#logErrors.length === 0) this.#logErrors.push(error);
    }
    this.#unshown += 1;
    this.#standardOutput.write(chunk, () => {
      this.#unshown -= 1;
      done();
    });
  }
}

const pollMs = 10;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => {
      setTimeout(resolve, pollMs);
    });
  }
}
