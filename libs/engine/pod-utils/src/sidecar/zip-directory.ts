// The directory at the end of a zip file. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
import type { FileHandle } from 'node:fs/promises';

export interface ZipEntry {
  /** As stored. */
  name: Buffer;
  madeBy: number;
  flags: number;
  /** 0 stored, 8 deflated. */
  method: number;
  /** DOS time and date. */
  time: number;
  crc: number;
  packedBytes: number;
  bytes: number;
  attributes: number;
  /** Of its local header. */
  offset: number;
}

/** The file is no zip, or one we cannot read. */
export class NotAZipError extends Error {}

const end = { signature: 0x06054b50, bytes: 22, maxComment: 65_535 };
const end64 = { locator: 0x07064b50, locatorBytes: 20, signature: 0x06064b50, bytes: 56 };
const central = { signature: 0x02014b50, bytes: 46 };
const local = { signature: 0x04034b50, bytes: 30 };
const maxDirectoryBytes = 256 * 1024 * 1024;
const in64 = 0xffffffff;

/** @throws NotAZipError */
export async function readZipDirectory(file: FileHandle, fileBytes: number): Promise<ZipEntry[]> {
  const tail = await readAt(file, Math.max(0, fileBytes - end.bytes - end.maxComment - end64.locatorBytes), fileBytes);
  const at = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (at === -1 || at + end.bytes > tail.length) throw new NotAZipError('no directory');
  let size = tail.readUInt32LE(at + 12);
  let offset = tail.readUInt32LE(at + 16);
  const locatorAt = at - end64.locatorBytes;
  if (locatorAt >= 0 && tail.readUInt32LE(locatorAt) === end64.locator) {
    const start = number64(tail, locatorAt + 8);
    const record = await readAt(file, start, start + end64.bytes);
    if (record.length < end64.bytes || record.readUInt32LE(0) !== end64.signature) throw new NotAZipError('damaged directory');
    size = number64(record, 40);
    offset = number64(record, 48);
  }
  if (size > maxDirectoryBytes || offset + size > fileBytes) throw new NotAZipError('damaged directory');
  return parse(await readAt(file, offset, offset + size));
}

/** Where an entry's bytes begin. @throws NotAZipError */
export async function dataOffset(file: FileHandle, { offset }: ZipEntry): Promise<number> {
  const header = await readAt(file, offset, offset + local.bytes);
  if (header.length < local.bytes || header.readUInt32LE(0) !== local.signature) throw new NotAZipError('damaged entry');
  return offset + local.bytes + header.readUInt16LE(26) + header.readUInt16LE(28);
}

function parse(directory: Buffer): ZipEntry[] {
  const entries: ZipEntry[] = [];
  for (let at = 0; at + central.bytes <= directory.length; ) {
    if (directory.readUInt32LE(at) !== central.signature) throw new NotAZipError('damaged directory');
    const [nameBytes, extraBytes, commentBytes] = [directory.readUInt16LE(at + 28), directory.readUInt16LE(at + 30), directory.readUInt16LE(at + 32)];
    const nameAt = at + central.bytes;
    const next = nameAt + nameBytes + extraBytes + commentBytes;
    if (next > directory.length) throw new NotAZipError('damaged directory');
    const wide = { bytes: directory.readUInt32LE(at + 24), packedBytes: directory.readUInt32LE(at + 20), offset: directory.readUInt32LE(at + 42) };
    widen(wide, directory.subarray(nameAt + nameBytes, nameAt + nameBytes + extraBytes));
    entries.push({
      name: Buffer.from(directory.subarray(nameAt, nameAt + nameBytes)), madeBy: directory.readUInt16LE(at + 4), flags: directory.readUInt16LE(at + 8), method: directory.readUInt16LE(at + 10),
      time: directory.readUInt32LE(at + 12), crc: directory.readUInt32LE(at + 16), attributes: directory.readUInt32LE(at + 38), ...wide,
    });
    at = next;
  }
  return entries;
}

/** Sizes and offset that do not fit 32 bits are in an extra field, in this order, only those that do not fit. */
function widen(wide: { bytes: number; packedBytes: number; offset: number }, extra: Buffer): void {
  for (let at = 0; at + 4 <= extra.length; ) {
    const size = extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === 1) {
      let field = at + 4;
      for (const key of ['bytes', 'packedBytes', 'offset'] as const) {
        if (wide[key] !== in64 || field + 8 > Math.min(extra.length, at + 4 + size)) continue;
        wide[key] = number64(extra, field);
        field += 8;
      }
    }
    at += 4 + size;
  }
}

function number64(buffer: Buffer, at: number): number {
  const value = buffer.readBigUInt64LE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new NotAZipError('damaged directory');
  return Number(value);
}

async function readAt(file: FileHandle, start: number, stop: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.max(0, stop - start));
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, start + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}
