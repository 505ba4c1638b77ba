// Google Cloud Storage's JSON API over loopback, objects in memory: uploads (whole and resumable), downloads with ranges,
// metadata, lists, preconditions. No authentication.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Faults } from './faults.ts';
import { listen, readBody } from './s3-server.ts';
import { StoredObjects, partOf } from './stored-objects.ts';
import type { StoredObject } from './stored-objects.ts';

export interface GcsServer {
  url: string;
  faults: Faults;
  objects: StoredObjects;
  stop(): Promise<void>;
}

interface ObjectResource {
  name?: string;
  contentType?: string;
  contentEncoding?: string;
  metadata?: Record<string, string>;
}

export async function startGcsServer({ bucket, port = 0, pageSize = 1000 }: { bucket: string; port?: number; pageSize?: number }): Promise<GcsServer> {
  const objects = new StoredObjects();
  const faults = new Faults();
  const sessions = new Map<string, { resource: ObjectResource; received: Buffer[]; query: URLSearchParams }>();
  let base = '';
  const server = createServer((request, response) => {
    if (faults.meet(request, response)) return;
    answer(request, response).catch((error: unknown) => fail(response, 500, String(error)));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', base);
    const match = /^\/(upload\/|download\/)?storage\/v1\/b\/([^/]+)\/o(?:\/(.+))?$/.exec(url.pathname);
    const body = await readBody(request);
    if (match === null) return fail(response, 404, 'no such path');
    const [, kind, name = '', encodedKey] = match;
    if (decodeURIComponent(name) !== bucket) return fail(response, 404, 'no such bucket');
    if (kind === 'upload/') return upload(request, response, url.searchParams, body);
    if (encodedKey === undefined) return list(url.searchParams, response);
    return object(request, response, decodeURIComponent(encodedKey), url.searchParams);
  }

  function upload(request: IncomingMessage, response: ServerResponse, query: URLSearchParams, body: Buffer): void {
    const session = query.get('upload_id');
    if (session !== null) return resume(request, response, session, body);
    if (query.get('uploadType') === 'resumable') {
      const id = randomUUID();
      const resource = JSON.parse(body.toString() || '{}') as ObjectResource;
      const contentType = resource.contentType ?? header(request, 'x-upload-content-type');
      sessions.set(id, { resource: { ...resource, name: resource.name ?? query.get('name') ?? '', ...(contentType === undefined ? {} : { contentType }) }, received: [], query });
      response.writeHead(200, { location: `${base}/upload/storage/v1/b/${bucket}/o?uploadType=resumable&upload_id=${id}` }).end();
      return;
    }
    const { resource, bytes } = readMultipart(header(request, 'content-type') ?? '', body);
    return store(response, { ...resource, name: resource.name ?? query.get('name') ?? '' }, bytes, query);
  }

  function resume(request: IncomingMessage, response: ServerResponse, id: string, body: Buffer): void {
    const session = sessions.get(id);
    if (session === undefined) return fail(response, 404, 'no such session');
    const [, start = '', total = ''] = /^bytes (\*|\d+-\d+)\/(\*|\d+)$/.exec(header(request, 'content-range') ?? `bytes 0-0/${body.length}`) ?? [];
    const have = Buffer.concat(session.received);
    if (start !== '*') session.received = [have.subarray(0, Number(start.split('-')[0])), body];
    const whole = Buffer.concat(session.received);
    if (total !== '*' && whole.length >= Number(total)) {
      sessions.delete(id);
      return store(response, session.resource, whole, session.query);
    }
    response.writeHead(308, whole.length > 0 ? { range: `bytes=0-${whole.length - 1}` } : {}).end();
  }

  function store(response: ServerResponse, resource: ObjectResource, bytes: Buffer, query: URLSearchParams): void {
    const key = resource.name ?? '';
    const expected = query.get('ifGenerationMatch');
    if (expected !== null && Number(expected) !== (objects.get(key)?.generation ?? 0)) return fail(response, 412, 'conditionNotMet');
    json(response, 200, describe(key, objects.put(key, { bytes, metadata: resource.metadata ?? {}, contentType: resource.contentType, contentEncoding: resource.contentEncoding })));
  }

  function object(request: IncomingMessage, response: ServerResponse, key: string, query: URLSearchParams): void {
    const found = objects.get(key);
    if (found === undefined) return fail(response, 404, 'No such object');
    if (request.method === 'DELETE') {
      objects.delete(key);
      response.writeHead(204).end();
      return;
    }
    if (query.get('alt') !== 'media') return json(response, 200, describe(key, found));
    const range = partOf(found.bytes, request.headers.range);
    if (range === 'beyond') return fail(response, 416, 'requestedRangeNotSatisfiable');
    const bytes = range?.part ?? found.bytes;
    response.writeHead(range === undefined ? 200 : 206, {
      'content-length': bytes.length, 'content-type': found.contentType,
      ...(found.contentEncoding === undefined ? {} : { 'content-encoding': found.contentEncoding, 'x-goog-stored-content-encoding': found.contentEncoding }),
      ...(range === undefined ? {} : { 'content-range': range.contentRange }),
    }).end(bytes);
  }

  function list(query: URLSearchParams, response: ServerResponse): void {
    const token = query.get('pageToken');
    const start = token === null ? Buffer.from(query.get('startOffset') ?? '') : Buffer.from(token, 'base64url');
    const limit = Math.min(pageSize, Number(query.get('maxResults') ?? 1000));
    const page = objects.list({ prefix: query.get('prefix') ?? '', delimiter: query.get('delimiter') ?? '', from: (key) => Buffer.compare(Buffer.from(key), start) >= 0, limit });
    json(response, 200, {
      kind: 'storage#objects',
      items: page.keys.map((key) => describe(key, objects.get(key))),
      ...(page.prefixes.length > 0 ? { prefixes: page.prefixes } : {}),
      ...(page.next === undefined ? {} : { nextPageToken: Buffer.from(page.next).toString('base64url') }),
    });
  }

  function describe(name: string, stored: StoredObject | undefined): Record<string, unknown> {
    if (stored === undefined) return { name };
    const { bytes, contentType, contentEncoding, metadata, modifiedAt, generation, etag } = stored;
    return { kind: 'storage#object', bucket, name, size: String(bytes.length), contentType, ...(contentEncoding === undefined ? {} : { contentEncoding }), metadata, updated: modifiedAt.toISOString(), generation: String(generation), etag };
  }

  const { url, stop } = await listen(server, port);
  base = url;
  return { url, faults, objects, stop };
}

function readMultipart(contentType: string, body: Buffer): { resource: ObjectResource; bytes: Buffer } {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1] ?? '';
  const text = body.toString('latin1');
  const [, first = '', second = ''] = text.split(`--${boundary}`);
  const afterHead = (part: string): string => part.slice(part.indexOf('\r\n\r\n') + 4, -2);
  const resource = JSON.parse(Buffer.from(afterHead(first), 'latin1').toString('utf8')) as ObjectResource;
  const type = /content-type:\s*([^\r\n]+)/i.exec(second)?.[1];
  return { resource: { ...(type === undefined ? {} : { contentType: type }), ...resource }, bytes: Buffer.from(afterHead(second), 'latin1') };
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function fail(response: ServerResponse, status: number, message: string): void {
  json(response, status, { error: { code: status, message, errors: [{ message, reason: message }] } });
}
