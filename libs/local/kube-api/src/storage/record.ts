// How one version of one object lies on disk (a fixed head, the object's key, and its JSON without kind and apiVersion),
// and how one change of the window does.
import { writeStoredText } from '../api-object.ts';
import type { Change, ChangeType } from './change.ts';

/** What the head of a version says. */
export interface VersionHead {
  type: ChangeType;
  /** The version this one replaced; 0 for a created object. */
  previousRevision: number;
  resource: string;
  key: string;
  /** Whether it has ownerReferences: only such objects concern garbage collection. */
  isOwned: boolean;
}

/** `bytes` is what is stored; `body`, a view on it, is `{"metadata":{…},…}`; `metadataLength` counts the bytes of the metadata object in it. */
export interface VersionRecord extends VersionHead {
  metadataLength: number;
  body: Buffer;
  bytes: Buffer;
}

const formatVersion = 1;
const headLength = 18;
const ownedFlag = 0x80;
const typeCodes: readonly ChangeType[] = ['ADDED', 'MODIFIED', 'DELETED'];

/** Layout: u8 format, u8 type, f64 previous revision, u32 metadata length, u16 resource length, u16 key length, then bytes. */
export function encodeRecord(head: VersionHead, parts: { metadata: string; rest: string }): VersionRecord {
  const resourceLength = Buffer.byteLength(head.resource);
  const keyLength = Buffer.byteLength(head.key);
  // In one piece from the beginning: a large object is not copied once more to be stored.
  const { bytes, body, metadataLength } = writeStoredText(parts, headLength + resourceLength + keyLength);
  bytes.writeUInt8(formatVersion, 0);
  bytes.writeUInt8(typeCodes.indexOf(head.type) | (head.isOwned ? ownedFlag : 0), 1);
  bytes.writeDoubleBE(head.previousRevision, 2);
  bytes.writeUInt32BE(metadataLength, 10);
  bytes.writeUInt16BE(resourceLength, 14);
  bytes.writeUInt16BE(keyLength, 16);
  bytes.write(head.resource, headLength);
  bytes.write(head.key, headLength + resourceLength);
  return { ...head, metadataLength, body, bytes };
}

/** The returned `body` is a view on `buffer`. */
export function decodeRecord(buffer: Buffer): VersionRecord {
  const typeAndFlags = buffer.readUInt8(1);
  const type = typeCodes[typeAndFlags & ~ownedFlag];
  if (buffer.readUInt8(0) !== formatVersion || type === undefined) {
    throw new Error(`unknown record format ${buffer.readUInt8(0)}`);
  }
  const keyStart = headLength + buffer.readUInt16BE(14);
  const bodyStart = keyStart + buffer.readUInt16BE(16);
  return {
    type,
    previousRevision: buffer.readDoubleBE(2),
    resource: buffer.toString('utf8', headLength, keyStart),
    key: buffer.toString('utf8', keyStart, bodyStart),
    metadataLength: buffer.readUInt32BE(10),
    isOwned: (typeAndFlags & ownedFlag) !== 0,
    body: buffer.subarray(bodyStart),
    bytes: buffer,
  };
}

/** Only what readers of objects need: reading keys of ten thousand records is most of the work of decoding them. */
export function decodeBody(buffer: Buffer): { body: Buffer; metadataLength: number } {
  if (buffer[0] !== formatVersion) throw new Error(`unknown record format ${buffer[0]}`);
  const bodyStart = headLength + buffer.readUInt16BE(14) + buffer.readUInt16BE(16);
  return { body: buffer.subarray(bodyStart), metadataLength: buffer.readUInt32BE(10) };
}

const changeHeadLength = 15;

export function changeOf(revision: number, record: VersionRecord): Change {
  const { type, resource, key, previousRevision, body } = record;
  return { revision, type, resource, key, previousRevision, sizeBytes: body.length };
}

/** First byte of the changes of one commit; a file from before they were put together has a type there. */
const groupMark = 0x10;

/** Layout: the mark, then for each u32 length, f64 revision, and: u8 type, f64 previous revision, u32 size of the body, u16 resource length, resource, key. */
export function encodeChanges(changes: readonly Change[]): Buffer {
  const lengths = changes.map(({ resource, key }) => changeHeadLength + Buffer.byteLength(resource) + Buffer.byteLength(key));
  const buffer = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 12 + length, 1));
  buffer[0] = groupMark;
  let at = 1;
  changes.forEach(({ revision, type, previousRevision, sizeBytes, resource, key }, index) => {
    const length = lengths[index] ?? 0;
    buffer.writeUInt32BE(length, at);
    buffer.writeDoubleBE(revision, at + 4);
    at += 12;
    buffer.writeUInt8(typeCodes.indexOf(type), at);
    buffer.writeDoubleBE(previousRevision, at + 1);
    buffer.writeUInt32BE(sizeBytes, at + 9);
    const resourceLength = buffer.write(resource, at + changeHeadLength);
    buffer.writeUInt16BE(resourceLength, at + 13);
    buffer.write(key, at + changeHeadLength + resourceLength);
    at += length;
  });
  return buffer;
}

/** The changes of one commit. @param firstRevision under which they lie */
export function decodeChanges(firstRevision: number, buffer: Buffer): Change[] {
  if (buffer[0] !== groupMark) return [decodeChange(firstRevision, buffer)];
  const changes: Change[] = [];
  for (let at = 1; at < buffer.length; ) {
    const end = at + 12 + buffer.readUInt32BE(at);
    changes.push(decodeChange(buffer.readDoubleBE(at + 4), buffer.subarray(at + 12, end)));
    at = end;
  }
  return changes;
}

function decodeChange(revision: number, buffer: Buffer): Change {
  const type = typeCodes[buffer.readUInt8(0)];
  if (type === undefined) throw new Error(`unknown change type ${buffer.readUInt8(0)}`);
  const keyStart = changeHeadLength + buffer.readUInt16BE(13);
  return {
    revision,
    type,
    previousRevision: buffer.readDoubleBE(1),
    sizeBytes: buffer.readUInt32BE(9),
    resource: buffer.toString('utf8', changeHeadLength, keyStart),
    key: buffer.toString('utf8', keyStart),
  };
}
