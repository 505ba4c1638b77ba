// cimaster and manual-trigger as they are, between them nothing but HTTP: the jobs that make and that clean a cluster.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { flagDefaults } from '@prow/base-flags';
import { silentLogger } from '@prow/base-log';
import { startApp, type StartedApp } from '@prow/base-service';
import { systemClock } from '@prow/base-time';
import { cimasterApp } from '@prow/cimaster';
import { kubeClientFrom, type KubeClient, type KubeResource } from '@prow/clients-kube';
import { startLocalGitHub, type LocalGitHub } from '@prow/local-github';
import { startKubeApi, type RunningKubeApi } from '@prow/local-kube-api';
import { manualTriggerApp } from '@prow/manual-trigger';
import { prowJobCrd, prowJobResource, type ProwJob, type ProwJobState } from '@prow/model-prowjob';

let dir = '';
let api: RunningKubeApi;
let kube: KubeClient;
let github: LocalGitHub;
let startTrigger: (allowedEnv: string[]) => Promise<StartedApp>;
let startPool: (configMap: string, manualTriggerUrl: string) => Promise<StartedApp>;
const apps: StartedApp[] = [];
const tokens = { operator: 'the-token-of-the-operator', cimaster: 'the-token-of-cimaster' };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cluster-pool-'));
  [api, github] = await Promise.all([startKubeApi({ dataDir: join(dir, 'kube'), tls: 'off' }), startLocalGitHub({ dataDir: join(dir, 'github'), port: 0, address: '127.0.0.1', log: silentLogger, clock: systemClock })]);
  kube = await kubeClientFrom(api.kubeconfig());
  await kube.resource<KubeResource>({ group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions', kind: 'CustomResourceDefinition', namespaced: false }).create(prowJobCrd as never);
  await kube.resource<KubeResource>({ group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false }).create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ci' } });
  const source = join(dir, 'tessops');
  mkdirSync(source);
  const git = (...args: string[]): unknown => execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: source, env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' } });
  git('init', '-q', '-b', 'master');
  writeFileSync(join(source, 'README.md'), '# tessops\n');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  await github.seed.ensureUser({ login: 'ci-robot' });
  await github.seed.ensureOrganization({ login: 'tess', admins: ['ci-robot'] });
  await github.seed.ensureRepository({ owner: 'tess', name: 'tessops', content: { git: source } });
  writeFileSync(join(dir, 'kubeconfig'), api.kubeconfig());
  const spec = 'spec: {containers: [{image: x, command: [a]}]}';
  writeFileSync(join(dir, 'config.yaml'), `prowjob_namespace: default\npod_namespace: test-pods\npostsubmits:\n  tess/tessops: [{name: clean-cluster, ${spec}}, {name: make-cluster, ${spec}}]\n`);
  writeFileSync(join(dir, 'github-token'), await github.tokenFor('ci-robot'));
  writeFileSync(join(dir, 'tokens'), `${tokens.cimaster} cimaster\n`);
  writeFileSync(join(dir, 'pool-tokens'), `${tokens.operator} operator\n`);
  writeFileSync(join(dir, 'cimaster-token'), `${tokens.cimaster}\n`);
  const start = async (starting: Promise<StartedApp>): Promise<StartedApp> => {
    const app = await starting;
    apps.push(app);
    return app;
  };
  const kubeconfig = join(dir, 'kubeconfig');
  startTrigger = (allowedEnv) => start(startApp(manualTriggerApp, {
    ...flagDefaults(manualTriggerApp.flags), configPath: join(dir, 'config.yaml'), configCacheDir: '', kubeconfig, githubEndpoints: [github.apiUrl], githubGraphqlEndpoint: github.graphqlUrl, githubHost: github.url, githubTokenPath: join(dir, 'github-token'), gitCacheDir: join(dir, 'git'),
    tokenFile: join(dir, 'tokens'), roles: ['trigger=user:cimaster'], allowedEnv,
  }, { log: silentLogger, port: 0 }));
  startPool = (configMap, manualTriggerUrl) => start(startApp(cimasterApp, {
    ...flagDefaults(cimasterApp.flags), kubeconfig, configMap, manualTriggerUrl, manualTriggerTokenFile: join(dir, 'cimaster-token'), deckUrl: 'http://deck.example', createJob: 'make-cluster', cleanJob: 'clean-cluster', historyBucket: `file://${join(dir, configMap)}`,
    tokenFile: join(dir, 'pool-tokens'), roles: ['admin=user:operator'],
  }, { log: silentLogger, port: 0 }));
}, 60_000);

afterAll(async () => {
  for (const app of apps.toReversed()) await app.stop();
  await kube.close();
  await Promise.all([api.stop(), github.stop()]);
  await rm(dir, { recursive: true, force: true });
}, 60_000);

interface Answer {
  status: number;
  json: Record<string, unknown> & { cleaning?: { prowjob?: string } };
}

async function call(app: StartedApp, path: string): Promise<Answer> {
  const response = await fetch(`${app.url ?? ''}/${path}`, { headers: { accept: 'application/json', authorization: `Bearer ${tokens.operator}` } });
  return { status: response.status, json: (await response.json()) as Answer['json'] };
}

async function until<T>(what: string, find: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + 40_000; Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const found = await find();
    if (found !== undefined) return found;
  }
  throw new Error(`${what}: not within 40 s`);
}

const inState = (app: StartedApp, cluster: string, state: string): Promise<Answer['json']> =>
  until(`${cluster} is ${state}`, async () => {
    const { json } = await call(app, `cluster?cluster=${cluster}`);
    return json['state'] === state ? json : undefined;
  });

test('a returned cluster is cleaned by a job that knows which, and is vacant or disabled by how it ended', async () => {
  const pool = await startPool('cleaned', (await startTrigger(['CLUSTER'])).url ?? '');
  const prowJobs = kube.resource<ProwJob>(prowJobResource, 'default');
  await call(pool, 'addcluster?cluster=c-1&region=r&name=john');
  const round = async (build: string, state: ProwJobState): Promise<ProwJob> => {
    expect(await call(pool, `getvacant?build=${build}&job=e2e&wait=30s`)).toMatchObject({ status: 200, json: { name: 'c-1' } });
    expect((await call(pool, `finishtest?cluster=c-1&build=${build}&job=e2e`)).json).toMatchObject({ state: 'cleaning' });
    const name = await until('its clean-up', async () => (await call(pool, 'cluster?cluster=c-1')).json.cleaning?.prowjob);
    expect(await call(pool, `getvacant?build=other&job=e2e`)).toMatchObject({ status: 503, json: { code: 'PROW_CLUSTER_POOL_NOTHING_VACANT' } });
    const made = await prowJobs.get(name);
    await prowJobs.patch(name, { type: 'merge', body: { status: { state, completionTime: new Date().toISOString(), description: 'as the test says' } } });
    return made;
  };
  const made = await round('1', 'success');
  expect(made.spec).toMatchObject({ type: 'postsubmit', job: 'clean-cluster', refs: { org: 'tess', repo: 'tessops', base_ref: 'master' } });
  expect(made.spec.pod_spec?.containers[0]?.env).toEqual([{ name: 'CLUSTER', value: 'c-1' }]);
  await inState(pool, 'c-1', 'finished');
  const second = await round('2', 'failure');
  expect(second.metadata.name).not.toBe(made.metadata.name);
  expect(await inState(pool, 'c-1', 'disabled')).toMatchObject({ reason: `the ProwJob ${second.metadata.name ?? ''} of its clean-up: failure: as the test says` });
  expect(await call(pool, 'enablecluster?cluster=c-1')).toMatchObject({ status: 200, json: { state: 'finished' } });
}, 90_000);

test("a manual-trigger that does not allow the cluster's name: disabled, and the reason says what to do", async () => {
  const pool = await startPool('refused', (await startTrigger([])).url ?? '');
  await call(pool, 'addcluster?cluster=c-1&region=r&name=john');
  await call(pool, 'getvacant?build=1&job=e2e');
  await call(pool, 'finishtest?cluster=c-1');
  expect(await inState(pool, 'c-1', 'disabled')).toMatchObject({ reason: expect.stringContaining('env.CLUSTER: may not be added: --allowed-env has nothing') });
}, 60_000);

test('createcluster answers the name and the link of a ProwJob that is there; one key, one ProwJob', async () => {
  const pool = await startPool('made', (await startTrigger([])).url ?? '');
  const ask = async (): Promise<Answer> => {
    const response = await fetch(`${pool.url ?? ''}/createcluster?user=john&branch=master`, { method: 'POST', headers: { accept: 'application/json', authorization: `Bearer ${tokens.operator}`, 'idempotency-key': 'once' } });
    return { status: response.status, json: (await response.json()) as Answer['json'] };
  };
  const [first, again] = [await ask(), await ask()];
  const name = String(first.json['prowjob']);
  expect(first).toEqual({ status: 202, json: { prowjob: name, url: `http://deck.example/prowjob?prowjob=${name}` } });
  expect(again).toEqual(first);
  expect(await kube.resource<ProwJob>(prowJobResource, 'default').get(name)).toMatchObject({ spec: { job: 'make-cluster' }, metadata: { annotations: { 'prow.k8s.io/user': 'john' } } });
  expect(await call(pool, 'createcluster?user=john&branch=nosuch')).toMatchObject({ status: 404, json: { code: 'PROW_CIMASTER_TRIGGER' } });
}, 60_000);
