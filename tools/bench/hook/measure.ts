// Load on a hook of its own process: acknowledgements a second and their p99, memory, time from event to ProwJob, and
// GitHub calls for one opened pull request. The reference is the least a webhook receiver can do: a bare HTTP server in
// its own process that checks the signature, parses the body and keeps nothing.
import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startKubeApi } from '@prow/local-kube-api';
import { prowJobCrd } from '@prow/model-prowjob';
import { startSmallGitHub } from '../../../apps/hook/src/testing/small-github.ts';

const [dir = '.', hookProgram = ''] = process.argv.slice(2);
const connections = 32;
const loadMs = 6000;
const events = 60;
let sent = 0;

const github = await startSmallGitHub();
const kube = await startKubeApi({ dataDir: join(dir, 'kube'), tls: 'off' });
await kubeCall('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', prowJobCrd);

const file = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};
const presubmits = Array.from({ length: 100 }, (_, index) => `    - {name: job-${index}, ${index < 3 ? 'always_run: true' : 'run_if_changed: "^docs/"'}, agent: kubernetes, spec: {containers: [{image: i, command: [c]}]}}\n`).join('');
const args = [
  '--config-path', file('config.yaml', `presubmits:\n  org/repo:\n${presubmits}`), '--plugin-config', file('plugins.yaml', 'plugins:\n  org:\n    plugins: [trigger, hold, label, lgtm, assign, lifecycle, wip]\n'),
  '--hmac-secret-file', file('hmac', 'secret'), '--github-token-path', file('token', 'token'), '--kubeconfig', file('kubeconfig', kube.kubeconfig()), '--github-endpoint', github.url,
  '--data-dir', join(dir, 'data'), '--config-cache-dir', '', '--recover-deliveries=false', '--reconcile-interval', '0s', '--port', '0', '--log-level', 'error',
];
/** A folder for what --cpu-prof writes: then only the load is run. */
const profileDir = process.env['PROW_BENCH_PROFILE'];
const nodeArgs = profileDir === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profileDir];
const hook = spawn(process.execPath, [...nodeArgs, hookProgram, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
const hookUrl = (await firstLine(hook, /^ready (http\S+)/)) ?? '';
const bare = spawn(process.execPath, ['--input-type=module', '-e', bareServer()], { stdio: ['ignore', 'pipe', 'inherit'] });
const bareUrl = (await firstLine(bare, /^ready (http\S+)/)) ?? '';

try {
  const filler = 'A long comment without commands. '.repeat(550);
  const comment = (guid: number): string => JSON.stringify({ ...common(), action: 'created', issue: { ...pull(1 + (guid % 500)), pull_request: {} }, comment: { id: guid, body: filler, user: user('member'), html_url: 'https://x' } });
  // What runs for weeks is measured warm.
  for (const url of [`${hookUrl}/hook`, bareUrl]) await load(url, comment, { requests: 6000 });
  const bareCpu = cpuSeconds(bare);
  const reference = await load(bareUrl, comment, { forMs: loadMs });
  const hookCpu = cpuSeconds(hook);
  const ours = await load(`${hookUrl}/hook`, comment, { forMs: loadMs });
  row('acknowledged on disk, 20 kB, 32 connections', `${ours.perSecond}/s`, 'at least 1650/s');
  row('  beside a bare server that keeps nothing', `${(ours.perSecond / reference.perSecond).toFixed(2)} of ${reference.perSecond}/s`, '');
  row('  p99', `${ours.p99.toFixed(1)} ms (bare: ${reference.p99.toFixed(1)} ms)`, 'at most 50 ms');
  const cpu = [hook, bare].map((child, index) => (((cpuSeconds(child) - (index === 0 ? hookCpu : bareCpu)) * 1000) / (index === 0 ? ours : reference).count).toFixed(2));
  row('  processor time of a delivery, offered to 7 plugins', `${cpu[0]} ms (bare: ${cpu[1]} ms)`, '');
  row('  resident memory after it', `${residentMiB(hook)} MiB`, 'below 234 MiB');

  if (profileDir !== undefined) console.log(threadsOf(hook));
  if (profileDir === undefined) await measureEvents();
  else await endByItself(hook);
} finally {
  hook.kill('SIGKILL');
  bare.kill('SIGKILL');
  await kube.stop();
  await github.stop();
}

async function measureEvents(): Promise<void> {
  await untilIdle();
  github.calls.clear();
  const times: number[] = [];
  for (let index = 0; index < events; index += 1) times.push(await eventToProwJob(index));
  times.sort((a, b) => a - b);
  row('event to ProwJob, median', `${(times[events >> 1] ?? 0).toFixed(0)} ms`, 'at most 100 ms');
  const calls = [...github.calls.values()].reduce((sum, count) => sum + count, 0) / events;
  row('GitHub calls for one opened pull request, 100 presubmits', calls.toFixed(1), 'at most 6');
}

async function endByItself(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

function row(what: string, found: string, wanted: string): void {
  console.log(`${what.padEnd(60)} ${found.padEnd(28)} ${wanted}`);
}

function user(login: string): object {
  return { login, type: 'User', html_url: `https://github.com/${login}` };
}

function common(): object {
  return { repository: { name: 'repo', owner: { login: 'org' }, html_url: 'https://github.com/org/repo', default_branch: 'main' }, sender: user('member') };
}

function pull(number: number): object {
  return { ...github.pullRequest('repo', number), user: user('member') };
}

async function eventToProwJob(index: number): Promise<number> {
  const guid = `opened-${index}`;
  const startedAt = performance.now();
  await post(`${hookUrl}/hook`, new Agent(), JSON.stringify({ ...common(), action: 'opened', number: 1000 + index, pull_request: pull(1000 + index) }), guid, 'pull_request');
  for (;;) {
    const { items } = (await kubeCall('GET', `/apis/prow.k8s.io/v1/namespaces/default/prowjobs?labelSelector=event-GUID%3D${guid}`)) as { items: unknown[] };
    if (items.length > 0) return performance.now() - startedAt;
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

async function untilIdle(): Promise<void> {
  for (;;) {
    const { depth } = (await (await fetch(`${hookUrl}/events/list.json?limit=1`)).json()) as { depth: number };
    if (depth === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function load(url: string, bodyOf: (guid: number) => string, { forMs = Number.POSITIVE_INFINITY, requests = Number.POSITIVE_INFINITY }: { forMs?: number; requests?: number }): Promise<{ perSecond: number; p99: number; count: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const end = performance.now() + forMs;
  const last = sent + requests;
  const took: number[] = [];
  const prepared = Array.from({ length: 64 }, (_, index) => bodyOf(index));
  const signatures = prepared.map(sign);
  const worker = async (): Promise<void> => {
    while (performance.now() < end && sent < last) {
      sent += 1;
      const startedAt = performance.now();
      const status = await post(url, agent, prepared[sent % 64] ?? '', `load-${sent}`, 'issue_comment', signatures[sent % 64]);
      if (status !== 200) throw new Error(`${url} answered ${status}`);
      took.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  agent.destroy();
  took.sort((a, b) => a - b);
  return { count: took.length, perSecond: Math.round((took.length / forMs) * 1000), p99: took[Math.floor(took.length * 0.99)] ?? 0 };
}

function sign(body: string): string {
  return `sha256=${createHmac('sha256', 'secret').update(body).digest('hex')}`;
}

function post(url: string, agent: Agent, body: string, guid: string, eventType: string, signature = sign(body)): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'x-github-event': eventType, 'x-github-delivery': guid, 'x-hub-signature-256': signature };
    const call = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    call.once('error', reject);
    call.end(body);
  });
}

async function kubeCall(method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${kube.url}${path}`, { method, headers: { authorization: `Bearer ${kube.token}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return response.json();
}

/** User and system time so far; 0 where the system does not tell. */
function cpuSeconds({ pid }: ChildProcess): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

/** Processor seconds of each thread. */
function threadsOf({ pid }: ChildProcess): string {
  const fields = (id: string): string[] => readFileSync(`/proc/${pid}/task/${id}/stat`, 'utf8').replace(/^\d+ \(/, '').replace(/\) /, ' ').split(' ');
  return readdirSync(`/proc/${pid}/task`).map((id) => { const each = fields(id); return `${each[0]} user ${Number(each[12]) / 100} system ${Number(each[13]) / 100}`; }).join('\n');
}

function residentMiB({ pid }: ChildProcess): string {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const mib = (name: string): number => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
    return `${mib('VmRSS')} (own: ${mib('RssAnon')}, of files: ${mib('RssFile')})`;
  } catch {
    return 'unknown';
  }
}

async function firstLine(child: ChildProcess, pattern: RegExp): Promise<string | undefined> {
  if (child.stdout === null) return undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const match = pattern.exec(line);
    if (match !== null) return match[1];
  }
  throw new Error('the program ended before it was ready');
}

function bareServer(): string {
  return `import { createServer } from 'node:http'; import { createHmac, timingSafeEqual } from 'node:crypto';
const server = createServer((request, response) => { const chunks = []; request.on('data', (chunk) => chunks.push(chunk)); request.on('end', () => {
  const body = Buffer.concat(chunks); const made = 'sha256=' + createHmac('sha256', 'secret').update(body).digest('hex');
  response.statusCode = timingSafeEqual(Buffer.from(made), Buffer.from(request.headers['x-hub-signature-256'])) && JSON.parse(body) ? 200 : 403; response.end('ok'); }); });
server.listen(0, '127.0.0.1', () => console.log('ready http://127.0.0.1:' + server.address().port));`;
}
