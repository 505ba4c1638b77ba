// Flags and settings → an authenticator; a service that others can reach does not start without one.
import { Counter, type Registry } from 'prom-client';
import { ProwError } from '@prow/base-errors';
import { booleanFlag, stringFlag, stringListFlag, type FlagValues } from '@prow/base-flags';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import type { KubeClient } from '@prow/clients-kube';
import type { TokenSource } from './api.ts';
import { Authenticator } from './authenticator.ts';
import { isLoopbackHost } from './loopback.ts';
import { OidcTokens } from './oidc.ts';
import { TokenFile } from './token-file.ts';
import { TokenReviews } from './token-review.ts';

export const authenticationFlags = {
  tokenFile: stringFlag('token-file', { help: 'file with bearer tokens, one a line: TOKEN or sha256:HASH, then NAME (a GitHub login) and GROUP,GROUP; read again when it changes. Without any source of tokens only loopback addresses are served' }),
  kubernetesTokens: booleanFlag('kubernetes-tokens', { help: "accept tokens that the cluster's TokenReview knows: service accounts of jobs" }),
  kubernetesTokenAudiences: stringListFlag('kubernetes-token-audience', { help: 'audience such a token must have. Default: the API server' }),
  oidcIssuerUrl: stringFlag('oidc-issuer-url', { help: 'accept tokens of this OpenID Connect issuer; needs --oidc-audience' }),
  oidcAudience: stringFlag('oidc-audience', { help: 'the aud that such a token must have', default: '' }),
  oidcUsernameClaim: stringFlag('oidc-username-claim', { help: 'claim that holds the name', default: 'sub' }),
  oidcGroupsClaim: stringFlag('oidc-groups-claim', { help: 'claim that holds the groups', default: 'groups' }),
  oidcGithubLoginClaim: stringFlag('oidc-github-login-claim', { help: 'claim that holds the GitHub login, for rules that name GitHub users' }),
} as const;

export type AuthenticationSettings = FlagValues<typeof authenticationFlags>;

export interface AuthenticationHost {
  /** Where the service listens. */
  address: string;
  /** The cluster whose TokenReview is asked; needed for --kubernetes-tokens. */
  kube?: KubeClient;
  log: Logger;
  clock: Clock;
  metrics?: Registry;
}

/**
 * @throws ProwError PROW_AUTHENTICATION_OPEN: the address is not loopback and no source is set; PROW_AUTHENTICATION_FLAGS;
 * PROW_AUTHENTICATION_TOKEN_FILE (rejects)
 */
export async function authenticatorFrom(settings: AuthenticationSettings & { roles?: readonly string[] }, { address, kube, log, clock, metrics }: AuthenticationHost): Promise<Authenticator> {
  const sources: TokenSource[] = [];
  if (isGiven(settings.tokenFile)) sources.push(await TokenFile.open({ path: settings.tokenFile, log }));
  if (isGiven(settings.oidcIssuerUrl)) {
    const { oidcGithubLoginClaim } = settings;
    sources.push(new OidcTokens({ issuer: settings.oidcIssuerUrl, audience: settings.oidcAudience, usernameClaim: settings.oidcUsernameClaim, groupsClaim: settings.oidcGroupsClaim, ...(isGiven(oidcGithubLoginClaim) ? { githubLoginClaim: oidcGithubLoginClaim } : {}), clock }));
  }
  if (settings.kubernetesTokens) {
    if (kube === undefined) throw new ProwError('PROW_AUTHENTICATION_FLAGS', '--kubernetes-tokens: this service has no cluster to ask');
    sources.push(new TokenReviews({ kube, audiences: settings.kubernetesTokenAudiences, clock }));
  }
  if (sources.length === 0 && !isLoopbackHost(address)) {
    throw new ProwError('PROW_AUTHENTICATION_OPEN', `others can reach ${address === '' ? 'every address of this machine' : address}, and nobody would be asked who they are: give --token-file, --kubernetes-tokens or --oidc-issuer-url, or listen on 127.0.0.1`, { details: { address } });
  }
  if (sources.length === 0 && (settings.roles ?? []).length > 0) {
    throw new ProwError('PROW_AUTHENTICATION_FLAGS', '--role: nobody is asked who they are, so everybody would have every role: give --token-file, --kubernetes-tokens or --oidc-issuer-url as well');
  }
  const refused = metrics === undefined ? undefined : refusedCounter(metrics);
  return new Authenticator({ sources, clock, log, onRefused: (reason) => refused?.inc({ reason }) });
}

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

function refusedCounter(registry: Registry): Counter {
  const name = 'prow_requests_refused_total';
  const present = registry.getSingleMetric(name);
  return present instanceof Counter ? present : new Counter({ name, help: 'Calls refused: who called was not known, not allowed, or too often wrong', labelNames: ['reason'], registers: [registry] });
}
