import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Town } from '../testing/town.ts';

let town: Town;
let cookie = '';
const app = { org: 'acme', repo: 'app' };
const nasty = '<script>alert(1)</script> "><img src=x onerror=alert(1)>';

beforeAll(async () => {
  town = await Town.build();
  await town.push('alice', { branch: 'web', files: { 'a<b>.txt': `${nasty}\n`, 'dir/deep/x.txt': 'x\n' } });
  await town.push('alice', { branch: 'web-two', files: { 'z.txt': 'z\n' } });
}, 30_000);

afterAll(() => town.tearDown());

async function get(path: string, options: { signedIn?: boolean } = {}): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(`${town.github.url}${path}`, { redirect: 'manual', headers: options.signedIn === false ? {} : { cookie } });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

async function post(path: string, form: Record<string, string>, headers: Record<string, string> = { origin: town.github.url }): Promise<Response> {
  return fetch(`${town.github.url}${path}`, { method: 'POST', redirect: 'manual', headers: { cookie, ...headers }, body: new URLSearchParams(form) });
}

describe('the pages', () => {
  test('let one be anyone', async () => {
    expect((await get('/login', { signedIn: false })).text).toContain('value="bob"');
    const answer = await post('/login', { login: 'alice', return_to: '/acme/app' });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/acme/app');
    cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    expect((await get('/')).text).toContain('alice');
    expect((await post('/login', { login: 'alice', return_to: '//evil.example' })).headers.get('location')).toBe('/');
  });

  test('have an icon of their own', async () => {
    expect((await get('/')).text).toContain('href="/favicon.ico"');
    const icon = await get('/favicon.ico', { signedIn: false });
    expect(icon.status).toBe(200);
    expect(icon.headers.get('content-type')).toBe('image/svg+xml');
    expect(icon.text).toMatch(/^<svg [^]*<\/svg>$/);
  });

  test('make personal tokens', async () => {
    const made = await post('/settings/tokens', {});
    expect(made.status).toBe(303);
    const tokens = [...(await get('/settings')).text.matchAll(/<code class="grow">(\w+)<\/code><span class="dim">personal/g)].map((match) => match[1]);
    expect(tokens.length).toBeGreaterThan(0);
    expect((await town.askWith(`token ${tokens[0]}`, 'GET', '/user')).body).toMatchObject({ login: 'alice' });
  });

  test('open, comment on, review and merge a pull request', async () => {
    const form = await get('/acme/app/compare/main...web');
    expect(form.status).toBe(200);
    expect(form.text).toContain('work on web');
    const made = await post('/acme/app/pulls', { base: 'main', head: 'web', title: nasty, body: `**bold** ${nasty} <!-- hidden --> \r\n<details>\r\n\r\ninside\r\n\r\n</details>` });
    const at = made.headers.get('location') ?? '';
    expect(at).toBe('/acme/app/pull/1');
    expect((await post(`${at}/comment`, { body: '/test all\r\n[link](javascript:alert(1))', act: 'comment' })).status).toBe(303);
    const shown = await get(at);
    expect(shown.text).toContain('<strong>bold</strong>');
    expect(shown.text).toContain('<details>');
    expect(shown.text).not.toContain('<script>alert');
    expect(shown.text).not.toContain('<img src=x');
    expect(shown.text).not.toContain('href="javascript:');
    expect(shown.text).not.toContain('hidden --');
    expect(shown.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await get(`${at}/files`)).text).toContain('a&lt;b&gt;.txt');
    expect((await get(`${at}/commits`)).text).toContain('work on web');
    expect((await get(`${at}.diff`)).text).toContain('diff --git');
    expect((await town.as('bob').listComments({ ...app, number: 1 }))[0]).toMatchObject({ body: '/test all\r\n[link](javascript:alert(1))', user: { login: 'alice' } });
    expect((await post(`${at}/merge`, { method: 'merge' })).status).toBe(303);
    expect((await town.as('bob').getPullRequest({ ...app, number: 1 })).merged).toBe(true);
    expect(await town.events()).toEqual(expect.arrayContaining(['pull_request.opened', 'issue_comment.created', 'pull_request.closed']));
  });

  test('show code', async () => {
    expect((await get('/acme/app')).text).toContain('README.md');
    expect((await get('/acme/app/tree/web/dir/deep')).text).toContain('x.txt');
    expect((await get('/acme/app/blob/web/a%3Cb%3E.txt')).text).toContain('&lt;script&gt;');
    const raw = await get('/acme/app/raw/web/a%3Cb%3E.txt');
    expect(raw.headers.get('content-type')).toContain('text/plain');
    expect(raw.headers.get('content-security-policy')).toContain('sandbox');
    expect((await get('/acme/app/commits/main')).text).toContain('Initial commit');
    expect((await get('/acme/app/blob/web/no-such')).status).toBe(404);
    expect((await get('/-/avatar/%3Cscript%3E.svg')).text).not.toContain('script');
  });

  test.each(['/acme/nothing', '/acme/app/pull/99', '/acme/app/wiki', '/nobody', '/acme/app/commit/zzz', '/acme/app/tree/../../etc', '/%', '/acme/app/pull/1/nothing', '/acme/app/blob/web/..%2f..%2fetc%2fpasswd'])('%s is not there', async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  test('take no orders from other sites', async () => {
    const before = (await town.as('bob').listComments({ ...app, number: 1 })).length;
    expect((await post('/acme/app/pull/1/comment', { body: 'forged', act: 'comment' }, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await post('/acme/app/pull/1/comment', { body: 'forged', act: 'comment' }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect(await town.as('bob').listComments({ ...app, number: 1 })).toHaveLength(before);
  });

  test('answer to no other name', async () => {
    const ask = (host: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        httpRequest(`${town.github.url}/login`, { headers: { host } }, (response) => resolve(response.resume().statusCode)).on('error', reject).end();
      });
    expect(await ask('evil.example:3000')).toBe(421);
    expect(await ask('localhost:3000')).toBe(200);
  });

  test('refuse what may not be', async () => {
    await town.as('alice').createPullRequest({ ...app, title: 'two', body: '', head: 'web-two', base: 'main' });
    const stranger = await post('/login', { login: 'mallory' });
    cookie = (stranger.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    expect((await post('/acme/app/pull/2/merge', { method: 'merge' })).status).toBe(403);
    const close = await post('/acme/app/pull/2/comment', { body: '', act: 'close' });
    expect(close.status).toBe(403);
    expect((await post('/acme/app/pull/2/comment', { body: 'x'.repeat(65_537), act: 'comment' })).status).toBe(422);
  });

  test('sign people in elsewhere', async () => {
    const parameters = { client_id: 'deck', redirect_uri: 'http://127.0.0.1:1/callback', state: 'abc' };
    expect((await get(`/login/oauth/authorize?${new URLSearchParams(parameters).toString()}`)).text).toContain('127.0.0.1:1');
    const answer = await post('/login/oauth/authorize', { ...parameters, login: 'bob' });
    const to = new URL(answer.headers.get('location') ?? '');
    expect(to.searchParams.get('state')).toBe('abc');
    const exchange = (): Promise<Record<string, string>> =>
      fetch(`${town.github.url}/login/oauth/access_token`, { method: 'POST', headers: { accept: 'application/json' }, body: new URLSearchParams({ client_id: 'deck', code: to.searchParams.get('code') ?? '' }) }).then((each) => each.json() as Promise<Record<string, string>>);
    const { access_token: token } = await exchange();
    expect((await (await fetch(`${town.github.apiUrl}/user`, { headers: { authorization: `token ${token}` } })).json()) as unknown).toMatchObject({ login: 'bob' });
    expect(await exchange()).toMatchObject({ error: 'bad_verification_code' });
  });
});
