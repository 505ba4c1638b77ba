// Bodies in files of their own, one after the other: they are written once, seldom read, and go with their deliveries.
import { closeSync, mkdirSync, openSync, readdirSync, readSync, unlinkSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, ProwError } from '@prow/base-errors';

/** Where a body is. */
export interface BodyPlace {
  readonly file: number;
  readonly offset: number;
  readonly bytes: number;
}

interface Waiting {
  readonly body: Buffer;
  readonly resolve: (place: BodyPlace) => void;
  readonly reject: (error: unknown) => void;
}

const defaultMaxFileBytes = 32 * 1024 * 1024;
const maxTogetherBytes = 16 * 1024 * 1024;
const suffix = '.bodies';

/**
 * Appends bodies. A promise resolves when the body is on disk (fdatasync); bodies that come meanwhile share the next
 * write. After a failed write the file is left as it is and another one is begun. A file is removed when no delivery is left of it.
 */
export class BodyFiles {
  readonly #dir: string;
  readonly #maxFileBytes: number;
  /** Deliveries by file. */
  readonly #uses = new Map<number, number>();
  #current: { file: number; handle: FileHandle; bytes: number } | undefined;
  #nextFile = 1;
  #queue: Waiting[] = [];
  #writing: Promise<void> | undefined;

  constructor(dir: string, { maxFileBytes = defaultMaxFileBytes }: { maxFileBytes?: number } = {}) {
    this.#dir = dir;
    this.#maxFileBytes = maxFileBytes;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    for (const file of this.#filesThere()) this.#nextFile = Math.max(this.#nextFile, file + 1);
  }

  append(body: Buffer): Promise<BodyPlace> {
    const written = new Promise<BodyPlace>((resolve, reject) => this.#queue.push({ body, resolve, reject }));
    this.#writing ??= this.#writeAll();
    return written;
  }

  /** @throws ProwError PROW_INBOX_BODY */
  read({ file, offset, bytes }: BodyPlace): Buffer {
    const path = this.#pathOf(file);
    let descriptor: number | undefined;
    try {
      descriptor = openSync(path, 'r');
      const body = Buffer.allocUnsafe(bytes);
      for (let done = 0; done < bytes; ) {
        const count = readSync(descriptor, body, done, bytes - done, offset + done);
        if (count === 0) throw new Error(`the file ends at ${offset + done}, expected ${offset + bytes}`);
        done += count;
      }
      return body;
    } catch (cause) {
      throw new ProwError('PROW_INBOX_BODY', `cannot read a delivery's body from ${path}: ${messageOf(cause)}`, { details: { path, offset, bytes }, cause });
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }

  /** A delivery has its body there. */
  use(file: number): void {
    this.#uses.set(file, (this.#uses.get(file) ?? 0) + 1);
  }

  /** A delivery that had its body there is gone. */
  release(file: number): void {
    const left = (this.#uses.get(file) ?? 0) - 1;
    if (left > 0) this.#uses.set(file, left);
    else this.#uses.delete(file);
    this.#removeIfUnused(file);
  }

  /** Removes files of which no delivery knows: what a killed process had begun. Call it when all uses are told. */
  removeUnused(): void {
    for (const file of this.#filesThere()) this.#removeIfUnused(file);
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#rotate();
  }

  async #writeAll(): Promise<void> {
    // What comes in the same turn goes along.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const some = this.#takeSome();
      try {
        const places = await this.#write(some.map(({ body }) => body));
        some.forEach(({ resolve }, index) => resolve(places[index] as BodyPlace));
      } catch (cause) {
        await this.#rotate();
        const error = new ProwError('PROW_INBOX_BODY', `cannot write deliveries to ${this.#dir}: ${messageOf(cause)}`, { transient: true, httpStatus: 507, cause });
        for (const { reject } of some) reject(error);
      }
    }
    this.#writing = undefined;
  }

  #takeSome(): Waiting[] {
    let bytes = 0;
    const end = this.#queue.findIndex(({ body }, index) => (bytes += body.length) > maxTogetherBytes && index > 0);
    return this.#queue.splice(0, end < 0 ? this.#queue.length : end);
  }

  async #write(bodies: readonly Buffer[]): Promise<BodyPlace[]> {
    const current = await this.#openFile();
    let offset = current.bytes;
    const places = bodies.map((body) => {
      const place = { file: current.file, offset, bytes: body.length };
      offset += body.length;
      // Before it is known to anybody, so that the file is not taken for unused.
      this.use(current.file);
      return place;
    });
    try {
      let rest = bodies.length === 1 && bodies[0] !== undefined ? bodies[0] : Buffer.concat(bodies);
      for (let position = current.bytes; rest.length > 0; ) {
        const { bytesWritten } = await current.handle.write(rest, 0, rest.length, position);
        position += bytesWritten;
        rest = rest.subarray(bytesWritten);
      }
      await current.handle.datasync();
    } catch (error) {
      for (const { file } of places) this.release(file);
      throw error;
    }
    current.bytes = offset;
    return places;
  }

  async #openFile(): Promise<{ file: number; handle: FileHandle; bytes: number }> {
    if (this.#current !== undefined && this.#current.bytes < this.#maxFileBytes) return this.#current;
    await this.#rotate();
    const file = this.#nextFile;
    this.#nextFile += 1;
    const handle = await open(this.#pathOf(file), 'wx', 0o600);
    this.#current = { file, handle, bytes: 0 };
    // The file's name has to be on disk as well.
    const dir = await open(this.#dir, 'r');
    try {
      await dir.sync();
    } finally {
      await dir.close();
    }
    return this.#current;
  }

  async #rotate(): Promise<void> {
    const last = this.#current;
    if (last === undefined) return;
    this.#current = undefined;
    await last.handle.close().catch(() => undefined);
    this.#removeIfUnused(last.file);
  }

  #removeIfUnused(file: number): void {
    if (file === this.#current?.file || this.#uses.has(file)) return;
    try {
      unlinkSync(this.#pathOf(file));
    } catch {
      // Looked for again at the next start.
    }
  }

  #filesThere(): number[] {
    return readdirSync(this.#dir).flatMap((name) => (/^\d{10}\.bodies$/.test(name) ? [Number(name.slice(0, 10))] : []));
  }

  #pathOf(file: number): string {
    return join(this.#dir, String(file).padStart(10, '0') + suffix);
  }
}
