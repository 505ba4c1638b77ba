import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { appTokens, createGitHubClient } from '@prow/clients-github';
import { OpenApi } from '../testing/openapi.ts';
import { Town } from '../testing/town.ts';

let town: Town;
const app = { org: 'acme', repo: 'app' };

beforeAll(async () => {
  town = await Town.build();
}, 30_000);
afterAll(() => town.tearDown());

test('an App acts where it is installed, also after a restart', async () => {
  const { appId, privateKey } = await town.github.seed.ensureApp({ slug: 'prow', installedAt: ['acme'] });
  const privateKeyPath = join(town.root, 'key.pem');
  await writeFile(privateKeyPath, privateKey);
  const tokens = appTokens({ appId, privateKeyPath, endpoint: town.github.apiUrl, clock: systemClock });
  const bot = createGitHubClient({ endpoints: [town.github.apiUrl], tokens, log: silentLogger, clock: systemClock, maxAttempts: 1 });
  expect(await bot.botUser()).toBe('prow[bot]');
  const issue = await town.as('alice').createIssue({ ...app, title: 'x', body: '' });
  await bot.addLabels({ ...app, number: issue.number, labels: ['lgtm'] });
  expect((await bot.createComment({ ...app, number: issue.number, body: 'from an App' })).user).toMatchObject({ login: 'prow[bot]', type: 'Bot' });
  await expect(bot.getRepository({ org: 'mallory', repo: 'x' })).rejects.toThrow(/not installed in mallory/);
  const token = await tokens.gitToken('acme');
  expect(token).toMatch(/^ghs_/);
  const clone = await fetch(`${town.github.url}/acme/app.git/info/refs?service=git-receive-pack`, { headers: { authorization: `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}` } });
  expect(clone.status).toBe(200);

  const { header } = await tokens.authorize(undefined);
  const openApi = new OpenApi();
  // The description of installations wants accounts to be users and enterprises at once: only the App's own is checked.
  const own = await fetch(`${town.github.apiUrl}/app`, { headers: { authorization: header ?? '' } });
  expect(openApi.problems('GET /app', own.status, await own.json())).toEqual([]);
  const [head = '', claims = '', signature = ''] = (header ?? '').split(' ')[1]?.split('.') ?? [];
  const forged = Buffer.from(JSON.stringify({ ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object), iat: 0 })).toString('base64url');
  for (const bad of [`${head}.${forged}.${signature}`, `${head}.${claims}.`, `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`, 'a.b.c']) {
    expect((await fetch(`${town.github.apiUrl}/app`, { headers: { authorization: `Bearer ${bad}` } })).status).toBe(401);
  }
  await town.restart();
  expect(await town.github.seed.ensureApp({ slug: 'prow', installedAt: ['acme'] })).toEqual({ appId, privateKey });
}, 30_000);
