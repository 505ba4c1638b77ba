// An Authorization header → an identity, or why not.
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import type { FailureReason, Identity, RefusalReason, TokenSource } from './api.ts';
import { FailureLimiter, type FailureLimits } from './failure-limiter.ts';

const maxTokenLength = 16 * 1024;
const maxGoodTokens = 10_000;

export interface AuthenticatorOptions {
  /** Asked in this order until one knows the token; empty: nobody is asked who they are. */
  sources: readonly TokenSource[];
  clock: Clock;
  log: Logger;
  /** Told of every refused call. */
  onRefused?: (reason: RefusalReason) => void;
  failureLimits?: FailureLimits;
}

const messages: Readonly<Record<FailureReason, string>> = {
  missing: 'expected "Authorization: Bearer TOKEN"',
  malformed: 'the bearer token is malformed, expected "Authorization: Bearer TOKEN"',
  unknown: 'nobody is known by this token',
  expired: 'the token is expired or not valid yet',
  audience: 'the token is made out for another service',
  issuer: 'the token is of another issuer',
  'forbidden-name': 'the name in the token may not be used here',
};

/** Everybody, when nobody is asked: only this machine can call then. */
export const anybody: Identity = { name: 'loopback', groups: [], source: 'loopback' };

export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #limiter: FailureLimiter;
  /** Hashes of tokens that were good: who holds one is not held up by others' failures from the same address. */
  readonly #good = new LRUCache<string, true>({ max: maxGoodTokens });

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#limiter = new FailureLimiter(options.clock, options.failureLimits);
  }

  /** False: no source was given; whoever can call may do everything. */
  get isOn(): boolean {
    return this.#options.sources.length > 0;
  }

  /**
   * @param address of the client, for the limit of failed attempts
   * @throws ProwError PROW_AUTHENTICATION_REFUSED (401, `details.reason`), _RATE (429, `details.retryAfterSeconds`) or
   * _UNAVAILABLE (503): no source knew the token, and one could not tell
   */
  async identify(authorization: string | undefined, address: string): Promise<Identity> {
    if (!this.isOn) return anybody;
    if (authorization === undefined || authorization === '') throw this.refuse('missing');
    const token = authorization.length > maxTokenLength ? undefined : /^Bearer +([A-Za-z0-9._~+/:=-]+)$/i.exec(authorization)?.[1];
    const key = token === undefined ? '' : createHash('sha256').update(token).digest('base64');
    const waitSeconds = this.#good.has(key) ? 0 : this.#limiter.waitSeconds(address);
    if (waitSeconds > 0) {
      this.count('rate');
      throw new ProwError('PROW_AUTHENTICATION_RATE', `too many failed attempts, try again in ${waitSeconds} s`, { httpStatus: 429, transient: true, details: { reason: 'rate', retryAfterSeconds: waitSeconds } });
    }
    if (token === undefined) throw this.#failed('malformed', address);
    const outcome = await this.#ask(token);
    if (typeof outcome !== 'string') {
      this.#good.set(key, true);
      return outcome;
    }
    this.#good.delete(key);
    throw this.#failed(outcome, address);
  }

  async #ask(token: string): Promise<Identity | FailureReason> {
    let refused: FailureReason = 'unknown';
    let trouble: unknown;
    for (const source of this.#options.sources) {
      try {
        const verdict = await source.identify(token);
        if (verdict === 'not-mine') continue;
        if ('identity' in verdict) return verdict.identity;
        refused = verdict.refused;
        // A source that takes the token for one of its own has the last word on it.
        if (source.name === 'oidc') break;
      } catch (error) {
        this.#options.log.error('bearer token not checked', { source: source.name, error });
        trouble = error;
        if (source.name === 'oidc') break;
      }
    }
    if (trouble === undefined) return refused;
    this.count('unavailable');
    throw trouble instanceof ProwError ? trouble : new ProwError('PROW_AUTHENTICATION_UNAVAILABLE', 'whose the token is cannot be found out now', { httpStatus: 503, transient: true, cause: trouble });
  }

  #failed(reason: FailureReason, address: string): ProwError {
    this.#limiter.failed(address);
    return this.refuse(reason);
  }

  /** Counts a refusal and makes its error, 401. */
  refuse(reason: FailureReason): ProwError {
    this.count(reason);
    return new ProwError('PROW_AUTHENTICATION_REFUSED', messages[reason], { httpStatus: 401, details: { reason } });
  }

  count(reason: RefusalReason): void {
    this.#options.onRefused?.(reason);
  }
}
