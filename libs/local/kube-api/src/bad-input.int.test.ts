// What clients should not send: answered with a Status, in bounded memory, by a server that stays up.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { answerError } from './http/answer.ts';
import { maxBodyBytes, readBody } from './http/read-body.ts';
import { startKubeApi, type RunningKubeApi } from './index.ts';

let dataDir: string;
let api: RunningKubeApi;
const maps = '/api/v1/namespaces/default/configmaps';

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'kube-bad-'));
  api = await startKubeApi({ dataDir, tls: 'off' });
});

afterAll(async () => {
  await api.stop();
  await rm(dataDir, { recursive: true });
});

interface Answer {
  code: number;
  reason: string;
  message: string;
}

async function send(method: string, path: string, body?: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await new Promise<{ code: number; text: string }>((resolve, reject) => {
    const sent = httpRequest(api.url, { path, method, agent: false, headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/json', ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }), ...headers } }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      answer.on('end', () => resolve({ code: answer.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
  const status = (response.text.startsWith('{') ? JSON.parse(response.text) : {}) as Partial<Answer>;
  return { code: response.code, reason: status.reason ?? '', message: status.message ?? response.text };
}

const named = (name: string, more: object = {}): string => JSON.stringify({ metadata: { name }, ...more });

test.each([
  ['malformed JSON', maps, '{"metadata":', 400, 'BadRequest'],
  ['no object', maps, '[1]', 400, 'BadRequest'],
  // As a real server, which reads null as an object without fields.
  ['null', maps, 'null', 422, 'Invalid'],
  ['an empty body', maps, '', 400, 'BadRequest'],
  ['a wrong kind', maps, named('a', { kind: 'Pod' }), 400, 'BadRequest'],
  ['a wrong version', maps, named('a', { apiVersion: 'v7' }), 400, 'BadRequest'],
  ['a wrong type', maps, named('a', { data: 'text' }), 400, 'BadRequest'],
  ['metadata that is a text', maps, '{"metadata":"x"}', 400, 'BadRequest'],
  ['deep nesting', maps, `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`, 400, 'BadRequest'],
  ['a prototype as a key', maps, '{"metadata":{"name":"p"},"data":{"__proto__":"x"}}', 400, 'BadRequest'],
  ['a prototype as an escaped key', maps, '{"metadata":{"name":"p"},"data":{"\\u005f_proto__":"x"}}', 400, 'BadRequest'],
  ['no name', maps, '{"metadata":{}}', 422, 'Invalid'],
  ['a path as a name', maps, named('../../etc/passwd'), 422, 'Invalid'],
  ['a name of 254 letters', maps, named('a'.repeat(254)), 422, 'Invalid'],
  ['another namespace than that of the URL', maps, JSON.stringify({ metadata: { name: 'a', namespace: 'other' } }), 400, 'BadRequest'],
  ['a resourceVersion on create', maps, JSON.stringify({ metadata: { name: 'a', resourceVersion: '5' } }), 400, 'BadRequest'],
  ['a label with spaces', maps, JSON.stringify({ metadata: { name: 'a', labels: { 'a b': 'c' } } }), 422, 'Invalid'],
  ['more than 1 MiB of data', maps, named('big', { data: { k: 'x'.repeat(1_100_000) } }), 422, 'Invalid'],
  ['an object over 1.5 MiB', '/api/v1/namespaces/default/pods', named('big', { spec: { containers: [{ name: 'a', image: 'b', args: ['x'.repeat(1_700_000)] }] } }), 413, 'RequestEntityTooLarge'],
  ['a body over 3 MiB', maps, named('big', { data: { k: 'x'.repeat(3_300_000) } }), 413, 'RequestEntityTooLarge'],
  ['a namespace that is not there', '/api/v1/namespaces/nowhere/configmaps', named('a'), 404, 'NotFound'],
  ['a resource that is not there', '/api/v1/namespaces/default/gadgets', named('a'), 404, 'NotFound'],
  ['protobuf that is none', maps, Buffer.from('k8s\0garbage'), 400, 'BadRequest', 'application/vnd.kubernetes.protobuf'],
  ['XML', maps, '<a/>', 415, 'UnsupportedMediaType', 'application/xml'],
  ['YAML with aliases', maps, 'metadata: {name: a}\ndata: &x {a: b}\nb: [*x, *x]\n', 400, 'BadRequest', 'application/yaml'],
] as const)('create with %s', async (_what, path, body, code, reason, type: string = 'application/json') => {
  expect(await send('POST', path, body, { 'content-type': type })).toMatchObject({ code, reason });
});

test.each([
  ['a broken selector', `${maps}?labelSelector=a%20in%20(`, 400],
  ['an unknown field', `${maps}?fieldSelector=spec.nothing=1`, 400],
  ['a broken continue token', `${maps}?continue=xyz`, 400],
  ['a version that is no number', `${maps}?resourceVersion=abc`, 400],
  ['a version from the future', `${maps}?resourceVersion=999999999`, 504],
  ['a limit that is no number', `${maps}?limit=many`, 400],
  ['options that exclude each other', `${maps}?resourceVersionMatch=Exact`, 422],
  ['a path that climbs', '/api/v1/namespaces/default/configmaps/%2e%2e%2f%2e%2e%2fetc', 404],
  ['a name that climbs', '/api/v1/namespaces/default/configmaps/%2e%2e', 400],
  ['a segment that is empty', '/api/v1//namespaces/default/configmaps', 404],
  ['an invalid percent code', '/api/v1/namespaces/default/configmaps/%zz', 400],
  ['a path that climbs as it stands', '/api/v1/namespaces/default/configmaps/../secrets', 400],
  ['a NUL in a name', '/api/v1/namespaces/default/configmaps/a%00b', 400],
  ['a log of a climbing container', '/api/v1/namespaces/default/pods/x/log?container=../../../etc', 404],
] as const)('read with %s', async (_what, path, code) => {
  expect((await send('GET', path)).code).toBe(code);
});

test('patch bombs are refused or cost little', async () => {
  await send('POST', maps, named('bomb', { data: { a: 'x'.repeat(1000) } }));
  const patch = (body: unknown, type = 'json-patch'): Promise<Answer> => send('PATCH', `${maps}/bomb`, JSON.stringify(body), { 'content-type': `application/${type}+json` });
  const copies = Array.from({ length: 60 }, () => ({ op: 'copy', from: '/data', path: '/data/a' }));
  expect((await patch(copies)).code).toBeGreaterThanOrEqual(400);
  expect((await patch(Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/data/a', value: 'x' })))).code).toBe(400);
  expect((await patch([{ op: 'add', path: '/__proto__/polluted', value: true }])).code).toBe(422);
  expect((await patch([{ op: 'explode', path: '/data' }])).code).toBe(422);
  expect((await patch('text', 'merge-patch')).code).toBe(400);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('a body that does not come is given up, and so is a head', async () => {
  const { port } = new URL(api.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`POST ${maps} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.token}\r\nContent-Type: application/json\r\nContent-Length: 100000000\r\n\r\n{`);
  const answer = await new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(chunk.toString())));
  expect(answer).toContain('413');
  socket.destroy();
});

test('a body of 100 MB that tells no length is refused long before its end', async () => {
  const { port } = new URL(api.url);
  const socket = connect(Number(port), '127.0.0.1');
  let isOver = false;
  let answer = '';
  const over = new Promise<void>((resolve) => {
    socket.on('error', () => {}).on('data', (chunk) => (answer += chunk.toString())).once('close', () => {
      isOver = true;
      resolve();
    });
  });
  socket.write(`POST ${maps} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`);
  const piece = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(0x100000, 0x20), Buffer.from('\r\n')]);
  let sent = 0;
  for (; sent < 100 && !isOver && !answer.includes('413'); sent += 1) {
    await new Promise<void>((resolve) => void (isOver ? resolve() : socket.write(piece, () => resolve())));
  }
  expect(answer).toContain('413');
  expect(sent).toBeLessThan(100);
  socket.destroy();
  await over;
});

test.each([
  ['ConfigMaps', maps, '{"metadata":{"name":"twice"},"data":{"a":"1","a":"2"}}', 'duplicate field "data.a"'],
  ['lists in pods', '/api/v1/namespaces/default/pods', '{"metadata":{"name":"twice"},"spec":{"containers":[{"name":"a","image":"b","image":"c"}]}}', 'duplicate field "spec.containers[0].image"'],
])('a field that stands twice is told where one asks: %s', async (_what, path, body, message) => {
  expect(await send('POST', `${path}?fieldValidation=Strict`, body)).toMatchObject({ code: 400, message: expect.stringContaining(message) as unknown });
  expect((await send('POST', `${path}?fieldValidation=Ignore&dryRun=All`, body)).code).toBe(201);
});

test('strategic patches of a hundred thousand elements are answered', async () => {
  const pods = '/api/v1/namespaces/default/pods';
  const path = `${pods}/many`;
  await send('POST', pods, named('many', { spec: { containers: [{ name: 'a', image: 'b' }] } }));
  const elements = (count: number): object[] => Array.from({ length: count }, (_, at) => ({ name: `n-${at}` }));
  const headers = { 'content-type': 'application/strategic-merge-patch+json' };
  expect((await send('PATCH', path, JSON.stringify({ spec: { containers: elements(100_000) } }), headers)).code).toBe(422);
  expect((await send('PATCH', path, JSON.stringify({ spec: { tolerations: Array.from({ length: 50_000 }, (_, at) => ({ key: `k-${at}`, operator: 'Exists' })) } }), headers)).code).toBe(413);
  const order = JSON.stringify({ metadata: { '$setElementOrder/finalizers': Array.from({ length: 100_000 }, (_, at) => `x.example.com/f-${at}`), '$deleteFromPrimitiveList/finalizers': Array.from({ length: 20_000 }, (_, at) => `x.example.com/f-${at}`) } });
  expect((await send('PATCH', path, order, headers)).code).toBe(200);
}, 120_000);

test('a zipped body is measured unzipped', async () => {
  const bomb = gzipSync(Buffer.alloc(100_000_000, 0x20));
  expect(bomb.length).toBeLessThan(maxBodyBytes);
  expect(await send('POST', maps, bomb, { 'content-encoding': 'gzip' })).toMatchObject({ code: 413, reason: 'RequestEntityTooLarge' });
  expect((await send('POST', maps, 'no gzip', { 'content-encoding': 'gzip' })).code).toBe(400);
});

test('a body that drips is given up with a Status', async () => {
  const server = createServer((request, response) => {
    readBody(request, maxBodyBytes, 300).catch((error: unknown) => answerError(response, error));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let answer = '';
  let dripped = 0;
  const over = new Promise<void>((resolve) => void socket.on('error', () => {}).on('data', (chunk) => (answer += chunk.toString())).once('close', () => resolve()));
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n');
  // It is the whole that has a time, not the pause between two bytes.
  const drip = setInterval(() => void (dripped += 1, socket.write(' ')), 50);
  await over;
  clearInterval(drip);
  expect(answer).toMatch(/^HTTP\/1\.1 408 .*"reason":"Timeout"/s);
  expect(dripped).toBeGreaterThan(2);
  server.closeAllConnections();
  await new Promise<void>((resolve) => void server.close(() => resolve()));
});

/** As many as the test opens: 10,000 with PROW_WATCHES=10000, which needs as many files. */
const openedWatches = Number(process.env['PROW_WATCHES'] ?? 400);

test(`${openedWatches} watches: half of them are open, the rest are refused, and the server goes on`, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'kube-watches-'));
  const maxWatches = openedWatches / 2;
  const other = await startKubeApi({ dataDir: dir, tls: 'off', maxWatches });
  const sockets: Socket[] = [];
  const watch = (): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(Number(new URL(other.url).port), '127.0.0.1');
      sockets.push(socket);
      socket.on('error', () => {}).once('data', (chunk) => resolve(chunk.toString()));
      socket.write(`GET ${maps}?watch=true&resourceVersion=0&fieldSelector=metadata.name%3Dnobody HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${other.token}\r\n\r\n`);
    });
  try {
    const answers: string[] = [];
    for (let opened = 0; opened < openedWatches; opened += 100) answers.push(...(await Promise.all(Array.from({ length: 100 }, watch))));
    const refused = answers.filter((text) => text.startsWith('HTTP/1.1 429 '));
    expect([answers.filter((text) => text.startsWith('HTTP/1.1 200 ')).length, refused.length]).toEqual([maxWatches, maxWatches]);
    expect(refused[0]).toMatch(/Retry-After: \d+.*"kind":"Status".*"reason":"TooManyRequests"/s);
    const list = await fetch(`${other.url}${maps}`, { headers: { authorization: `Bearer ${other.token}` } });
    expect(list.status).toBe(200);
    // Who leaves makes room.
    for (const socket of sockets.splice(0)) socket.destroy();
    await eventually(async () => (await watch()).startsWith('HTTP/1.1 200 '));
  } finally {
    for (const socket of sockets) socket.destroy();
    await other.stop();
    await rm(dir, { recursive: true });
  }
}, 120_000);

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('never came');
}

test('nobody gets in without a token, and nothing is told', async () => {
  expect(await send('GET', maps, undefined, { authorization: '' })).toMatchObject({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
  expect(await send('GET', maps, undefined, { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' })).toMatchObject({ code: 401 });
});
