// Censoring inside gzip: files are unpacked to look for secrets, and packed anew only if there is one.
import { Transform, Writable, pipeline } from 'node:stream';
import type { Readable, TransformCallback } from 'node:stream';
import { pipeline as finishPipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { ProwError } from '@prow/base-errors';
import { Censor, CensorStream } from './censor.ts';
import type { Matcher } from './matcher.ts';

/** Unpacked, a file may be this many times larger, or as large as this anyway: beyond it is a bomb, not a log. */
const maxGrowth = 200;
const alwaysAllowedBytes = 256 * 1024 * 1024;

export function unpackedLimit(packedBytes: number): number {
  return Math.max(alwaysAllowedBytes, packedBytes * maxGrowth);
}

/** Ends a pipeline with PROW_POD_UTILS_BOMB once more than `limit` bytes have passed, in all its uses together. */
export class UnpackedBudget {
  #left: number;

  constructor(limit: number) {
    this.#left = limit;
  }

  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw new ProwError('PROW_POD_UTILS_BOMB', 'it is far too large when unpacked to be searched for secrets');
  }

  stream(): Transform {
    const spend = (bytes: number): void => this.spend(bytes);
    return new Transform({
      transform(chunk: Buffer, _encoding, done: TransformCallback) {
        try {
          spend(chunk.length);
          done(null, chunk);
        } catch (error) {
          done(error as Error);
        }
      },
    });
  }
}

/** Whether a stream of plain bytes holds a secret; reads on only until the first. */
export async function holdsSecret(stages: readonly [Readable, ...Transform[]], matcher: Matcher): Promise<boolean> {
  const censor = new Censor(matcher);
  const found = new Error('found');
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      censor.push(chunk);
      done(censor.hits > 0 ? found : null);
    },
    final(done) {
      censor.end();
      done();
    },
  });
  try {
    await finishPipeline([...stages, sink] as unknown as [Readable, Writable]);
  } catch (error) {
    if (error !== found) throw error;
  }
  return censor.hits > 0;
}

/**
 * undefined: nothing to hide, the file may go as it is. `open` must give the file's bytes anew at each call.
 * @throws ProwError PROW_POD_UTILS_BOMB; zlib's errors if it is not gzip after all
 */
export async function censoredGzip(open: () => Readable, packedBytes: number, matcher: Matcher): Promise<Readable | undefined> {
  const budget = new UnpackedBudget(unpackedLimit(packedBytes));
  if (!(await holdsSecret([open(), createGunzip(), budget.stream()], matcher))) return undefined;
  const packed = createGzip();
  pipeline(open(), createGunzip(), new UnpackedBudget(unpackedLimit(packedBytes)).stream(), new CensorStream(matcher), packed, () => {});
  return packed;
}

/** zlib says so of data that is damaged or of another kind. */
export function isNotPacked(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && code.startsWith('Z_');
}
