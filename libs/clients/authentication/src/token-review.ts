// Kubernetes tells whose a token is: TokenReview. upstream: k8s.io/api/authentication/v1
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { messageOf, ProwError } from '@prow/base-errors';
import type { Clock } from '@prow/base-time';
import { KubeError, type KubeClient, type KubeResource, type ResourceApi, type ResourceType } from '@prow/clients-kube';
import type { Identity, TokenSource, Verdict } from './api.ts';

interface TokenReviewObject extends KubeResource {
  spec: { token: string; audiences?: readonly string[] };
  status?: {
    authenticated?: boolean;
    user?: { username?: string; groups?: string[]; extra?: Record<string, string[]> };
    audiences?: string[];
    error?: string;
  };
}

const tokenReviewType: ResourceType<TokenReviewObject> = { group: 'authentication.k8s.io', version: 'v1', plural: 'tokenreviews', kind: 'TokenReview', namespaced: false };

const maxRemembered = 10_000;
const maxInFlight = 64;

export interface TokenReviewsOptions {
  kube: KubeClient;
  /** For whom tokens must be made out; empty: for the API server itself. */
  audiences?: readonly string[];
  clock: Clock;
  /** How long an answer is believed, in milliseconds: so long may a token outlive its pod. Default 30,000; refusals a tenth of it. */
  rememberMs?: number;
}

/** Equal tokens are asked for once, also at the same time. Tokens are remembered by their hash only. */
export class TokenReviews implements TokenSource {
  readonly name = 'kubernetes';
  readonly isRemote = true;
  readonly #reviews: ResourceApi<TokenReviewObject>;
  readonly #audiences: readonly string[];
  readonly #clock: Clock;
  readonly #rememberMs: number;
  readonly #remembered = new LRUCache<string, { verdict: Verdict; until: number }>({ max: maxRemembered });
  readonly #asking = new Map<string, Promise<Verdict>>();

  constructor({ kube, audiences = [], clock, rememberMs = 30_000 }: TokenReviewsOptions) {
    this.#reviews = kube.resource(tokenReviewType);
    this.#audiences = audiences;
    this.#clock = clock;
    this.#rememberMs = rememberMs;
  }

  async identify(token: string): Promise<Verdict> {
    const key = createHash('sha256').update(token).digest('base64');
    const known = this.#remembered.get(key);
    if (known !== undefined && known.until > this.#clock.now()) return known.verdict;
    const asked = this.#asking.get(key);
    if (asked !== undefined) return asked;
    if (this.#asking.size >= maxInFlight) throw unavailable('too many tokens are being reviewed');
    const asking = this.#ask(token).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    const verdict = await asking;
    const isKnown = verdict !== 'not-mine' && 'identity' in verdict;
    this.#remembered.set(key, { verdict, until: this.#clock.now() + this.#rememberMs / (isKnown ? 1 : 10) });
    return verdict;
  }

  async #ask(token: string): Promise<Verdict> {
    let review: TokenReviewObject;
    try {
      review = await this.#reviews.create({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: {}, spec: { token, ...(this.#audiences.length === 0 ? {} : { audiences: this.#audiences }) } });
    } catch (error) {
      if (error instanceof KubeError && error.reason === 'Forbidden') throw unavailable('this service may not create tokenreviews: bind its service account to the ClusterRole system:auth-delegator', error);
      throw unavailable(`Kubernetes cannot be asked whose a token is: ${messageOf(error)}`, error);
    }
    const { authenticated, user, audiences = [] } = review.status ?? {};
    if (authenticated !== true || user?.username === undefined || user.username === '') return { refused: 'unknown' };
    if (this.#audiences.length > 0 && !this.#audiences.some((one) => audiences.includes(one))) return { refused: 'audience' };
    return { identity: identityOf(user.username, user.groups ?? [], user.extra ?? {}) };
  }
}

function identityOf(name: string, groups: readonly string[], extra: Readonly<Record<string, readonly string[]>>): Identity {
  const namespace = /^system:serviceaccount:([^:]+):/.exec(name)?.[1];
  const pod = extra['authentication.kubernetes.io/pod-name']?.[0];
  return { name, groups, source: 'kubernetes', ...(namespace === undefined || pod === undefined ? {} : { pod: { namespace, name: pod } }) };
}

function unavailable(message: string, cause?: unknown): ProwError {
  return new ProwError('PROW_AUTHENTICATION_UNAVAILABLE', message, { httpStatus: 503, transient: true, ...(cause === undefined ? {} : { cause }) });
}
