// GitHub's OAuth web flow, as far as it tells who somebody is. upstream: pkg/githuboauth, cmd/deck/main.go
import { readFileSync } from 'node:fs';
import { messageOf, ProwError } from '@prow/base-errors';
import { parseYaml } from '@prow/base-yaml';

/** The file of --github-oauth-config-file. */
export interface OAuthConfig {
  clientId: string;
  clientSecret: string;
  /** Where GitHub sends people back; '': to `/github-login/redirect` of the host they came by. */
  redirectUrl: string;
  scopes: readonly string[];
}

/** @throws ProwError PROW_DECK_FLAGS */
export function readOAuthConfig(path: string): OAuthConfig {
  const wrong = (what: string, cause?: unknown): ProwError => new ProwError('PROW_DECK_FLAGS', `--github-oauth-config-file: ${path}: ${what}`, cause === undefined ? {} : { cause });
  let value: unknown;
  try {
    value = parseYaml(readFileSync(path, 'utf8'));
  } catch (error) {
    throw wrong(messageOf(error), error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('expected client_id, client_secret, redirect_url, scopes');
  const { client_id: clientId, client_secret: clientSecret, redirect_url: redirectUrl = '', scopes = [] } = value as Record<string, unknown>;
  if (typeof clientId !== 'string' || clientId === '') throw wrong('client_id is missing');
  if (typeof clientSecret !== 'string' || clientSecret === '') throw wrong('client_secret is missing');
  if (typeof redirectUrl !== 'string' || (redirectUrl !== '' && !URL.canParse(redirectUrl))) throw wrong('redirect_url: expected an address');
  if (!Array.isArray(scopes) || !scopes.every((scope): scope is string => typeof scope === 'string')) throw wrong('scopes: expected a list of texts');
  return { clientId, clientSecret, redirectUrl, scopes };
}

export interface GitHubAddresses {
  /** `https://github.com` */
  webUrl: string;
  /** `https://api.github.com` */
  apiUrl: string;
}

export function authorizeUrl({ webUrl }: GitHubAddresses, { clientId, scopes }: OAuthConfig, { redirectUri, state }: { redirectUri: string; state: string }): string {
  const query = new URLSearchParams({ client_id: clientId, redirect_uri: redirectUri, state, ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }) });
  return `${webUrl}/login/oauth/authorize?${query.toString()}`;
}

/** The login of whoever agreed. The token is used once, for this question, and forgotten. @throws ProwError PROW_DECK_LOGIN (rejects) */
export async function loginOf({ webUrl, apiUrl }: GitHubAddresses, { clientId, clientSecret }: OAuthConfig, { code, redirectUri }: { code: string; redirectUri: string }): Promise<string> {
  const exchanged = await askJson(`${webUrl}/login/oauth/access_token`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ client_id: clientId, client_secret: clientSecret, code, redirect_uri: redirectUri }).toString(),
  });
  const token = exchanged['access_token'];
  if (typeof token !== 'string' || token === '') {
    const why = exchanged['error_description'] ?? exchanged['error'];
    throw new ProwError('PROW_DECK_LOGIN', `GitHub did not accept the sign-in${typeof why === 'string' ? `: ${why.slice(0, 300)}` : ''}; sign in again`, { httpStatus: 401 });
  }
  const user = await askJson(`${apiUrl}/user`, { headers: { accept: 'application/vnd.github+json', authorization: `Bearer ${token}`, 'user-agent': 'prow-deck' } });
  const { login } = user;
  if (typeof login !== 'string' || !/^[A-Za-z0-9_.[\]-]{1,100}$/.test(login)) throw new ProwError('PROW_DECK_LOGIN', 'GitHub did not say who you are', { httpStatus: 502 });
  return login;
}

async function askJson(url: string, init: RequestInit): Promise<Record<string, unknown>> {
  try {
    const response = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of response.body ?? []) {
      const bytes = part as Uint8Array;
      size += bytes.length;
      if (size > 1024 * 1024) throw new Error('the answer is too long');
      parts.push(bytes);
    }
    const value: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
    if (typeof value !== 'object' || value === null) throw new Error('no JSON object');
    return value as Record<string, unknown>;
  } catch (error) {
    throw new ProwError('PROW_DECK_LOGIN', `GitHub cannot be asked who you are: ${messageOf(error)}`, { httpStatus: 502, transient: true, cause: error });
  }
}
