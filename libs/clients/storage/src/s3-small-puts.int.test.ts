// What goes over the wire: a server that writes down who made each request.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openStorage } from './index.ts';

test('after the first, small objects go in one plain request; what fails, and what is not plain, is the library\'s affair', async () => {
  const seen: string[] = [];
  let refused = 0;
  const server = createServer((request, response) => {
    // Only the library numbers its invocations.
    seen.push(`${request.headers['amz-sdk-invocation-id'] === undefined ? 'plain' : 'library'} ${request.url?.replace(/\?.*/, '')} ${request.headers['content-type']}`);
    request.resume().once('end', () => {
      if (refused > 0) refused -= 1;
      else return response.writeHead(200, { etag: '"x"' }).end();
      return response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const folder = mkdtempSync(join(tmpdir(), 's3-small-'));
  try {
    const s3CredentialsFile = join(folder, 's3.json');
    writeFileSync(s3CredentialsFile, JSON.stringify({ region: 'x', endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, s3_force_path_style: true, access_key: 'k', secret_key: 's' }));
    const storage = await openStorage({ bucket: 's3://b/p', s3CredentialsFile });
    const options = { contentType: 'text/plain' };
    await storage.write('a', 'x', options);
    await storage.write('b (ü)/c', 'x', options);
    await storage.write('d', Buffer.alloc(256 * 1024 + 1), options);
    await storage.write('e', 'x', { ...options, metadata: { link: 'y' } });
    refused = 1;
    await storage.write('f', 'x', options);
    expect(seen).toEqual(['library /b/p/a text/plain', 'plain /b/p/b%20%28%C3%BC%29/c text/plain', 'library /b/p/d text/plain', 'library /b/p/e text/plain', 'plain /b/p/f text/plain', 'library /b/p/f text/plain']);
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
