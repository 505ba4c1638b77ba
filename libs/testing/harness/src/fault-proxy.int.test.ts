import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { startFaultProxy, type FaultProxy } from './index.ts';

let server: Server;
let proxy: FaultProxy;
let effects: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      effects.push(`${request.method ?? ''} ${request.url ?? ''} ${body}`);
      response.setHeader('x-real', 'yes');
      response.end('0123456789'.repeat(100));
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  proxy = await startFaultProxy(`http://127.0.0.1:${(server.address() as { port: number }).port}`);
});

beforeEach(() => {
  effects = [];
  proxy.setFaults(() => undefined);
});

afterAll(async () => {
  await proxy.stop();
  server.closeAllConnections();
  server.close();
});

const failure = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'ok', () => 'failed');

test('without faults everything passes as it is', async () => {
  const answer = await fetch(`${proxy.url}/a?b=c`, { method: 'POST', body: 'body' });
  expect([answer.status, answer.headers.get('x-real'), (await answer.text()).length]).toEqual([200, 'yes', 1000]);
  expect(effects).toEqual(['POST /a?b=c body']);
});

test('a dropped request has no effect, a dropped answer has one', async () => {
  proxy.failNext(1, { dropRequest: true });
  expect(await failure(fetch(`${proxy.url}/1`, { method: 'POST', body: 'x' }))).toBe('failed');
  expect(effects).toEqual([]);
  proxy.failNext(1, { dropAnswer: true });
  expect(await failure(fetch(`${proxy.url}/2`, { method: 'POST', body: 'x' }))).toBe('failed');
  expect(effects).toEqual(['POST /2 x']);
  expect(await failure(fetch(`${proxy.url}/3`))).toBe('ok');
});

test('answers of its own, only for requests that match', async () => {
  proxy.failNext(2, { answer: { status: 503, headers: { 'retry-after': '1' }, body: 'busy' } }, ({ path }) => path.startsWith('/api'));
  const statuses = [];
  for (const path of ['/x', '/api/1', '/api/2', '/api/3']) statuses.push((await fetch(proxy.url + path)).status);
  expect(statuses).toEqual([200, 503, 503, 200]);
  expect(effects).toEqual(['GET /x ', 'GET /api/3 ']);
  expect(proxy.requests.slice(-4).map(({ fault }) => fault?.answer?.status)).toEqual([undefined, 503, 503, undefined]);
});

test('an answer cut at a byte', async () => {
  proxy.failNext(1, { cutAfterBytes: 17 });
  const answer = await fetch(`${proxy.url}/cut`);
  const reader = answer.body?.getReader();
  let read = 0;
  const reading = (async () => {
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) read += part.value.length;
  })();
  expect(await failure(reading)).toBe('failed');
  expect(read).toBe(17);
});

test('a delay', async () => {
  proxy.failNext(1, { delayMs: 120 });
  const startedAt = performance.now();
  expect((await fetch(`${proxy.url}/slow`)).status).toBe(200);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(110);
});
