// Against the embedded Kubernetes API, an OpenID Connect issuer on loopback, and a file.
import { createHash } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { flagDefaults } from '@prow/base-flags';
import { silentLogger } from '@prow/base-log';
import { newExpressApp } from '@prow/base-service';
import { systemClock } from '@prow/base-time';
import { coreType, kubeClientFrom, type KubeClient, type KubeResource } from '@prow/clients-kube';
import { startKubeApi, type RunningKubeApi } from '@prow/local-kube-api';
import { authenticate, authenticationFlags, authenticatorFrom, identityOf, requireRole, RoleBindings, type AuthenticationSettings } from './index.ts';
import { startOidcIssuer, type OidcIssuer } from './testing/oidc-issuer.ts';

let dir = '';
let api: RunningKubeApi;
let kube: KubeClient;
let issuer: OidcIssuer;
let base: AuthenticationSettings;
const servers: Server[] = [];
const johnsToken = 'john-has-a-long-token';
const marysToken = 'mary-has-a-long-token';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'authentication-'));
  [api, issuer] = await Promise.all([startKubeApi({ dataDir: join(dir, 'kube'), tls: 'off' }), startOidcIssuer()]);
  kube = await kubeClientFrom(api.kubeconfig());
  await writeFile(join(dir, 'tokens'), `# people\n${johnsToken} john ops,dev\nsha256:${createHash('sha256').update(marysToken).digest('hex')} mary\n\n`);
  base = { ...flagDefaults(authenticationFlags), tokenFile: join(dir, 'tokens'), kubernetesTokens: true, oidcIssuerUrl: issuer.url, oidcAudience: 'prow', oidcGithubLoginClaim: 'github' };
}, 60_000);

afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await kube.close();
  await Promise.all([api.stop(), issuer.stop()]);
  await rm(dir, { recursive: true, force: true });
});

/** A service with one path for everybody who is known, and one for holders of a role. */
async function serve(settings: AuthenticationSettings = base, address = '127.0.0.1'): Promise<{ url: string; metrics: Registry }> {
  const metrics = new Registry();
  const authenticator = await authenticatorFrom(settings, { address, kube, log: silentLogger, clock: systemClock, metrics });
  const roles = new RoleBindings({ roles: ['lease', 'admin'], bindings: ['lease=group:system:serviceaccounts:default', 'admin=group:ops', 'admin=user:mary'], implies: { admin: ['lease'] } });
  const app = newExpressApp({ log: silentLogger });
  app.use(authenticate(authenticator));
  app.get('/who', (request, response) => void response.json(identityOf(request)));
  app.get('/lease', requireRole(authenticator, roles, 'lease'), (_request, response) => void response.send('leased'));
  app.get('/admin', requireRole(authenticator, roles, 'admin'), (_request, response) => void response.send('done'));
  const server = createServer({ maxHeaderSize: 32 * 1024 }, app);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, metrics };
}

async function ask(url: string, token: string | undefined, headers: Record<string, string> = {}): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(url, { headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers } });
  return { status: response.status, text: (await response.text()).trim(), headers: response.headers };
}

async function serviceAccountToken(name: string, spec: object = {}): Promise<string> {
  const accounts = kube.resource<KubeResource>(coreType('serviceaccounts', 'ServiceAccount'), 'default');
  if ((await accounts.find(name)) === undefined) await accounts.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } });
  const { status } = await accounts.createSubresource<{ status: { token: string } }>(name, 'token', { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec });
  return status.token;
}

describe('who a token stands for', () => {
  test('lines of the file, plain and hashed', async () => {
    const { url } = await serve();
    expect(JSON.parse((await ask(`${url}/who`, johnsToken)).text)).toEqual({ name: 'john', groups: ['ops', 'dev'], source: 'token-file', githubLogin: 'john' });
    expect(JSON.parse((await ask(`${url}/who`, marysToken)).text)).toMatchObject({ name: 'mary', groups: [] });
  });

  test("a job's service account", async () => {
    const { url } = await serve();
    const token = await serviceAccountToken('job');
    expect(JSON.parse((await ask(`${url}/who`, token)).text)).toMatchObject({ name: 'system:serviceaccount:default:job', groups: expect.arrayContaining(['system:serviceaccounts:default']), source: 'kubernetes' });
    await kube.resource<KubeResource>(coreType('serviceaccounts', 'ServiceAccount'), 'default').delete('job');
    const fresh = await serve();
    expect((await ask(`${fresh.url}/who`, token)).status).toBe(401);
  });

  test('an audience that is asked for must be in the token', async () => {
    const { url } = await serve({ ...base, kubernetesTokenAudiences: ['cimaster'] });
    expect((await ask(`${url}/who`, await serviceAccountToken('one'))).status).toBe(401);
    expect((await ask(`${url}/who`, await serviceAccountToken('one', { audiences: ['cimaster'] }))).status).toBe(200);
  });

  test('an OpenID Connect token, also after the keys were changed', async () => {
    const { url } = await serve();
    const token = await issuer.token({ sub: 'u-1', audience: 'prow', groups: ['ops', 'system:masters'], github: 'octocat' });
    expect(JSON.parse((await ask(`${url}/who`, token)).text)).toEqual({ name: 'u-1', groups: ['ops'], source: 'oidc', githubLogin: 'octocat' });
    await issuer.rotate();
    const late = await serve();
    expect((await ask(`${late.url}/who`, token)).status).toBe(401);
    expect((await ask(`${late.url}/who`, await issuer.token({ sub: 'u-1', audience: 'prow' }))).status).toBe(200);
  });

  test('a token of the issuer is never shown to Kubernetes', async () => {
    const asked: string[] = [];
    const spy: KubeClient = { ...kube, resource: () => { asked.push('asked'); throw new Error('not to be asked'); } } as never;
    await expect(authenticatorFrom({ ...base, kubernetesTokens: false }, { address: '127.0.0.1', kube: spy, log: silentLogger, clock: systemClock }).then(async (authenticator) => authenticator.identify(`Bearer ${await issuer.token({ sub: 'u', audience: 'other' })}`, '::1'))).rejects.toMatchObject({ httpStatus: 401, details: { reason: 'audience' } });
    expect(asked).toEqual([]);
  });
});

describe('what is refused', () => {
  test.each([
    ['nothing', undefined, 'missing', 'Bearer realm="prow"'],
    ['another word', 'a b', 'malformed', 'invalid_token'],
    ['too long', 'x'.repeat(17_000), 'malformed', 'invalid_token'],
    ['a guess', 'a-token-that-nobody-has', 'unknown', 'invalid_token'],
    ['a token without signature', `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"john"}').toString('base64url')}.`, 'unknown', 'invalid_token'],
  ])('%s: 401', async (_title, token, reason, challenge) => {
    const { url, metrics } = await serve();
    const answer = await ask(`${url}/who`, token);
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining(challenge)]);
    expect(await metrics.getSingleMetricAsString('prow_requests_refused_total')).toContain(`{reason="${reason}"} 1`);
  });

  test.each([
    ['expired', { sub: 'u', audience: 'prow', expiresIn: '-2m' }, 'expired'],
    ['made out for another', { sub: 'u', audience: 'grafana' }, 'audience'],
    ["with a name of the cluster's own", { sub: 'system:serviceaccount:default:job', audience: 'prow' }, 'forbidden-name'],
  ])('an OpenID Connect token %s: 401', async (_title, claims, reason) => {
    const { url, metrics } = await serve();
    expect((await ask(`${url}/who`, await issuer.token(claims))).status).toBe(401);
    expect(await metrics.getSingleMetricAsString('prow_requests_refused_total')).toContain(`{reason="${reason}"} 1`);
  });

  test('who lacks a role gets 403 that names it', async () => {
    const { url, metrics } = await serve();
    const token = await serviceAccountToken('leaser');
    expect((await ask(`${url}/lease`, token)).status).toBe(200);
    expect(await ask(`${url}/admin`, token)).toMatchObject({ status: 403, text: 'system:serviceaccount:default:leaser does not have the role "admin"' });
    expect((await ask(`${url}/admin`, marysToken)).status).toBe(200);
    expect((await ask(`${url}/lease`, johnsToken)).status).toBe(200);
    expect(await metrics.getSingleMetricAsString('prow_requests_refused_total')).toContain('{reason="role"} 1');
  });

  test('too many failures from one address: 429, but not for who was good before', async () => {
    const { url, metrics } = await serve();
    expect((await ask(`${url}/who`, johnsToken)).status).toBe(200);
    for (let attempt = 0; attempt < 20; attempt += 1) await ask(`${url}/who`, 'not-a-token-at-all');
    const limited = await ask(`${url}/who`, 'not-a-token-at-all');
    expect([limited.status, Number(limited.headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
    expect(await ask(`${url}/who`, marysToken)).toMatchObject({ status: 429 });
    expect((await ask(`${url}/who`, johnsToken)).status).toBe(200);
    expect(await metrics.getSingleMetricAsString('prow_requests_refused_total')).toContain('reason="rate"');
  });

  test('while nobody can tell: 503, not 401', async () => {
    const lost = await kubeClientFrom(api.kubeconfig().replaceAll(/server: .*/g, 'server: http://127.0.0.1:1'));
    try {
      const authenticator = await authenticatorFrom({ ...flagDefaults(authenticationFlags), kubernetesTokens: true }, { address: '0.0.0.0', kube: lost, log: silentLogger, clock: systemClock });
      await expect(authenticator.identify('Bearer a-token-of-somebody', '::1')).rejects.toMatchObject({ httpStatus: 503, transient: true });
    } finally {
      await lost.close();
    }
  });

  test('an issuer that is away: 503, and good again when it is back', async () => {
    const { url } = await serve();
    issuer.answerWith(500);
    const token = await issuer.token({ sub: 'u', audience: 'prow' });
    const away = await ask(`${url}/who`, token);
    issuer.answerWith(200);
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '5']);
    const later = await serve();
    expect((await ask(`${later.url}/who`, token)).status).toBe(200);
  });
});

describe('the token file changes', () => {
  test('new tokens count, old ones do not; a broken file changes nothing', async () => {
    const path = join(dir, 'rotating');
    const write = async (text: string): Promise<void> => {
      await writeFile(`${path}.new`, text);
      await rename(`${path}.new`, path);
    };
    await write('the-first-of-two-tokens john\n');
    const { url } = await serve({ ...base, tokenFile: path });
    expect((await ask(`${url}/who`, 'the-first-of-two-tokens')).status).toBe(200);
    await write('the-second-of-two-tokens john\n');
    expect((await ask(`${url}/who`, 'the-second-of-two-tokens')).status).toBe(200);
    expect((await ask(`${url}/who`, 'the-first-of-two-tokens')).status).toBe(401);
    await write('short john\n');
    expect((await ask(`${url}/who`, 'the-second-of-two-tokens')).status).toBe(200);
    await rm(path);
    expect((await ask(`${url}/who`, 'the-second-of-two-tokens')).status).toBe(200);
  });

  test.each([
    ['short', 'bad.txt:1: the token has 5 characters, expected 16 or more'],
    ['# x\nsha256:12 john', 'bad.txt:2: expected 64 hexadecimal digits after "sha256:"'],
    ['a-token-long-enough system:admin', 'bad.txt:1: NAME'],
    ['a-token-long-enough john a b', 'bad.txt:1: found more than three words'],
    ['a-token-long-enough john\na-token-long-enough mary', 'bad.txt:2: this token is there twice'],
  ])('%s is refused at the start, without the token in the message', async (text, message) => {
    const path = join(dir, 'bad.txt');
    await writeFile(path, text);
    await expect(serve({ ...base, tokenFile: path })).rejects.toMatchObject({ code: 'PROW_AUTHENTICATION_TOKEN_FILE', message: expect.stringContaining(message) });
  });
});

describe('off', () => {
  const off = flagDefaults(authenticationFlags);

  test.each(['0.0.0.0', '::', '', '10.0.0.1', 'example.com'])('beyond loopback (%s) it does not start', async (address) => {
    await expect(serve(off, address)).rejects.toMatchObject({ code: 'PROW_AUTHENTICATION_OPEN', message: expect.stringContaining('--token-file') });
  });

  test.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('on %s everybody has every role', async (address) => {
    const { url } = await serve(off, address);
    expect(JSON.parse((await ask(`${url}/who`, undefined)).text)).toMatchObject({ source: 'loopback' });
    expect((await ask(`${url}/admin`, undefined)).status).toBe(200);
  });

  test.each<Record<string, string>>([{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }])('pages of other sites are refused: %j', async (headers) => {
    const { url } = await serve(off);
    expect((await ask(`${url}/who`, undefined, headers)).status).toBe(403);
    expect((await ask(`${url}/who`, undefined, { origin: url })).status).toBe(200);
  });

  test('a host of another name is refused: a page may have made it mean this machine', async () => {
    const { url } = await serve(off);
    const status = (host: string): Promise<number | undefined> => new Promise((resolve, reject) => get(`${url}/who`, { headers: { host } }, (response) => resolve(response.resume().statusCode)).once('error', reject));
    expect(await Promise.all(['evil.example', 'evil.example:80', 'localhost', '127.0.0.1:1', '[::1]:80', '10.0.0.1'].map(status))).toEqual([403, 403, 200, 200, 200, 200]);
  });

  test('roles without anybody who is asked for a name are a mistake', async () => {
    await expect(authenticatorFrom({ ...off, roles: ['admin=user:john'] }, { address: '127.0.0.1', log: silentLogger, clock: systemClock })).rejects.toMatchObject({ code: 'PROW_AUTHENTICATION_FLAGS', message: expect.stringContaining('--role') });
  });
});
