// The trigger goldens once more, through a hook that runs: a webhook goes in, ProwJobs come out. A sample, for each costs
// a delivery. `node tools/goldens/hook-trigger.mjs [COUNT]`
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';
import { startKubeApi } from '@prow/local-kube-api';
import { prowJobCrd } from '@prow/model-prowjob';

interface Golden {
  repo: string;
  branch: string;
  files: string[];
  event: 'pull_request' | 'comment';
  body?: string;
  failedContexts?: string[];
  allContexts?: string[];
  run: string[];
}

const [shared = '', hookProgram = '', countText = '200'] = process.argv.slice(2);
const goldens = gunzipSync(readFileSync(join(shared, 'goldens/kubernetes/trigger.jsonl.gz'))).toString().trim().split('\n').map((line) => JSON.parse(line) as Golden);
// What /ok-to-test does depends on a repository's settings, which the goldens vary on their own; and commands in fences
// never reach the selection that the goldens are about, in upstream's hook as in ours.
const usable = goldens.filter(({ body = '' }) => !/^\/ok-to-test/m.test(body) && !body.includes('```'));
const step = usable.length / Number(countText);
const sample = Array.from({ length: Number(countText) }, (_, index) => usable[Math.floor(index * step)]).filter((golden): golden is Golden => golden !== undefined);

/** So long may all of it take on a busy machine; the sample takes half a minute on an idle one. */
const maxMs = 240_000;
const endsAt = Date.now() + maxMs;

const dir = mkdtempSync(join(tmpdir(), 'prow-goldens-hook-'));
const file = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};
const kube = await startKubeApi({ dataDir: join(dir, 'kube'), tls: 'off' });
await kubeCall('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', prowJobCrd);
const github = startGitHub();
await new Promise<void>((resolve) => github.listen(0, '127.0.0.1', resolve));
const orgs = [...new Set(sample.map(({ repo }) => repo.split('/')[0] ?? ''))];
const corpus = join(shared, 'corpus/kubernetes');
const hook = spawn(
  process.execPath,
  [
    hookProgram, '--config-path', join(corpus, 'config.yaml'), '--job-config-path', join(corpus, 'jobs'), '--plugin-config', file('plugins.yaml', `plugins:\n${orgs.map((org) => `  ${org}: {plugins: [trigger]}\n`).join('')}`),
    '--hmac-secret-file', file('hmac', 'secret'), '--github-token-path', file('token', 'token'), '--kubeconfig', file('kubeconfig', kube.kubeconfig()), '--github-endpoint', `http://127.0.0.1:${(github.address() as AddressInfo).port}`,
    '--data-dir', join(dir, 'data'), '--config-cache-dir', '', '--recover-deliveries=false', '--reconcile-interval', '0s', '--port', '0', '--log-level', 'error',
  ],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
try {
  const tooLate = setTimeout(() => hook.kill('SIGKILL'), maxMs);
  const url = await readyUrl();
  for (const index of sample.keys()) await send(url, index);
  while (((await (await fetch(`${url}/events/list.json?limit=1`)).json()) as { depth: number }).depth > 0) {
    if (Date.now() > endsAt) throw new Error(`not done after ${maxMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  clearTimeout(tooLate);
  let equal = 0;
  for (const [index, golden] of sample.entries()) {
    const ran = await jobsOf(index);
    const wanted = [...golden.run].sort();
    if (JSON.stringify(ran) === JSON.stringify(wanted)) equal += 1;
    else if (index - equal < 10) console.log(`${golden.repo} ${golden.branch} ${golden.body ?? golden.event}: expected ${wanted.join(' ') || 'nothing'}, found ${ran.join(' ') || 'nothing'}`);
  }
  console.log(`trigger through a running hook: ${equal} of ${sample.length} equal`);
  process.exitCode = equal === sample.length ? 0 : 1;
} finally {
  hook.kill('SIGKILL');
  github.closeAllConnections();
  github.close();
  await kube.stop();
  rmSync(dir, { recursive: true, force: true });
}

async function send(url: string, index: number): Promise<void> {
  const golden = sample[index] as Golden;
  const [org = '', repo = ''] = golden.repo.split('/');
  const common = { repository: { name: repo, owner: { login: org }, default_branch: 'main', html_url: '' }, sender: { login: 'member' } };
  const pull = pullOf(index);
  const payload =
    golden.event === 'pull_request'
      ? { ...common, action: 'opened', number: index + 1, pull_request: pull }
      : { ...common, action: 'created', issue: { ...pull, pull_request: {} }, comment: { id: 1, body: golden.body, user: { login: 'member' }, html_url: '' } };
  const body = JSON.stringify(payload);
  const headers = { 'content-type': 'application/json', 'x-github-event': golden.event === 'pull_request' ? 'pull_request' : 'issue_comment', 'x-github-delivery': `golden-${index}`, 'x-hub-signature-256': `sha256=${createHmac('sha256', 'secret').update(body).digest('hex')}` };
  const response = await fetch(`${url}/hook`, { method: 'POST', body, headers });
  if (response.status !== 200) throw new Error(`hook answered ${response.status}`);
  await response.text();
}

function pullOf(index: number): object {
  const golden = sample[index] as Golden;
  const [org = '', repo = ''] = golden.repo.split('/');
  const end = (ref: string, sha: string): object => ({ ref, sha, repo: { name: repo, owner: { login: org }, html_url: '' }, user: { login: org } });
  return { number: index + 1, title: 'x', body: '', state: 'open', draft: false, mergeable: true, user: { login: 'member' }, labels: [], assignees: [], html_url: '', base: end(golden.branch, 'b'.repeat(40)), head: end('f', String(index).padStart(40, '0')) };
}

async function jobsOf(index: number): Promise<string[]> {
  const { items } = (await kubeCall('GET', `/apis/prow.k8s.io/v1/prowjobs?labelSelector=event-GUID%3Dgolden-${index}`)) as { items: { spec: { job: string } }[] };
  return items.map(({ spec }) => spec.job).sort();
}

/** Everybody called member is one; pull requests are the goldens, by number. */
function startGitHub(): ReturnType<typeof createServer> {
  return createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname.split('/').filter((part) => part !== '');
    const answer = (status: number, body?: unknown): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? undefined : JSON.stringify(body));
    request.resume();
    const golden = sample[Number(path[4]) - 1];
    if (path[0] === 'user') return answer(200, { login: 'bot' });
    if (path[0] === 'orgs') return answer(path[3] === 'member' ? 204 : 404);
    if (path[3] === 'git') return answer(200, { ref: 'x', object: { type: 'commit', sha: 'b'.repeat(40) } });
    if (path[3] === 'pulls' && path[5] === undefined) return answer(200, pullOf(Number(path[4]) - 1));
    if (path[3] === 'pulls' && path[5] === 'files') return answer(200, (golden?.files ?? []).map((filename) => ({ filename, status: 'modified', additions: 1, deletions: 0, changes: 1, sha: '' })));
    if (path[3] === 'commits') {
      const { allContexts = [], failedContexts = [] } = sample[Number(path[4])] ?? {};
      const statuses = allContexts.map((context) => ({ context, state: failedContexts.includes(context) ? 'failure' : 'success', description: '', target_url: '' }));
      return answer(200, { state: 'success', sha: path[4], total_count: statuses.length, statuses });
    }
    return answer(request.method === 'POST' ? 201 : 200, request.method === 'POST' ? { id: 1, user: { login: 'bot' }, body: '' } : []);
  });
}

async function kubeCall(method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${kube.url}${path}`, { method, headers: { authorization: `Bearer ${kube.token}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return response.json();
}

async function readyUrl(): Promise<string> {
  for await (const line of createInterface({ input: hook.stdout })) {
    const match = /^ready (http\S+)/.exec(line);
    if (match?.[1] !== undefined) return match[1];
  }
  throw new Error('hook ended before it was ready');
}
