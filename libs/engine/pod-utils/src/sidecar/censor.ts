// Replaces secrets in a stream by as many `X`, in memory bounded by the longest secret, wherever chunks are cut.
import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';
import type { Matcher } from './matcher.ts';

const replacement = 'X'.charCodeAt(0);
const nothing = Buffer.alloc(0);

/** Censors one stream of bytes; `push` and `end` return what may be shown. */
export class Censor {
  readonly #matcher: Matcher;
  #held: Buffer = nothing;
  /** So many bytes at the start of #held belong to a secret that began before them. */
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
    return this.#release(Buffer.concat([this.#held, chunk]), this.#matcher.maxBytes - 1);
  }

  end(): Buffer {
    const rest = this.#release(this.#held, 0);
    this.#held = nothing;
    return rest;
  }

  #release(bytes: Buffer, keep: number): Buffer {
    const shownLength = Math.max(0, bytes.length - keep);
    const found: [number, number][] = this.#covered > 0 ? [[0, this.#covered]] : [];
    this.#matcher.search(bytes, 0, bytes.length, (start, end) => {
      // One that begins in what is kept will be found again.
      if (start >= shownLength) return;
      found.push([start, end]);
      this.#hits += 1;
    });
    const held = Buffer.from(bytes.subarray(shownLength));
    let covered = 0;
    for (const [start, end] of found) {
      bytes.fill(replacement, start, Math.min(end, shownLength));
      covered = Math.max(covered, end - shownLength);
    }
    this.#held = held;
    this.#covered = Math.max(0, covered);
    return bytes.subarray(0, shownLength);
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
