import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Console } from './command.ts';

/** Standard input and output. Output is complete when `out` returns, whatever is behind it. */
export const processConsole: Console = {
  out: (text) => writeAll(1, text),
  error: (text) => writeAll(2, text),
  lines: () => createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY }),
};

function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let offset = 0; offset < bytes.length;) {
    try {
      offset += writeSync(descriptor, bytes, offset);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      // The reader went away (`| head`), or is slow.
      if (code === 'EPIPE') process.exit(0);
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
