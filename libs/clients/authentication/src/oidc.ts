// Tokens of an OpenID Connect issuer: discovery, its keys, and what must hold of a token.
import { createRemoteJWKSet, decodeJwt, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { messageOf, ProwError } from '@prow/base-errors';
import type { Clock } from '@prow/base-time';
import type { Identity, TokenSource, Verdict } from './api.ts';
import { isLoopbackHost } from './loopback.ts';

const timeoutMs = 5000;
const maxDocumentBytes = 256 * 1024;
const retryAfterMs = 5000;
const rediscoverMs = 60 * 60_000;
/** Signatures with a shared secret are not for bearers whom everybody must be able to check. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

export interface OidcOptions {
  /** As in the `iss` claim; https, or http on loopback. */
  issuer: string;
  /** The `aud` a token must have: the client's id. */
  audience: string;
  /** Default `sub`. With `email`, the address must be verified. */
  usernameClaim?: string;
  /** A text or a list of texts. Default `groups`. */
  groupsClaim?: string;
  /** The claim that holds the GitHub login, for rules that name GitHub users. Default: none does. */
  githubLoginClaim?: string;
  clock: Clock;
}

export class OidcTokens implements TokenSource {
  readonly name = 'oidc';
  readonly isRemote = true;
  readonly #options: Required<Omit<OidcOptions, 'githubLoginClaim'>> & { githubLoginClaim: string | undefined };
  #keys: { get: JWTVerifyGetKey; at: number } | undefined;
  #finding: Promise<JWTVerifyGetKey> | undefined;
  #failed: { error: unknown; at: number } | undefined;

  /** @throws ProwError PROW_AUTHENTICATION_FLAGS */
  constructor({ usernameClaim = 'sub', groupsClaim = 'groups', githubLoginClaim, ...options }: OidcOptions) {
    checkIssuer(options.issuer);
    if (options.audience === '') throw new ProwError('PROW_AUTHENTICATION_FLAGS', '--oidc-audience is needed with --oidc-issuer-url: a token made for another service must not open this one');
    this.#options = { ...options, usernameClaim, groupsClaim, githubLoginClaim };
  }

  async identify(token: string): Promise<Verdict> {
    const { issuer, audience, clock } = this.#options;
    if (issuerOf(token) !== issuer) return 'not-mine';
    const keys = await this.#findKeys();
    let payload: JWTPayload;
    try {
      ({ payload } = await jwtVerify(token, keys, { issuer, audience, algorithms, clockTolerance: 30, currentDate: new Date(clock.now()), requiredClaims: ['exp', 'sub'] }));
    } catch (error) {
      return { refused: reasonOf(error) };
    }
    return this.#identityOf(payload);
  }

  #identityOf(payload: JWTPayload): Verdict {
    const { usernameClaim, groupsClaim, githubLoginClaim } = this.#options;
    const name = payload[usernameClaim];
    if (typeof name !== 'string' || name === '' || name.length > 300) return { refused: 'malformed' };
    if (usernameClaim === 'email' && payload['email_verified'] === false) return { refused: 'forbidden-name' };
    // Names of the cluster's own are given by the cluster alone.
    if (name.startsWith('system:')) return { refused: 'forbidden-name' };
    const claimed = payload[groupsClaim];
    const groups = (typeof claimed === 'string' ? [claimed] : Array.isArray(claimed) ? claimed : []).filter((group): group is string => typeof group === 'string' && group !== '' && !group.startsWith('system:')).slice(0, 1000);
    const login = githubLoginClaim === undefined ? undefined : payload[githubLoginClaim];
    const identity: Identity = { name, groups, source: 'oidc', ...(typeof login === 'string' && login !== '' ? { githubLogin: login } : {}) };
    return { identity };
  }

  async #findKeys(): Promise<JWTVerifyGetKey> {
    const now = this.#options.clock.now();
    if (this.#keys !== undefined && now - this.#keys.at < rediscoverMs) return this.#keys.get;
    if (this.#failed !== undefined && now - this.#failed.at < retryAfterMs) {
      if (this.#keys !== undefined) return this.#keys.get;
      throw this.#failed.error;
    }
    this.#finding ??= this.#discover().finally(() => (this.#finding = undefined));
    try {
      return await this.#finding;
    } catch (error) {
      this.#failed = { error, at: now };
      // Keys that are known are good for longer than the issuer is away.
      if (this.#keys !== undefined) return this.#keys.get;
      throw error;
    }
  }

  async #discover(): Promise<JWTVerifyGetKey> {
    const { issuer, clock } = this.#options;
    const address = `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;
    const found = await readDocument(address);
    if (found['issuer'] !== issuer) throw unavailable(`${address} is of issuer ${JSON.stringify(found['issuer'])?.slice(0, 200) ?? 'none'}, expected ${issuer}`);
    const address2 = found['jwks_uri'];
    if (typeof address2 !== 'string' || !URL.canParse(address2)) throw unavailable(`${address} has no jwks_uri`);
    const keysUrl = new URL(address2);
    if (keysUrl.protocol !== 'https:' && !isLoopbackHost(keysUrl.hostname)) throw unavailable(`${address}: jwks_uri: found ${address2.slice(0, 200)}, expected https`);
    const get = createRemoteJWKSet(keysUrl, { timeoutDuration: timeoutMs, cooldownDuration: retryAfterMs, cacheMaxAge: rediscoverMs });
    this.#keys = { get, at: clock.now() };
    this.#failed = undefined;
    return get;
  }
}

function checkIssuer(issuer: string): void {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname));
  if (!isSafe) throw new ProwError('PROW_AUTHENTICATION_FLAGS', `--oidc-issuer-url: found ${JSON.stringify(issuer)}, expected an https address`);
}

/** Not yet believed: only tells which source to ask. */
function issuerOf(token: string): string | undefined {
  if (token.split('.').length !== 3) return undefined;
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): 'expired' | 'audience' | 'issuer' | 'unknown' {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) return error.claim === 'aud' ? 'audience' : error.claim === 'iss' ? 'issuer' : error.claim === 'nbf' ? 'expired' : 'unknown';
  const isRefusal = error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys || error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid || error instanceof errors.JOSENotSupported;
  if (isRefusal) return 'unknown';
  throw unavailable(`the keys of the OpenID Connect issuer cannot be read: ${messageOf(error)}`, error);
}

async function readDocument(address: string): Promise<Record<string, unknown>> {
  try {
    const response = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs), headers: { accept: 'application/json' } });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of response.body ?? []) {
      const bytes = part as Uint8Array;
      size += bytes.length;
      if (size > maxDocumentBytes) throw new Error(`more than ${maxDocumentBytes} bytes`);
      parts.push(bytes);
    }
    const value: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
    if (typeof value !== 'object' || value === null) throw new Error('no JSON object');
    return value as Record<string, unknown>;
  } catch (error) {
    throw unavailable(`${address}: ${messageOf(error)}`, error);
  }
}

function unavailable(message: string, cause?: unknown): ProwError {
  return new ProwError('PROW_AUTHENTICATION_UNAVAILABLE', message, { httpStatus: 503, transient: true, ...(cause === undefined ? {} : { cause }) });
}
