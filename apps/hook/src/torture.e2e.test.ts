// hook killed again and again while GitHub fails: afterwards everything is as if nothing had happened.
// PROW_TORTURE=2000,100 runs the size that the figures are about: 2,000 deliveries, 100 kills; PROW_TORTURE=2000,100,7 with
// other dice.
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { withoutMark } from '@prow/engine-plugins';
import { startKubeApi, type RunningKubeApi } from '@prow/local-kube-api';
import { prowJobCrd } from '@prow/model-prowjob';
import { type FaultProxy, type Program, startFaultProxy, startProgram, useTempDirs } from '@prow/testing-harness';
import { type SmallGitHub, startSmallGitHub } from './testing/small-github.ts';

const [deliveryCount = 80, killCount = 4, firstSeed = 1] = (process.env['PROW_TORTURE'] ?? '80,4').split(',').map(Number);
const tempDir = useTempDirs();
const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

const repos = ['one', 'two', 'three'];
const bodies = ['/hold', '/test unit', '/kind bug', '/lgtm', '/hold cancel', '/remove-kind bug', '/test nonsense', '/skip', '/assign', '/kind nonsense', '/lgtm cancel', '/test all', '/ok-to-test'];

interface Sent {
  guid: string;
  eventType: string;
  body: string;
}

/** The same every time: comments, pushes and openings on pull requests of several repositories, some delivered twice. */
function deliveries(github: SmallGitHub): Sent[] {
  const all: Sent[] = [];
  for (let index = 0; index < deliveryCount; index += 1) {
    const repo = repos[index % repos.length] ?? '';
    const number = 1 + (index % 12);
    const pull = { ...github.pullRequest(repo, number), labels: [], assignees: [] };
    const common = { repository: { name: repo, owner: { login: 'org' }, html_url: `https://github.com/org/${repo}`, default_branch: 'main' }, sender: { login: 'member' } };
    const isPush = index % 9 === 4;
    const payload = isPush
      ? { ...common, action: index % 18 === 4 ? 'synchronize' : 'reopened', number, pull_request: pull }
      : { ...common, action: 'created', issue: { ...pull, pull_request: {} }, comment: { id: index, body: bodies[(index * 7) % bodies.length], user: { login: 'member', type: 'User' }, html_url: `https://github.com/c/${index}` } };
    const sent = { guid: `guid-${index}`, eventType: isPush ? 'pull_request' : 'issue_comment', body: JSON.stringify(payload) };
    all.push(sent);
    if (index % 10 === 3) all.push(sent);
  }
  return all;
}

interface World {
  github: SmallGitHub;
  proxy: FaultProxy;
  kube: RunningKubeApi;
  args: string[];
}

async function startWorld(kube: RunningKubeApi, namespace: string): Promise<World> {
  const github = await startSmallGitHub({ author: 'colleague' });
  cleanUp.push(() => github.stop());
  const proxy = await startFaultProxy(github.url);
  cleanUp.push(() => proxy.stop());
  const dir = tempDir('torture');
  const write = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const job = (name: string, more: string): string => `    - {name: ${name}, ${more}agent: kubernetes, spec: {containers: [{image: i, command: [c]}]}}\n`;
  const config = write('config.yaml', `prowjob_namespace: ${namespace}\npod_namespace: test-pods\npresubmits:\n${repos.map((repo) => `  org/${repo}:\n${job('unit', 'always_run: true, ')}${job('extra', 'optional: true, ')}`).join('')}`);
  const plugins = write('plugins.yaml', 'plugins:\n  org:\n    plugins: [trigger, hold, label, lgtm, assign, skip, wip]\n');
  const args = [
    '--config-path', config, '--plugin-config', plugins, '--hmac-secret-file', write('hmac', 'secret'), '--github-token-path', write('token', 'token'), '--kubeconfig', write('kubeconfig', kube.kubeconfig()),
    '--github-endpoint', proxy.url, '--github-client.request-timeout', '3s', '--github-client.initial-delay', '20ms', '--data-dir', join(dir, 'data'), '--config-cache-dir', '', '--recover-deliveries=false', '--reconcile-interval', '0s',
    '--port', '0', '--log-level', 'error',
  ];
  return { github, proxy, kube, args };
}

const entry = fileURLToPath(new URL('main.ts', import.meta.url));

async function startHook({ args }: World): Promise<{ program: Program; url: string }> {
  const program = await startProgram({ entry, args });
  cleanUp.push(() => program.kill());
  const line = await program.waitForLine(/^ready http/, 60_000);
  return { program, url: line.replace('ready ', '') };
}

/** False when nobody answered 200: GitHub would mark it failed, and deliver it again. */
async function send(url: string, { guid, eventType, body }: Sent): Promise<boolean> {
  const signature = `sha256=${createHmac('sha256', 'secret').update(body).digest('hex')}`;
  try {
    const response = await fetch(`${url}/hook`, { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-github-event': eventType, 'x-github-delivery': guid, 'x-hub-signature-256': signature } });
    await response.text();
    return response.status === 200;
  } catch {
    return false;
  }
}

async function untilIdle(url: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/events/list.json?limit=1`);
    const { depth } = (await response.json()) as { depth: number };
    if (depth === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function prowJobs({ kube }: World, namespace: string): Promise<string[]> {
  const response = await fetch(`${kube.url}/apis/prow.k8s.io/v1/namespaces/${namespace}/prowjobs`, { headers: { authorization: `Bearer ${kube.token}` } });
  const { items } = (await response.json()) as { items: { metadata: { name: string }; spec: { job: string }; status: { state: string } }[] };
  return items.map(({ metadata, spec, status }) => `${metadata.name} ${spec.job} ${status.state}`).sort();
}

test('nothing is lost and nothing is there twice', async () => {
  const kube = await startKubeApi({ dataDir: tempDir('kube'), tls: 'off', log: silentLogger, clock: systemClock });
  cleanUp.push(() => kube.stop());
  const crd = await fetch(`${kube.url}/apis/apiextensions.k8s.io/v1/customresourcedefinitions`, { method: 'POST', headers: { authorization: `Bearer ${kube.token}`, 'content-type': 'application/json' }, body: JSON.stringify(prowJobCrd) });
  expect(crd.status).toBe(201);

  const calm = await startWorld(kube, 'default');
  const first = await startHook(calm);
  for (const sent of deliveries(calm.github)) expect(await send(first.url, sent)).toBe(true);
  await untilIdle(first.url);
  await first.program.kill();

  const rough = await startWorld(kube, 'kube-public');
  let seed = firstSeed;
  const random = (): number => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) / 2 ** 32;
  rough.proxy.setFaults(() => {
    const dice = random();
    if (dice < 0.025) return { answer: { status: 502 } };
    if (dice < 0.05) return { dropAnswer: true };
    return dice < 0.06 ? { delayMs: 3500, dropAnswer: true } : undefined;
  });
  const all = deliveries(rough.github);
  let hook = await startHook(rough);
  const killEvery = Math.ceil(all.length / killCount);
  for (const [index, sent] of all.entries()) {
    while (!(await send(hook.url, sent))) hook = await startHook(rough);
    if (index % killEvery === killEvery - 1) {
      const { program } = hook;
      // Not now, but while it works.
      setTimeout(() => program.send('SIGKILL'), random() * 150);
      await program.ended;
      hook = await startHook(rough);
    }
  }
  await untilIdle(hook.url);
  const failed = (await (await fetch(`${hook.url}/events/list.json?state=failed`)).json()) as { deliveries: { guid: string }[] };
  // The whole records, for their errors.
  expect(await Promise.all(failed.deliveries.map(async ({ guid }) => (await fetch(`${hook.url}/events/${guid}.json`)).json()))).toEqual([]);
  expect(rough.github.visible(withoutMark)).toEqual(calm.github.visible(withoutMark));
  const jobs = await prowJobs(calm, 'default');
  expect(jobs.length).toBeGreaterThan(deliveryCount / 8);
  expect(await prowJobs(rough, 'kube-public')).toEqual(jobs);
}, 240_000 + deliveryCount * 1000);
