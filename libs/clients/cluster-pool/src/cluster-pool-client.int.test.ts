// Against a server that answers by a script: what is asked, what is asked again, and what each answer becomes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { clusterPoolClient, PoolRefusal, type ClusterPoolClient } from './index.ts';

type Step = (response: ServerResponse, request: IncomingMessage) => void;
const seen: { path: string; fields: Record<string, string>; authorization: string | undefined }[] = [];
let script: Step[] = [];
let server: Server;
let dir = '';
let pool: ClusterPoolClient;

const cluster = { name: 'a-1', region: 'r', administrator: 'j', state: 'testing', since: '' };
const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Step => (response) => void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const problem = (status: number, code: string, extra: object = {}, headers: Record<string, string> = {}): Step => json({ type: 'about:blank', status, code, detail: `it is ${code}`, ...extra }, status, headers);
const lost: Step = (response) => void response.destroy();
const cut: Step = (response) => {
  response.writeHead(200, { 'content-length': '1000' }).write('{"name"');
  setTimeout(() => response.destroy(), 5);
};

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'pool-client-'));
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part)).on('end', () => {
      seen.push({ path: request.url ?? '', fields: Object.fromEntries(new URLSearchParams(body)), authorization: request.headers.authorization });
      (script.shift() ?? problem(500, 'PROW_TEST_END'))(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  pool = clusterPoolClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/pool/`, tokenFile: join(dir, 'token'), retryBaseMs: 1 });
});
beforeEach(() => {
  seen.length = 0;
  script = [];
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(dir, { recursive: true, force: true });
});

test('a lease is asked for again until it is answered, with the same build and job; the token is read each time', async () => {
  script = [lost, (response, request) => {
    writeFileSync(join(dir, 'token'), 'the-token\n');
    problem(503, 'PROW_CLUSTER_POOL_STORAGE', {}, { 'retry-after': '0' })(response, request);
  }, cut, json(cluster)];
  await expect(pool.lease({ build: '1', job: "e2e'; x", region: 'r', labels: { gpu: 'yes', b: '1' }, ttlMs: 60_000 })).resolves.toEqual(cluster);
  expect(seen.map(({ path, fields }) => ({ path, fields }))).toEqual(Array(4).fill({ path: '/pool/getvacant', fields: { build: '1', job: "e2e'; x", region: 'r', label: 'gpu=yes,b=1', ttl: '60s' } }));
  expect(seen.map(({ authorization }) => authorization)).toEqual([undefined, undefined, 'Bearer the-token', 'Bearer the-token']);
});

test('nothing vacant is an answer, not trouble; what is refused is not asked again', async () => {
  script = [problem(503, 'PROW_CLUSTER_POOL_NOTHING_VACANT', {}, { 'retry-after': '7' })];
  await expect(pool.lease({ build: '1', job: 'e2e' })).rejects.toMatchObject({ isNothingVacant: true, retryAfterMs: 7000, transient: true });
  script = [problem(409, 'PROW_CLUSTER_POOL_STATE', { state: 'held', allowed: ['releasecluster'] })];
  const refusal: unknown = await pool.return({ cluster: 'a-1', build: '1', job: 'e2e' }).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(PoolRefusal);
  expect(refusal).toMatchObject({ code: 'PROW_CLUSTER_POOL_STATE', message: 'it is PROW_CLUSTER_POOL_STATE', status: 409, state: 'held', allowed: ['releasecluster'] });
  script = [problem(400, 'PROW_CIMASTER_PARAMETER', { parameter: 'build' })];
  await expect(pool.lease({ build: '', job: 'e2e' })).rejects.toMatchObject({ parameter: 'build', transient: false });
  expect(seen).toHaveLength(3);
});

test('waits in the queue, is told its place, and goes on waiting when a replica ends', async () => {
  script = [
    problem(503, 'PROW_CLUSTER_POOL_NOTHING_VACANT', {}, { 'retry-after': '0' }),
    (response) => {
      response.socket?.write('HTTP/1.1 102 Processing\r\nQueue-Place: 3\r\nQueue-Length: 9\r\nQueue-Expected-Seconds: 60\r\n\r\n');
      response.end(JSON.stringify(cluster));
    },
  ];
  const places: unknown[] = [];
  await expect(pool.lease({ build: '1', job: 'e2e', waitMs: 600_000 }, { onQueued: (place) => places.push(place) })).resolves.toEqual(cluster);
  expect(places).toEqual([{ place: 3, waiting: 9, expectedMs: 60_000 }]);
  expect(seen.map(({ fields }) => fields['wait'])).toEqual(['600s', expect.stringMatching(/^(600|59\d)s$/)]);
});

test('a return, hold or release whose answer was lost counts as done when it is', async () => {
  script = [lost, problem(409, 'PROW_CLUSTER_POOL_STATE', { state: 'finished' })];
  await pool.return({ cluster: 'a-1', build: '1', job: 'e2e' });
  script = [lost, problem(409, 'PROW_CLUSTER_POOL_STATE', { state: 'held' }), json({ ...cluster, state: 'held', hold: { user: 'john', reason: 'look' } })];
  await expect(pool.hold({ cluster: 'a-1', user: 'john', reason: 'look', forMs: 3_600_000 })).resolves.toMatchObject({ state: 'held' });
  script = [lost, problem(409, 'PROW_CLUSTER_POOL_STATE', { state: 'held' }), json({ ...cluster, state: 'held', hold: { user: 'mary', reason: '' } })];
  await expect(pool.hold({ cluster: 'a-1', user: 'john' })).rejects.toMatchObject({ state: 'held' });
  script = [lost, problem(409, 'PROW_CLUSTER_POOL_STATE', { state: 'finished' }), json({ ...cluster, state: 'finished' })];
  await expect(pool.release({ cluster: 'a-1' })).resolves.toMatchObject({ state: 'finished' });
});

test('an abort ends a call, before it and while it waits', async () => {
  await expect(pool.list({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  expect(seen).toHaveLength(0);
  const aborter = new AbortController();
  script = [() => aborter.abort(new Error('enough'))];
  await expect(pool.lease({ build: '1', job: 'e2e', waitMs: 60_000 }, { signal: aborter.signal })).rejects.toThrow('enough');
});

test('gives up in the end, and says what it found', async () => {
  script = Array.from({ length: 6 }, () => lost);
  await expect(pool.list()).rejects.toMatchObject({ code: 'PROW_CLUSTER_POOL_CLIENT_UNREACHABLE', transient: true });
  expect(seen).toHaveLength(6);
  script = [(response) => void response.end('<html>')];
  await expect(pool.list()).rejects.toMatchObject({ code: 'PROW_CLUSTER_POOL_CLIENT_ANSWER' });
  expect(() => clusterPoolClient({ url: 'cimaster' })).toThrow('expected http:// or https://');
});
