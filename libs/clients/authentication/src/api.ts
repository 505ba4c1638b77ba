// The contract: who sent a request, and where that is known from.

/** `loopback`: nobody was asked, because only this machine can call. */
export type IdentitySource = 'kubernetes' | 'token-file' | 'oidc' | 'loopback';

/** Who a bearer token stands for. */
export interface Identity {
  /** `system:serviceaccount:NAMESPACE:NAME`, the name in the token file, or the claim of an OIDC token. */
  readonly name: string;
  readonly groups: readonly string[];
  readonly source: IdentitySource;
  /** The GitHub login this person is known to have: by the token file, or by the claim named for it. */
  readonly githubLogin?: string;
  /** The pod that a service account's token is bound to. */
  readonly pod?: { readonly namespace: string; readonly name: string };
}

/** What is wrong with a request's token. */
export type FailureReason = 'missing' | 'malformed' | 'unknown' | 'expired' | 'audience' | 'issuer' | 'forbidden-name';

/** Why a request was refused; the `reason` of the metric and of the log. */
export type RefusalReason = FailureReason | 'rate' | 'unavailable' | 'cross-site' | 'role';

/** What a source says of a token: whose it is, why it is worth nothing, or that another source may know it. */
export type Verdict = { readonly identity: Identity } | { readonly refused: FailureReason } | 'not-mine';

/** One place that knows tokens. */
export interface TokenSource {
  readonly name: IdentitySource;
  /** Whether asking costs a call over the network; what fails too often is then no longer asked. */
  readonly isRemote: boolean;
  /** @throws ProwError, transient: the source cannot tell now (rejects) */
  identify(token: string): Promise<Verdict>;
}
