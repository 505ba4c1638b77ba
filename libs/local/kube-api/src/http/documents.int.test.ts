// Documents that people and their tools ask for by hand.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startKubeApi, type RunningKubeApi } from '../index.ts';

let dataDir: string;
let api: RunningKubeApi;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'kube-documents-'));
  api = await startKubeApi({ dataDir, tls: 'off' });
});

afterAll(async () => {
  await api.stop();
  await rm(dataDir, { recursive: true });
});

async function get(path: string, accept = '*/*'): Promise<{ code: number; type: string | null; text: string }> {
  const response = await fetch(`${api.url}${path}`, { headers: { authorization: `Bearer ${api.token}`, accept } });
  return { code: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

test.each([
  ['/readyz', 200, 'ok'],
  ['/readyz?verbose', 200, '[+]ping ok\n[+]log ok\n[+]storage ok\nreadyz check passed\n'],
  ['/livez?verbose', 200, '[+]ping ok\n[+]log ok\nlivez check passed\n'],
  ['/readyz?verbose&exclude=storage', 200, '[+]ping ok\n[+]log ok\nreadyz check passed\n'],
  ['/readyz/storage', 200, 'ok'],
  ['/readyz/nothing', 404, '404 page not found\n'],
])('%s', async (path, code, text) => {
  expect(await get(path)).toMatchObject({ code, text });
});

test('the older OpenAPI document is JSON or protobuf, as asked, and nothing else', async () => {
  expect(await get('/openapi/v2')).toMatchObject({ code: 200, type: 'application/json' });
  const protobuf = await get('/openapi/v2', 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf');
  expect(protobuf).toMatchObject({ code: 200, type: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf' });
  expect(protobuf.text.slice(0, 5)).toBe('\n\x032.0');
  expect((await get('/openapi/v2', 'text/plain')).code).toBe(406);
});
