// What cimaster answers: with authorisation on, to bad input, when its storage fails, to edits by hand; the history it keeps.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { flagDefaults } from '@prow/base-flags';
import { silentLogger } from '@prow/base-log';
import { startApp, type StartedApp } from '@prow/base-service';
import { coreType, kubeClientFrom, type KubeClient, type KubeResource } from '@prow/clients-kube';
import { startKubeApi, type RunningKubeApi } from '@prow/local-kube-api';
import type { ConfigMap } from '@prow/model-kube-types';
import { startFaultProxy, type FaultProxy } from '@prow/testing-harness';
import { cimasterApp } from './cimaster-app.ts';

const tokens = { leaser: 'the-token-of-the-leaser', holder: 'the-token-of-the-holder', admin: 'the-token-of-the-admin', looker: 'the-token-of-the-looker' };
type Who = keyof typeof tokens;
let dir = '';
let api: RunningKubeApi;
let kube: KubeClient;
let toKube: FaultProxy;
let cimaster: StartedApp;
let start: () => Promise<StartedApp>;
let jobToken = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cimaster-answers-'));
  api = await startKubeApi({ dataDir: join(dir, 'kube'), tls: 'off' });
  kube = await kubeClientFrom(api.kubeconfig());
  await kube.resource<KubeResource>(coreType('namespaces', 'Namespace', false)).create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ci' } });
  const accounts = kube.resource<KubeResource>(coreType('serviceaccounts', 'ServiceAccount'), 'ci');
  await accounts.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'e2e' } });
  jobToken = (await accounts.createSubresource<{ status: { token: string } }>('e2e', 'token', { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} })).status.token;
  toKube = await startFaultProxy(api.url);
  await writeFile(join(dir, 'kubeconfig'), api.kubeconfig().replaceAll(api.url, toKube.url));
  await writeFile(join(dir, 'tokens'), `${tokens.leaser} leaser\n${tokens.holder} holder\n${tokens.admin} admin sre\n${tokens.looker} looker\n`);
  await mkdir(join(dir, 'history/cimaster/moves/2001-02-03'), { recursive: true });
  await writeFile(join(dir, 'history/cimaster/moves/2001-02-03/00-old-0.jsonl'), '');
  start = () => startApp(cimasterApp, {
    ...flagDefaults(cimasterApp.flags), kubeconfig: join(dir, 'kubeconfig'), prowjobNamespace: '', historyBucket: `file://${join(dir, 'history')}`, historyDays: 2,
    tokenFile: join(dir, 'tokens'), kubernetesTokens: true, roles: ['lease=user:leaser', 'lease=group:system:serviceaccounts:ci', 'hold=user:holder', 'admin=group:sre'],
  }, { log: silentLogger, port: 0 });
  cimaster = await start();
}, 60_000);

beforeEach(() => toKube.setFaults(() => undefined));

afterAll(async () => {
  await cimaster.stop();
  await toKube.stop();
  await kube.close();
  await api.stop();
  await rm(dir, { recursive: true, force: true });
});

interface Answer {
  status: number;
  text: string;
  headers: Headers;
  json: Record<string, unknown>;
}

async function call(path: string, { as = 'admin', token, accept = 'application/json' }: { as?: Who | 'nobody'; token?: string; accept?: string } = {}): Promise<Answer> {
  const bearer = token ?? (as === 'nobody' ? undefined : tokens[as]);
  const response = await fetch(`${cimaster.url ?? ''}/${path}`, { headers: { accept, ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) } });
  const text = await response.text();
  let json: Record<string, unknown> = {};
  if (response.headers.get('content-type')?.includes('json') === true) json = JSON.parse(text) as Record<string, unknown>;
  return { status: response.status, text, headers: response.headers, json };
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 40_000; Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 50))) if (await isSo()) return;
  throw new Error(`${what}: not within 40 s`);
}

describe('who may', () => {
  test.each([
    ['clusters', 'nobody', 401],
    ['getvacant?build=1&job=e2e', 'nobody', 401],
    ['clusters', 'looker', 200],
    ['getvacant?build=1&job=e2e', 'looker', 403],
    ['getvacant?build=1&job=e2e', 'holder', 403],
    ['getvacant?build=1&job=e2e', 'leaser', 503],
    ['holdcluster?cluster=x', 'leaser', 403],
    ['holdcluster?cluster=x', 'holder', 404],
    ['addcluster?cluster=x&region=r&name=j', 'leaser', 403],
    ['addcluster?cluster=x&region=r&name=j', 'holder', 403],
    ['finishtest?cluster=x', 'admin', 404],
  ] as const)('%s as %s: %i', async (path, as, status) => {
    const answer = await call(path, { as });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, status === 200 ? 'application/json; charset=utf-8' : 'application/problem+json; charset=utf-8']);
    if (status !== 200) expect(answer.json).toMatchObject({ status, code: expect.stringMatching(/^PROW_/), detail: expect.any(String) });
  });

  test("a job by its service account's token; refused calls are counted", async () => {
    expect(await call('getvacant?build=1&job=e2e', { token: jobToken })).toMatchObject({ status: 503, json: { code: 'PROW_CLUSTER_POOL_NOTHING_VACANT' } });
    expect(await call('addcluster?cluster=x&region=r&name=j', { token: jobToken })).toMatchObject({ status: 403 });
    expect((await call('clusters', { token: `${jobToken}x` })).status).toBe(401);
    const metrics = (await call('metrics', { as: 'nobody', accept: 'text/plain' })).text;
    const refused = metrics.split('\n').filter((line) => line.startsWith('prow_requests_refused_total{'));
    expect(refused.join('\n')).toMatch(/reason="missing".* [1-9]/);
    expect(refused.join('\n')).toMatch(/reason="role".* [1-9]/);
  });

  test('health is for everybody', async () => {
    expect((await call('readyz', { as: 'nobody', accept: '*/*' })).status).toBe(200);
    expect((await call('healthz', { as: 'nobody', accept: '*/*' })).status).toBe(200);
  });
});

describe('problems', () => {
  test('each has its code and what is needed to act', async () => {
    expect((await call('addcluster?cluster=p-1&region=sddz&name=john')).status).toBe(200);
    expect(await call('holdcluster?cluster=p-1&user=john')).toMatchObject({ status: 409, json: { type: 'about:blank', title: 'Not in this state', status: 409, code: 'PROW_CLUSTER_POOL_STATE', cluster: 'p-1', state: 'finished', allowed: ['getvacant', 'disablecluster', 'deletecluster'] } });
    expect(await call('getvacant?job=e2e')).toMatchObject({ status: 400, json: { code: 'PROW_CIMASTER_PARAMETER', parameter: 'build', detail: 'parameter build: found nothing, expected a value' } });
    expect(await call('disablecluster?cluster=p-2')).toMatchObject({ status: 404, json: { code: 'PROW_CLUSTER_POOL_UNKNOWN', detail: expect.stringContaining('did you mean p-1?') } });
    expect(await call('getvacant?build=1&job=e2e&region=sdzd')).toMatchObject({ status: 404, json: { code: 'PROW_CIMASTER_REGION', parameter: 'region', detail: 'no cluster of the pool is in region "sdzd"; did you mean sddz?' } });
    expect(await call('getvacant?build=1&job=e2e&region=far&wait=1h')).toMatchObject({ status: 404, json: { detail: expect.stringContaining('there are clusters in sddz') } });
    expect(await call('getvacant?build=1&job=e2e')).toMatchObject({ status: 200 });
    const none = await call('getvacant?build=2&job=e2e&region=sddz');
    expect(none).toMatchObject({ status: 503, json: { code: 'PROW_CLUSTER_POOL_NOTHING_VACANT' } });
    expect([Number(none.headers.get('retry-after')) > 0, none.headers.get('queue-place'), none.headers.get('queue-length')]).toEqual([true, '1', '0']);
    await call('finishtest?cluster=p-1');
    await call('deletecluster?cluster=p-1');
  });

  test('trouble with the storage is not "nothing vacant"', async () => {
    await call('addcluster?cluster=s-1&region=r&name=john');
    toKube.setFaults(({ path }) => (path.includes('/configmaps') ? { answer: { status: 500, body: 'etcd is away' } } : undefined));
    const answer = await call('getvacant?build=1&job=e2e');
    expect([answer.status, answer.json['code'], answer.headers.has('retry-after')]).toEqual([503, 'PROW_CLUSTER_POOL_STORAGE', true]);
    toKube.setFaults(() => undefined);
    await until('it answers again', async () => (await call('getvacant?build=1&job=e2e')).status === 200);
    await call('finishtest?cluster=s-1');
    await call('deletecluster?cluster=s-1');
  }, 60_000);

  test('while the storage is away: not ready, told so in time; who left meanwhile holds nothing afterwards', async () => {
    await call('addcluster?cluster=o-1&region=r&name=john');
    toKube.setFaults(({ path }) => (path.includes('/configmaps') ? { dropRequest: true } : undefined));
    const gone = [1, 2, 3].map((build) => fetch(`${cimaster.url ?? ''}/getvacant?build=${build}&job=e2e`, { headers: { authorization: `Bearer ${tokens.admin}` }, signal: AbortSignal.timeout(500) }).catch(() => 'gone'));
    expect(await call('getvacant?build=4&job=e2e&wait=1s')).toMatchObject({ status: 503, json: { code: 'PROW_CLUSTER_POOL_STORAGE' } });
    expect(await Promise.all(gone)).toEqual(['gone', 'gone', 'gone']);
    await until('it is not ready', async () => (await call('readyz', { as: 'nobody' })).status === 503);
    const from = Date.now();
    expect(await call('clusters')).toMatchObject({ status: 503, json: { code: 'PROW_CLUSTER_POOL_STORAGE', detail: expect.stringContaining('nothing was done') } });
    expect(Date.now() - from).toBeLessThan(2000);
    toKube.setFaults(() => undefined);
    await until('it is ready', async () => (await call('readyz', { as: 'nobody' })).status === 200);
    expect(await call('getvacant?build=5&job=e2e')).toMatchObject({ status: 200, json: { name: 'o-1' } });
    await call('finishtest?cluster=o-1');
    await call('deletecluster?cluster=o-1');
  }, 60_000);

  test('labels that no cluster has are not waited for', async () => {
    await call('addcluster?cluster=l-1&region=r&name=john&label=gpu=no');
    for (const more of ['', '&wait=1h']) expect(await call(`getvacant?build=1&job=e2e&label=gpu=yes${more}`)).toMatchObject({ status: 404, json: { code: 'PROW_CIMASTER_LABEL', detail: 'no cluster of the pool is one with label gpu=yes' } });
    await call('deletecluster?cluster=l-1');
  });

  test('who waits is told the place, and how long it took', async () => {
    await call('addcluster?cluster=w-1&region=r&name=john');
    await call('getvacant?build=1&job=e2e');
    const waiting = call('getvacant?build=2&job=e2e&wait=40s');
    await until('it waits', async () => (await call('queue?build=2&job=e2e')).json['place'] === 1);
    await call('finishtest?cluster=w-1&build=1&job=e2e');
    const answer = await waiting;
    expect([answer.status, answer.headers.get('queue-place'), answer.headers.get('queue-length')]).toEqual([200, '1', '1']);
    expect(answer.headers.get('queue-waited-seconds')).toMatch(/^\d+$/);
    await call('finishtest?cluster=w-1');
    await call('deletecluster?cluster=w-1');
  }, 60_000);

  test.each([
    ["'; DROP TABLE clusters; --"],
    ['$(reboot) `id` && rm -rf /'],
    ['<img src=x onerror=alert(1)>"\'&'],
    ['名前 💥'],
  ])('a user that looks like %s is text', async (user) => {
    await call('addcluster?cluster=u-1&region=r&name=john');
    await call('getvacant?build=1&job=e2e');
    const held = await call(`holdcluster?cluster=u-1&user=${encodeURIComponent(user)}&reason=${encodeURIComponent(user)}`);
    expect(held).toMatchObject({ status: 200, json: { hold: { user: `admin for ${user}`, reason: user } } });
    for (const path of ['', '?cluster=u-1']) {
      const page = (await call(path, { accept: 'text/html' })).text;
      expect(page).not.toContain('<img src=x');
      expect(page).toContain('u-1');
    }
    await call('releasecluster?cluster=u-1');
    await call('deletecluster?cluster=u-1');
  });

  test.each([
    ['addcluster', 'a/b'], ['addcluster', 'a\nb'], ['addcluster', '../../etc'], ['addcluster', 'ключ'], ['addcluster', 'x'.repeat(10_000)], ['addcluster', '__proto__'], ['finishtest', 'a\u0000b'], ['cluster', 'x'.repeat(10_000)],
  ])('%s of a cluster named %j is refused by the name of the parameter', async (name, cluster) => {
    const answer = await call(`${name}?cluster=${encodeURIComponent(cluster)}${name === 'addcluster' ? '&region=r&name=j' : ''}`);
    expect(answer).toMatchObject({ status: 400, json: { code: 'PROW_CIMASTER_PARAMETER', parameter: 'cluster' } });
    expect(answer.text.length).toBeLessThan(1000);
  });
});

describe('what a call does not know', () => {
  const post = (name: string, body: string, type = 'application/json'): Promise<Response> => fetch(`${cimaster.url ?? ''}/${name}`, { method: 'POST', body, headers: { accept: 'application/json', authorization: `Bearer ${tokens.admin}`, 'content-type': type } });

  test.each([
    ['getvacant?build=1&job=e2e&regoin=sddz', 'regoin', 'did you mean region?'],
    ['getvacant?build=1&job=e2e&__proto__=x', '__proto__', 'this call takes build, job, region, label, ttl, wait'],
    ['finishtest?cluster=x&clutser=y', 'clutser', 'did you mean cluster?'],
    ['clusters?state=finished', 'state', 'this call takes none'],
    ['createcluster?user=j&branch=master&region=r', 'region', 'this call takes user, branch'],
  ])('%s: refused by the name of %s', async (path, parameter, hint) => {
    expect(await call(path)).toMatchObject({ status: 400, json: { code: 'PROW_CIMASTER_PARAMETER', parameter, detail: expect.stringContaining(hint) } });
  });

  test.each([
    ['{"cluster":"x","why":"y"}', 'application/json', 400, 'PROW_CIMASTER_PARAMETER', '"why" is not known'],
    ['{"cluster":"x","cluster":"y"}', 'application/json', 400, 'PROW_SERVICE_BODY_DUPLICATE', 'the field "cluster" twice'],
    ['{"cluster":["x","y"]}', 'application/json', 400, 'PROW_CIMASTER_PARAMETER', 'found 2 values'],
    ['{"cluster":{"x":1}}', 'application/json', 400, 'PROW_CIMASTER_PARAMETER', 'found object, expected text'],
    ['["x"]', 'application/json', 400, 'PROW_CIMASTER_BODY', 'found a list'],
    ['{"cluster":', 'application/json', 400, 'PROW_CIMASTER_BODY', 'cannot be read'],
    ['cluster=x&why=y', 'application/x-www-form-urlencoded', 400, 'PROW_CIMASTER_PARAMETER', '"why" is not known'],
    ['cluster=x&cluster=y', 'application/x-www-form-urlencoded', 400, 'PROW_CIMASTER_PARAMETER', 'found 2 values'],
    ['cluster=x', 'text/plain', 415, 'PROW_CIMASTER_BODY', 'found "text/plain", expected application/x-www-form-urlencoded'],
    [`cluster=${'x'.repeat(100_000)}`, 'application/x-www-form-urlencoded', 413, 'PROW_SERVICE_BODY_TOO_LARGE', 'larger than 65536 bytes'],
  ])('the body %.40s as %s: %i', async (body, type, status, code, detail) => {
    const answer = await post('releasecluster', body, type);
    expect([answer.status, await answer.json()]).toEqual([status, expect.objectContaining({ code, detail: expect.stringContaining(detail) })]);
  });

  test('in the address and in the body is twice', async () => {
    expect(await (await post('releasecluster?cluster=x', 'cluster=y', 'application/x-www-form-urlencoded')).json()).toMatchObject({ parameter: 'cluster', detail: expect.stringContaining('in the address and in the body') });
  });
});

describe('whose a lease is', () => {
  test('another with the role lease can neither get nor end it; operators can, and the one who took it', async () => {
    await call('addcluster?cluster=l-1&region=r&name=john');
    expect(await call('getvacant?build=5&job=e2e', { token: jobToken })).toMatchObject({ status: 200, json: { name: 'l-1', lease: { holder: 'system:serviceaccount:ci:e2e' } } });
    for (const path of ['getvacant?build=5&job=e2e', 'finishtest?cluster=l-1', 'finishtest?cluster=l-1&build=5&job=e2e']) {
      expect(await call(path, { as: 'leaser' })).toMatchObject({ status: 403, json: { code: 'PROW_CLUSTER_POOL_HOLDER', detail: expect.stringContaining('was taken by system:serviceaccount:ci:e2e') } });
    }
    // Tokens of pods change; whose they are does not.
    const again = await kube.resource<KubeResource>(coreType('serviceaccounts', 'ServiceAccount'), 'ci').createSubresource<{ status: { token: string } }>('e2e', 'token', { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 4000 } });
    expect(again.status.token).not.toBe(jobToken);
    expect(await call('getvacant?build=5&job=e2e', { token: again.status.token })).toMatchObject({ status: 200, json: { name: 'l-1' } });
    expect((await call('finishtest?cluster=l-1&build=5&job=e2e', { token: again.status.token })).status).toBe(200);
    expect((await call('getvacant?build=6&job=e2e', { as: 'leaser' })).status).toBe(200);
    expect((await call('finishtest?cluster=l-1')).status).toBe(200);
    await call('deletecluster?cluster=l-1');
  });

  test('a button of a page that was shown before the cluster moved does nothing', async () => {
    await call('addcluster?cluster=o-1&region=r&name=john');
    await call('getvacant?build=1&job=e2e');
    const page = (await call('', { accept: 'text/html' })).text;
    const forms = [...page.matchAll(/<form method="post" action="act\/(\w+)">(.*?)<button>/g)].map(([, name, fields = '']) => ({ name, fields: new URLSearchParams([...fields.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, key = '', value = '']): [string, string] => [key, value])) }));
    expect(forms.map(({ name }) => name)).toEqual(['finishtest', 'holdcluster']);
    await call('finishtest?cluster=o-1');
    await call('getvacant?build=2&job=e2e');
    for (const { name, fields } of forms) {
      const answer = await fetch(`${cimaster.url ?? ''}/act/${name ?? ''}`, { method: 'POST', body: fields, redirect: 'manual', headers: { authorization: `Bearer ${tokens.admin}` } });
      expect([answer.status, answer.headers.get('location'), decodeURIComponent(answer.headers.get('set-cookie') ?? '')]).toEqual([303, '../?', expect.stringMatching(/^cimaster-notice=.*"isProblem":true.*(moved in the meantime|not by the one)/)]);
    }
    expect((await call('cluster?cluster=o-1')).json).toMatchObject({ state: 'testing', lease: { build: '2' } });
    await call('finishtest?cluster=o-1');
    await call('deletecluster?cluster=o-1');
  });
});

test('a full ConfigMap: nothing is made that could not be added, what is there can be returned', async () => {
  const configMaps = kube.resource<ConfigMap>(coreType<ConfigMap>('configmaps', 'ConfigMap'), 'ci');
  await call('addcluster?cluster=f-1&region=r&name=john');
  await call('getvacant?build=1&job=e2e');
  await configMaps.patch('clusters', { type: 'merge', body: { data: { notes: 'x'.repeat(910_000) } } });
  for (const path of ['createcluster?user=john&branch=master', 'addcluster?cluster=f-2&region=r&name=john', 'holdcluster?cluster=f-1&user=j']) expect(await call(path)).toMatchObject({ status: 507, json: { code: 'PROW_CLUSTER_POOL_FULL' } });
  expect((await call('finishtest?cluster=f-1')).status).toBe(200);
  await configMaps.patch('clusters', { type: 'merge', body: { data: { notes: null } } });
  expect((await call('deletecluster?cluster=f-1')).status).toBe(200);
});

test('the history of each move: told, stored, and the old deleted', async () => {
  await call('addcluster?cluster=h-1&region=r&name=john');
  await call('getvacant?build=9&job=e2e', { as: 'leaser' });
  await call('holdcluster?cluster=h-1&user=mary', { as: 'holder' });
  await call('releasecluster?cluster=h-1', { as: 'holder' });
  const moves = async (): Promise<unknown> => ((await call('cluster?cluster=h-1')).json['history'] as { move: string; who: string; from: string; to: string }[]).map(({ move, who, from, to }) => `${move} ${from}>${to} ${who}`);
  const expected = ['releasecluster held>finished holder', 'holdcluster testing>held holder for mary', 'getvacant finished>testing leaser for e2e 9', 'addcluster >finished admin for john'];
  expect(await moves()).toEqual(expected);
  const folder = join(dir, 'history/cimaster/moves');
  await until('it is stored', async () => (await readdir(folder)).some((day) => day > '2020'));
  await until('what is old is deleted', async () => !(await readdir(join(folder, '2001-02-03')).catch((): string[] => [])).includes('00-old-0.jsonl'));
  await until('the ConfigMap is rid of it', async () => !Object.keys((await kube.resource<ConfigMap>(coreType<ConfigMap>('configmaps', 'ConfigMap'), 'ci').get('clusters')).data ?? {}).some((key) => key.startsWith('moves.')));
  expect(await moves()).toEqual(expected);
  await call('deletecluster?cluster=h-1');
  expect(await call('cluster?cluster=h-1')).toMatchObject({ status: 404, json: { detail: expect.stringContaining('its last move') } });
}, 90_000);

test('edits by hand: good ones count, broken ones are told of and the last good state is kept', async () => {
  const configMaps = kube.resource<ConfigMap>(coreType<ConfigMap>('configmaps', 'ConfigMap'), 'ci');
  await call('addcluster?cluster=e-1&region=r&name=john');
  const text = (await configMaps.get('clusters')).data?.['cluster.e-1'] ?? '';
  const edit = (value: string): Promise<unknown> => configMaps.patch('clusters', { type: 'merge', body: { data: { 'cluster.e-1': value } } });
  await edit(text.replace('"john"', '"mary"'));
  await until('the edit counts', async () => (await call('cluster?cluster=e-1')).json['administrator'] === 'mary');
  await edit('{"state": "resting"');
  await until('the broken edit is told of', async () => ((await call('clusters')).json['broken'] as { key: string }[] | undefined)?.[0]?.key === 'cluster.e-1');
  expect((await call('cluster?cluster=e-1')).json).toMatchObject({ state: 'finished', administrator: 'mary' });
  expect(await call('disablecluster?cluster=e-1')).toMatchObject({ status: 503, json: { code: 'PROW_CLUSTER_POOL_DOCUMENT', cluster: 'e-1' } });
  expect((await call('', { accept: 'text/html' })).text).toContain('broken edit');
  expect((await call('cluster?cluster=e-1', { accept: 'text/plain' })).text).toContain('cluster.e-1 was edited by hand and is broken');
  // One that starts now knows of no good state, and names it all the same.
  const [first, late] = [cimaster, await start()];
  cimaster = late;
  try {
    expect((await call('clusters', { accept: 'text/plain' })).text).toContain('cluster.e-1 was edited by hand and is broken');
    for (const path of ['cluster', 'finishtest']) expect(await call(`${path}?cluster=e-1`)).toMatchObject({ status: 503, json: { code: 'PROW_CLUSTER_POOL_DOCUMENT' } });
  } finally {
    cimaster = first;
    await late.stop();
  }
  await edit(text);
  await until('it is mended', async () => (await call('clusters')).json['broken'] === undefined);
  expect((await call('deletecluster?cluster=e-1')).status).toBe(200);
}, 60_000);
