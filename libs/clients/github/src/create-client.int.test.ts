import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import type { GitHubClient } from './api.ts';
import { createGitHubClient, type GitHubClientOptions } from './create-client.ts';
import { githubClientFrom } from './flags.ts';
import { fastClock, ScriptedGitHub } from './testing/scripted-github.ts';
import type { CachedAnswer } from './transport/answer-cache.ts';
import { appTokens } from './transport/app-tokens.ts';
import { fixedToken, tokenFile } from './transport/token-source.ts';

const github = new ScriptedGitHub();
const app = { org: 'acme', repo: 'app' };
let folder: string;

beforeAll(async () => {
  await github.start();
  folder = await mkdtemp(join(tmpdir(), 'prow-github-client-'));
});
beforeEach(() => {
  github.take();
});
afterAll(async () => {
  await github.stop();
  await rm(folder, { recursive: true, force: true });
});

function client(options: Partial<GitHubClientOptions> = {}): GitHubClient {
  return createGitHubClient({ endpoints: [github.url], tokens: fixedToken('secret'), log: silentLogger, clock: fastClock, ...options });
}

const reset = (inS: number): string => String(Math.ceil(fastClock.now() / 1000) + inS);

describe('reading', () => {
  test('takes all pages, and never follows a link to another host', async () => {
    github.answer = ({ path }) => {
      const page = Number(new URL(path, 'http://x').searchParams.get('page') ?? 1);
      return { body: [{ id: page, body: `page ${page}`, user: null }], ...(page < 3 ? { headers: { link: `<https://evil.example/steal?per_page=100&page=${page + 1}>; rel="next", <x>; rel="last"` } } : {}) };
    };
    const comments = await client().listComments({ ...app, number: 1 });
    expect(comments.map(({ id, user }) => [id, user.login])).toEqual([[1, 'ghost'], [2, 'ghost'], [3, 'ghost']]);
    expect(github.take()).toEqual(['', '&page=2', '&page=3'].map((page) => `GET /repos/acme/app/issues/1/comments?per_page=100${page}`));
  });

  test('a 404 is an answer, asked for once', async () => {
    github.answer = () => ({ status: 404, body: { message: 'Not Found' } });
    expect(await client().isMember({ org: 'acme', login: 'eve' })).toBe(false);
    expect(await client().getBranchProtection({ ...app, branch: 'a/b' })).toBeUndefined();
    expect(await client().getPermission({ ...app, login: 'eve' })).toEqual({ permission: 'none', role_name: 'none' });
    await expect(client().getPullRequest({ ...app, number: 1 })).rejects.toMatchObject({ isNotFound: true, transient: false });
    expect(github.take()).toEqual(['GET /orgs/acme/members/eve', 'GET /repos/acme/app/branches/a%2Fb/protection', 'GET /repos/acme/app/collaborators/eve/permission', 'GET /repos/acme/app/pulls/1']);
  });

  test('is repeated when GitHub fails, hangs up or is elsewhere', async () => {
    github.answer = (_asked, count) => (count === 1 ? { status: 502 } : count === 2 ? { isBroken: true } : { body: { login: 'bot', id: 1 } });
    expect(await client().botUser()).toBe('bot');
    expect(github.take()).toHaveLength(3);
    github.answer = () => ({ body: { login: 'bot', id: 1 } });
    expect(await client({ endpoints: ['http://127.0.0.1:9', github.url] }).botUser()).toBe('bot');
    github.answer = () => ({ status: 500, body: { message: 'oops' } });
    await expect(client({ maxAttempts: 3 }).botUser()).rejects.toMatchObject({ status: 500, transient: true, githubMessage: 'oops' });
  });

  test('costs nothing when nothing changed, also after a restart', async () => {
    const kept = new Map<string, CachedAnswer>();
    const answerStore = { get: (key: string) => Promise.resolve(kept.get(key)), put: (key: string, answer: CachedAnswer) => Promise.resolve(void kept.set(key, answer)) };
    github.answer = ({ headers }) => (headers['if-none-match'] === '"1"' ? { status: 304 } : { body: { login: 'eve', id: 2 }, headers: { etag: '"1"' } });
    expect(await client({ answerStore }).getUser({ login: 'eve' })).toMatchObject({ id: 2 });
    const outcomes: string[] = [];
    const again = client({ answerStore, metrics: { onRequest: ({ outcome, fromCache }) => outcomes.push(`${outcome} ${fromCache}`), onBudget: () => {} } });
    expect(await again.getUser({ login: 'eve' })).toMatchObject({ id: 2 });
    expect(outcomes).toEqual(['304 true']);
    await client({ answerStore, tokens: fixedToken('of another account') }).getUser({ login: 'eve' });
    expect(github.asked.at(-1)?.headers['if-none-match']).toBeUndefined();
  });

  test('a file over 1 MB comes by its blob', async () => {
    github.answer = ({ path }) => (path.includes('/git/blobs/') ? { body: { sha: 'b', encoding: 'base64', content: Buffer.from('big').toString('base64') } } : { body: { type: 'file', encoding: 'none', content: '', sha: 'b' } });
    expect((await client().getFile({ ...app, path: 'a/b c.txt', ref: 'main' }))?.toString()).toBe('big');
    expect(github.take()).toEqual(['GET /repos/acme/app/contents/a%2Fb%20c.txt?ref=main', 'GET /repos/acme/app/git/blobs/b']);
  });
});

describe('writing', () => {
  test('is repeated only where that does no harm', async () => {
    github.answer = () => ({ status: 503 });
    await expect(client({ maxAttempts: 3 }).createComment({ ...app, number: 1, body: 'x' })).rejects.toMatchObject({ status: 503 });
    expect(github.take()).toHaveLength(1);
    await expect(client({ maxAttempts: 3 }).createStatus({ ...app, sha: 'a'.repeat(40), state: 'success', context: 'x' })).rejects.toMatchObject({ status: 503 });
    expect(github.take()).toHaveLength(3);
    github.answer = (_asked, count) => (count === 1 ? { status: 403, headers: { 'retry-after': '5' }, body: { message: 'You have exceeded a secondary rate limit' } } : { status: 201, body: { id: 5, body: 'x' } });
    const before = fastClock.now();
    expect((await client().createComment({ ...app, number: 1, body: 'x' })).id).toBe(5);
    expect(fastClock.now() - before).toBeGreaterThanOrEqual(5000);
  });

  test('is not done in dry run', async () => {
    const dry = client({ dryRun: true });
    expect(await dry.createComment({ ...app, number: 1, body: 'x' })).toMatchObject({ body: 'x' });
    expect(await dry.removeLabel({ ...app, number: 1, label: 'x' })).toBe(true);
    expect(await dry.mergePullRequest({ ...app, number: 1, sha: 'abc', method: 'merge' })).toEqual({ sha: 'abc' });
    expect(await dry.assign({ ...app, number: 1, logins: ['a'] })).toEqual({ refused: [] });
    await dry.graphql({ query: 'mutation { x }' });
    expect(github.take()).toEqual([]);
  });

  test('cuts what is too long for GitHub', async () => {
    github.answer = ({ body }) => ({ status: 201, body: { id: 1, body: (body as { body?: string }).body } });
    await client().createComment({ ...app, number: 1, body: 'x'.repeat(70_000) });
    expect(github.asked.at(-1)?.body.body).toHaveLength(65_536);
    await client().createStatus({ ...app, sha: 'a', state: 'error', context: 'c', description: `${'y'.repeat(200)} BaseSHA:abc` });
    expect(github.asked.at(-1)?.body.description).toMatch(/^y+ \.\.\. y+ BaseSHA:abc$/);
  });

  test.each([
    [409, 'Head branch was modified. Review and try the merge again.', 'head-modified'],
    [405, 'Base branch was modified. Review and try the merge again.', 'base-modified'],
    [405, 'Pull Request is not mergeable', 'not-mergeable'],
    [405, 'Merge commits are not allowed on this repository.', 'method-forbidden'],
    [405, "You're not authorized to push to this branch.", 'push-denied'],
  ])('a refused merge says why: %s %s', async (status, message, reason) => {
    github.answer = () => ({ status, body: { message } });
    await expect(client().mergePullRequest({ ...app, number: 1, sha: 'a', method: 'merge' })).rejects.toMatchObject({ reason, transient: reason === 'base-modified' });
    expect(github.take()).toHaveLength(1);
  });

  test('one bad reviewer does not keep the others out', async () => {
    github.answer = ({ body }) => ((body as { reviewers: string[] }).reviewers.includes('eve') ? { status: 422, body: { message: 'not a collaborator' } } : { status: 201, body: {} });
    expect(await client().requestReviewers({ ...app, number: 1, logins: ['ann', 'eve'] })).toEqual({ refused: ['eve'] });
    expect(github.asked.map(({ body }) => (body as { reviewers: string[] }).reviewers.join())).toEqual(['ann,eve', 'ann', 'eve']);
  });
});

describe('the budget', () => {
  const spent = (left: number, inS: number): Record<string, string> => ({ 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': String(left), 'x-ratelimit-reset': reset(inS), 'x-ratelimit-resource': 'core' });

  test('what is left at the end goes to the urgent', async () => {
    github.answer = () => ({ body: { login: 'x', id: 1 }, headers: spent(500, 3000) });
    const shared = client({ maxRateWaitMs: 1000 });
    await shared.getUser({ login: 'a' });
    await expect(shared.withPriority('background').getUser({ login: 'b' })).rejects.toMatchObject({ code: 'PROW_GITHUB_RATE_LIMIT', transient: true });
    await shared.getUser({ login: 'c' });
    github.answer = () => ({ body: { login: 'x', id: 1 }, headers: spent(150, 3000) });
    await shared.getUser({ login: 'd' });
    await expect(shared.getUser({ login: 'e' }).then(() => shared.getUser({ login: 'f' }))).resolves.toBeDefined();
    github.answer = () => ({ body: { login: 'x', id: 1 }, headers: spent(10, 3000) });
    await shared.getUser({ login: 'g' });
    await expect(shared.getUser({ login: 'h' })).rejects.toMatchObject({ status: 429 });
    expect(await shared.withPriority('urgent').getUser({ login: 'i' })).toBeDefined();
    expect(shared.rateBudgets().get('core')).toMatchObject({ limit: 5000, remaining: 10 });
  });

  test('waits until it is filled again when that is soon', async () => {
    github.answer = (_asked, count) => (count === 1 ? { status: 403, body: { message: 'API rate limit exceeded' }, headers: spent(0, 10) } : { body: { login: 'x', id: 1 }, headers: spent(4999, 3600) });
    const before = fastClock.now();
    await client().getUser({ login: 'a' });
    expect(fastClock.now() - before).toBeGreaterThanOrEqual(9000);
    expect(github.take()).toHaveLength(2);
  });

  test('a secondary limit holds up everybody of the same token, and nobody of another', async () => {
    const sent: { path: string; at: number }[] = [];
    github.answer = ({ path }, count) => {
      sent.push({ path, at: fastClock.now() });
      return count === 1 ? { status: 429, headers: { 'retry-after': '7' }, body: { message: 'You have exceeded a secondary rate limit' } } : { body: { login: 'x', id: 1 } };
    };
    const one = client();
    const startedAt = fastClock.now();
    const refused = one.getUser({ login: 'refused' });
    while (sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await client({ tokens: fixedToken('of another account') }).getUser({ login: 'other' });
    await Promise.all([refused, one.withPriority('urgent').getUser({ login: 'urgent' })]);
    const waited = Object.fromEntries(sent.slice(1).map(({ path, at }) => [path, at - startedAt]));
    expect(waited['/users/refused']).toBeGreaterThanOrEqual(7000);
    expect(sent).toHaveLength(4);
    expect(sent[1]?.path).toBe('/users/other');
  });

  test('each installation of an App has a budget of its own', async () => {
    const identities: Record<string, string> = { acme: 'of-7', other: 'of-8' };
    const tokens = { ...fixedToken('x'), authorize: async (org: string | undefined) => ({ header: `token ${identities[org ?? '']}`, identity: identities[org ?? ''] ?? '' }) };
    github.answer = ({ headers }) => ({ body: { id: 1, name: 'x' }, headers: spent(headers.authorization === 'token of-7' ? 10 : 4000, 3000) });
    const both = client({ tokens, maxRateWaitMs: 1000 });
    await both.getRepository(app);
    await expect(both.getRepository(app)).rejects.toMatchObject({ code: 'PROW_GITHUB_RATE_LIMIT' });
    expect(await both.getRepository({ org: 'other', repo: 'x' })).toMatchObject({ name: 'x' });
    expect(both.rateBudgets().get('core')).toMatchObject({ remaining: 10 });
  });

  test('never more at once than allowed, the urgent first', async () => {
    const order: string[] = [];
    github.answer = ({ path }) => {
      order.push(path.slice('/users/'.length));
      return { body: { login: 'x', id: 1 } };
    };
    const one = client({ maxConcurrent: 1 });
    await Promise.all([one.getUser({ login: 'first' }), one.withPriority('background').getUser({ login: 'last' }), one.getUser({ login: 'middle' }), one.withPriority('urgent').getUser({ login: 'merge' })]);
    expect(order).toEqual(['first', 'merge', 'middle', 'last']);
  });
});

describe('credentials', () => {
  test('a token file is read again when it changes', async () => {
    const path = join(folder, 'token');
    await writeFile(path, 'old\n');
    github.answer = ({ headers }) => (headers.authorization === 'token new' ? { body: { login: 'bot', id: 1 } } : { status: 401, body: { message: 'Bad credentials' } });
    const rotating = client({ tokens: tokenFile({ path, clock: fastClock }) });
    await expect(rotating.botUser()).rejects.toMatchObject({ status: 401 });
    await writeFile(path, 'newer\n');
    await writeFile(path, 'new\n');
    expect(await rotating.botUser()).toBe('bot');
    await expect(client({ tokens: tokenFile({ path: join(folder, 'none'), clock: fastClock }) }).botUser()).rejects.toMatchObject({ code: 'PROW_GITHUB_TOKEN_FILE' });
    await writeFile(path, 'two words');
    await expect(client({ tokens: tokenFile({ path, clock: fastClock }) }).botUser()).rejects.toThrow(/white space/);
  });

  test('an App asks each organisation with the token of its installation there', async () => {
    const privateKeyPath = join(folder, 'key.pem');
    await writeFile(privateKeyPath, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }));
    github.answer = ({ path }) => {
      if (path.startsWith('/app/installations?')) return { body: [{ id: 7, account: { login: 'Acme' } }, { id: 8, account: { login: 'other' } }] };
      const installation = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(path)?.[1];
      if (installation !== undefined) return { status: 201, body: { token: `of-${installation}`, expires_at: new Date(Date.now() + 3600_000).toISOString(), permissions: {}, repository_selection: 'all' } };
      return path === '/app' ? { body: { slug: 'prow', id: 1 } } : { body: { id: 1, name: 'app' } };
    };
    const bot = client({ tokens: appTokens({ appId: '12', privateKeyPath, endpoint: github.url, clock: fastClock }) });
    await bot.getRepository(app);
    await bot.getRepository({ org: 'acme', repo: 'two' });
    await bot.getRepository({ org: 'other', repo: 'x' });
    expect(github.asked.map(({ method, path, headers }) => `${method} ${path.split('?')[0]} ${headers.authorization?.startsWith('bearer ey') === true ? 'jwt' : headers.authorization}`)).toEqual([
      'GET /app/installations jwt',
      'POST /app/installations/7/access_tokens jwt',
      'GET /repos/acme/app token of-7',
      'GET /repos/acme/two token of-7',
      'POST /app/installations/8/access_tokens jwt',
      'GET /repos/other/x token of-8',
    ]);
    expect(await bot.botUser()).toBe('prow[bot]');
    expect(await bot.isBot('prow')).toBe(true);
    await expect(bot.getRepository({ org: 'stranger', repo: 'x' })).rejects.toThrow(/not installed in stranger/);
  });
});

test('GraphQL errors are errors, and reads are repeated', async () => {
  github.answer = (_asked, count) => (count === 1 ? { status: 502 } : { body: { data: { viewer: { login: 'x' } } } });
  expect(await client().graphql({ query: '{ viewer { login } }' })).toEqual({ viewer: { login: 'x' } });
  expect(github.take()).toEqual(['POST /graphql', 'POST /graphql']);
  github.answer = () => ({ body: { errors: [{ type: 'NOT_FOUND', message: 'no such repository' }] } });
  await expect(client().graphql({ query: '{ x }' })).rejects.toMatchObject({ isNotFound: true, graphqlErrors: [{ type: 'NOT_FOUND' }] });
  github.answer = () => ({ status: 502 });
  await expect(client({ maxAttempts: 4 }).graphql({ query: 'mutation { x }' })).rejects.toMatchObject({ status: 502 });
  expect(github.take().length).toBe(2);
});

test('Enterprise: REST below /api/v3, GraphQL beside it, pages at the root', async () => {
  const enterprise = client({ endpoints: [`${github.url}/api/v3/`] });
  expect(enterprise.webUrl).toBe(github.url);
  github.answer = ({ path }) => (path === '/api/graphql' ? { body: { data: { x: 1 } } } : { body: { login: 'bot', id: 1 } });
  expect(await enterprise.botUser()).toBe('bot');
  expect(await enterprise.graphql({ query: '{ x }' })).toEqual({ x: 1 });
  expect(github.take()).toEqual(['GET /api/v3/user', 'POST /api/graphql']);
});

test('--github-cache-dir: what has not changed costs nothing after a restart, for the same account', async () => {
  github.answer = ({ headers }) => (headers['if-none-match'] === '"1"' ? { status: 304 } : { body: { login: 'eve', id: 2 }, headers: { etag: '"1"' } });
  const settings = {
    githubEndpoints: [github.url], githubGraphqlEndpoint: undefined, githubHost: undefined, githubTokenPath: undefined, githubAppId: undefined, githubAppPrivateKeyPath: undefined, githubHourlyTokens: undefined,
    githubAllowedBurst: undefined, githubRequestTimeoutMs: 5000, githubMaxRetries: 1, githubInitialDelayMs: 1, githubMaxSleepMs: 1000, githubCacheDir: undefined, dryRun: false,
  };
  for (const [parts, expected] of [[{}, '200'], [{ cacheDir: join(folder, 'answers') }, '200'], [{ cacheDir: join(folder, 'answers') }, '304']] as const) {
    const outcomes: string[] = [];
    const kept = githubClientFrom(settings, { log: silentLogger, clock: fastClock, metrics: { onRequest: ({ outcome }) => outcomes.push(outcome), onBudget: () => {} }, ...parts });
    expect(await kept.getUser({ login: 'eve' })).toMatchObject({ id: 2 });
    await kept.close();
    expect(outcomes).toEqual([expected]);
  }
});
