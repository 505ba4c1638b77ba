// hook and a GitHub that cannot reach it: what was missed is found again, by a process that was killed meanwhile, too.
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { withoutMark } from '@prow/engine-plugins';
import { startLocalGitHub } from '@prow/local-github';
import { type Program, startProgram, useTempDirs } from '@prow/testing-harness';
import { startSmallGitHub } from './testing/small-github.ts';

const tempDir = useTempDirs();
const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

const kubeconfig = 'apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{name: k, cluster: {server: "http://127.0.0.1:9"}}]\nusers: [{name: u, user: {token: t}}]\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n';

function hookStarter(githubArgs: readonly string[], plugins: string): (more: readonly string[]) => Promise<{ url: string; program: Program }> {
  const dir = tempDir('hook');
  const write = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const args = [
    '--config-path', write('config.yaml', '{}\n'), '--plugin-config', write('plugins.yaml', plugins), '--hmac-secret-file', write('hmac', 'secret'), '--kubeconfig', write('kubeconfig', kubeconfig),
    '--data-dir', join(dir, 'data'), '--config-cache-dir', '', '--port', '0', '--log-level', 'error', ...githubArgs,
  ];
  return async (more) => {
    const program = await startProgram({ entry: fileURLToPath(new URL('main.ts', import.meta.url)), args: [...args, ...more] });
    cleanUp.push(() => program.kill());
    return { program, url: (await program.waitForLine(/^ready http/, 60_000)).replace('ready ', '') };
  };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 100));
}

test('webhooks of organisations and repositories that failed; polling; and no webhook at all', async () => {
  const root = tempDir('github');
  const files = join(root, 'files');
  mkdirSync(files);
  writeFileSync(join(files, 'README.md'), 'hello\n');
  const github = await startLocalGitHub({ dataDir: join(root, 'data'), log: silentLogger, clock: systemClock });
  cleanUp.push(() => github.stop());
  const { seed } = github;
  const bot = await seed.ensureUser({ login: 'ci-bot', isBot: true });
  const token = await seed.ensureUser({ login: 'ann' });
  const labels = ['kind/bug', 'priority/high', 'area/x', 'lgtm'].map((name) => ({ name }));
  for (const [owner, name] of [['acme', 'one'], ['solo', 'two'], ['quiet', 'three']] as const) {
    await seed.ensureOrganization({ login: owner, admins: ['ci-bot'], members: ['ann'], defaultPermission: 'write' });
    await seed.ensureRepository({ owner, name, content: { files }, labels });
  }
  // Nobody listens there.
  const nowhere = { url: 'http://127.0.0.1:9/hook', secret: 'secret' };
  await seed.ensureHook({ owner: 'acme', ...nowhere });
  await seed.ensureHook({ owner: 'solo', repo: 'two', ...nowhere });

  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(`${github.apiUrl}${path}`, { method, headers: { authorization: `token ${token}` }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  const say = (repo: string, text: string): Promise<unknown> => call('POST', `/repos/${repo}/issues/1/comments`, { body: text });
  const labelled = (repo: string, label: string) => async (): Promise<boolean> => (await call<{ name: string }[]>('GET', `/repos/${repo}/issues/1/labels`)).some(({ name }) => name === label);
  const token2 = join(root, 'token');
  writeFileSync(token2, bot);
  const startHook = hookStarter(['--github-endpoint', github.apiUrl, '--github-token-path', token2], 'plugins:\n  acme: {plugins: [label]}\n  solo/two: {plugins: [label]}\n  quiet/three: {plugins: [lgtm]}\n');
  const quick = ['--recovery-interval', '1s', '--reconcile-interval', '1s'];

  for (const repo of ['acme/one', 'solo/two']) {
    await call('POST', `/repos/${repo}/issues`, { title: 'It does not work' });
    await say(repo, '/kind bug');
  }
  const first = await startHook(quick);
  await until(labelled('acme/one', 'kind/bug'));
  await until(labelled('solo/two', 'kind/bug'));
  const { deliveries } = (await (await fetch(`${first.url}/events/list.json?event=issue_comment`)).json()) as { deliveries: { source: string }[] };
  expect(deliveries.map(({ source }) => source)).toEqual(['recovery', 'recovery']);
  first.program.send('SIGKILL');
  await first.program.ended;

  await say('acme/one', '/priority high');
  const second = await startHook(quick);
  await until(labelled('acme/one', 'priority/high'));
  second.program.send('SIGKILL');
  await second.program.ended;

  await say('solo/two', '/area x');
  const polling = await startHook(['--event-source', 'poll', '--poll-interval', '1s', '--reconcile-interval', '1s']);
  await until(labelled('solo/two', 'area/x'));

  // A push to a pull request of a repository without a webhook.
  const { object } = await call<{ object: { sha: string } }>('GET', '/repos/quiet/three/git/ref/heads/main');
  await call('POST', '/repos/quiet/three/git/refs', { ref: 'refs/heads/feature', sha: object.sha });
  const commit = (name: string): Promise<unknown> => call('PUT', `/repos/quiet/three/contents/${name}`, { message: name, content: Buffer.from(name).toString('base64'), branch: 'feature' });
  await commit('a.txt');
  await call('POST', '/repos/quiet/three/pulls', { title: 'Change', head: 'feature', base: 'main' });
  await until(async () => (await (await fetch(`${polling.url}/events/list.json?repo=quiet/three`)).text()).includes('"opened"'));
  await call('POST', '/repos/quiet/three/issues/1/labels', { labels: ['lgtm'] });
  // What has not changed costs nothing.
  await until(async () => /github_requests_from_cache\{path="GET \/repos\/\{owner\}\/\{repo\}\/pulls"\} [1-9]/.test(await (await fetch(`${polling.url}/metrics`)).text()));
  await commit('b.txt');
  await until(async () => !(await labelled('quiet/three', 'lgtm')()));
}, 240_000);

test("an App's own webhook", async () => {
  const github = await startSmallGitHub();
  cleanUp.push(() => github.stop());
  const payload = {
    action: 'created',
    repository: { name: 'one', owner: { login: 'org' } },
    sender: { login: 'member' },
    issue: { ...github.pullRequest('one', 1), pull_request: {} },
    comment: { id: 1, body: '/hold', user: { login: 'member' }, html_url: 'https://github.com/c/1' },
  };
  github.missedDeliveries.push({ id: 7, guid: 'of-the-app', event: 'issue_comment', payload });
  const key = join(tempDir('app'), 'key.pem');
  writeFileSync(key, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }));
  const startHook = hookStarter(['--github-endpoint', github.url, '--github-app-id', '12', '--github-app-private-key-path', key], 'plugins:\n  org: {plugins: [hold]}\n');
  const { url } = await startHook(['--reconcile-interval', '0s']);
  await until(async () => (await (await fetch(`${url}/events/of-the-app.json`)).text()).includes('"state":"done"'));
  expect(JSON.stringify(github.visible(withoutMark))).toContain('do-not-merge/hold');
}, 120_000);
