// kill -9 at random points under load: what was acknowledged is there once, every change was told of, in order.
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { createGitHubClient, fixedToken, type GitHubClient } from '@prow/clients-github';
import { runGit } from '@prow/clients-git';
import { startProgram, type Program } from '@prow/testing-harness';
import { Receiver } from './testing/receiver.ts';

/** More with PROW_CRASH_ROUNDS=50; fewer where every minute of CI counts. */
const rounds = Number(process.env['PROW_CRASH_ROUNDS'] ?? 2);
const app = { org: 'acme', repo: 'app' };
const entry = fileURLToPath(new URL('testing/crash-server.ts', import.meta.url));
const receiver = new Receiver();
let dir: string;
let port: number;
let hookUrl: string;
let server: Program | undefined;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'prow-github-crash-'));
  port = await freePort();
  hookUrl = await receiver.start();
}, 30_000);

afterAll(async () => {
  await server?.kill();
  await receiver.stop();
  await rm(dir, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port: found } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return found;
}

async function start(): Promise<GitHubClient> {
  server = await startProgram({ entry, args: [join(dir, 'data'), String(port), hookUrl, receiver.secret] });
  await server.waitForLine(/^ready/);
  return createGitHubClient({ endpoints: [`http://127.0.0.1:${port}/api/v3`], tokens: fixedToken('token-of-alice'), log: silentLogger, clock: systemClock, maxAttempts: 1, requestTimeoutMs: 10_000 });
}

async function git(...args: string[]): Promise<string> {
  const { stdout } = await runGit({ cwd: join(dir, 'clone'), args: ['-c', 'user.name=alice', '-c', 'user.email=alice@example.com', ...args], env: { GIT_CONFIG_GLOBAL: '/dev/null' } });
  return stdout.toString('utf8').trim();
}

test(`survives kill -9, ${rounds} times`, async () => {
  let github = await start();
  await runGit({ args: ['clone', '-q', `http://alice:token-of-alice@127.0.0.1:${port}/acme/app.git`, join(dir, 'clone')] });
  await git('checkout', '-q', '-b', 'main');
  await git('commit', '-q', '--allow-empty', '-m', 'first');
  await git('push', '-q', 'origin', 'main');
  const issue = await github.createIssue({ ...app, title: 'Talk', body: '' });
  const comments: string[] = [];
  const merged = new Map<number, string>();
  const pushed = new Map<string, string>();
  let count = 0;

  for (let round = 0; round < rounds; round += 1) {
    let isDown = false;
    const talk = async (): Promise<void> => {
      while (!isDown) {
        const body = `comment ${(count += 1)}`;
        await github.createComment({ ...app, number: issue.number, body });
        comments.push(body);
      }
    };
    const work = async (): Promise<void> => {
      for (let at = 0; !isDown; at += 1) {
        const branch = `work-${round}-${at}`;
        await git('fetch', '-q', 'origin');
        await git('checkout', '-q', '-B', branch, 'origin/main');
        await writeFile(join(dir, 'clone', branch), branch);
        await git('add', '--all');
        await git('commit', '-q', '-m', branch);
        await git('push', '-q', 'origin', branch);
        pushed.set(branch, await git('rev-parse', 'HEAD'));
        const pull = await github.createPullRequest({ ...app, title: branch, body: '', head: branch, base: 'main' });
        const { sha } = await github.mergePullRequest({ ...app, number: pull.number, sha: pull.head.sha, method: at % 2 === 0 ? 'squash' : 'merge' });
        merged.set(pull.number, sha);
      }
    };
    const load = Promise.allSettled([talk(), talk(), work()]);
    await new Promise((resolve) => setTimeout(resolve, 400 + Math.random() * 1500));
    process.kill(server?.pid ?? 0, 'SIGKILL');
    isDown = true;
    await server?.ended;
    await load;
    github = await start();
  }

  // Everything that was acknowledged is there, once.
  const bodies = (await github.listComments({ ...app, number: issue.number })).map(({ body }) => body);
  expect(bodies.length).toBe(new Set(bodies).size);
  expect(comments.filter((body) => !bodies.includes(body))).toEqual([]);
  for (const [branch, sha] of pushed) expect(await github.getRef({ ...app, ref: `heads/${branch}` })).toBe(sha);
  for (const [number, sha] of merged) expect(await github.getPullRequest({ ...app, number })).toMatchObject({ merged: true, merge_commit_sha: sha });
  // No pull request is half merged: what its branch added is on main exactly when it says so.
  const tip = (await github.getRef({ ...app, ref: 'heads/main' })) ?? '';
  const files = new Set((await github.getTree({ ...app, sha: tip, recursive: true })).entries.map(({ path }) => path));
  for (const pull of await github.listPullRequests({ ...app, state: 'all' })) expect([pull.number, files.has(pull.title)]).toEqual([pull.number, pull.merged_at !== null]);
  // Every change was told of, and pushes to main in order, without a gap.
  await settled();
  const told = receiver.received.filter(({ event, payload }) => event === 'issue_comment' && payload.action === 'created').map(({ payload }) => String(payload.comment.body));
  expect(comments.filter((body) => !told.includes(body))).toEqual([]);
  const closed = new Set(receiver.received.filter(({ event, payload }) => event === 'pull_request' && payload.action === 'closed').map(({ payload }) => Number(payload.number)));
  for (const number of merged.keys()) expect(closed).toContain(number);
  const chain: { before: string; after: string }[] = [];
  const seen = new Set<string>();
  for (const { event, guid, payload } of receiver.received) {
    if (event !== 'push' || payload.ref !== 'refs/heads/main' || seen.has(guid)) continue; // handed over twice is allowed
    seen.add(guid);
    chain.push({ before: payload.before, after: payload.after });
  }
  for (const [at, { before }] of chain.entries()) if (at > 0) expect(before).toBe(chain[at - 1]?.after);
  expect(chain.at(-1)?.after).toBe(tip);
  expect(comments.length).toBeGreaterThan(rounds);
}, 120_000);

/** Webhooks come in until none has for a while. */
async function settled(): Promise<void> {
  for (let quiet = 0, before = -1; quiet < 4; ) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    quiet = receiver.received.length === before ? quiet + 1 : 0;
    before = receiver.received.length;
  }
}
