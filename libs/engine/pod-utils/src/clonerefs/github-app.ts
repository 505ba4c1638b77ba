// Installation tokens of a GitHub App. upstream: pkg/github (app auth); https://docs.github.com/apps
import { createSign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ProwError } from '@prow/base-errors';
import type { SecretFilter } from './secrets.ts';

export interface AppSettings {
  appId: string;
  privateKeyFile: string;
  /** Tried in order. */
  endpoints: readonly string[];
}

const requestTimeoutMs = 30_000;
const clockSkewSeconds = 60;
const jwtSeconds = 9 * 60;

/** A token for the App's installation on `org`. @throws ProwError PROW_POD_UTILS_TOKEN */
export async function installationToken(org: string, { appId, privateKeyFile, endpoints }: AppSettings, secrets: SecretFilter): Promise<string> {
  const failures: string[] = [];
  const jwt = makeJwt(appId, privateKeyFile);
  secrets.add(jwt);
  for (const endpoint of endpoints) {
    try {
      const { id } = await ask<{ id?: number }>(endpoint, `/orgs/${encodeURIComponent(org)}/installation`, 'GET', jwt)
        .catch(() => ask<{ id?: number }>(endpoint, `/users/${encodeURIComponent(org)}/installation`, 'GET', jwt));
      if (typeof id !== 'number') throw new Error('the answer has no installation id');
      const { token } = await ask<{ token?: string }>(endpoint, `/app/installations/${id}/access_tokens`, 'POST', jwt);
      if (typeof token !== 'string' || token === '') throw new Error('the answer has no token');
      secrets.add(token);
      return token;
    } catch (error) {
      failures.push(`${endpoint}: ${(error as Error).message}`);
    }
  }
  throw new ProwError('PROW_POD_UTILS_TOKEN', `cannot get a token of GitHub App ${appId} for ${org}: ${failures.join('; ')}`);
}

function makeJwt(appId: string, privateKeyFile: string): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iat: now - clockSkewSeconds, exp: now + jwtSeconds, iss: appId })}`;
  try {
    return `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(readFileSync(privateKeyFile, 'utf8'), 'base64url')}`;
  } catch (error) {
    throw new ProwError('PROW_POD_UTILS_TOKEN', `cannot sign with the App's private key ${privateKeyFile}: ${(error as Error).message}`, { cause: error });
  }
}

async function ask<T>(endpoint: string, path: string, method: 'GET' | 'POST', jwt: string): Promise<T> {
  const response = await fetch(`${endpoint.replace(/\/+$/, '')}${path}`, {
    method,
    headers: { accept: 'application/vnd.github+json', authorization: `Bearer ${jwt}`, 'user-agent': 'clonerefs' },
    signal: AbortSignal.timeout(requestTimeoutMs),
  });
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`);
  return (await response.json()) as T;
}
