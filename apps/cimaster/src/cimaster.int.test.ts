// The calls over HTTP, the state in the embedded Kubernetes API.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { flagDefaults } from '@prow/base-flags';
import { silentLogger } from '@prow/base-log';
import { startApp, type StartedApp } from '@prow/base-service';
import { startKubeApi, type RunningKubeApi } from '@prow/local-kube-api';
import { kubeClientFrom, coreType, type KubeResource } from '@prow/clients-kube';
import { cimasterApp } from './cimaster-app.ts';

let dir = '';
let api: RunningKubeApi;
let replicas: StartedApp[] = [];
let trigger: Server;
const triggered: { body: Record<string, unknown>; key: string | undefined }[] = [];
let failures = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cimaster-'));
  api = await startKubeApi({ dataDir: join(dir, 'kube'), tls: 'off' });
  const kubeconfig = join(dir, 'kubeconfig');
  await writeFile(kubeconfig, api.kubeconfig());
  const client = await kubeClientFrom(api.kubeconfig());
  await client.resource<KubeResource>(coreType('namespaces', 'Namespace', false)).create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ci' } });
  await client.close();
  trigger = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => {
      triggered.push({ body: JSON.parse(text) as Record<string, unknown>, key: request.headers['idempotency-key'] as string | undefined });
      if (failures > 0) {
        failures -= 1;
        response.writeHead(503).end('not now');
      } else response.writeHead(201, { 'content-type': 'application/json' }).end('{"name":"pj-1","url":"http://deck/view"}');
    });
  });
  await new Promise<void>((resolve) => trigger.listen(0, '127.0.0.1', resolve));
  const address = trigger.address();
  const manualTriggerUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const settings = { ...flagDefaults(cimasterApp.flags), kubeconfig, prowjobNamespace: '', manualTriggerUrl };
  replicas = await Promise.all([1, 2].map(() => startApp(cimasterApp, settings, { log: silentLogger, port: 0 })));
}, 60_000);

afterAll(async () => {
  await Promise.all(replicas.map((each) => each.stop()));
  await new Promise((resolve) => trigger.close(resolve));
  await api.stop();
  await rm(dir, { recursive: true, force: true });
});

async function call(path: string, { replica = 0, accept = 'text/plain', ...init }: RequestInit & { replica?: number; accept?: string } = {}): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(`${replicas[replica]?.url ?? ''}/${path}`, { headers: { accept, ...(init.headers as Record<string, string> | undefined) }, ...init });
  return { status: response.status, text: (await response.text()).trim(), headers: response.headers };
}

describe('the round of a cluster', () => {
  test('added, leased, held, released, returned, disabled, enabled, deleted, on two replicas', async () => {
    expect(await call('addcluster?cluster=a-1&region=sddz&name=john')).toMatchObject({ status: 200, text: 'cluster a-1 is added successfully' });
    expect(await call('getvacant?build=1&job=e2e', { replica: 1 })).toMatchObject({ status: 200, text: 'a-1' });
    expect(await call('getvacant?build=1&job=e2e')).toMatchObject({ text: 'a-1' });
    const none = await call('getvacant?build=2&job=e2e');
    expect([none.status, none.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await call('holdcluster?cluster=a-1&user=john&reason=look&for=1h')).toMatchObject({ status: 200 });
    expect(JSON.parse((await call('cluster?cluster=a-1', { accept: 'application/json' })).text)).toMatchObject({ state: 'held', hold: { user: 'john', reason: 'look' } });
    for (const [path, words] of [['releasecluster', 'released'], ['disablecluster', 'disabled'], ['enablecluster', 'enabled']] as const) {
      expect((await call(`${path}?cluster=a-1`, { replica: 1, method: 'POST' })).text).toContain(words);
    }
    expect(await call('getvacant', { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'build=3&job=e2e' })).toMatchObject({ text: 'a-1' });
    expect(await call('finishtest?cluster=a-1')).toMatchObject({ status: 200 });
    expect(await call('finishtest?cluster=a-1')).toMatchObject({ status: 409, text: expect.stringContaining('is finished') });
    expect(await call('deletecluster?cluster=a-1')).toMatchObject({ status: 200 });
    expect(await call('cluster?cluster=a-1')).toMatchObject({ status: 404 });
  });

  test('one who waits gets what another returns, first come first served', async () => {
    await call('addcluster?cluster=b-1&region=r&name=john');
    await call('getvacant?build=1&job=e2e');
    const order: string[] = [];
    const waiting = ['2', '3'].map(async (build) => {
      const { text } = await call(`getvacant?build=${build}&job=e2e&wait=30s`);
      order.push(build);
      await call(`finishtest?cluster=${text}&build=${build}`);
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(JSON.parse((await call('clusters', { accept: 'application/json' })).text)).toMatchObject({ waiting: 2 });
    await call('finishtest?cluster=b-1&build=1', { replica: 1 });
    await Promise.all(waiting);
    expect(order).toEqual(['2', '3']);
    await call('deletecluster?cluster=b-1');
  });

  test('a waiting client that goes away leaves the queue and holds nothing', async () => {
    await call('addcluster?cluster=c-1&region=r&name=john');
    await call('getvacant?build=1&job=e2e');
    const aborter = new AbortController();
    const gone = call('getvacant?build=2&job=e2e&wait=30s', { signal: aborter.signal }).catch(() => 'gone');
    await new Promise((resolve) => setTimeout(resolve, 200));
    aborter.abort();
    expect(await gone).toBe('gone');
    await call('finishtest?cluster=c-1');
    expect(await call('getvacant?build=3&job=e2e')).toMatchObject({ text: 'c-1' });
    await call('finishtest?cluster=c-1');
    await call('deletecluster?cluster=c-1');
  });

  test('many at once on both replicas: each cluster with one', async () => {
    for (const index of [1, 2, 3, 4]) await call(`addcluster?cluster=d-${index}&region=r&name=john`);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, build) => call(`getvacant?build=m${build}&job=e2e`, { replica: build % 2 })));
    const leased = answers.filter(({ status }) => status === 200).map(({ text }) => text);
    expect(leased.toSorted()).toEqual(['d-1', 'd-2', 'd-3', 'd-4']);
    expect(answers.filter(({ status }) => status === 503)).toHaveLength(16);
    for (const name of leased) {
      await call(`finishtest?cluster=${name}`);
      await call(`deletecluster?cluster=${name}`);
    }
  });
});

describe('bad input', () => {
  test.each([
    ['getvacant?job=e2e', 400, 'build'],
    ['getvacant?build=1&build=2&job=e2e', 400, 'build: found 2 values'],
    ['getvacant?build=1%0a2&job=e2e', 400, 'control characters'],
    ['getvacant?build=1%E2%80%AE2&job=e2e', 400, 'invisible'],
    ['getvacant?build=+&job=e2e', 400, 'build: found only blanks'],
    ['getvacant?build=%zz&job=e2e', 400, 'percent-encoded'],
    ['getvacant?build=1&job=%E0%A4', 400, 'percent-encoded'],
    ['getvacant?build=1&job=e2e&region=', 400, 'region: found nothing'],
    ['getvacant?build=1&job=e2e&wait=', 400, 'wait: found nothing'],
    ['holdcluster?cluster=a&for=7h', 400, 'at most 6h'],
    ['getvacant?build=TEN_THOUSAND&job=e2e', 400, '10000 characters'],
    ['getvacant?build=1&job=e2e&wait=soon', 400, 'wait'],
    ['getvacant?build=1&job=e2e&label=gpu', 400, 'KEY=VALUE'],
    ['addcluster?cluster=a/b&region=r&name=j', 400, 'cluster'],
    ['addcluster?cluster=%F0%9F%92%A5&region=r&name=j', 400, 'cluster'],
    ['addcluster?cluster=a&region=r', 400, 'name'],
    ['finishtest?cluster=constructor', 404, 'constructor'],
    ['nothing', 404, ''],
  ])('%s: %i', async (path, status, words) => {
    const answer = await call(path.replace('TEN_THOUSAND', 'x'.repeat(10_000)));
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(words)]);
  });

  test('names that look like HTML are harmless on the page', async () => {
    await call('addcluster?cluster=h-1&region=r&name=%3Cscript%3Ealert(1)%3C/script%3E');
    const page = await call('');
    expect(page.text).toContain('&lt;script&gt;');
    expect(page.text).not.toContain('<script>');
    await call('deletecluster?cluster=h-1');
  });
});

describe('createcluster', () => {
  test('asks manual-trigger, again with the same key when that fails', async () => {
    triggered.length = 0;
    failures = 1;
    const answer = await call('createcluster?user=john&branch=master');
    expect([answer.status, answer.text]).toEqual([202, 'cluster is being created by ProwJob pj-1 http://deck/view']);
    expect(triggered.map(({ body }) => body)).toEqual(Array(2).fill({ org: 'tess', repo: 'tessops', base_ref: 'master', prowtype: 'postsubmit', prowjob: 'sddz-e2e-k8s-1.32', user: 'john' }));
    expect(triggered[0]?.key).toBe(triggered[1]?.key);
  });
});
