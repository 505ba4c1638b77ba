// S3's REST protocol over loopback, path style, objects in memory: enough for real clients to be tested against. Checks
// signatures. Not here: versions, ACLs, virtual hosts.
import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Faults } from './faults.ts';
import { isSigned } from './s3-signature.ts';
import { StoredObjects, partOf } from './stored-objects.ts';

export interface S3Server {
  url: string;
  faults: Faults;
  objects: StoredObjects;
  /** Uploads in parts that were begun and neither completed nor aborted. */
  openUploads(): number;
  stop(): Promise<void>;
}

interface PartUpload {
  key: string;
  parts: Map<number, Buffer>;
  properties: ReturnType<typeof propertiesOf>;
}

/** @param port 0 for any: a server that was stopped can come back where it was */
export async function startS3Server({ bucket, accessKey, secretKey, port = 0, pageSize = 1000, objects = new StoredObjects() }: { bucket: string; accessKey: string; secretKey: string; port?: number; pageSize?: number; objects?: StoredObjects }): Promise<S3Server> {
  const faults = new Faults();
  const uploads = new Map<string, PartUpload>();
  const server = createServer((request, response) => {
    if (faults.meet(request, response)) return;
    answer(request, response).catch((error: unknown) => fail(response, 500, 'InternalError', String(error)));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://loopback');
    const body = await readBody(request);
    if (!isSigned(request, url, { accessKey, secretKey })) return fail(response, 403, 'SignatureDoesNotMatch');
    const declared = request.headers['x-amz-content-sha256'];
    if (typeof declared === 'string' && /^[0-9a-f]{64}$/.test(declared) && createHash('sha256').update(body).digest('hex') !== declared) return fail(response, 400, 'XAmzContentSHA256Mismatch');
    const [, name = '', ...rest] = url.pathname.split('/');
    const key = decodeURIComponent(rest.join('/'));
    if (decodeURIComponent(name) !== bucket) return fail(response, 404, 'NoSuchBucket');
    const query = url.searchParams;
    if (key === '') return list(query, response);
    if (query.has('uploads') || query.has('uploadId')) return parts(request, response, { key, query, body });
    return object(request, response, key, body);
  }

  function object(request: IncomingMessage, response: ServerResponse, key: string, body: Buffer): void {
    const found = objects.get(key);
    switch (request.method) {
      case 'PUT':
        if (request.headers['if-none-match'] === '*' && found !== undefined) return fail(response, 412, 'PreconditionFailed');
        response.writeHead(200, { etag: `"${objects.put(key, { bytes: body, ...propertiesOf(request) }).etag}"` }).end();
        return;
      case 'DELETE':
        objects.delete(key);
        response.writeHead(204).end();
        return;
      default: {
        if (found === undefined) return fail(response, 404, 'NoSuchKey');
        const range = partOf(found.bytes, request.headers.range);
        if (range === 'beyond') return fail(response, 416, 'InvalidRange');
        const bytes = range?.part ?? found.bytes;
        const metadata = Object.fromEntries(Object.entries(found.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]));
        response.writeHead(range === undefined ? 200 : 206, {
          'content-length': bytes.length, 'content-type': found.contentType, 'last-modified': found.modifiedAt.toUTCString(), etag: `"${found.etag}"`, ...metadata,
          ...(found.contentEncoding === undefined ? {} : { 'content-encoding': found.contentEncoding }), ...(range === undefined ? {} : { 'content-range': range.contentRange }),
        }).end(request.method === 'HEAD' ? undefined : bytes);
      }
    }
  }

  function parts(request: IncomingMessage, response: ServerResponse, { key, query, body }: { key: string; query: URLSearchParams; body: Buffer }): void {
    const id = query.get('uploadId') ?? '';
    if (query.has('uploads')) {
      const uploadId = randomUUID();
      uploads.set(uploadId, { key, parts: new Map(), properties: propertiesOf(request) });
      return xml(response, `<InitiateMultipartUploadResult><Bucket>${bucket}</Bucket><Key>${escape(key)}</Key><UploadId>${uploadId}</UploadId></InitiateMultipartUploadResult>`);
    }
    const upload = uploads.get(id);
    if (upload === undefined) return fail(response, 404, 'NoSuchUpload');
    if (request.method === 'PUT') {
      upload.parts.set(Number(query.get('partNumber')), body);
      response.writeHead(200, { etag: `"${createHash('md5').update(body).digest('hex')}"` }).end();
      return;
    }
    uploads.delete(id);
    if (request.method === 'DELETE') return void response.writeHead(204).end();
    const numbers = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map((match) => Number(match[1]));
    objects.put(upload.key, { bytes: Buffer.concat(numbers.map((number) => upload.parts.get(number) ?? Buffer.alloc(0))), ...upload.properties });
    return xml(response, `<CompleteMultipartUploadResult><Bucket>${bucket}</Bucket><Key>${escape(key)}</Key><ETag>"x"</ETag></CompleteMultipartUploadResult>`);
  }

  function list(query: URLSearchParams, response: ServerResponse): void {
    const token = query.get('continuation-token');
    const after = query.get('start-after') ?? '';
    const limit = Math.min(pageSize, Number(query.get('max-keys') ?? 1000));
    const atLeast = token === null ? undefined : Buffer.from(token, 'base64url');
    const from = (key: string): boolean => (atLeast === undefined ? after === '' || Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0 : Buffer.compare(Buffer.from(key), atLeast) >= 0);
    const page = objects.list({ prefix: query.get('prefix') ?? '', delimiter: query.get('delimiter') ?? '', from, limit });
    const contents = page.keys.map((key) => `<Contents><Key>${escape(key)}</Key><Size>${objects.get(key)?.bytes.length ?? 0}</Size><LastModified>${objects.get(key)?.modifiedAt.toISOString()}</LastModified></Contents>`);
    const prefixes = page.prefixes.map((prefix) => `<CommonPrefixes><Prefix>${escape(prefix)}</Prefix></CommonPrefixes>`);
    const next = page.next === undefined ? '' : `<NextContinuationToken>${Buffer.from(page.next).toString('base64url')}</NextContinuationToken>`;
    xml(response, `<ListBucketResult><Name>${bucket}</Name><IsTruncated>${page.next !== undefined}</IsTruncated>${contents.join('')}${prefixes.join('')}${next}</ListBucketResult>`);
  }

  const { url, stop } = await listen(server, port);
  return { url, faults, objects, openUploads: () => uploads.size, stop };
}

function propertiesOf(request: IncomingMessage): { contentType: string | undefined; contentEncoding: string | undefined; metadata: Record<string, string> } {
  const metadata = Object.fromEntries(Object.entries(request.headers).flatMap(([name, value]) => (name.startsWith('x-amz-meta-') ? [[name.slice('x-amz-meta-'.length), String(value)]] : [])));
  return { contentType: request.headers['content-type'], contentEncoding: request.headers['content-encoding'], metadata };
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\n', '&#10;').replaceAll('\r', '&#13;');
}

function xml(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'application/xml' }).end(`<?xml version="1.0" encoding="UTF-8"?>${text}`);
}

function fail(response: ServerResponse, status: number, code: string, message = code): void {
  response.writeHead(status, { 'content-type': 'application/xml' }).end(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${escape(message)}</Message></Error>`);
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function listen(server: Server, port: number): Promise<{ url: string; stop: () => Promise<void> }> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
