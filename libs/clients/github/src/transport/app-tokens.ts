import { readFile } from 'node:fs/promises';
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/core';
import { messageOf, ProwError } from '@prow/base-errors';
import type { Clock } from '@prow/base-time';
import { GitHubError } from '../github-error.ts';
import type { TokenSource } from './token-source.ts';

export interface AppTokensOptions {
  appId: string;
  privateKeyPath: string;
  /** REST root that hands out installation tokens. */
  endpoint: string;
  clock: Clock;
}

/** How long the list of installations is believed. */
const installationsFreshMs = 10 * 60_000;
/** How often a missing installation may cause the list to be asked for again. */
const installationsRetryMs = 30_000;

/**
 * A GitHub App: calls about an organisation are made with the token of the App's installation there. Tokens are kept
 * until shortly before they end (one hour), per organisation; the private key is read again when it stops working.
 * upstream: pkg/github/app_auth_roundtripper.go
 */
export function appTokens({ appId, privateKeyPath, endpoint, clock }: AppTokensOptions): TokenSource {
  let auth: ReturnType<typeof createAppAuth> | undefined;
  let installations: { byLogin: Map<string, number>; askedAt: number } | undefined;
  let asking: Promise<Map<string, number>> | undefined;
  const octokit = new Octokit({ baseUrl: endpoint, userAgent: 'prow' });

  async function authNow(): Promise<ReturnType<typeof createAppAuth>> {
    if (auth !== undefined) return auth;
    let privateKey: string;
    try {
      privateKey = await readFile(privateKeyPath, 'utf8');
    } catch (error) {
      throw new ProwError('PROW_GITHUB_APP_KEY', `${privateKeyPath}: cannot read the App's private key`, { cause: error });
    }
    auth = createAppAuth({ appId, privateKey, request: octokit.request });
    return auth;
  }

  async function jwt(): Promise<string> {
    const authenticate = await authNow();
    try {
      return (await authenticate({ type: 'app' })).token;
    } catch (error) {
      throw new ProwError('PROW_GITHUB_APP_KEY', `${privateKeyPath}: not a usable private key: ${messageOf(error)}`, { cause: error });
    }
  }

  async function listInstallations(): Promise<Map<string, number>> {
    const byLogin = new Map<string, number>();
    for (let page = 1; page <= 100; page += 1) {
      const { data } = await octokit.request('GET /app/installations', { per_page: 100, page, headers: { authorization: `bearer ${await jwt()}` } });
      for (const { id, account } of data) {
        if (account !== null && 'login' in account) byLogin.set(account.login.toLowerCase(), id);
      }
      if (data.length < 100) break;
    }
    installations = { byLogin, askedAt: clock.now() };
    return byLogin;
  }

  async function installationOf(org: string): Promise<number> {
    const login = org.toLowerCase();
    const age = installations === undefined ? Number.POSITIVE_INFINITY : clock.now() - installations.askedAt;
    const known = installations?.byLogin.get(login);
    if (known !== undefined && age < installationsFreshMs) return known;
    if (age < installationsRetryMs) throw notInstalled(org);
    asking ??= listInstallations().finally(() => {
      asking = undefined;
    });
    const id = (await asking).get(login);
    if (id === undefined) throw notInstalled(org);
    return id;
  }

  async function installationToken(org: string): Promise<string> {
    const authenticate = await authNow();
    const installationId = await installationOf(org);
    return (await authenticate({ type: 'installation', installationId })).token;
  }

  return {
    kind: 'app',
    authorize: async (org) =>
      org === undefined
        ? { header: `bearer ${await jwt()}`, identity: `app/${appId}` }
        : { header: `token ${await installationToken(org)}`, identity: `app/${appId}/${org.toLowerCase()}` },
    gitToken: installationToken,
    invalidate: () => {
      auth = undefined;
      installations = undefined;
    },
  };
}

function notInstalled(org: string): GitHubError {
  return new GitHubError(`the GitHub App is not installed in ${org}`, { status: 404, code: 'PROW_GITHUB_APP_NOT_INSTALLED' });
}
