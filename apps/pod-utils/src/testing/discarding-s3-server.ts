// As much of S3 as an upload needs, keeping of each object its size and digest only: for more bytes than memory holds.
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Digest {
  bytes: number;
  sha256: string;
}

export interface DiscardingS3Server {
  url: string;
  /** Keys without the bucket, as sent (encoded). Beyond `maxKept` names only their number. */
  objects: Map<string, Digest>;
  written: () => number;
  deleted: () => number;
  stop(): Promise<void>;
}

const maxKept = 10_000;

export async function startDiscardingS3Server(): Promise<DiscardingS3Server> {
  const objects = new Map<string, Digest>();
  const uploads = new Map<string, { hash: Hash; bytes: number; next: number }>();
  let written = 0;
  let deleted = 0;
  const keep = (key: string, digest: Digest): void => {
    written += 1;
    if (objects.size < maxKept) objects.set(key, digest);
  };
  const server = createServer((request, response) => {
    void answer(request).then(({ status, headers = {}, body = '' }) => response.writeHead(status, headers).end(body), () => response.destroy());
  });
  const answer = async (request: IncomingMessage): Promise<{ status: number; headers?: Record<string, string>; body?: string }> => {
    const url = new URL(request.url ?? '/', 'http://loopback');
    const key = url.pathname.split('/').slice(2).join('/');
    const uploadId = url.searchParams.get('uploadId');
    if (request.method === 'PUT') {
      const upload = uploadId === null ? { hash: createHash('sha256'), bytes: 0, next: 1 } : uploads.get(uploadId);
      if (upload === undefined || (uploadId !== null && Number(url.searchParams.get('partNumber')) !== upload.next)) return { status: 400 };
      for await (const chunk of request) {
        upload.hash.update(chunk as Buffer);
        upload.bytes += (chunk as Buffer).length;
      }
      upload.next += 1;
      if (uploadId === null) keep(key, { bytes: upload.bytes, sha256: upload.hash.digest('hex') });
      return { status: 200, headers: { etag: '"e"' } };
    }
    for await (const _ of request) ;
    if (request.method === 'DELETE') {
      deleted += objects.delete(key) ? 1 : 0;
      if (uploadId !== null) uploads.delete(uploadId);
      return { status: 204 };
    }
    if (request.method !== 'POST') return { status: 404 };
    const xml = { 'content-type': 'application/xml' };
    if (uploadId === null) {
      const id = String(uploads.size + 1);
      uploads.set(id, { hash: createHash('sha256'), bytes: 0, next: 1 });
      return { status: 200, headers: xml, body: `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>` };
    }
    const upload = uploads.get(uploadId);
    if (upload !== undefined) keep(key, { bytes: upload.bytes, sha256: upload.hash.digest('hex') });
    return { status: 200, headers: xml, body: '<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>' };
  };
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects, written: () => written, deleted: () => deleted,
    stop: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
