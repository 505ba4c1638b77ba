import { readSync } from 'node:fs';

// LMDB's page: 24 bytes of header (flags at 18, size of the node offsets at 20), then the 2-byte offsets of its
// nodes, which count from the end of the header.
const headerBytes = 24;
const flagsOffset = 18;
const lowerOffset = 20;
const overflowCountOffset = 20;
const branchPage = 0x01;
const leafPage = 0x02;
// A node: two halves of a size or page number, flags, key size, then key and value.
const nodeHeaderBytes = 8;
const bigValue = 0x01;
const subDatabase = 0x02;
const subDatabaseRootOffset = 40;
const noPage = 0xffffffffffffffffn;

export interface WalkResult {
  /** Entries of leaf pages, those of all trees together. */
  entries: number;
  /** Whether a page that is in use lies (partly) behind the end of the file, or makes no sense. */
  isDamaged: boolean;
}

/** Follows every page in use from the given roots, by reading (never mapping) the file. */
export function walkPages(file: number, { sizeBytes, pageSize, roots }: { sizeBytes: number; pageSize: number; roots: readonly bigint[] }): WalkResult {
  const waiting = roots.filter((root) => root !== noPage);
  const pageCount = BigInt(Math.floor(sizeBytes / pageSize));
  let visited = 0n;
  let entries = 0;
  const damaged = (): WalkResult => ({ entries, isDamaged: true });
  for (let pageNumber = waiting.pop(); pageNumber !== undefined; pageNumber = waiting.pop()) {
    visited += 1n;
    if (pageNumber >= pageCount || visited > pageCount) return damaged();
    const page = readPage(file, pageNumber, pageSize);
    const flags = page?.readUInt16LE(flagsOffset) ?? 0;
    if (page === undefined || (flags & (branchPage | leafPage)) === 0) return damaged();
    for (const node of nodesOf(page)) {
      if (node === undefined) return damaged();
      if ((flags & branchPage) !== 0) waiting.push(BigInt(node.low) | (BigInt(node.high) << 16n) | (BigInt(node.flags) << 32n));
      else {
        entries += 1;
        if ((node.flags & bigValue) !== 0 && !isWholeOverflow(file, page.readBigUInt64LE(node.value), pageSize, pageCount)) return damaged();
        if ((node.flags & subDatabase) !== 0) {
          const root = page.readBigUInt64LE(node.value + subDatabaseRootOffset);
          if (root !== noPage) waiting.push(root);
        }
      }
    }
  }
  return { entries, isDamaged: false };
}

interface PageNode {
  low: number;
  high: number;
  flags: number;
  /** Where the value begins within the page. */
  value: number;
}

/** Undefined for a node that does not lie within the page. */
function* nodesOf(page: Buffer): Generator<PageNode | undefined> {
  const end = Math.min(headerBytes + page.readUInt16LE(lowerOffset), page.length - 1);
  for (let at = headerBytes; at < end; at += 2) {
    const start = headerBytes + page.readUInt16LE(at);
    if (start + nodeHeaderBytes > page.length) yield undefined;
    else {
      const value = start + nodeHeaderBytes + page.readUInt16LE(start + 6);
      const flags = page.readUInt16LE(start + 4);
      const isLeaf = (page.readUInt16LE(flagsOffset) & leafPage) !== 0;
      const needed = !isLeaf ? 0 : (flags & subDatabase) !== 0 ? subDatabaseRootOffset + 8 : (flags & bigValue) !== 0 ? 8 : 0;
      yield value + needed > page.length ? undefined : { low: page.readUInt16LE(start), high: page.readUInt16LE(start + 2), flags, value };
    }
  }
}

function isWholeOverflow(file: number, first: bigint, pageSize: number, pageCount: bigint): boolean {
  if (first >= pageCount) return false;
  const page = readPage(file, first, pageSize);
  return page !== undefined && first + BigInt(page.readUInt32LE(overflowCountOffset)) <= pageCount;
}

function readPage(file: number, pageNumber: bigint, pageSize: number): Buffer | undefined {
  const page = Buffer.allocUnsafe(pageSize);
  return readSync(file, page, 0, pageSize, pageNumber * BigInt(pageSize)) === pageSize ? page : undefined;
}
