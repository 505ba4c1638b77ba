// Replaces secrets in a stream by as many `X`, in memory bounded by the longest secret, wherever chunks are cut.
import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';
import type { Matcher } from './matcher.ts';

const replacement = 'X'.charCodeAt(0);
const nothing = Buffer.alloc(0);

/** Censors one stream of bytes; `push` and `end` return what may be shown. */
export class Censor {
  readonly #matcher: Matcher;
  /** Kept for all chunks: what is held, then the new bytes. */
  #workspace: Buffer = nothing;
  #heldBytes = 0;
  /** So many bytes at the start of what is held belong to a secret that began before them. */
  #covered = 0;
  #hits = 0;

  constructor(matcher: Matcher) {
    this.#matcher = matcher;
  }

  /** Occurrences so far. */
  get hits(): number {
    return this.#hits;
  }

  /** All that can no longer be the beginning of a secret. */
  push(chunk: Uint8Array): Buffer {
    if (this.#matcher.isEmpty) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const length = this.#heldBytes + chunk.length;
    if (this.#workspace.length < length) {
      const larger = Buffer.allocUnsafeSlow(length);
      this.#workspace.copy(larger, 0, 0, this.#heldBytes);
      this.#workspace = larger;
    }
    this.#workspace.set(chunk, this.#heldBytes);
    return this.#release(this.#workspace.subarray(0, length), this.#matcher.maxBytes - 1);
  }

  end(): Buffer {
    return this.#release(this.#workspace.subarray(0, this.#heldBytes), 0);
  }

  /** Copies out what may be shown; the rest moves to the front. */
  #release(bytes: Buffer, keep: number): Buffer {
    const shownLength = Math.max(0, bytes.length - keep);
    const found: [number, number][] = this.#covered > 0 ? [[0, this.#covered]] : [];
    this.#matcher.search(bytes, 0, bytes.length, (start, end) => {
      // One that begins in what is kept will be found again.
      if (start >= shownLength) return;
      found.push([start, end]);
      this.#hits += 1;
    });
    const shown = Buffer.allocUnsafeSlow(shownLength);
    bytes.copy(shown, 0, 0, shownLength);
    let covered = 0;
    for (const [start, end] of found) {
      shown.fill(replacement, start, Math.min(end, shownLength));
      covered = Math.max(covered, end - shownLength);
    }
    bytes.copyWithin(0, shownLength);
    this.#heldBytes = bytes.length - shownLength;
    this.#covered = Math.max(0, covered);
    return shown;
  }
}

/** A stream through a censor. */
export class CensorStream extends Transform {
  readonly #censor: Censor;

  constructor(matcher: Matcher) {
    super();
    this.#censor = new Censor(matcher);
  }

  get hits(): number {
    return this.#censor.hits;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const shown = this.#censor.push(chunk);
    done(null, shown.length > 0 ? shown : undefined);
  }

  override _flush(done: TransformCallback): void {
    const rest = this.#censor.end();
    done(null, rest.length > 0 ? rest : undefined);
  }
}
