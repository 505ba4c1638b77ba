// Signing in and out with GitHub, and what keeps other sites from pressing our buttons. upstream: cmd/deck/main.go, pkg/githuboauth
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Router, type Request, type Response } from 'express';
import { ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import { isLoopbackHost, hostOf } from '@prow/clients-authentication';
import { neverCache, parameter } from '../routes/answers.ts';
import { authorizeUrl, loginOf, type GitHubAddresses, type OAuthConfig } from './oauth.ts';
import { cookieOf, type Seal } from './sealed.ts';

const sessionCookie = 'access-token-session';
const stateCookie = 'oauth-session';
const loginCookie = 'github_login';
const sessionMs = 24 * 60 * 60_000;
const stateMs = 10 * 60_000;

export interface SessionsOptions {
  oauth: OAuthConfig;
  addresses: GitHubAddresses;
  seal: Seal;
  /** --allow-insecure: cookies also travel over plain HTTP. On loopback they do anyway. */
  allowInsecure: boolean;
  clock: Clock;
  log: Logger;
}

interface Session {
  login: string;
  csrfToken: string;
}

/** Who is signed in, from a sealed cookie. */
export class Sessions {
  readonly #options: SessionsOptions;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  of(request: Request): Session | undefined {
    const found = this.#options.seal.open('session', cookieOf(request, sessionCookie));
    if (found === undefined || typeof found['login'] !== 'string' || typeof found['id'] !== 'string') return undefined;
    if (typeof found['until'] !== 'number' || found['until'] <= this.#options.clock.now()) return undefined;
    return { login: found['login'], csrfToken: createHash('sha256').update(`csrf\0${found['id']}`).digest('base64url') };
  }

  /** @throws ProwError PROW_DECK_CSRF (403): a signed-in person's request without what only our pages know */
  checkCsrf(request: Request): void {
    const session = this.of(request);
    if (session === undefined) return;
    const given = Buffer.from(request.get('x-csrf-token') ?? '');
    const expected = Buffer.from(session.csrfToken);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new ProwError('PROW_DECK_CSRF', 'header X-CSRF-Token is missing or not that of your session; load the page again', { httpStatus: 403 });
  }

  routes(): Router {
    const router = Router();
    router.get('/github-login', (request, response) => this.#begin(request, response));
    router.get('/github-login/redirect', async (request, response) => this.#finish(request, response));
    router.post('/github-logout', (request, response) => {
      this.checkCsrf(request);
      for (const name of [sessionCookie, loginCookie]) response.append('Set-Cookie', `${name}=; Path=/; Max-Age=0${this.#attributes(request)}`);
      neverCache(response);
      response.status(204).end();
    });
    return router;
  }

  #begin(request: Request, response: Response): void {
    const { oauth, addresses, seal, clock } = this.#options;
    const state = randomBytes(24).toString('base64url');
    const sealed = seal.seal('state', { state, dest: ownPath(parameter(request, 'dest'), request), until: clock.now() + stateMs });
    response.append('Set-Cookie', `${stateCookie}=${sealed}; Path=/github-login; HttpOnly; Max-Age=${stateMs / 1000}${this.#attributes(request)}`);
    neverCache(response);
    response.redirect(302, authorizeUrl(addresses, oauth, { redirectUri: this.#redirectUri(request), state }));
  }

  async #finish(request: Request, response: Response): Promise<void> {
    const { oauth, addresses, seal, clock, log } = this.#options;
    const kept = seal.open('state', cookieOf(request, stateCookie));
    const state = parameter(request, 'state') ?? '';
    if (kept === undefined || kept['state'] !== state || typeof kept['until'] !== 'number' || kept['until'] <= clock.now()) {
      throw new ProwError('PROW_DECK_LOGIN', 'this sign-in was not begun here, or took longer than 10 minutes; sign in again', { httpStatus: 400 });
    }
    const code = parameter(request, 'code');
    if (code === undefined || code.length > 500) throw new ProwError('PROW_DECK_LOGIN', 'GitHub sent no code: the sign-in was refused', { httpStatus: 400 });
    const login = await loginOf(addresses, oauth, { code, redirectUri: this.#redirectUri(request) });
    const session = seal.seal('session', { login, id: randomBytes(18).toString('base64url'), until: clock.now() + sessionMs });
    response.append('Set-Cookie', `${sessionCookie}=${session}; Path=/; HttpOnly; Max-Age=${sessionMs / 1000}${this.#attributes(request)}`);
    response.append('Set-Cookie', `${loginCookie}=${encodeURIComponent(login)}; Path=/; Max-Age=${sessionMs / 1000}${this.#attributes(request)}`);
    response.append('Set-Cookie', `${stateCookie}=; Path=/github-login; Max-Age=0${this.#attributes(request)}`);
    log.info('signed in', { user: login });
    neverCache(response);
    response.redirect(302, typeof kept['dest'] === 'string' ? kept['dest'] : '/');
  }

  #redirectUri(request: Request): string {
    return this.#options.oauth.redirectUrl === '' ? `${originOf(request)}/github-login/redirect` : this.#options.oauth.redirectUrl;
  }

  #attributes(request: Request): string {
    const isPlain = this.#options.allowInsecure || (!isHttps(request) && isLoopbackHost(hostOf(request.get('host') ?? '')));
    return `; SameSite=Lax${isPlain ? '' : '; Secure'}`;
  }
}

function isHttps(request: Request): boolean {
  return request.get('x-forwarded-proto') === 'https' || request.secure;
}

function originOf(request: Request): string {
  return `${isHttps(request) ? 'https' : 'http'}://${request.get('host') ?? 'localhost'}`;
}

/** Where to go on to after the sign-in: a page of ours, whatever was asked for. */
function ownPath(dest: string | undefined, request: Request): string {
  const origin = originOf(request);
  if (dest === undefined || dest.length > 2000 || !URL.canParse(dest, `${origin}/`)) return '/';
  const url = new URL(dest, `${origin}/`);
  if (url.origin !== new URL(origin).origin) return '/';
  // `//other.example` would be another site.
  return `/${url.pathname.replace(/^\/+/, '')}${url.search}${url.hash}`;
}

/** A page of another site must not press our buttons: browsers say where a request comes from. */
export function refuseOtherSites(request: Request): void {
  const site = request.get('sec-fetch-site');
  const origin = request.get('origin');
  const isOther = site !== undefined ? site !== 'same-origin' && site !== 'none' : origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== request.get('host'));
  if (isOther) throw new ProwError('PROW_DECK_OTHER_SITE', 'the request comes from another site', { httpStatus: 403 });
}
