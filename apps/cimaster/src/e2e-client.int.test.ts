// images/e2e's e2e.sh in a real shell, and the TypeScript client, against a real cimaster behind a proxy that breaks things.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { flagDefaults } from '@prow/base-flags';
import { silentLogger } from '@prow/base-log';
import { startApp, type StartedApp } from '@prow/base-service';
import { clusterPoolClient, type ClusterPoolClient, type PooledCluster } from '@prow/clients-cluster-pool';
import { coreType, kubeClientFrom, type KubeResource } from '@prow/clients-kube';
import { startKubeApi, type RunningKubeApi } from '@prow/local-kube-api';
import { repoRoot, startFaultProxy, type FaultProxy } from '@prow/testing-harness';
import { cimasterApp } from './cimaster-app.ts';

const tools = join(repoRoot, 'images/e2e/files/usr/local/bin');
let dir = '';
let api: RunningKubeApi;
let cimaster: StartedApp;
let proxy: FaultProxy;
let admin: ClusterPoolClient;
let client: ClusterPoolClient;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'e2e-client-'));
  api = await startKubeApi({ dataDir: join(dir, 'kube'), tls: 'off' });
  const kubeconfig = join(dir, 'kubeconfig');
  await writeFile(kubeconfig, api.kubeconfig());
  const kube = await kubeClientFrom(api.kubeconfig());
  await kube.resource<KubeResource>(coreType('namespaces', 'Namespace', false)).create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ci' } });
  await kube.close();
  await writeFile(join(dir, 'tokens'), 'the-token-of-the-job job\nthe-token-of-the-operator operator\n');
  await writeFile(join(dir, 'job-token'), 'the-token-of-the-job\n');
  await writeFile(join(dir, 'admin-token'), 'the-token-of-the-operator\n');
  cimaster = await startApp(cimasterApp, { ...flagDefaults(cimasterApp.flags), kubeconfig, prowjobNamespace: '', tokenFile: join(dir, 'tokens'), roles: ['lease=user:job', 'admin=user:operator'] }, { log: silentLogger, port: 0 });
  proxy = await startFaultProxy(cimaster.url ?? '');
  admin = clusterPoolClient({ url: cimaster.url ?? '', tokenFile: join(dir, 'admin-token') });
  client = clusterPoolClient({ url: proxy.url, tokenFile: join(dir, 'job-token'), retryBaseMs: 5 });
  for (const cluster of ['a-1', 'a-2']) await admin.call('addcluster', { cluster, region: 'r', name: 'john' });
}, 60_000);

beforeEach(() => proxy.setFaults(() => undefined));

afterAll(async () => {
  await proxy.stop();
  await cimaster.stop();
  await api.stop();
  await rm(dir, { recursive: true, force: true });
});

const states = async (): Promise<string[]> => (await admin.list()).clusters.map(({ state }) => state);

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 40_000; Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 50))) if (await isSo()) return;
  throw new Error(`${what}: not within 40 s`);
}

interface Shell {
  signal(name: NodeJS.Signals): void;
  ended: Promise<{ code: number | null; out: string; err: string }>;
}

/** e2e.sh with a command that is a shell script. */
function e2e(script: string, env: Record<string, string> = {}): Shell {
  const child = spawn(join(tools, 'e2e.sh'), ['sh', '-c', script], { env: { PATH: `${tools}${delimiter}${process.env['PATH'] ?? ''}`, BUILD_ID: '77', JOB_NAME: 'e2e', CIMASTER_URL: proxy.url, CIMASTER_TOKEN_FILE: join(dir, 'job-token'), E2E_LEASE_POLL_SECONDS: '1', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (part: string) => (out += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (err += part));
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
  return { signal: (name) => void child.kill(name), ended };
}

describe('e2e.sh', () => {
  test('leases, runs, returns, and ends with the code of its command', async () => {
    const { code, out, err } = await e2e('echo "on $CLUSTER"; cimaster-call getvacant "build=$BUILD_ID" "job=$JOB_NAME"; exit 7').ended;
    expect([code, err]).toEqual([7, '']);
    const [, name] = /^on (a-\d)$/m.exec(out) ?? [];
    // Asked twice by the same build and job: the same cluster.
    expect(out).toBe(`leased ${name} for e2e 77\non ${name}\n${name}\ncluster ${name} is returned successfully\n`);
    expect(await states()).toEqual(['finished', 'finished']);
  }, 60_000);

  test('answers that are lost, before or after their effect, and 503s cost nothing', async () => {
    const faults = [{ answer: { status: 503, body: 'not now' } }, { dropAnswer: true }, { dropRequest: true }];
    let finishes = 0;
    proxy.setFaults(({ path }) => (path.startsWith('/getvacant') ? faults.shift() : path.startsWith('/finishtest') && finishes++ === 0 ? { dropRequest: true } : undefined));
    const { code, out } = await e2e('test "$(cimaster-call clusters | grep -c testing)" = 1').ended;
    expect([code, out]).toEqual([0, expect.stringMatching(/^leased a-\d for e2e 77$/m)]);
    expect(finishes).toBe(2);
    expect(await states()).toEqual(['finished', 'finished']);
  }, 60_000);

  test('a stopped pod ends its command, then returns the cluster', async () => {
    const shell = e2e(`trap 'echo stopped > ${dir}/stopped; exit 0' TERM; echo up > ${dir}/up; while :; do sleep 0.1; done`);
    await until('the command runs', async () => (await readFile(join(dir, 'up'), 'utf8').catch(() => '')) !== '');
    expect(await states()).toContain('testing');
    shell.signal('SIGTERM');
    expect((await shell.ended).code).toBe(143);
    expect(await readFile(join(dir, 'stopped'), 'utf8')).toBe('stopped\n');
    expect(await states()).toEqual(['finished', 'finished']);
  }, 60_000);

  test('a job that waits is in the queue, gets its cluster in turn, and leaves the queue when its pod is stopped', async () => {
    const names = [await admin.lease({ build: 'q1', job: 'e2e' }), await admin.lease({ build: 'q2', job: 'e2e' })].map(({ name }) => name);
    const [first, second] = [e2e('echo mine', { BUILD_ID: '78' }), e2e('echo never', { BUILD_ID: '79' })];
    await until('both wait', async () => (await admin.list()).waiting === 2);
    second.signal('SIGTERM');
    expect(await second.ended).toMatchObject({ code: 143, out: 'waiting for a vacant cluster\n' });
    await until('it has left', async () => (await admin.list()).waiting === 1);
    await admin.return({ cluster: names[0] ?? '', build: 'q1', job: 'e2e' });
    expect(await first.ended).toMatchObject({ code: 0, out: `waiting for a vacant cluster\nleased ${names[0]} for e2e 78\nmine\ncluster ${names[0]} is returned successfully\n` });
    await admin.return({ cluster: names[1] ?? '', build: 'q2', job: 'e2e' });
    expect(await states()).toEqual(['finished', 'finished']);
  }, 60_000);

  test('what is refused is not asked again: no token, no cluster', async () => {
    const before = proxy.requests.length;
    const { code, out, err } = await e2e('echo never', { CIMASTER_TOKEN_FILE: join(dir, 'none') }).ended;
    expect([code, out, err]).toEqual([1, '', expect.stringContaining('cimaster answered 401')]);
    expect(proxy.requests.length - before).toBe(1);
  }, 60_000);
});

describe('the TypeScript client', () => {
  test('lease and return under faults of every kind: one cluster, then none', async () => {
    const all = [{ dropAnswer: true }, { dropRequest: true }, { answer: { status: 502 } }, { cutAfterBytes: 10 }];
    for (const [index, fault] of all.entries()) {
      proxy.failNext(2, fault);
      const lease = await client.lease({ build: `f${index}`, job: 'e2e' });
      expect((await admin.list()).clusters.filter((each) => each.lease?.build === `f${index}`).map(({ name }) => name)).toEqual([lease.name]);
      proxy.failNext(2, fault);
      await client.return({ cluster: lease.name, build: `f${index}`, job: 'e2e' });
      expect(await states()).toEqual(['finished', 'finished']);
    }
  }, 60_000);

  test('many wait, all get one in the end', async () => {
    const rounds = await Promise.all(Array.from({ length: 8 }, async (_, build) => {
      const lease: PooledCluster = await client.lease({ build: `w${build}`, job: 'e2e', waitMs: 60_000 });
      await client.return({ cluster: lease.name, build: `w${build}`, job: 'e2e' });
      return lease.name;
    }));
    expect(rounds).toHaveLength(8);
    expect(await states()).toEqual(['finished', 'finished']);
  }, 90_000);

  test('one who waits is told the place, and leaves the queue by an abort; hold and release; a refusal has its moves', async () => {
    const names = [await client.lease({ build: 'x1', job: 'e2e' }), await client.lease({ build: 'x2', job: 'e2e' })].map(({ name }) => name);
    const aborter = new AbortController();
    const places: number[] = [];
    // Not through the proxy: that keeps the news of the queue to itself.
    const direct = clusterPoolClient({ url: cimaster.url ?? '', tokenFile: join(dir, 'job-token') });
    const waiting = direct.lease({ build: 'x3', job: 'e2e', waitMs: 60_000 }, { signal: aborter.signal, onQueued: ({ place }) => void places.push(place) });
    waiting.catch(() => undefined);
    await until('it waits and knows', async () => (await admin.list()).waiting === 1 && places[0] === 1);
    aborter.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await until('it waits no more', async () => (await admin.list()).waiting === 0);
    expect(await admin.hold({ cluster: names[0] ?? '', user: 'john', reason: 'look', forMs: 60_000 })).toMatchObject({ state: 'held', hold: { user: 'operator for john', reason: 'look' } });
    await expect(client.hold({ cluster: names[1] ?? '', user: 'john' })).rejects.toMatchObject({ status: 403 });
    await expect(client.return({ cluster: names[0] ?? '', build: 'x1', job: 'e2e' })).rejects.toMatchObject({ status: 409, state: 'held', allowed: ['releasecluster'] });
    expect(await admin.release({ cluster: names[0] ?? '' })).toMatchObject({ state: 'finished' });
    await client.return({ cluster: names[1] ?? '', build: 'x2', job: 'e2e' });
  }, 60_000);
});
