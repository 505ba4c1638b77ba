// A list as bytes: stored texts are joined, not parsed, and written in pieces that respect the socket's pace.
import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Resource } from '../registry/resource.ts';
import type { Core } from '../core.ts';
import { listedVersion, type ListResult } from '../verbs/list-objects.ts';
import { itemTexts, type ObjectForm } from '../wire/object-text.ts';
import { acceptsGzip, compressedFromBytes, compressedHeaders, compressionLevel } from './compress.ts';

const pieceBytes = 256 * 1024;

export async function writeList(core: Core, response: ServerResponse, { list, resource, form }: { list: ListResult; resource: Resource; form: ObjectForm }): Promise<void> {
  let out: Writable | undefined;
  let piece: Buffer[] = [Buffer.from(`${listHead(list, resource, form)},"items":[`)];
  let length = 0;
  const addItem = itemTexts(resource, form);
  for (const [index, item] of list.items.entries()) {
    const version = listedVersion(core, item);
    if (index > 0) piece.push(comma);
    addItem(version, piece);
    length += version.body.length;
    if (length < pieceBytes) continue;
    out ??= open(response, length);
    if (!out.write(Buffer.concat(piece)) && !response.destroyed) await drained(out, response);
    if (response.destroyed) return;
    piece = [];
    length = 0;
  }
  piece.push(Buffer.from(']}\n'));
  out ??= open(response, length);
  out.end(Buffer.concat(piece));
}

/** Where the list is written to, now that its first piece tells whether it is worth compressing. */
function open(response: ServerResponse, firstBytes: number): Writable {
  const isZipped = firstBytes >= compressedFromBytes && acceptsGzip(response.req);
  response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private', ...(isZipped ? compressedHeaders : {}) });
  if (!isZipped) return response;
  const gzip = createGzip({ level: compressionLevel });
  response.once('close', () => gzip.destroy());
  gzip.once('error', () => response.destroy());
  gzip.pipe(response);
  return gzip;
}

/** Resolves when the socket takes more, or never will. */
function drained(out: Writable, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      out.off('drain', done);
      response.off('close', done);
      resolve();
    };
    out.once('drain', done);
    response.once('close', done);
  });
}

const comma = Buffer.from(',');

function listHead(list: ListResult, resource: Resource, form: ObjectForm): string {
  const type = form === 'metadata' ? { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' } : { kind: resource.listKind, apiVersion: resource.groupVersion };
  return JSON.stringify({ ...type, metadata: listMetadata(list) }).slice(0, -1);
}

export function listMetadata(list: ListResult): Record<string, unknown> {
  return {
    resourceVersion: String(list.revision),
    ...(list.continueToken === undefined ? {} : { continue: list.continueToken }),
    ...(list.remainingItemCount === undefined || list.continueToken === undefined ? {} : { remainingItemCount: list.remainingItemCount }),
  };
}
