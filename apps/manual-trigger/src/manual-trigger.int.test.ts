// Two replicas over the embedded Kubernetes API and the local GitHub, with authorisation on.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { flagDefaults } from '@prow/base-flags';
import type { LogFields, Logger } from '@prow/base-log';
import { silentLogger } from '@prow/base-log';
import { startApp, type StartedApp } from '@prow/base-service';
import { systemClock } from '@prow/base-time';
import { createGitHubClient, fixedToken } from '@prow/clients-github';
import { coreType, kubeClientFrom, type KubeClient, type KubeResource } from '@prow/clients-kube';
import { startLocalGitHub, type LocalGitHub } from '@prow/local-github';
import { startKubeApi, type RunningKubeApi } from '@prow/local-kube-api';
import { prowJobCrd, type ProwJob } from '@prow/model-prowjob';
import { startFaultProxy } from '@prow/testing-harness';
import { flags } from './flags.ts';
import { manualTriggerApp } from './manual-trigger-app.ts';

const tokens = { john: 'the-token-of-john', mary: 'the-token-of-mary', mallory: 'the-token-of-mallory', robot: 'the-token-of-the-robot', proxy: 'the-token-of-the-proxy' };
let dir = '';
let api: RunningKubeApi;
let kube: KubeClient;
let github: LocalGitHub;
let replicas: StartedApp[] = [];
let startReplica: (change?: { kubeconfig: string }) => Promise<StartedApp>;
let head = '';
let pull = 0;
const audited: LogFields[] = [];
const log: Logger = { ...silentLogger, info: (message, fields = {}) => void (message === 'audit' && audited.push(fields)), child: () => log };

const spec = 'spec: {containers: [{image: x, command: [a], env: [{name: MODE, value: slow}]}]}';
const config = `
prowjob_namespace: default
pod_namespace: test-pods
in_repo_config: {enabled: {tess/own: true}}
gangway:
  allowed_api_clients:
  - gcp: {endpoint_api_consumer_type: PROJECT, endpoint_api_consumer_number: "42"}
    allowed_jobs_filters: [{tenant_id: GlobalDefaultID}]
deck:
  rerun_auth_configs: {tess/open: {allow_anyone: true}, tess/app: {github_team_slugs: [{org: tess, slug: leads}]}}
presubmits:
  tess/app: [{name: unit, ${spec}}, {name: twice, context: one, branches: [^main$], ${spec}}, {name: twice, context: two, branches: [^ma], ${spec}}]
postsubmits:
  tess/app:
  - {name: publish, branches: [^main$], rerun_auth_config: {github_users: [mary]}, ${spec}}
  - {name: secret-job, hidden: true, ${spec}}
  tess/open: [{name: free, ${spec}}]
periodics:
- {name: nightly, interval: 24h, ${spec}}
`;

function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd, encoding: 'utf8', env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' } }).trim();
}

/** A git repository with a commit on main and, for its pull request, a branch. */
function repository(name: string, files: Record<string, string>): string {
  const path = join(dir, 'sources', name);
  mkdirSync(path, { recursive: true });
  git(path, 'init', '-q', '-b', 'main');
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  git(path, 'add', '-A');
  git(path, 'commit', '-q', '-m', 'first');
  git(path, 'checkout', '-q', '-b', 'change');
  writeFileSync(join(path, 'new.txt'), 'new\n');
  git(path, 'add', '-A');
  git(path, 'commit', '-q', '-m', 'second');
  git(path, 'checkout', '-q', 'main');
  return path;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'manual-trigger-'));
  [api, github] = await Promise.all([startKubeApi({ dataDir: join(dir, 'kube'), tls: 'off' }), startLocalGitHub({ dataDir: join(dir, 'github'), port: 0, address: '127.0.0.1', log: silentLogger, clock: systemClock })]);
  kube = await kubeClientFrom(api.kubeconfig());
  await kube.resource<KubeResource>({ group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions', kind: 'CustomResourceDefinition', namespaced: false }).create(prowJobCrd as never);
  for (const login of ['john', 'mary', 'mallory', 'ci-robot']) await github.seed.ensureUser({ login });
  await github.seed.ensureOrganization({ login: 'tess', admins: ['ci-robot'], members: ['john', 'mary'], teams: [{ slug: 'leads', members: ['john'] }], defaultPermission: 'write' });
  const app = repository('app', { 'README.md': '# app\n' });
  head = git(app, 'rev-parse', 'main');
  await github.seed.ensureRepository({ owner: 'tess', name: 'app', content: { git: app } });
  await github.seed.ensureRepository({ owner: 'tess', name: 'open', content: { git: app } });
  await github.seed.ensureRepository({ owner: 'tess', name: 'own', content: { git: repository('own', { '.prow.yaml': `postsubmits:\n- {name: own-job, rerun_auth_config: {allow_anyone: true}, ${spec}}\n` }) } });
  const client = createGitHubClient({ endpoints: [github.apiUrl], tokens: fixedToken(await github.tokenFor('john')), log: silentLogger, clock: systemClock });
  ({ number: pull } = await client.createPullRequest({ org: 'tess', repo: 'app', title: 'A change', head: 'change', base: 'main', body: '' }));
  await client.close();
  writeFileSync(join(dir, 'kubeconfig'), api.kubeconfig());
  writeFileSync(join(dir, 'config.yaml'), config);
  writeFileSync(join(dir, 'github-token'), await github.tokenFor('ci-robot'));
  writeFileSync(join(dir, 'tokens'), `${tokens.john} john\n${tokens.mary} mary\n${tokens.mallory} mallory\n${tokens.robot} robot services\n${tokens.proxy} proxy\n`);
  const settings = {
    ...flagDefaults(flags),
    configPath: join(dir, 'config.yaml'), configCacheDir: '', kubeconfig: join(dir, 'kubeconfig'), githubEndpoints: [github.apiUrl], githubGraphqlEndpoint: github.graphqlUrl, githubHost: github.url, githubTokenPath: join(dir, 'github-token'), gitCacheDir: join(dir, 'git'),
    tokenFile: join(dir, 'tokens'), kubernetesTokens: true, allowedEnv: ['MODE', 'TEST_*'], allowedLabels: ['team'],
    roles: ['trigger=group:services', 'trigger=group:system:serviceaccounts:ci', 'api-proxy=user:proxy', 'read=*'],
  };
  startReplica = (change = { kubeconfig: settings.kubeconfig }) => startApp(manualTriggerApp, { ...settings, ...change }, { log, port: 0 });
  replicas = await Promise.all([startReplica(), startReplica()]);
}, 60_000);

afterAll(async () => {
  await Promise.all(replicas.map((each) => each.stop()));
  await kube.close();
  await Promise.all([api.stop(), github.stop()]);
  await rm(dir, { recursive: true, force: true });
}, 60_000);

interface Answer { status: number; text: string; json: Record<string, never> & { name: string; prowjob: ProwJob; details: Record<string, unknown>; [key: string]: unknown }; headers: Headers }

async function call(path: string, { as, body, replica = 0, method = body === undefined ? 'GET' : 'POST', accept = 'application/json', headers = {} }: { as?: string; body?: unknown; replica?: number; method?: string; accept?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  const response = await fetch(`${replicas[replica]?.url ?? ''}${path}`, { method, headers: { accept, ...(as === undefined ? {} : { authorization: `Bearer ${as}` }), ...headers }, ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }) });
  const text = (await response.text()).trim();
  return { status: response.status, text, headers: response.headers, json: text.startsWith('{') ? (JSON.parse(text) as Answer['json']) : ({} as Answer['json']) };
}

const publish = { org: 'tess', repo: 'app', base_ref: 'main', prowtype: 'postsubmit', prowjob: 'publish', user: 'robot' };
const ask = (change: object, more: Parameters<typeof call>[1] = {}): Promise<Answer> => call('/manual-trigger', { as: tokens.robot, body: { ...publish, ...change }, ...more });

describe('a job by one request', () => {
  test('a postsubmit where its branch is now; its state; its end', async () => {
    const made = await ask({ user: 'Jane <script>' });
    expect([made.status, made.headers.get('location')]).toEqual([201, `/manual-trigger?prowjob=${made.json.name}`]);
    expect(made.json.prowjob).toMatchObject({
      metadata: { labels: { 'prow.k8s.io/user': 'Jane--script' }, annotations: { 'prow.k8s.io/user': 'Jane <script>', 'prow.k8s.io/triggered-by': 'robot' } },
      spec: { type: 'postsubmit', job: 'publish', refs: { org: 'tess', repo: 'app', base_ref: 'main', base_sha: head } },
      status: { state: 'triggered' },
    });
    const path = `/manual-trigger?prowjob=${made.json.name}`;
    expect((await call(path, { as: tokens.mallory, replica: 1 })).json).toMatchObject({ status: 'triggered' });
    expect(await call(path, { as: tokens.mallory, method: 'DELETE' })).toMatchObject({ status: 403 });
    expect(await call(path, { as: tokens.robot, method: 'DELETE' })).toMatchObject({ status: 202, json: { status: 'aborted' } });
    expect(await call(path, { as: tokens.robot, method: 'DELETE', replica: 1 })).toMatchObject({ status: 202 });
  });

  test('presubmit, batch, periodic', async () => {
    const presubmit = await ask({ prowtype: 'presubmit', prowjob: 'unit', pulls: [pull] });
    expect(presubmit.json.prowjob.spec.refs?.pulls).toMatchObject([{ number: pull, author: 'john', title: 'A change', head_ref: 'change' }]);
    expect(await ask({ prowtype: 'presubmit', prowjob: 'unit' })).toMatchObject({ status: 400, json: { detail: 'pulls: found 0, expected the number of one pull request for a presubmit' } });
    expect(await ask({ prowtype: 'batch', prowjob: 'unit', pulls: [pull, 999] })).toMatchObject({ status: 404, json: { detail: expect.stringContaining('no pull request 999') } });
    expect((await ask({ prowtype: 'periodic', prowjob: 'nightly' })).json.prowjob.spec).toMatchObject({ type: 'periodic', job: 'nightly' });
  });

  test("a job of the repository's own", async () => {
    expect((await ask({ repo: 'own', prowjob: 'own-job' })).json.prowjob.spec).toMatchObject({ job: 'own-job', refs: { repo: 'own' } });
    expect(await ask({ repo: 'own', prowjob: 'own-jop' })).toMatchObject({ status: 404, json: { details: { near: ['own-job'] } } });
  });

  test('a commit of the branch, and no other', async () => {
    expect((await ask({ base_sha: head })).json.prowjob.spec.refs).toMatchObject({ base_sha: head });
    expect(await ask({ base_sha: '0'.repeat(40) })).toMatchObject({ status: 404, json: { details: { field: 'base_sha' } } });
    const off = execFileSync('git', ['-C', join(dir, 'sources/app'), 'rev-parse', 'change'], { encoding: 'utf8' }).trim();
    expect(await ask({ base_sha: off })).toMatchObject({ status: 409, json: { detail: `base_sha: ${off} is not on branch main` } });
  });

  test('variables and labels that are allowed, on each container', async () => {
    const made = await ask({ env: { MODE: 'fast', TEST_ARGS: "'; rm -rf / #" }, labels: { team: 'a' } });
    expect(made.json.prowjob.spec.pod_spec?.containers[0]?.env).toEqual([{ name: 'MODE', value: 'fast' }, { name: 'TEST_ARGS', value: "'; rm -rf / #" }]);
    expect(made.json.prowjob.metadata.labels).toMatchObject({ team: 'a' });
    expect(await ask({ env: { LD_PRELOAD: 'x' } })).toMatchObject({ status: 403, json: { detail: 'env.LD_PRELOAD: may not be added: --allowed-env has MODE, TEST_*' } });
    expect(await ask({ env: { JOB_SPEC: 'x' } })).toMatchObject({ status: 400, json: { details: { field: 'env.JOB_SPEC' } } });
    expect(await ask({ labels: { 'prow.k8s.io/type': 'batch' } })).toMatchObject({ status: 400 });
    expect(await ask({ labels: { team: 'not a label' } })).toMatchObject({ status: 400, json: { details: { field: 'labels.team' } } });
  });

  test('a dry run makes nothing', async () => {
    const dry = await ask({ dry_run: true });
    expect([dry.status, dry.json['dry_run'], dry.json.prowjob.spec.job]).toEqual([200, true, 'publish']);
    expect((await call(`/manual-trigger?prowjob=${dry.json.name}`, { as: tokens.robot })).status).toBe(404);
  });

  test('one key, one ProwJob: at the same time, on both replicas, and after a restart', async () => {
    const headers = { 'idempotency-key': 'the one' };
    const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => ask({}, { headers, replica: index % 2 })));
    expect(new Set(answers.map(({ json }) => json.name)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    await replicas[1]?.stop();
    replicas[1] = await startReplica();
    expect((await ask({}, { headers, replica: 1 })).json.name).toBe(answers[0]?.json.name);
    expect((await ask({ user: 'other' }, { headers })).json).toMatchObject({ status: 422, code: 'PROW_MANUAL_TRIGGER_KEY' });
    const anothers = await call('/manual-trigger', { as: tokens.mary, headers, body: { ...publish, user: 'mary' } });
    expect(anothers.status).toBe(201);
    expect(anothers.json.name).not.toBe(answers[0]?.json.name);
  });
});

describe('who may', () => {
  test.each([
    ['nobody without a token', undefined, {}, 401],
    ['whom the job names', tokens.mary, { user: 'mary' }, 201],
    ["not in another's name", tokens.mary, { user: 'john' }, 403],
    ["a member of the team that deck's entry names", tokens.john, { user: 'john' }, 201],
    ['nobody else', tokens.mallory, { user: 'mallory' }, 403],
    ['anyone where anyone may', tokens.mallory, { user: 'mallory', repo: 'open', prowjob: 'free' }, 201],
  ])('%s', async (_title, as, change, status) => {
    const answer = await call('/manual-trigger', { ...(as === undefined ? {} : { as }), body: { ...publish, ...change } });
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.json).toMatchObject({ details: { missing: expect.stringContaining('the role "trigger"') } });
  });

  test("a service account's token, by its group", async () => {
    await kube.resource<KubeResource>(coreType('namespaces', 'Namespace', false)).create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ci' } });
    const accounts = kube.resource<KubeResource>(coreType('serviceaccounts', 'ServiceAccount'), 'ci');
    await accounts.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'cimaster' } });
    const { status } = await accounts.createSubresource<{ status: { token: string } }>('cimaster', 'token', { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} });
    const made = await ask({ user: 'john' }, { as: status.token });
    expect(made.json.prowjob.metadata.annotations).toMatchObject({ 'prow.k8s.io/triggered-by': 'system:serviceaccount:ci:cimaster', 'prow.k8s.io/user': 'john' });
  });

  test('hidden jobs are not there for others', async () => {
    const { json } = await ask({ prowjob: 'secret-job' });
    expect((await call(`/manual-trigger?prowjob=${json.name}`, { as: tokens.mary })).status).toBe(404);
    expect((await call(`/v1/executions/${json.name}`, { as: tokens.mary })).status).toBe(404);
    expect((await call(`/manual-trigger?prowjob=${json.name}`, { as: tokens.robot })).status).toBe(200);
  });

  test('each request has a line in the log', async () => {
    audited.length = 0;
    await ask({});
    await call('/manual-trigger', { body: publish });
    await ask({ user: 'mallory' }, { as: tokens.mallory });
    for (let wait = 0; wait < 200 && audited.length < 3; wait += 1) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(audited).toMatchObject([
      { method: 'POST', path: '/manual-trigger', status: 201, caller: 'robot', source: 'token-file', user: 'robot', job: 'publish', allowedBy: 'role trigger', created: true },
      { status: 401 },
      { status: 403, caller: 'mallory', job: 'publish' },
    ]);
    expect(await replicas[0]?.metrics.getSingleMetricAsString('prow_requests_refused_total')).toContain('reason="missing"');
  });
});

describe('what is wrong is named', () => {
  test.each([
    ['no JSON', '{"org"', 400, 'the body: expected a JSON object'],
    ['a list', [], 400, 'the body: found a list of 0'],
    ['nothing', {}, 400, 'org: is missing; repo: is missing'],
    ['an unknown field', { ...publish, extra: 1 }, 400, 'extra: is not known'],
    ['an unknown type', { ...publish, prowtype: 'cron' }, 400, 'prowtype: found "cron", expected presubmit, postsubmit, periodic or batch'],
    ['a slash in a name', { ...publish, org: 'a/b' }, 400, 'org: found "a/b"'],
    ['a line break', { ...publish, user: 'a\nb' }, 400, 'user: found "a\\nb"'],
    ['10 kB', { ...publish, prowjob: 'x'.repeat(10_000) }, 400, 'prowjob: found text of 10000 characters'],
    ['an option of git', { ...publish, base_ref: '--upload-pack=x' }, 400, 'base_ref'],
    ['a pull that is no number', { ...publish, pulls: [1, 'x'] }, 400, 'pulls[1]: found "x", expected the number of a pull request'],
    ['a variable that is none', { ...publish, env: { 'A B': '1' } }, 400, 'env.A B: is no name'],
    ['an unknown job', { ...publish, prowjob: 'publsh' }, 404, 'did you mean publish?'],
    ['a job of another type', { ...publish, prowtype: 'presubmit' }, 409, 'job "publish" is a postsubmit, not a presubmit'],
    ['a branch it is not for', { ...publish, base_ref: 'change' }, 409, 'does not run on branch change'],
    ['a branch that is not there', { ...publish, prowjob: 'secret-job', base_ref: 'chnge' }, 404, 'did you mean change?'],
    ['two of a name', { ...publish, prowtype: 'presubmit', prowjob: 'twice', pulls: [1] }, 409, '2 presubmits of tess/app are named "twice"'],
  ])('%s', async (_title, body, status, words) => {
    const json = await call('/manual-trigger', { as: tokens.robot, body });
    expect([json.status, json.headers.get('content-type'), json.json]).toEqual([status, 'application/problem+json; charset=utf-8', expect.objectContaining({ status, detail: expect.stringContaining(words) })]);
    const text = await call('/manual-trigger', { as: tokens.robot, body, accept: '*/*' });
    expect(text.text.split('\n')).toHaveLength(1);
    expect(text.text).toContain(words);
  });

  test('choices have what tells them apart', async () => {
    expect((await ask({ prowtype: 'presubmit', prowjob: 'twice', pulls: [pull] })).json.details).toMatchObject({ choices: [{ context: 'one' }, { context: 'two' }] });
  });
});

describe("gangway's clients", () => {
  test('create, get, list, as they send it', async () => {
    // curl -d sends JSON and calls it a form.
    const made = await call('/v1/executions', { as: tokens.robot, body: '{"job_name":"nightly","job_execution_type":"1","pod_spec_options":{"envs":{"MODE":"fast"}}}', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    expect([made.status, made.json]).toEqual([200, expect.objectContaining({ id: expect.any(String), job_name: 'nightly', job_type: 'PERIODIC', job_status: 'TRIGGERED', gcs_path: '', pod_spec_options: { envs: { MODE: 'fast' } } })]);
    const id = String(made.json['id']);
    expect((await call(`/v1/executions/${id}`, { as: tokens.mary })).json).toMatchObject({ id, job_name: 'nightly', job_status: 'TRIGGERED', create_time: expect.stringMatching(/Z$/) });
    const list = await call('/v1/executions?job_name=nightly&status=TRIGGERED', { as: tokens.mary });
    expect((list.json['job_execution'] as unknown as { id: string }[]).map((each) => each.id)).toContain(id);
    expect((await call('/v1/executions?job_name=nightly&status=SUCCESS', { as: tokens.mary })).json['job_execution']).toEqual([]);
    expect((await call('/v1/executions/nightly', { as: tokens.robot, body: { job_execution_type: '1' } })).json).toMatchObject({ job_name: 'nightly' });
  });

  test('refs of their own, in either spelling', async () => {
    const refs = { org: 'tess', repo: 'app', baseRef: 'main', baseSha: head };
    expect((await call('/v1/executions', { as: tokens.robot, body: { jobName: 'publish', jobExecutionType: 'POSTSUBMIT', refs } })).json).toMatchObject({ job_type: 'POSTSUBMIT', refs: { base_sha: head } });
    expect(await call('/v1/executions', { as: tokens.mary, body: { jobName: 'publish', jobExecutionType: 2, refs } })).toMatchObject({ status: 403, json: { code: 7 } });
  });

  test('an API client of the configuration, through a proxy', async () => {
    const body = { job_name: 'nightly', job_execution_type: 'PERIODIC' };
    const headers = (number: string): Record<string, string> => ({ 'x-endpoint-api-consumer-type': 'PROJECT', 'x-endpoint-api-consumer-number': number });
    expect((await call('/v1/executions', { as: tokens.proxy, body, headers: headers('42') })).status).toBe(200);
    expect((await call('/v1/executions', { as: tokens.proxy, body, headers: headers('43') })).status).toBe(403);
    expect((await call('/v1/executions', { as: tokens.mary, body, headers: headers('42') })).json).toMatchObject({ code: 7 });
  });

  test.each([
    [{ job_execution_type: '1' }, 400, 3],
    [{ job_name: 'nightly' }, 400, 3],
    [{ job_name: 'nightly', job_execution_type: 'SOON' }, 400, 3],
    [{ job_name: 'nightly', job_execution_type: 1, refs: { org: 'a' } }, 400, 3],
    [{ job_name: 'publish', job_execution_type: 2, refs: { org: 'tess', repo: 'app', base_ref: 'main' } }, 400, 3],
    [{ job_name: 'nightli', job_execution_type: 1 }, 404, 5],
  ])('%j: %i', async (body, status, code) => {
    const answer = await call('/v1/executions', { as: tokens.robot, body });
    expect([answer.status, answer.json, answer.headers.get('grpc-status')]).toEqual([status, { code, message: expect.any(String), details: [] }, String(code)]);
  });

  test.each([
    [{ job_name: 'nightly', job_execution_type: 1, pod_spec_option: {} }, 'pod_spec_option is not known; did you mean pod_spec_options?'],
    [{ job_name: 'publish', job_execution_type: 2, refs: { org: 'tess', repo: 'app', base_ref: 'main', bas_sha: 'x' } }, 'refs.bas_sha is not known; did you mean base_sha'],
    ['{"job_name":"nightly","job_name":"publish","job_execution_type":1}', 'the field "job_name" twice'],
    [{ job_name: 'nightli', job_execution_type: 1 }, 'there is no job "nightli"; did you mean nightly?'],
  ])('what is misspelt is not passed over: %j', async (body, words) => {
    expect((await call('/v1/executions', { as: tokens.robot, body })).json).toMatchObject({ message: expect.stringContaining(words) });
  });

  test.each([['jobname=nightly', 'is not known'], ['job_name=a&job_name=b', 'more than once'], ['job_name=a&jobName=b', 'in both spellings'], ['status=DONE', 'expected one of']])('a list by %s is refused', async (query, words) => {
    expect(await call(`/v1/executions?${query}`, { as: tokens.mary })).toMatchObject({ status: 400, json: { code: 3, message: expect.stringContaining(words) } });
  });

  test.each([['PATCH', '/v1/executions', 405, 12], ['GET', '/v1/bulk-job-status-update', 405, 12], ['GET', '/v1/else', 404, 5]])('%s %s: %i as gRPC says it', async (method, path, status, code) => {
    const response = await fetch(`${replicas[0]?.url ?? ''}${path}`, { method, headers: { authorization: `Bearer ${tokens.robot}` } });
    expect([response.status, await response.json()]).toEqual([status, { code, message: expect.any(String), details: [] }]);
  });

  test('without a token: 401 as gRPC says it', async () => {
    const answer = await call('/v1/executions');
    expect([answer.status, answer.json['code'], answer.headers.get('www-authenticate')]).toEqual([401, 16, 'Bearer realm="prow"']);
  });

  test('many jobs at once', async () => {
    const made = await ask({ prowtype: 'periodic', prowjob: 'nightly' });
    const body = { job_status_change: { current: 'TRIGGERED', desired: 'ABORTED' }, job_type: 'PERIODIC' };
    expect(await call('/v1/bulk-job-status-update', { as: tokens.mallory, body })).toMatchObject({ status: 200, json: {} });
    expect((await call(`/v1/executions/${made.json.name}`, { as: tokens.mary })).json).toMatchObject({ job_status: 'TRIGGERED' });
    expect(await call('/v1/bulk-job-status-update', { as: tokens.robot, body })).toMatchObject({ status: 200, json: {} });
    expect((await call(`/v1/executions/${made.json.name}`, { as: tokens.mary })).json).toMatchObject({ job_status: 'ABORTED' });
    expect((await call('/v1/bulk-job-status-update', { as: tokens.robot, body: { job_status_change: { current: 'SUCCESS', desired: 'FAILURE' } } })).status).toBe(400);
  });
});

test('while the Kubernetes API is away: 503 that says to ask again, not an internal error', async () => {
  const toKube = await startFaultProxy(api.url);
  writeFileSync(join(dir, 'kubeconfig-away'), api.kubeconfig().replaceAll(api.url, toKube.url));
  const replica = replicas.push(await startReplica({ kubeconfig: join(dir, 'kubeconfig-away') })) - 1;
  try {
    toKube.setFaults(({ path }) => (path.includes('/prowjobs') ? { dropRequest: true } : undefined));
    const answer = await ask({}, { replica });
    expect([answer.status, answer.json['code'], answer.json['detail'], answer.headers.get('retry-after')]).toEqual([503, 'PROW_MANUAL_TRIGGER_KUBERNETES', expect.stringContaining('asking again is safe with the same Idempotency-Key'), '5']);
    expect(await call('/manual-trigger?prowjob=x', { as: tokens.robot, replica })).toMatchObject({ status: 503 });
    expect(await call('/v1/executions', { as: tokens.robot, replica })).toMatchObject({ status: 503, json: { code: 14 } });
    toKube.setFaults(() => undefined);
    expect((await ask({}, { replica })).status).toBe(201);
  } finally {
    await replicas.pop()?.stop();
    await toKube.stop();
  }
}, 60_000);
