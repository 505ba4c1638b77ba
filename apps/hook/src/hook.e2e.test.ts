// hook as a program: its paths, an external plugin, replay, and no public address.
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { kubeClientFrom, type KubeResource } from '@prow/clients-kube';
import { withoutMark } from '@prow/engine-plugins';
import { startKubeApi } from '@prow/local-kube-api';
import { prowJobCrd, prowJobResource, type ProwJob } from '@prow/model-prowjob';
import { type Program, startProgram, useTempDirs } from '@prow/testing-harness';
import { type SmallGitHub, startSmallGitHub } from './testing/small-github.ts';

const tempDir = useTempDirs();
const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

const kubeconfig = 'apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{name: k, cluster: {server: "http://127.0.0.1:9"}}]\nusers: [{name: u, user: {token: t}}]\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n';

interface Files {
  config?: string;
  kubeconfig?: string;
}

async function start(github: SmallGitHub, plugins: string, more: string[] = [], files: Files = {}): Promise<{ url: string; program: Program }> {
  const dir = tempDir('hook');
  const write = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const args = [
    '--config-path', write('config.yaml', files.config ?? '{}\n'), '--plugin-config', write('plugins.yaml', plugins), '--hmac-secret-file', write('hmac', 'secret'), '--github-token-path', write('token', 'token'), '--kubeconfig', write('kubeconfig', files.kubeconfig ?? kubeconfig),
    '--github-endpoint', github.url, '--data-dir', join(dir, 'data'), '--config-cache-dir', '', '--events-token-file', write('replay', 'let-me\n'), '--port', '0', '--log-level', 'error', ...more,
  ];
  const program = await startProgram({ entry: fileURLToPath(new URL('main.ts', import.meta.url)), args });
  cleanUp.push(() => program.kill());
  return { program, url: (await program.waitForLine(/^ready http/, 60_000)).replace('ready ', '') };
}

async function startGitHub(): Promise<SmallGitHub> {
  const github = await startSmallGitHub();
  cleanUp.push(() => github.stop());
  return github;
}

const hold = (github: SmallGitHub): object => ({
  action: 'created',
  repository: { name: 'one', owner: { login: 'org' } },
  sender: { login: 'member' },
  issue: { ...github.pullRequest('one', 1), pull_request: {} },
  comment: { id: 1, body: '/hold', user: { login: 'member' }, html_url: 'https://github.com/c/1' },
});

async function send(url: string, payload: object, guid = 'guid-1'): Promise<number> {
  const body = JSON.stringify(payload);
  const headers = { 'content-type': 'application/json', 'x-github-event': 'issue_comment', 'x-github-delivery': guid, 'x-hub-signature-256': `sha256=${createHmac('sha256', 'secret').update(body).digest('hex')}` };
  return (await fetch(`${url}/hook`, { method: 'POST', body, headers })).status;
}

async function finished(url: string, guid: string): Promise<{ state: string; handlers: Record<string, { state: string; attempts: number; decisions: { reason: string }[]; effects: { operation: string }[] }> }> {
  for (;;) {
    const response = await fetch(`${url}/events/${guid}.json`);
    const record = (await response.json()) as Awaited<ReturnType<typeof finished>>;
    if (response.ok && record.state !== 'pending') return record;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

test('a delivery, what became of it, and replay', async () => {
  const github = await startGitHub();
  const { url } = await start(github, 'plugins:\n  org: {plugins: [hold, lgtm]}\n', ['--recover-deliveries=false', '--reconcile-interval', '0s']);
  expect(await send(url, hold(github))).toBe(200);
  expect(await finished(url, 'guid-1')).toMatchObject({ state: 'done', handlers: { hold: { decisions: [{ reason: 'hold asked for' }], effects: [{ operation: 'addLabels' }] }, lgtm: { effects: [] } } });
  expect(JSON.stringify(github.visible(withoutMark))).toContain('do-not-merge/hold');

  const page = await (await fetch(`${url}/events?repo=org/one&pr=1`)).text();
  expect(page).toContain('guid-1');
  expect(await (await fetch(`${url}/events/guid-1`)).text()).toContain('hold asked for');
  expect((await fetch(`${url}/events?pr=x`)).status).toBe(400);

  const replay = (token: string): Promise<Response> => fetch(`${url}/events/guid-1/replay`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  expect((await replay('guess')).status).toBe(403);
  expect((await replay('let-me')).status).toBe(202);
  expect((await finished(url, 'guid-1')).handlers['hold']?.attempts).toBe(2);

  const help = (await (await fetch(`${url}/plugin-help`)).json()) as Record<string, Record<string, unknown>>;
  expect(Object.keys(help)).toEqual(['AllRepos', 'RepoPlugins', 'RepoExternalPlugins', 'PluginHelp', 'ExternalPluginHelp']);
  expect(help['AllRepos']).toEqual(['org/one']);
  expect(help['PluginHelp']?.['hold']).toMatchObject({ Commands: [{ Usage: '/hold [cancel]', Featured: false }], Events: ['GenericCommentEvent (any event for user text)'] });
  const metrics = await (await fetch(`${url}/metrics`)).text();
  for (const line of ['prow_webhook_counter{event_type="issue_comment"} 1', 'prow_webhook_response_codes{response_code="200"} 1', 'prow_plugin_handle_duration_seconds_count{event_type="issue_comment",action="created",plugin="hold",took_action="true"} 1']) expect(metrics).toContain(line);
  expect((await fetch(`${url}/`)).status).toBe(200);
}, 120_000);

test('a plugin of somebody else: a file that knows nothing of this house', async () => {
  const github = await startGitHub();
  const file = join(tempDir('plugin'), 'wave.mjs');
  writeFileSync(file, `export default {
    name: 'wave',
    help: () => ({ Description: 'Waves back.', Commands: [{ Usage: '/wave', Featured: false, Description: 'Waves.', Examples: ['/wave'], WhoCanUse: 'Anyone.' }] }),
    wantsComment: ({ body }) => body.startsWith('/wave'),
    onComment: async ({ repository, number, user }, { github, decide }) => {
      decide('waved at', { login: user.login });
      await github.createComment({ org: repository.org, repo: repository.repo, number, body: 'Hello ' + user.login });
    },
  };`);
  const { url } = await start(github, 'plugins:\n  org: {plugins: [wave]}\n', ['--recover-deliveries=false', '--reconcile-interval', '0s', '--plugin-module', file]);
  await send(url, { ...hold(github), comment: { id: 1, body: '/wave', user: { login: 'member' }, html_url: 'https://github.com/c/1' } });
  expect(await finished(url, 'guid-1')).toMatchObject({ state: 'done', handlers: { wave: { decisions: [{ reason: 'waved at', fields: { login: 'member' } }], effects: [{ operation: 'createComment' }] } } });
  expect(JSON.stringify(github.visible(withoutMark))).toContain('Hello member');
  const page = await (await fetch(`${url}/command-help?repo=org/one`)).text();
  expect(page).toContain('Waves back.');
  expect(page).toContain('<code>/wave</code>');
}, 120_000);

test('external plugins get the webhook as it came, again while they fail', async () => {
  const github = await startGitHub();
  const got: { agent: string | undefined; signature: string | undefined; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      got.push({ agent: request.headers['user-agent'], signature: request.headers['x-hub-signature-256'] as string | undefined, body });
      response.writeHead(got.length === 1 ? 503 : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUp.push(() => new Promise<void>((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  }));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { url } = await start(github, `external_plugins:\n  org:\n  - {name: ours, endpoint: "${endpoint}", events: [issue_comment]}\n`, ['--recover-deliveries=false', '--reconcile-interval', '0s']);
  await send(url, hold(github));
  expect(await finished(url, 'guid-1')).toMatchObject({ state: 'done', handlers: { 'external:ours': { state: 'done', attempts: 2 } } });
  const body = JSON.stringify(hold(github));
  expect(got).toEqual([0, 1].map(() => ({ agent: 'ProwHook', signature: `sha256=${createHmac('sha256', 'secret').update(body).digest('hex')}`, body })));
}, 120_000);

test('without a public address, deliveries are fetched', async () => {
  const github = await startGitHub();
  github.missedDeliveries.push({ id: 7, guid: 'polled', event: 'issue_comment', payload: hold(github) });
  const { url } = await start(github, 'plugins:\n  org: {plugins: [hold]}\n', ['--event-source', 'poll', '--poll-interval', '1s']);
  expect(await finished(url, 'polled')).toMatchObject({ state: 'done', source: 'poll' });
  expect(JSON.stringify(github.visible(withoutMark))).toContain('do-not-merge/hold');
}, 120_000);

test('`/test` of a job starts what it requires and has not succeeded on this commit, and nothing twice', async () => {
  const github = await startGitHub();
  const api = await startKubeApi({ dataDir: join(tempDir('kube'), 'data') });
  cleanUp.push(() => api.stop());
  const kube = await kubeClientFrom(api.kubeconfig());
  cleanUp.push(() => kube.close());
  const crds = kube.resource<KubeResource>({ group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions', kind: 'CustomResourceDefinition', namespaced: false });
  await crds.patch('prowjobs.prow.k8s.io', { type: 'apply', body: prowJobCrd, fieldManager: 'test', force: true });
  const job = (name: string, requires: string): string => `  - {name: ${name}, agent: kubernetes, spec: {containers: [{image: i, command: [c]}]}, requires: [${requires}]}\n`;
  const config = `presubmits:\n  org/one:\n${job('build', '')}${job('unit', 'build')}${job('e2e', 'unit')}`;
  const { url } = await start(github, 'plugins:\n  org: {plugins: [trigger]}\n', ['--recover-deliveries=false', '--reconcile-interval', '0s'], { config, kubeconfig: api.kubeconfig() });
  const prowJobs = kube.resource<ProwJob>(prowJobResource, 'default');
  let comments = 0;
  const started = async (command: string): Promise<string[]> => {
    const before = new Set((await prowJobs.list()).items.map(({ metadata }) => metadata.uid));
    comments += 1;
    const guid = `guid-${comments}`;
    expect(await send(url, { ...hold(github), comment: { id: comments, body: command, user: { login: 'member' }, html_url: `https://github.com/c/${comments}` } }, guid)).toBe(200);
    expect(await finished(url, guid)).toMatchObject({ state: 'done' });
    return (await prowJobs.list()).items.filter(({ metadata }) => !before.has(metadata.uid)).map(({ spec }) => spec.job).toSorted();
  };
  expect(await started('/test e2e')).toEqual(['build', 'e2e', 'unit']);
  expect(await started('/test unit')).toEqual(['unit']);
  for (const { metadata, spec } of (await prowJobs.list()).items) {
    const status = { state: spec.job === 'build' ? 'success' : 'failure', completionTime: '2026-01-02T03:04:05Z' };
    await prowJobs.patch(metadata.name ?? '', { type: 'merge', body: { status } });
  }
  expect(await started('/test e2e')).toEqual(['e2e', 'unit']);
}, 120_000);
