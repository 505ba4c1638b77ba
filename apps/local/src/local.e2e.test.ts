// The whole system as users start it: `npm start`'s program, alone and killed in the middle of a job.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import { checkoutDir } from './checkout.ts';

const run = promisify(execFile);
const main = join(checkoutDir(), 'dist/local/main.js');
const demo = join(checkoutDir(), 'tools/demo/main.mjs');

let dirs: string[] = [];
let children: ChildProcess[] = [];

afterEach(async () => {
  await Promise.all(children.map(async (child) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    await ended;
  }));
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
  dirs = [];
  children = [];
});

function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'prow-e2e-'));
  dirs.push(dir);
  return dir;
}

interface Local {
  frontDoor: string;
  github: string;
  githubApi: string;
  tokens: Record<string, string>;
}

async function startLocal(dataDir: string, ports: readonly string[] = ['0', '0', '0'], more: readonly string[] = []): Promise<{ child: ChildProcess; addresses: Local; output: () => string }> {
  const [port = '0', githubPort = '0', kubePort = '0'] = ports;
  const child = spawn(process.execPath, [main, '--data-dir', dataDir, '--port', port, '--github-port', githubPort, '--kube-port', kubePort, ...more], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  await until(() => (/^ready http/m.test(output) ? true : child.exitCode === null ? undefined : fail(`ended with ${child.exitCode}:\n${output}`)), 60_000);
  return { child, addresses: JSON.parse(readFileSync(join(dataDir, 'local.json'), 'utf8')) as Local, output: () => output };
}

function fail(message: string): never {
  throw new Error(message);
}

async function until<T>(ask: () => T | undefined | Promise<T | undefined>, timeoutMs = 60_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`not seen within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function git(dir: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('git', args, { cwd: dir, env: { PATH: process.env['PATH'] ?? '', HOME: dir, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1', GIT_AUTHOR_NAME: 'john', GIT_AUTHOR_EMAIL: 'j@example.com', GIT_COMMITTER_NAME: 'john', GIT_COMMITTER_EMAIL: 'j@example.com' } });
  return stdout.trim();
}

async function api<T>(system: Local, path: string, body?: object): Promise<T> {
  const response = await fetch(`${system.githubApi}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `token ${system.tokens['john'] ?? ''}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

interface Job {
  metadata: { name: string };
  spec: { job: string; refs?: { org: string; repo: string } };
  status: { state: string; build_id?: string; completionTime?: string; url?: string };
}

async function jobs(system: Local, name: string): Promise<Job[]> {
  const { items } = (await (await fetch(`${system.frontDoor}/prowjobs.js`)).json()) as { items: Job[] };
  return items.filter(({ spec }) => spec.job === name);
}

async function freePorts(count: number): Promise<string[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => new Promise<ReturnType<typeof createServer>>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
  })));
  return Promise.all(servers.map((server) => new Promise<string>((resolve) => {
    const address = server.address();
    server.close(() => resolve(String(typeof address === 'object' && address !== null ? address.port : 0)));
  })));
}

/** A pull request of tess/tessops whose unit job does what `script` says. */
async function openPull(system: Local, script: string): Promise<{ sha: string; number: number }> {
  const dir = tempDir();
  const url = new URL(`${system.github}/tess/tessops.git`);
  url.username = 'john';
  url.password = system.tokens['john'] ?? '';
  await git(dir, 'clone', '--quiet', url.href, 'work');
  const work = join(dir, 'work');
  await git(work, 'checkout', '--quiet', '-b', 'topic');
  writeFileSync(join(work, 'scripts/unit.sh'), script);
  await git(work, 'commit', '--quiet', '-am', 'change');
  await git(work, 'push', '--quiet', 'origin', 'topic');
  const { number } = await api<{ number: number }>(system, '/repos/tess/tessops/pulls', { head: 'topic', base: 'master', title: 'Change' });
  return { sha: await git(work, 'rev-parse', 'HEAD'), number };
}

async function statusOf(system: Local, sha: string, context: string): Promise<string | undefined> {
  const { statuses } = await api<{ statuses: { context: string; state: string }[] }>(system, `/repos/tess/tessops/commits/${sha}/status`);
  return statuses.find((status) => status.context === context)?.state;
}

/** Processes whose command line or environment names the folder. */
async function processesOf(dir: string): Promise<string[]> {
  const { stdout } = await run('ps', ['-eo', 'pid=,args='], { maxBuffer: 1 << 26 });
  return stdout.split('\n').filter((line) => line.includes(dir));
}

describe('npm start', () => {
  test('a kill in the middle of a job: started again, the job ends right, once', async () => {
    const dataDir = join(tempDir(), 'data');
    const ports = await freePorts(3);
    const first = await startLocal(dataDir, ports);
    const { sha, number } = await openPull(first.addresses, '#!/bin/sh\necho "begun"\nsleep 6\necho "ended"\n');
    const before = await until(async () => (await jobs(first.addresses, 'tessops-unit')).find(({ status }) => status.state === 'pending'));
    await until(async () => ((await (await fetch(`${first.addresses.frontDoor}/log?job=tessops-unit&id=${before.status.build_id ?? ''}`)).text()).includes('begun') ? true : undefined));
    const killed = new Promise((resolve) => first.child.once('exit', resolve));
    first.child.kill('SIGKILL');
    await killed;

    const second = await startLocal(dataDir, ports);
    expect(second.addresses.frontDoor).toBe(first.addresses.frontDoor);
    await until(async () => ((await statusOf(second.addresses, sha, 'tessops-unit')) === 'success' ? true : undefined), 90_000);
    const after = await jobs(second.addresses, 'tessops-unit');
    expect(after.map(({ metadata, status }) => [metadata.name, status.state])).toEqual([[before.metadata.name, 'success']]);
    const log = await (await fetch(`${second.addresses.frontDoor}/log?job=tessops-unit&id=${after[0]?.status.build_id ?? ''}`)).text();
    expect(log.match(/begun/g)).toHaveLength(1);
    expect(log).toContain('ended');
    const events = await api<{ statuses: unknown[] }>(second.addresses, `/repos/tess/tessops/commits/${sha}/status`);
    expect(events.statuses).toContainEqual(expect.objectContaining({ context: 'tessops-unit', state: 'success', target_url: after[0]?.status.url }));
    expect(number).toBe(1);
  }, 240_000);

  test('Ctrl-C ends everything within five seconds and leaves no process behind', async () => {
    const dataDir = join(tempDir(), 'data');
    const system = await startLocal(dataDir);
    await openPull(system.addresses, '#!/bin/sh\nsleep 300\n');
    await until(async () => (await jobs(system.addresses, 'tessops-unit')).find(({ status }) => status.state === 'pending'));
    await until(async () => ((await processesOf(dataDir)).length > 1 ? true : undefined));
    const startedAt = Date.now();
    const ended = new Promise<number | null>((resolve) => system.child.once('exit', (code) => resolve(code)));
    system.child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(5000);
    expect(await processesOf(dataDir)).toEqual([]);
  }, 120_000);

  test('a port in use is named, with the flag that changes it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = String(typeof address === 'object' && address !== null ? address.port : 0);
    try {
      for (const [flag, name] of [['--port', 'port'], ['--github-port', 'github-port'], ['--kube-port', 'kube-port']] as const) {
        const flags = { '--port': '0', '--github-port': '0', '--kube-port': '0', [flag]: port };
        const failure = await run(process.execPath, [main, '--data-dir', join(tempDir(), 'data'), ...Object.entries(flags).flat()], { timeout: 60_000 }).catch((error: unknown) => error as { code: number; stderr: string });
        expect(failure).toMatchObject({ code: 1, stderr: expect.stringContaining(port) });
        expect(failure.stderr).toContain(`--${name}`);
      }
    } finally {
      server.close();
    }
  }, 120_000);

  test("a user's own repository is served with a starter job", async () => {
    const project = join(tempDir(), 'mine');
    mkdirSync(project);
    await git(project, 'init', '--quiet', '-b', 'trunk');
    writeFileSync(join(project, 'README.md'), 'mine\n');
    await git(project, 'add', '-A');
    await git(project, 'commit', '--quiet', '-m', 'first');
    const { addresses } = await startLocal(join(tempDir(), 'data'), undefined, ['--repo', project]);
    const clone = tempDir();
    const url = new URL(`${addresses.github}/local/mine.git`);
    url.username = 'john';
    url.password = addresses.tokens['john'] ?? '';
    await git(clone, 'clone', '--quiet', url.href, 'work');
    const work = join(clone, 'work');
    await git(work, 'checkout', '--quiet', '-b', 'topic');
    writeFileSync(join(work, 'README.md'), 'changed\n');
    await git(work, 'commit', '--quiet', '-am', 'change');
    await git(work, 'push', '--quiet', 'origin', 'topic');
    await api(addresses, '/repos/local/mine/pulls', { head: 'topic', base: 'trunk', title: 'Change' });
    await until(async () => (await jobs(addresses, 'mine-test')).find(({ status }) => status.state === 'success'));
  }, 120_000);
});

test('the demo starts a system of its own, and stops it', async () => {
  expect(existsSync(main)).toBe(true);
  const dataDir = join(tempDir(), 'data');
  const { stdout } = await run(process.execPath, [demo, '--json', '--only', 'first', '--data-dir', dataDir, '--', '--port', '0', '--github-port', '0', '--kube-port', '0'], { maxBuffer: 1 << 26, timeout: 580_000 }).catch((error: unknown) => error as { stdout: string });
  const { wrong, right, observations } = JSON.parse(stdout) as { wrong: number; right: number; observations: { right: boolean; observation: string }[] };
  expect(observations.filter((each) => !each.right)).toEqual([]);
  expect(wrong).toBe(0);
  expect(right).toBeGreaterThan(10);
  expect(await processesOf(dataDir)).toEqual([]);
}, 600_000);
