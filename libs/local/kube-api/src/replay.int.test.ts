// What a real server answered to kubectl and to a Go controller, asked of ours: codes, reasons, messages, columns and
// the shape of every object, managedFields included.
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startKubeApi, type RunningKubeApi } from './index.ts';
import { prowJobCrd } from '@prow/model-prowjob';

interface Exchange {
  id: number;
  method: string;
  url: string;
  accept: string;
  contentType?: string;
  ua: string;
  body?: string;
  status: number;
  res: string;
}

const path = fileURLToPath(new URL('../../../../../shared/kubernetes-api/exchanges.jsonl.gz', import.meta.url));
const isPresent = existsSync(path);
const exchanges: Exchange[] = isPresent
  ? gunzipSync(readFileSync(path)).toString().trim().split('\n').map((line, id) => ({ ...(JSON.parse(line) as Exchange), id }))
  : [];

/** Seen between two states of a deletion: how far it is when we ask depends on the machine. */
const passing = new Set([137, 138]);

let dataDir: string;
let api: RunningKubeApi;
/** Recorded resourceVersion or uid → ours. */
const ours = new Map<string, string>();

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'kube-replay-'));
  api = await startKubeApi({ dataDir });
});

afterAll(async () => {
  await api.stop();
  await rm(dataDir, { recursive: true });
});

(isPresent ? describe : describe.skip)('recorded exchanges (skipped where ../shared is absent)', () => {
  const kubectl = exchanges.filter(({ id }) => id < 142);
  test.each(kubectl.filter(isReplayable).map((one) => [`${one.id} ${one.method} ${one.url.slice(0, 90)}`, one] as const))('%s', async (_name, exchange) => {
    await compare(exchange);
  });

  test('the controller: its reviews, event, pods and job patches', async () => {
    await send('POST', '/api/v1/namespaces', JSON.stringify({ metadata: { name: 'test-pods' } }));
    await send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', JSON.stringify(prowJobCrd));
    for (const prowJob of recordedProwJobs()) await send('POST', '/apis/prow.k8s.io/v1/namespaces/default/prowjobs', JSON.stringify(prowJob));
    for (const exchange of exchanges.filter(({ id }) => id >= 142 && id < 202)) {
      if (!isReplayable(exchange) || exchange.url.includes('/leases/')) continue;
      const answer = await replay(exchange);
      expect([exchange.id, answer.status, answer.body.slice(0, 200)]).toEqual([exchange.id, exchange.status, expect.anything()]);
    }
    const jobs = JSON.parse((await send('GET', '/apis/prow.k8s.io/v1/namespaces/default/prowjobs')).body) as { items: { metadata: { labels: Record<string, string> }; status: { build_id?: string } }[] };
    const patched = jobs.items.filter(({ status }) => status.build_id !== undefined);
    expect(patched.length).toBeGreaterThan(3);
    for (const { metadata, status } of patched) expect(metadata.labels['prow.k8s.io/build-id']).toBe(status.build_id);
  });
});

/** Watches have their own tests; where a secret was taken out of a recorded body it cannot be sent again. */
function isReplayable({ id, url, body }: Exchange): boolean {
  return !url.includes('watch=true') && !(body ?? '').includes('TOKEN') && !passing.has(id);
}

function recordedProwJobs(): unknown[] {
  const watch = exchanges.find(({ id }) => id === 203);
  return (watch?.res ?? '')
    .split('\n')
    .filter((line) => line.startsWith('{"type":"ADDED"'))
    .map((line) => {
      const { object } = JSON.parse(line) as { object: { metadata: Record<string, unknown> } };
      const { uid: _uid, resourceVersion: _version, managedFields: _fields, creationTimestamp: _created, generation: _generation, ...metadata } = object.metadata;
      return { ...object, metadata };
    });
}

async function compare(exchange: Exchange): Promise<void> {
  let answer = await replay(exchange);
  // A controller may still be at accepting a definition: reading again changes nothing.
  const isEstablished = (text: string): boolean => /"type":\s*"Established"/.test(text);
  for (let attempt = 0; attempt < 80 && exchange.method === 'GET' && isEstablished(exchange.res) && !isEstablished(answer.body); attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    answer = await replay(exchange);
  }
  // Documents are cached by their hash, which differs.
  if (exchange.status === 304) return;
  expect([answer.status, answer.status === exchange.status ? '' : answer.body.slice(0, 300)]).toEqual([exchange.status, '']);
  const recorded = parse(exchange.res);
  const got = parse(answer.body);
  if (recorded === undefined || exchange.url.startsWith('/openapi') || exchange.url.startsWith('/version')) return;
  learn(recorded, got);
  if (/^\/apis?(\?|\/v1$)/.test(exchange.url)) compareDiscovery(recorded, got);
  else expect(shape(got)).toEqual(shape(recorded));
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Every resource we serve is described as the real server does. */
function compareDiscovery(recorded: Record<string, unknown>, got: Record<string, unknown> | undefined): void {
  const find = (document: Record<string, unknown> | undefined, group: string): unknown =>
    (document?.['items'] as { metadata: { name?: string } }[] | undefined)?.find(({ metadata }) => (metadata.name ?? '') === group);
  for (const group of ['coordination.k8s.io', 'rbac.authorization.k8s.io', 'events.k8s.io', 'apiextensions.k8s.io', 'authorization.k8s.io']) {
    expect(find(got, group)).toEqual(find(recorded, group));
  }
}

/** What must agree: everything but ids, versions, times, ages, texts of descriptions. */
function shape(value: unknown, key = ''): unknown {
  if (key === 'description' || key === 'kubernetes.io/description' || key === 'ca.crt') return 'text';
  if (['uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp', 'time', 'lastTransitionTime', 'continue', 'remainingItemCount'].includes(key)) return typeof value;
  // Their order is that of whole seconds, in which two requests may or may not have fallen together.
  if (key === 'managedFields') return (value as { manager: string; operation: string }[]).map((entry) => shape(entry)).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (key === 'items' || key === 'rows') return shapeOfItems(value as unknown[]);
  if (key === 'cells') return (value as unknown[]).map((cell) => (typeof cell === 'string' && /^\d+[smhd](\d+[smh])?$/.test(cell) ? 'age' : cell));
  if (Array.isArray(value)) return value.map((item) => shape(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shape(item, name)]));
}

/** Items that only one of the two clusters has (their node's, their root certificates) say nothing. */
function shapeOfItems(items: unknown[]): unknown {
  const theirs = /kube-root-ca\.crt|test-pods|kube-public|kube-node-lease|kube-system/;
  return items.filter((item) => !theirs.test(JSON.stringify(item))).map((item) => shape(item));
}

function learn(recorded: unknown, got: unknown): void {
  const theirs = (recorded as { metadata?: Record<string, string> }).metadata;
  const mine = (got as { metadata?: Record<string, string> } | undefined)?.metadata;
  for (const key of ['uid', 'resourceVersion']) if (theirs?.[key] && mine?.[key]) ours.set(theirs[key], mine[key]);
}

async function replay(exchange: Exchange): Promise<{ status: number; body: string }> {
  let { body } = exchange;
  if (body !== undefined && !body.startsWith('base64:')) {
    for (const [theirs, mine] of ours) body = body.replaceAll(`"${theirs}"`, `"${mine}"`);
  }
  const headers = { accept: exchange.accept, 'user-agent': exchange.ua.startsWith('unset') ? 'unset/0' : exchange.ua, ...(exchange.contentType ? { 'content-type': exchange.contentType } : {}) };
  return await send(exchange.method, exchange.url, body, headers);
}

function send(method: string, url: string, body?: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  const bytes = body?.startsWith('base64:') ? Buffer.from(body.slice(7), 'base64') : Buffer.from(body ?? '');
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(new URL(url, api.url), { method, rejectUnauthorized: false, agent: false, headers: { authorization: `Bearer ${api.token}`, 'content-length': bytes.length, ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(bytes);
  });
}
