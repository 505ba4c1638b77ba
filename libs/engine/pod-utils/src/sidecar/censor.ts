// Replaces secrets in a stream by as many `X`, in memory bounded by the longest secret, wherever chunks are cut.
import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';
import type { Matcher } from './matcher.ts';

const replacement = 'X'.charCodeAt(0);
const nothing = Buffer.alloc(0);

/** Censors one stream of bytes; `push` and `end` return what may be shown, good until the next call. */
export class Censor {
  readonly #matcher: Matcher;
  /** Kept for all chunks: what was shown last, what is held, then the new bytes. */
  #workspace: Buffer = nothing;
  #shownBytes = 0;
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
    this.#makeRoom(length);
    this.#workspace.set(chunk, this.#heldBytes);
    return this.#release(this.#workspace.subarray(0, length), this.#matcher.maxBytes - 1);
  }

  end(): Buffer {
    this.#makeRoom(this.#heldBytes);
    return this.#release(this.#workspace.subarray(0, this.#heldBytes), 0);
  }

  /** Moves what is held to the front of a workspace that is long enough. */
  #makeRoom(length: number): void {
    const from = this.#workspace;
    if (from.length < length) this.#workspace = Buffer.allocUnsafeSlow(length);
    from.copy(this.#workspace, 0, this.#shownBytes, this.#shownBytes + this.#heldBytes);
    this.#shownBytes = 0;
  }

  /** What may be shown, its secrets overwritten where they lie; the rest is held as it is. */
  #release(bytes: Buffer, keep: number): Buffer {
    const shownLength = Math.max(0, bytes.length - keep);
    const found: [number, number][] = this.#covered > 0 ? [[0, this.#covered]] : [];
    this.#matcher.search(bytes, 0, bytes.length, (start, end) => {
      // One that begins in what is kept will be found again.
      if (start >= shownLength) return;
      found.push([start, end]);
      this.#hits += 1;
    });
    let covered = 0;
    for (const [start, end] of found) {
      bytes.fill(replacement, start, Math.min(end, shownLength));
      covered = Math.max(covered, end - shownLength);
    }
    this.#shownBytes = shownLength;
    this.#heldBytes = bytes.length - shownLength;
    this.#covered = covered;
    return bytes.subarray(0, shownLength);
  }
}

/** Chunks through a censor, each good until the next is asked for. */
export async function* censored(chunks: AsyncIterable<Uint8Array>, matcher: Matcher): AsyncIterable<Buffer> {
  const censor = new Censor(matcher);
  for await (const chunk of chunks) {
    const shown = censor.push(chunk);
    if (shown.length > 0) yield shown;
  }
  const rest = censor.end();
  if (rest.length > 0) yield rest;
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
    done(null, shown.length > 0 ? Buffer.from(shown) : undefined);
  }

  override _flush(done: TransformCallback): void {
    const rest = this.#censor.end();
    done(null, rest.length > 0 ? rest : undefined);
  }
}
