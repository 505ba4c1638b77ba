// Signing in against the local GitHub; rerun, abort and the pool's buttons by who signed in.
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { flagDefaults } from '@prow/base-flags';
import { silentLogger } from '@prow/base-log';
import { startApp, type StartedApp } from '@prow/base-service';
import { systemClock } from '@prow/base-time';
import { kubeClientFrom, type KubeClient, type KubeResource } from '@prow/clients-kube';
import { startLocalGitHub, type LocalGitHub } from '@prow/local-github';
import { startKubeApi, type RunningKubeApi } from '@prow/local-kube-api';
import { newProwJob, prowJobCrd, prowJobResource, type ProwJob } from '@prow/model-prowjob';
import { deckApp } from './deck-app.ts';
import { flags } from './flags.ts';

let dir = '';
let api: RunningKubeApi;
let kube: KubeClient;
let github: LocalGitHub;
let deck: StartedApp;
let cimaster: Server;
const toCimaster: { path: string; authorization: string | undefined; body: string }[] = [];
const config = `
deck: {rerun_auth_configs: {'*': {github_orgs: [tess]}}}
postsubmits: {tess/app: [{name: publish, spec: {containers: [{image: x}]}}]}
`;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deck-login-'));
  [api, github] = await Promise.all([startKubeApi({ dataDir: join(dir, 'kube'), tls: 'off' }), startLocalGitHub({ dataDir: join(dir, 'github'), port: 0, address: '127.0.0.1', log: silentLogger, clock: systemClock })]);
  for (const login of ['john', 'mallory', 'ci-robot']) await github.seed.ensureUser({ login });
  await github.seed.ensureOrganization({ login: 'tess', admins: ['ci-robot'], members: ['john'] });
  kube = await kubeClientFrom(api.kubeconfig());
  await kube.resource<KubeResource>({ group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions', kind: 'CustomResourceDefinition', namespaced: false }).create(prowJobCrd as never);
  await kube.resource<ProwJob>(prowJobResource, 'default').create(newProwJob({ type: 'postsubmit', job: 'publish', refs: { org: 'tess', repo: 'app', base_ref: 'main' } }, { name: 'job-1', nowMs: Date.now() }));
  cimaster = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part)).on('end', () => {
      toCimaster.push({ path: request.url ?? '', authorization: request.headers.authorization, body });
      response.setHeader('content-type', 'application/json');
      if (request.url === '/clusters') response.end(JSON.stringify({ clusters: [{ name: 'a-1', region: 'r', administrator: 'j', state: 'testing' }], waiting: 0 }));
      else if (body.includes('gone')) response.writeHead(404).end('{"detail":"there is no cluster \\"gone\\""}');
      else response.end('{"name":"a-1"}');
    });
  });
  await new Promise<void>((resolve) => cimaster.listen(0, '127.0.0.1', resolve));
  mkdirSync(join(dir, 'web'));
  for (const file of ['main.js', 'main.css']) writeFileSync(join(dir, 'web', file), '');
  writeFileSync(join(dir, 'config.yaml'), config);
  writeFileSync(join(dir, 'kubeconfig'), api.kubeconfig());
  writeFileSync(join(dir, 'oauth.yaml'), 'client_id: prow\nclient_secret: s\nscopes: [read:org]\n');
  writeFileSync(join(dir, 'cookie-secret'), Buffer.alloc(32, 7).toString('base64'));
  writeFileSync(join(dir, 'github-token'), await github.tokenFor('ci-robot'));
  writeFileSync(join(dir, 'cimaster-token'), 'the-token-of-deck');
  deck = await startApp(deckApp, {
    ...flagDefaults(flags), configPath: join(dir, 'config.yaml'), configCacheDir: '', kubeconfig: join(dir, 'kubeconfig'), githubEndpoints: [github.apiUrl], githubHost: github.url, githubTokenPath: join(dir, 'github-token'), webDir: join(dir, 'web'), rerunCreatesJob: true,
    oauthUrl: 'yes', githubOauthConfigFile: join(dir, 'oauth.yaml'), cookieSecret: join(dir, 'cookie-secret'), cimasterUrl: `http://127.0.0.1:${(cimaster.address() as AddressInfo).port}`, cimasterTokenFile: join(dir, 'cimaster-token'), poolOrgs: ['tess'], redirectHttpTo: 'prow.example',
  }, { log: silentLogger, port: 0 });
}, 60_000);

afterAll(async () => {
  await deck.stop();
  await kube.close();
  cimaster.closeAllConnections();
  await Promise.all([api.stop(), github.stop(), new Promise((resolve) => cimaster.close(resolve))]);
  await rm(dir, { recursive: true, force: true });
}, 60_000);

/** A browser, as far as cookies go. */
class Browser {
  readonly cookies = new Map<string, string>();
  set: string[] = [];

  async go(path: string, init: { method?: string; headers?: Record<string, string> } = {}): Promise<Response> {
    const response = await fetch(new URL(path, deck.url), { ...init, redirect: 'manual', headers: { ...init.headers, cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') } });
    this.set = response.headers.getSetCookie();
    for (const each of this.set) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(each) ?? [];
      if (/Max-Age=0/.test(each)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }

  async session(): Promise<{ login?: string; csrfToken?: string; hasLogin: boolean }> {
    return (await (await this.go('/api/session')).json()) as never;
  }

  async press(path: string): Promise<{ status: number; text: string }> {
    const { csrfToken = '' } = await this.session();
    const response = await this.go(path, { method: 'POST', headers: { 'x-csrf-token': csrfToken } });
    return { status: response.status, text: (await response.text()).trim() };
  }

  /** Through GitHub's page, where `login` is picked. Answers where deck sends the browser on to. */
  async signIn(login: string, dest = '/view/x?a=b'): Promise<string | null> {
    const begun = new URL((await this.go(`/github-login?dest=${encodeURIComponent(dest)}`)).headers.get('location') ?? '');
    expect(begun.origin + begun.pathname).toBe(`${github.url}/login/oauth/authorize`);
    const agreed = await fetch(begun.origin + begun.pathname, { method: 'POST', redirect: 'manual', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ ...Object.fromEntries(begun.searchParams), login }).toString() });
    return (await this.go(agreed.headers.get('location') ?? '')).headers.get('location');
  }
}

describe('signing in with GitHub', () => {
  test('back to the page, with cookies that no script reads and no other site sends', async () => {
    const browser = new Browser();
    expect(await browser.session()).toEqual({ hasLogin: true });
    expect(await browser.signIn('john')).toBe('/view/x?a=b');
    const session = browser.set.find((each) => each.startsWith('access-token-session='));
    expect(session).toMatch(/HttpOnly;.*SameSite=Lax/);
    expect(Buffer.from(browser.cookies.get('access-token-session') ?? '', 'base64url').toString('latin1')).not.toContain('john');
    expect(await browser.session()).toMatchObject({ login: 'john' });
    expect((await browser.press('/github-logout')).status).toBe(204);
    expect(await browser.session()).toEqual({ hasLogin: true });
  });

  test.each(['https://evil.example/', '//evil.example/', '/\\evil.example', 'javascript:alert(1)', '%2F%2Fevil.example'])('never on to another site: %s', async (dest) => {
    const to = await new Browser().signIn('john', dest);
    expect(new URL(to ?? '', 'http://deck').origin).toBe('http://deck');
  });

  test('an answer that nobody here waits for is refused', async () => {
    const browser = new Browser();
    expect((await browser.go('/github-login/redirect?code=x&state=y')).status).toBe(400);
    await browser.go('/github-login');
    expect((await browser.go('/github-login/redirect?code=x&state=y')).status).toBe(400);
    const state = new URL((await browser.go('/github-login')).headers.get('location') ?? '').searchParams.get('state');
    expect((await browser.go(`/github-login/redirect?code=guessed&state=${state ?? ''}`)).status).toBe(401);
  });

  test('a cookie that was changed signs nobody in', async () => {
    const browser = new Browser();
    await browser.signIn('john');
    const good = browser.cookies.get('access-token-session') ?? '';
    browser.cookies.set('access-token-session', `${good.startsWith('A') ? 'B' : 'A'}${good.slice(1)}`);
    expect(await browser.session()).toEqual({ hasLogin: true });
  });

  test('from plain HTTP to HTTPS, where a load balancer says so', async () => {
    const response = await new Browser().go('/tide?x=1', { headers: { 'x-forwarded-proto': 'http' } });
    expect([response.status, response.headers.get('location')]).toEqual([301, 'https://prow.example/tide?x=1']);
  });
});

describe('rerun and abort', () => {
  test('signed out 401, not named 403, a member done, in their name', async () => {
    for (let wait = 0; wait < 500 && (await new Browser().go('/prowjob?prowjob=job-1')).status !== 200; wait += 1) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await new Browser().press('/rerun?prowjob=job-1')).toEqual({ status: 401, text: 'sign in to rerun this job' });
    const mallory = new Browser();
    await mallory.signIn('mallory');
    expect(await mallory.press('/rerun?prowjob=job-1')).toEqual({ status: 403, text: 'mallory may not rerun this job: rerun_auth_config does not name mallory' });
    expect((await mallory.press('/abort?prowjob=job-1')).status).toBe(403);
    const john = new Browser();
    await john.signIn('john');
    const done = await john.press('/rerun?prowjob=job-1');
    expect(done).toEqual({ status: 201, text: expect.stringMatching(/^Job rerun created: /) });
    const made = await kube.resource<ProwJob>(prowJobResource, 'default').get(done.text.replace(/^.*: /, ''));
    expect(made.status).toMatchObject({ state: 'triggered', description: 'john successfully reran job-1.' });
    expect((await john.press('/abort?prowjob=job-1')).status).toBe(200);
  });

  test('nothing without the token that only our pages know', async () => {
    const john = new Browser();
    await john.signIn('john');
    expect((await john.go('/rerun?prowjob=job-1', { method: 'POST' })).status).toBe(403);
    const { csrfToken = '' } = await john.session();
    expect((await john.go('/rerun?prowjob=job-1', { method: 'POST', headers: { 'x-csrf-token': csrfToken, origin: 'https://evil.example' } })).status).toBe(403);
  });
});

describe('the cluster pool', () => {
  test('everybody sees it, members press its buttons', async () => {
    expect(await (await new Browser().go('/api/pool')).json()).toMatchObject({ clusters: [{ name: 'a-1' }], mayAct: false });
    expect((await new Browser().press('/api/pool/holdcluster?cluster=a-1')).status).toBe(401);
    const mallory = new Browser();
    await mallory.signIn('mallory');
    expect((await mallory.press('/api/pool/holdcluster?cluster=a-1')).status).toBe(403);
    const john = new Browser();
    await john.signIn('john');
    expect(await (await john.go('/api/pool')).json()).toMatchObject({ mayAct: true });
    expect((await john.press('/api/pool/holdcluster?cluster=a-1&reason=look&user=other')).status).toBe(200);
    expect(toCimaster.at(-1)).toEqual({ path: '/holdcluster', authorization: 'Bearer the-token-of-deck', body: 'user=john&cluster=a-1&reason=look' });
    expect(await john.press('/api/pool/holdcluster?cluster=gone')).toEqual({ status: 404, text: 'cimaster: there is no cluster "gone"' });
    expect((await john.press('/api/pool/constructor?cluster=a-1')).status).toBe(404);
  });
});

test('a mistake in the configuration is shown with file, line and column', async () => {
  writeFileSync(join(dir, 'config.yaml'), `${config}plank: {pod_pending_timeout: soon}\n`);
  let status: { ok: boolean; errors: object[] } = { ok: true, errors: [] };
  for (let wait = 0; wait < 1000 && status.ok; wait += 1) {
    status = (await (await new Browser().go('/config-status')).json()) as typeof status;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(status).toMatchObject({ ok: false, errors: [{ file: join(dir, 'config.yaml'), line: 4, column: expect.any(Number) }] });
}, 40_000);
