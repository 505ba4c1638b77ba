import { Octokit } from '@octokit/core';
import type { Logger } from '@prow/base-log';
import { backoffMs, type Clock } from '@prow/base-time';
import { GitHubError } from '../github-error.ts';
import type { RateBudget, RequestPriority } from '../roles/rates.ts';
import { AnswerCache, type CachedAnswer } from './answer-cache.ts';
import { describeFailure, type Failure } from './failure.ts';
import type { RequestMetrics } from './metrics.ts';
import { RequestBudget } from './request-budget.ts';
import type { Authorization, TokenSource } from './token-source.ts';

export interface SenderOptions {
  /** REST roots, tried in this order when one does not answer: `https://api.github.com`. */
  endpoints: readonly string[];
  graphqlEndpoint: string;
  tokens: TokenSource;
  cache: AnswerCache;
  metrics: RequestMetrics;
  log: Logger;
  clock: Clock;
  dryRun: boolean;
  /** How long one attempt may take. */
  requestTimeoutMs: number;
  /** Attempts in all, for what may be repeated. */
  maxAttempts: number;
  /** The first wait between attempts; doubles. */
  initialDelayMs: number;
  /** The longest wait between attempts. */
  maxDelayMs: number;
  /** How long a request may wait for rate limits before it rejects as transient. */
  maxRateWaitMs: number;
  maxConcurrent?: number;
}

/** One call, by route template and its parameters, as Octokit names them. */
export interface Call {
  /** `GET /repos/{owner}/{repo}`, or an absolute URL after the method. */
  route: string;
  /** Fills the template; what is left becomes the query (GET) or the body. */
  parameters?: Readonly<Record<string, unknown>>;
  /** Whose installation asks. */
  org: string | undefined;
  priority: RequestPriority;
  accept?: string;
  /** A write that may be sent twice without harm. Reads always may. */
  isRepeatable?: boolean;
  /** Not conditional: used where GitHub's answer changes without its ETag. */
  skipCache?: boolean;
}

export interface Answer {
  status: number;
  data: unknown;
  headers: Readonly<Record<string, string | number | undefined>>;
}

/**
 * Sends calls: credentials, budget, conditional requests, repetition, failover between endpoints, metrics.
 * Contract of one attempt: budget → cache lookup → GitHub → cache update.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #octokit: Octokit;
  readonly #budgets = new Map<string, RequestBudget>();

  constructor(options: SenderOptions) {
    this.#options = options;
    const quiet = (): void => {};
    this.#octokit = new Octokit({ userAgent: 'prow', log: { debug: quiet, info: quiet, warn: quiet, error: quiet } });
  }

  get isDryRun(): boolean {
    return this.#options.dryRun;
  }
  get tokens(): TokenSource {
    return this.#options.tokens;
  }
  get clock(): Clock {
    return this.#options.clock;
  }
  get log(): Logger {
    return this.#options.log;
  }
  get graphqlEndpoint(): string {
    return this.#options.graphqlEndpoint;
  }
  /** The budgets of all accounts this client asked with; the tightest one of each resource. */
  rateBudgets(): ReadonlyMap<string, RateBudget> {
    const tightest = new Map<string, RateBudget>();
    for (const budget of this.#budgets.values()) {
      for (const [resource, rate] of budget.budgets) {
        const known = tightest.get(resource);
        if (known === undefined || rate.remaining < known.remaining) tightest.set(resource, rate);
      }
    }
    return tightest;
  }

  /** Rejects with GitHubError for anything but a 2xx (or a remembered answer that is still right). */
  async send(call: Call): Promise<Answer> {
    const isRead = call.route.startsWith('GET ');
    for (let attempt = 0; ; attempt += 1) {
      const authorization = await this.#options.tokens.authorize(call.org);
      const failure = await this.#attempt(call, authorization, attempt);
      if ('answer' in failure) return failure.answer;
      if (failure.error.status === 401 && attempt === 0) {
        this.#options.tokens.invalidate();
        if ((await this.#options.tokens.authorize(call.org)).identity !== authorization.identity) continue;
      }
      const mayRepeat = failure.hadNoEffect || (failure.error.transient && (isRead || call.isRepeatable === true));
      if (!mayRepeat || attempt + 1 >= this.#options.maxAttempts) throw failure.error;
      const delayMs = failure.retryAfterMs ?? backoffMs(attempt, { baseMs: this.#options.initialDelayMs, maxMs: this.#options.maxDelayMs, jitter: 0.3 });
      if (delayMs > this.#options.maxRateWaitMs) throw failure.error;
      if (failure.isRateLimit) this.#budgetOf(authorization.identity).pause(delayMs);
      this.#options.log.debug('repeating a call to GitHub', { route: call.route, attempt, delayMs, status: failure.error.status });
      if (!failure.isRateLimit) await this.#options.clock.sleep(delayMs);
    }
  }

  async #attempt(call: Call, authorization: Authorization, attempt: number): Promise<{ answer: Answer } | Failure> {
    const budget = this.#budgetOf(authorization.identity);
    const resource = resourceOf(call.route);
    const waitMs = budget.waitMs(call.priority, resource);
    if (waitMs > this.#options.maxRateWaitMs) return exhausted(call.route, waitMs);
    const release = await budget.acquire(call.priority, resource);
    const startedAt = this.#options.clock.now();
    let outcome = 'unreachable';
    let fromCache = false;
    try {
      const sent = await this.#request(call, authorization, attempt);
      budget.observe(sent.answer.headers);
      outcome = sent.fromCache ? '304' : String(sent.answer.status);
      fromCache = sent.fromCache;
      return { answer: sent.answer };
    } catch (error) {
      const failure = describeFailure(call.route, error, this.#options.clock.now());
      if (failure.headers !== undefined) budget.observe(failure.headers);
      if (failure.error.status > 0) outcome = String(failure.error.status);
      return failure;
    } finally {
      release();
      this.#options.metrics.onRequest({ route: call.route, outcome, durationMs: this.#options.clock.now() - startedAt, fromCache });
      const rate = budget.budgets.get(resource);
      if (rate !== undefined) this.#options.metrics.onBudget({ resource, remaining: rate.remaining, resetsAt: rate.resetsAt });
    }
  }

  async #request(call: Call, authorization: Authorization, attempt: number): Promise<{ answer: Answer; fromCache: boolean }> {
    const { endpoints, requestTimeoutMs } = this.#options;
    const baseUrl = endpoints[attempt % endpoints.length] ?? 'https://api.github.com';
    const accept = call.accept ?? 'application/vnd.github+json';
    const headers: Record<string, string> = { accept, 'x-github-api-version': '2022-11-28' };
    if (authorization.header !== undefined) headers['authorization'] = authorization.header;
    const useCache = call.route.startsWith('GET ') && call.skipCache !== true;
    const { url } = this.#octokit.request.endpoint(call.route, { ...call.parameters, baseUrl });
    const key = useCache ? AnswerCache.key(authorization.identity, url, accept) : '';
    const cached = useCache ? await this.#options.cache.get(key) : undefined;
    if (cached !== undefined) headers['if-none-match'] = cached.etag;
    try {
      const answer = (await this.#octokit.request(call.route, {
        ...call.parameters,
        baseUrl,
        headers,
        request: { signal: AbortSignal.timeout(requestTimeoutMs) },
      })) as Answer;
      const etag = answer.headers['etag'];
      if (useCache && typeof etag === 'string') await this.#options.cache.put(key, rememberedAnswer(answer, etag));
      return { answer, fromCache: false };
    } catch (error) {
      if (cached !== undefined && (error as { status?: number }).status === 304) {
        return { answer: recalledAnswer(cached, (error as { response?: Answer }).response), fromCache: true };
      }
      throw error;
    }
  }

  #budgetOf(identity: string): RequestBudget {
    let budget = this.#budgets.get(identity);
    if (budget === undefined) {
      const { clock, maxConcurrent } = this.#options;
      budget = new RequestBudget({ clock, ...(maxConcurrent === undefined ? {} : { maxConcurrent }) });
      this.#budgets.set(identity, budget);
    }
    return budget;
  }
}

function resourceOf(route: string): string {
  if (route.includes('/search/')) return 'search';
  return route.endsWith('/graphql') ? 'graphql' : 'core';
}

function exhausted(route: string, waitMs: number): Failure {
  return {
    error: new GitHubError(`${route}: the rate limit is used up for another ${Math.ceil(waitMs / 1000)} s`, {
      status: 429,
      code: 'PROW_GITHUB_RATE_LIMIT',
      transient: true,
      details: { waitMs },
    }),
    hadNoEffect: false,
    isRateLimit: true,
  };
}

function rememberedAnswer(answer: Answer, etag: string): CachedAnswer {
  const isJson = typeof answer.data !== 'string';
  const link = answer.headers['link'];
  return {
    etag,
    status: answer.status,
    link: typeof link === 'string' ? link : undefined,
    body: isJson ? JSON.stringify(answer.data ?? null) : (answer.data as string),
    isJson,
  };
}

function recalledAnswer(cached: CachedAnswer, response: Answer | undefined): Answer {
  return {
    status: cached.status,
    data: cached.isJson ? (JSON.parse(cached.body) as unknown) : cached.body,
    headers: { ...response?.headers, etag: cached.etag, link: cached.link },
  };
}
