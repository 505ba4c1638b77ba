import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Town } from '../testing/town.ts';
import { restRouter } from './serve-rest.ts';

let town: Town;

beforeAll(async () => {
  town = await Town.build();
  await town.push('alice', { branch: 'one', files: { 'a.txt': 'a\n' } });
  await town.as('alice').createPullRequest({ org: 'acme', repo: 'app', title: 'One', body: '', head: 'one', base: 'main' });
}, 30_000);

afterAll(() => town.tearDown());

/** By parameter: one that is right, and ones that are not. */
const right: Record<string, string> = { owner: 'acme', repo: 'app', org: 'acme', username: 'bob', issue_number: '1', pull_number: '1', branch: 'main', ref: 'heads/main', team_slug: 'leads', path: 'README.md', name: 'lgtm', basehead: 'main...one', tree_sha: 'main', milestone_number: '1' };
const nasty = ['0', '-1', '99999999999999', 'constructor', '__proto__', '..', '../../etc/passwd', '--output=/tmp/x', 'a b', '%00', 'é', 'x'.repeat(300), '${7*7}', ':(glob)**', 'HEAD', '@{-1}', 'main...', '0'.repeat(40)];
const bodies: unknown[] = [
  undefined, null, [], 'text', 5, { title: 5, body: {}, labels: 'x', state: 'x', name: null }, { title: 'a\0b', body: 'a\0b', message: 'a\0', ref: 'refs/heads/a..b', sha: 'x' }, { labels: [{ name: {} }], assignees: [null], reviewers: [{}], events: {} },
  { title: 'x'.repeat(10_000), body: 'y'.repeat(200_000), name: 'z'.repeat(500), context: 'c'.repeat(500) },
  { config: { url: 'file:///etc/passwd' }, events: ['push'] }, { config: [], required_status_checks: [], restrictions: 5 },
  { ref: 'refs/heads/--force', sha: '0'.repeat(40) }, { head: 'one', base: '--x', title: 't' }, { content: '%%%', message: 'm', branch: '../x' }, { state: 'closed', milestone: 'x' }, JSON.parse('{"__proto__": {"a": 1}, "constructor": 5}'),
];

async function ask(method: string, path: string, body: unknown): Promise<number> {
  const response = await fetch(`${town.github.apiUrl}${path}`, {
    method,
    headers: { authorization: 'token token-of-alice' },
    ...(method === 'GET' || body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  await response.arrayBuffer();
  return response.status;
}

describe('nothing that is sent breaks a route', () => {
  test.each(restRouter.templates().filter((template) => !template.startsWith('DELETE')))('%s', async (template) => {
    const [method = '', path = ''] = template.split(' ');
    const names = [...path.matchAll(/\{(\w+)\+?\}/g)].map(([, name]) => name ?? '');
    const fill = (values: Record<string, string>): string => path.replaceAll(/\{(\w+)\+?\}/g, (_text, name: string) => encodeURIComponent(values[name] ?? right[name] ?? '1').replaceAll('%2500', '%00'));
    const failures: string[] = [];
    const asks: (readonly [string, unknown])[] = [
      ...(method === 'GET' ? [] : bodies.map((body) => [fill({}), body] as const)),
      ...names.slice(-1).flatMap((name) => nasty.map((value) => [fill({ [name]: value }), method === 'GET' ? undefined : { title: 't', body: 'b' }] as const)),
      ...(method === 'GET' ? [`${fill({})}?per_page=-1&page=abc`, `${fill({})}?state=x&since=never&labels=%00&ref=--x&sha=..&cursor=x&role=x&filter=all`].map((each) => [each, undefined] as const) : []),
    ];
    // A third of them, another one for each route; all with PROW_ALL_INPUTS=1.
    const offset = template.length % 3;
    const chosen = process.env['PROW_ALL_INPUTS'] === '1' ? asks : asks.filter((_ask, at) => at % 3 === offset);
    for (let at = 0; at < chosen.length; at += 6) {
      await Promise.all(chosen.slice(at, at + 6).map(async ([address, body]) => {
        const status = await ask(method, address, body);
        if (status >= 500) failures.push(`${status} ${address} ${JSON.stringify(body)?.slice(0, 120)}`);
      }));
    }
    expect(failures).toEqual([]);
  }, 30_000);

  test('not even what is no request', async () => {
    const send = (init: RequestInit): Promise<number> => fetch(`${town.github.apiUrl}/repos/acme/app/issues`, { method: 'POST', ...init }).then((answer) => answer.status);
    const headers = { authorization: 'token token-of-alice' };
    expect(await send({ headers, body: '{' })).toBe(400);
    expect(await send({ headers, body: `${'['.repeat(100_000)}${']'.repeat(100_000)}` })).toBeLessThan(500);
    expect(await send({ headers: { authorization: 'token wrong' }, body: '{}' })).toBe(401);
    expect(await send({ headers: { authorization: 'Basic !!!' }, body: '{}' })).toBe(401);
    expect(await send({ body: '{"title":"x"}' })).toBe(401);
    expect((await fetch(`${town.github.url}/acme/app.git/info/refs?service=git-upload-archive`)).status).toBe(403);
    expect((await fetch(`${town.github.url}/acme/app.git/info/refs`)).status).toBe(403);
    expect((await fetch(`${town.github.url}/acme/app.git/git-receive-pack`, { method: 'POST', body: 'garbage' })).status).toBe(401);
    expect((await fetch(`${town.github.url}/acme/app.git/git-receive-pack`, { method: 'POST', headers, body: 'garbage' })).status).toBeLessThan(600);
    expect((await fetch(`${town.github.url}/acme/app.git/git-upload-pack`, { method: 'POST', headers, body: '0000' })).status).toBeLessThan(500);
    expect(await town.as('alice').getPullRequest({ org: 'acme', repo: 'app', number: 1 })).toMatchObject({ number: 1 });
  }, 30_000);
});
