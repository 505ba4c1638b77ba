// How one version of one object lies on disk (a fixed head, the object's key, and its JSON without kind and apiVersion),
// and how one change of the window does.
import type { Change, ChangeType } from './change.ts';

/** `body` is `{"metadata":{…},…}`; `metadataLength` counts the bytes of the metadata object in it. */
export interface VersionRecord {
  type: ChangeType;
  /** The version this one replaced; 0 for a created object. */
  previousRevision: number;
  resource: string;
  key: string;
  metadataLength: number;
  /** Whether it has ownerReferences: only such objects concern garbage collection. */
  isOwned: boolean;
  body: Buffer;
}

const formatVersion = 1;
const headLength = 18;
const ownedFlag = 0x80;
const typeCodes: readonly ChangeType[] = ['ADDED', 'MODIFIED', 'DELETED'];

/** Layout: u8 format, u8 type, f64 previous revision, u32 metadata length, u16 resource length, u16 key length, then bytes. */
export function encodeRecord(record: VersionRecord): Buffer {
  const resourceLength = Buffer.byteLength(record.resource);
  const keyLength = Buffer.byteLength(record.key);
  const buffer = Buffer.allocUnsafe(headLength + resourceLength + keyLength + record.body.length);
  buffer.writeUInt8(formatVersion, 0);
  buffer.writeUInt8(typeCodes.indexOf(record.type) | (record.isOwned ? ownedFlag : 0), 1);
  buffer.writeDoubleBE(record.previousRevision, 2);
  buffer.writeUInt32BE(record.metadataLength, 10);
  buffer.writeUInt16BE(resourceLength, 14);
  buffer.writeUInt16BE(keyLength, 16);
  buffer.write(record.resource, headLength);
  buffer.write(record.key, headLength + resourceLength);
  record.body.copy(buffer, headLength + resourceLength + keyLength);
  return buffer;
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

/** Layout: u8 type, f64 previous revision, u32 size of the body, u16 resource length, then resource and key. */
export function encodeChange({ type, previousRevision, sizeBytes, resource, key }: Change): Buffer {
  const resourceLength = Buffer.byteLength(resource);
  const buffer = Buffer.allocUnsafe(changeHeadLength + resourceLength + Buffer.byteLength(key));
  buffer.writeUInt8(typeCodes.indexOf(type), 0);
  buffer.writeDoubleBE(previousRevision, 1);
  buffer.writeUInt32BE(sizeBytes, 9);
  buffer.writeUInt16BE(resourceLength, 13);
  buffer.write(resource, changeHeadLength);
  buffer.write(key, changeHeadLength + resourceLength);
  return buffer;
}

export function decodeChange(revision: number, buffer: Buffer): Change {
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
