import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import type { GitHubClient } from './api.ts';
import { actions } from './octokit/actions.ts';
import { comments } from './octokit/comments.ts';
import { graphql } from './octokit/graphql.ts';
import { hooks } from './octokit/hooks.ts';
import { issues } from './octokit/issues.ts';
import { organizations } from './octokit/organizations.ts';
import { pullRequests } from './octokit/pull-requests.ts';
import { repositories } from './octokit/repositories.ts';
import { reviews } from './octokit/reviews.ts';
import { search } from './octokit/search.ts';
import { statuses } from './octokit/statuses.ts';
import { users } from './octokit/users.ts';
import type { RequestPriority } from './roles/rates.ts';
import type { User } from './roles/types.ts';
import { AnswerCache, type AnswerStore } from './transport/answer-cache.ts';
import { Asker } from './transport/asker.ts';
import { noMetrics, type RequestMetrics } from './transport/metrics.ts';
import { Sender } from './transport/sender.ts';
import { anonymous, type TokenSource } from './transport/token-source.ts';

export interface GitHubClientOptions {
  log: Logger;
  clock: Clock;
  /** REST roots, tried in this order. Default `https://api.github.com`. */
  endpoints?: readonly string[];
  /** Default: what belongs to the first endpoint (`/graphql`, or `/api/graphql` beside `/api/v3`). */
  graphqlEndpoint?: string;
  /** Where people read. Default: what belongs to the first endpoint. */
  webUrl?: string;
  /** Default: anonymous. */
  tokens?: TokenSource;
  /** Writes are logged, not sent. Default false. */
  dryRun?: boolean;
  /** Keeps answers over restarts; closed with the client. */
  answerStore?: AnswerStore;
  metrics?: RequestMetrics;
  /** One attempt; default 60,000. */
  requestTimeoutMs?: number;
  /** In all, default 5. */
  maxAttempts?: number;
  /** First wait between attempts, default 500; doubles. */
  initialDelayMs?: number;
  /** Longest wait between attempts, default 30,000. */
  maxDelayMs?: number;
  /** Longest wait for rate limits, default 120,000; longer waits reject as transient. */
  maxRateWaitMs?: number;
  /** Requests under way at once, default 48. */
  maxConcurrent?: number;
}

/** A client of github.com, of Enterprise, or of the local GitHub. */
export function createGitHubClient(options: GitHubClientOptions): GitHubClient {
  const endpoints = (options.endpoints ?? []).length > 0 ? (options.endpoints ?? []).map((url) => url.replace(/\/+$/, '')) : ['https://api.github.com'];
  const first = endpoints[0] ?? 'https://api.github.com';
  const tokens = options.tokens ?? anonymous;
  const sender = new Sender({
    endpoints,
    graphqlEndpoint: (options.graphqlEndpoint ?? graphqlEndpointOf(first)).replace(/\/+$/, ''),
    tokens,
    cache: new AnswerCache(options.answerStore === undefined ? {} : { store: options.answerStore }),
    metrics: options.metrics ?? noMetrics,
    log: options.log,
    clock: options.clock,
    dryRun: options.dryRun ?? false,
    requestTimeoutMs: options.requestTimeoutMs ?? 60_000,
    maxAttempts: options.maxAttempts ?? 5,
    initialDelayMs: options.initialDelayMs ?? 500,
    maxDelayMs: options.maxDelayMs ?? 30_000,
    maxRateWaitMs: options.maxRateWaitMs ?? 120_000,
    ...(options.maxConcurrent === undefined ? {} : { maxConcurrent: options.maxConcurrent }),
  });
  const webUrl = (options.webUrl ?? webUrlOf(first)).replace(/\/+$/, '');
  const close = async (): Promise<void> => options.answerStore?.close?.();
  return clientWith({ sender, webUrl, account: rememberedAccount(sender), close }, 'normal');
}

interface Shared {
  sender: Sender;
  webUrl: string;
  account: () => Promise<User>;
  close: () => Promise<void>;
}

function clientWith(shared: Shared, priority: RequestPriority): GitHubClient {
  const ask = new Asker(shared.sender, priority);
  return {
    webUrl: shared.webUrl,
    isDryRun: shared.sender.isDryRun,
    withPriority: (other) => clientWith(shared, other),
    close: shared.close,
    rateBudgets: () => shared.sender.rateBudgets(),
    ...actions(ask),
    ...comments(ask),
    ...graphql(ask),
    ...hooks(ask),
    ...issues(ask),
    ...organizations(ask),
    ...pullRequests(ask),
    ...repositories(ask),
    ...reviews(ask),
    ...search(ask),
    ...statuses(ask),
    ...users(ask, shared.account),
  };
}

/** Who we are, asked once. A failure is not remembered. */
function rememberedAccount(sender: Sender): () => Promise<User> {
  const ask = new Asker(sender, 'urgent');
  let known: Promise<User> | undefined;
  const find = async (): Promise<User> => {
    if (sender.tokens.kind !== 'app') return ask.get<User>('GET /user');
    const app = await ask.get<{ slug: string; id: number }>('GET /app');
    return { login: `${app.slug}[bot]`, id: app.id, type: 'Bot' };
  };
  return () => {
    known ??= find().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}

const restSuffix = '/api/v3';

function graphqlEndpointOf(endpoint: string): string {
  return endpoint.endsWith(restSuffix) ? `${endpoint.slice(0, -restSuffix.length)}/api/graphql` : `${endpoint}/graphql`;
}

function webUrlOf(endpoint: string): string {
  return endpoint.endsWith(restSuffix) ? endpoint.slice(0, -restSuffix.length) : 'https://github.com';
}
