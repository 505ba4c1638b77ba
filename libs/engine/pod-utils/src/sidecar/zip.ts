// Censoring inside zip files: each entry is unpacked to look for secrets; if there is one, the file is written anew, with the
// entries that hold none copied as they are.
import type { FileHandle } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { createDeflateRaw, createInflateRaw } from 'node:zlib';
import { ProwError } from '@prow/base-errors';
import { CensorStream } from './censor.ts';
import { Crc32 } from './crc32.ts';
import { UnpackedBudget, holdsSecret, unpackedLimit } from './gzip.ts';
import type { Matcher } from './matcher.ts';
import { readPart } from './read-part.ts';
import { dataOffset, readZipDirectory } from './zip-directory.ts';
import type { ZipEntry } from './zip-directory.ts';

const stored = 0;
const deflated = 8;
const isEncrypted = 1;
const sizesFollow = 8;
const nameIsUtf8 = 0x800;
const version = 20;
const max32 = 0xfffffffe;
const maxEntries = 65_534;

/**
 * undefined: nothing to hide. Entries that are encrypted or packed in other ways cannot be searched and stay as they are.
 * @throws NotAZipError; ProwError PROW_POD_UTILS_BOMB, PROW_POD_UTILS_ZIP (it holds a secret and is too large to be written anew)
 */
export async function censoredZip(file: FileHandle, fileBytes: number, matcher: Matcher): Promise<Readable | undefined> {
  const entries = await readZipDirectory(file, fileBytes);
  const budget = new UnpackedBudget(unpackedLimit(fileBytes));
  const dirty = new Set<ZipEntry>();
  for (const entry of entries) if (await isDirty(file, entry, budget, matcher)) dirty.add(entry);
  if (dirty.size === 0) return undefined;
  if (entries.length > maxEntries || fileBytes > max32 / 2 || entries.some(({ bytes }) => bytes > max32)) {
    throw new ProwError('PROW_POD_UTILS_ZIP', 'it holds a secret and is too large to be written anew without it');
  }
  return Readable.from(rewrite(file, entries, dirty, matcher));
}

async function isDirty(file: FileHandle, entry: ZipEntry, budget: UnpackedBudget, matcher: Matcher): Promise<boolean> {
  if ((entry.flags & isEncrypted) !== 0 || entry.packedBytes === 0 || (entry.method !== stored && entry.method !== deflated)) return false;
  return await holdsSecret([await packed(file, entry), ...unpacking(entry), budget.stream()], matcher);
}

async function packed(file: FileHandle, entry: ZipEntry): Promise<Readable> {
  const start = await dataOffset(file, entry);
  return readPart(file, start, start + entry.packedBytes - 1);
}

function unpacking({ method }: ZipEntry): Transform[] {
  return method === deflated ? [createInflateRaw()] : [];
}

async function* rewrite(file: FileHandle, entries: readonly ZipEntry[], dirty: ReadonlySet<ZipEntry>, matcher: Matcher): AsyncIterable<Buffer> {
  const directory: Buffer[] = [];
  let offset = 0;
  for (const old of entries) {
    const entry: ZipEntry = { ...old, offset, flags: old.flags & ~sizesFollow };
    const isNew = dirty.has(old);
    if (isNew) Object.assign(entry, { method: deflated, flags: (old.flags & nameIsUtf8) | sizesFollow, crc: 0, packedBytes: 0, bytes: 0 });
    const head = localHeader(entry);
    yield head;
    offset += head.length;
    if (isNew) {
      const sums = new PackedSums();
      for await (const chunk of repacked(await packed(file, old), old, matcher, sums)) {
        entry.packedBytes += (chunk as Buffer).length;
        yield chunk as Buffer;
      }
      Object.assign(entry, { crc: sums.crc.value, bytes: sums.bytes });
      const sizes = descriptor(entry);
      yield sizes;
      offset += entry.packedBytes + sizes.length;
    } else if (old.packedBytes > 0) {
      for await (const chunk of await packed(file, old)) yield chunk as Buffer;
      offset += old.packedBytes;
    }
    directory.push(centralHeader(entry));
  }
  const whole = Buffer.concat(directory);
  yield whole;
  yield endRecord(entries.length, whole.length, offset);
}

class PackedSums {
  readonly crc = new Crc32();
  bytes = 0;
}

function repacked(source: Readable, entry: ZipEntry, matcher: Matcher, sums: PackedSums): Readable {
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sums.crc.update(chunk);
      sums.bytes += chunk.length;
      done(null, chunk);
    },
  });
  let stream: Readable = source;
  for (const stage of [...unpacking(entry), new CensorStream(matcher), count, createDeflateRaw()]) {
    const before = stream;
    before.once('error', (error) => stage.destroy(error));
    stream = before.pipe(stage);
  }
  return stream;
}

function localHeader({ name, flags, method, time, crc, packedBytes, bytes }: ZipEntry): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(version, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt16LE(method, 8);
  header.writeUInt32LE(time, 10);
  header.writeUInt32LE(crc, 14);
  header.writeUInt32LE(packedBytes, 18);
  header.writeUInt32LE(bytes, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name]);
}

function descriptor({ crc, packedBytes, bytes }: ZipEntry): Buffer {
  const record = Buffer.alloc(16);
  for (const [index, value] of [0x08074b50, crc, packedBytes, bytes].entries()) record.writeUInt32LE(value, index * 4);
  return record;
}

function centralHeader({ name, madeBy, flags, method, time, crc, packedBytes, bytes, attributes, offset }: ZipEntry): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(madeBy, 4);
  header.writeUInt16LE(version, 6);
  header.writeUInt16LE(flags, 8);
  header.writeUInt16LE(method, 10);
  header.writeUInt32LE(time, 12);
  header.writeUInt32LE(crc, 16);
  header.writeUInt32LE(packedBytes, 20);
  header.writeUInt32LE(bytes, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt32LE(attributes, 38);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, name]);
}

function endRecord(count: number, directoryBytes: number, offset: number): Buffer {
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(count, 8);
  record.writeUInt16LE(count, 10);
  record.writeUInt32LE(directoryBytes, 12);
  record.writeUInt32LE(offset, 16);
  return record;
}
