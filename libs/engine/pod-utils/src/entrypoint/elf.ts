// Changes in a program file which loader starts it and where that looks for libraries, without tools: what `patchelf
// --set-interpreter --set-rpath --force-rpath` does. The new texts must fit where the old loader's path stands: no byte
// of the file moves.
import { ProwError } from '@prow/base-errors';

interface Header {
  type: number;
  flags: number;
  offset: number;
  address: number;
  size: number;
}

const headerType = { load: 1, dynamic: 2, interpreter: 3 } as const;
const tag = { null: 0n, strtab: 5n, rpath: 15n, runpath: 29n } as const;
const dynamicEntryBytes = 16;

/**
 * A copy of the ELF file `program` (64 bit, little endian) that is started by `loader` and finds its libraries in
 * `libraryFolder` alone.
 * @throws ProwError PROW_POD_UTILS_ELF if the file is of another kind, statically linked, or has no room
 */
export function relocateProgram(program: Buffer, { loader, libraryFolder }: { loader: string; libraryFolder: string }): Buffer {
  const elf = Buffer.from(program);
  const headers = readHeaders(elf);
  const interpreter = headers.find(({ type }) => type === headerType.interpreter);
  const dynamic = headers.find(({ type }) => type === headerType.dynamic);
  if (interpreter === undefined || dynamic === undefined) throw refuse('it is linked statically');
  const texts = Buffer.from(`${loader}\0${libraryFolder}\0`);
  if (texts.length > interpreter.size) throw refuse(`"${loader}" and "${libraryFolder}" need ${texts.length} bytes, the loader's path has ${interpreter.size}`);
  elf.fill(0, interpreter.offset, interpreter.offset + interpreter.size);
  texts.copy(elf, interpreter.offset);
  const pathAddress = BigInt(interpreter.address + Buffer.byteLength(loader) + 1);
  setLibraryFolder(elf, dynamic, pathAddress);
  return elf;
}

/** The loader's path in a program file; undefined if it is linked statically. */
export function loaderOf(program: Buffer): string | undefined {
  const interpreter = readHeaders(program).find(({ type }) => type === headerType.interpreter);
  return interpreter && program.toString('utf8', interpreter.offset, interpreter.offset + interpreter.size).replace(/\0.*$/s, '');
}

function readHeaders(elf: Buffer): Header[] {
  const isElf64 = elf.length > 64 && elf.readUInt32BE(0) === 0x7f454c46 && elf[4] === 2 && elf[5] === 1;
  if (!isElf64) throw refuse('it is not a 64 bit little endian ELF file');
  const start = Number(elf.readBigUInt64LE(32));
  const size = elf.readUInt16LE(54);
  const count = elf.readUInt16LE(56);
  if (size < 56 || start + size * count > elf.length) throw refuse('its headers are damaged');
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    return { type: elf.readUInt32LE(at), flags: elf.readUInt32LE(at + 4), offset: Number(elf.readBigUInt64LE(at + 8)), address: Number(elf.readBigUInt64LE(at + 16)), size: Number(elf.readBigUInt64LE(at + 32)) };
  });
}

/**
 * DT_RPATH holds an offset into the string table; loaders add it without looking at the table's size, so an offset to
 * the text that stands in the loader's place (below the table: a negative one) is good.
 */
function setLibraryFolder(elf: Buffer, dynamic: Header, pathAddress: bigint): void {
  let strings: bigint | undefined;
  let existing: number | undefined;
  let spare: number | undefined;
  for (let at = dynamic.offset; at + dynamicEntryBytes <= dynamic.offset + dynamic.size; at += dynamicEntryBytes) {
    const kind = elf.readBigUInt64LE(at);
    if (kind === tag.strtab) strings = elf.readBigUInt64LE(at + 8);
    if (kind === tag.rpath || kind === tag.runpath) existing ??= at;
    if (kind === tag.null && spare === undefined) spare = at;
  }
  // The list must still end in a null entry.
  const hasRoom = spare !== undefined && spare + 2 * dynamicEntryBytes <= dynamic.offset + dynamic.size;
  const place = existing ?? (hasRoom ? spare : undefined);
  if (strings === undefined || place === undefined) throw refuse('its dynamic section has no room for a library path');
  elf.writeBigUInt64LE(tag.rpath, place);
  elf.writeBigUInt64LE(BigInt.asUintN(64, pathAddress - strings), place + 8);
}

function refuse(why: string): ProwError {
  return new ProwError('PROW_POD_UTILS_ELF', `cannot make this Node independent of its system: ${why}`);
}
