import { ProwError } from '@prow/base-errors';
import { booleanFlag, durationFlag, integerFlag, stringFlag, stringListFlag, type FlagValues } from '@prow/base-flags';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import { openStore } from '@prow/clients-store';
import type { GitHubClient } from './api.ts';
import { createGitHubClient } from './create-client.ts';
import type { AnswerStore } from './transport/answer-cache.ts';
import { appTokens } from './transport/app-tokens.ts';
import { durableAnswers } from './transport/durable-answers.ts';
import type { RequestMetrics } from './transport/metrics.ts';
import { anonymous, tokenFile, type TokenSource } from './transport/token-source.ts';

const defaultHost = 'github.com';

/** The flags of every app that talks to GitHub. upstream: pkg/flagutil/github.go */
export const githubFlags = {
  githubEndpoints: stringListFlag('github-endpoint', {
    help: 'REST root of GitHub; repeat it for places to ask in order when one does not answer',
    default: ['https://api.github.com'],
  }),
  githubGraphqlEndpoint: stringFlag('github-graphql-endpoint', { help: 'GraphQL address; default: the one that belongs to the first --github-endpoint' }),
  githubHost: stringFlag('github-host', {
    help: `where git repositories and pages are: a host name, or a root such as http://127.0.0.1:3000; default ${defaultHost}, or the host of an Enterprise --github-endpoint`,
  }),
  githubTokenPath: stringFlag('github-token-path', { help: 'file with the token to act with; read again when it changes' }),
  githubAppId: stringFlag('github-app-id', { help: 'id of the GitHub App to act as; with --github-app-private-key-path, instead of a token' }),
  githubAppPrivateKeyPath: stringFlag('github-app-private-key-path', { help: "file with the App's private key (PEM)" }),
  githubHourlyTokens: integerFlag('github-hourly-tokens', { help: 'accepted for compatibility: the budget follows what GitHub says is left', min: 0 }),
  githubAllowedBurst: integerFlag('github-allowed-burst', { help: 'requests under way at once; default 48', min: 0 }),
  githubRequestTimeoutMs: durationFlag('github-client.request-timeout', { help: 'how long one attempt may take', default: '1m' }),
  githubMaxRetries: integerFlag('github-client.max-retries', { help: 'how often a request that may be repeated is repeated', default: 5, min: 0, max: 100 }),
  githubInitialDelayMs: durationFlag('github-client.initial-delay', { help: 'wait before the first repetition; doubles', default: '500ms' }),
  githubMaxSleepMs: durationFlag('github-client.max-sleep-time', { help: 'longest wait for a rate limit before a request fails as transient', default: '2m' }),
  githubCacheDir: stringFlag('github-cache-dir', { help: "folder for GitHub's answers, so that what has not changed costs nothing after a restart, either; one program a folder. Default: a folder in the program's --data-dir where it has one, else none" }),
  dryRun: booleanFlag('dry-run', { help: 'log what would change on GitHub, and change nothing' }),
} as const;

export type GitHubSettings = FlagValues<typeof githubFlags>;

export interface GitHubClientParts {
  log: Logger;
  clock: Clock;
  metrics?: RequestMetrics;
  /** Where answers are kept when `--github-cache-dir` is not given. Default: nowhere. */
  cacheDir?: string;
}

/** The client that the flags describe. Throws ProwError when flags contradict one another, or the cache's folder cannot be used. */
export function githubClientFrom(settings: GitHubSettings, { cacheDir: defaultCacheDir, ...parts }: GitHubClientParts): GitHubClient {
  const cacheDir = settings.githubCacheDir ?? defaultCacheDir ?? '';
  return createGitHubClient({
    ...parts,
    ...(cacheDir === '' ? {} : { answerStore: answersIn(cacheDir) }),
    endpoints: settings.githubEndpoints,
    tokens: githubTokensFrom(settings, parts.clock),
    webUrl: githubWebUrlFrom(settings),
    dryRun: settings.dryRun,
    requestTimeoutMs: settings.githubRequestTimeoutMs,
    maxAttempts: settings.githubMaxRetries + 1,
    initialDelayMs: settings.githubInitialDelayMs,
    maxRateWaitMs: settings.githubMaxSleepMs,
    ...(settings.githubGraphqlEndpoint === undefined ? {} : { graphqlEndpoint: settings.githubGraphqlEndpoint }),
    ...(settings.githubAllowedBurst === undefined || settings.githubAllowedBurst === 0 ? {} : { maxConcurrent: settings.githubAllowedBurst }),
  });
}

function answersIn(dir: string): AnswerStore {
  const store = openStore(dir);
  return { ...durableAnswers(store), close: () => store.close() };
}

/** Whose credentials the flags name; also what git uses. */
export function githubTokensFrom(settings: GitHubSettings, clock: Clock): TokenSource {
  const { githubTokenPath, githubAppId, githubAppPrivateKeyPath } = settings;
  const isApp = githubAppId !== undefined && githubAppId !== '';
  if (isApp !== (githubAppPrivateKeyPath !== undefined && githubAppPrivateKeyPath !== '')) {
    throw new ProwError('PROW_GITHUB_FLAGS', '--github-app-id and --github-app-private-key-path belong together: one of them is missing');
  }
  if (isApp) {
    if (githubTokenPath) throw new ProwError('PROW_GITHUB_FLAGS', '--github-token-path and --github-app-id exclude one another: a client acts as one account');
    return appTokens({ appId: githubAppId, privateKeyPath: githubAppPrivateKeyPath ?? '', endpoint: settings.githubEndpoints[0] ?? 'https://api.github.com', clock });
  }
  return githubTokenPath ? tokenFile({ path: githubTokenPath, clock }) : anonymous;
}

/** Where people and git find repositories: `https://github.com`. */
export function githubWebUrlFrom(settings: Pick<GitHubSettings, 'githubHost' | 'githubEndpoints'>): string {
  const { githubHost } = settings;
  if (githubHost) return /^https?:\/\//.test(githubHost) ? githubHost.replace(/\/+$/, '') : `https://${githubHost}`;
  const enterprise = /^(https?:\/\/.+)\/api\/v3\/?$/.exec(settings.githubEndpoints[0] ?? '');
  return enterprise?.[1] ?? `https://${defaultHost}`;
}
