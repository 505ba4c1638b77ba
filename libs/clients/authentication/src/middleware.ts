// For express: 401, 403, 429 and 503 with what the caller needs to know.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { ProwError } from '@prow/base-errors';
import type { Identity } from './api.ts';
import type { Authenticator } from './authenticator.ts';
import { hostOf, isLoopbackHost } from './loopback.ts';
import type { RoleBindings } from './role-bindings.ts';

const identities = new WeakMap<IncomingMessage, Identity>();

/**
 * Lets requests with a good bearer token through; `identityOf(request)` then tells whose. Others are answered 401 with
 * `WWW-Authenticate`, 429 with `Retry-After` after too many failures, 503 while no source can tell. With authentication
 * off, browsers' requests that another site began, and those for a host of another name, are answered 403: loopback is
 * open to this machine, not to every page that somebody reads on it.
 */
export function authenticate(authenticator: Authenticator, { realm = 'prow' }: { realm?: string } = {}): RequestHandler {
  return async (request, response, next) => {
    await authenticateRequest(authenticator, request, response, { realm });
    next();
  };
}

/** The same without express; throws what is to be answered. */
export async function authenticateRequest(authenticator: Authenticator, request: IncomingMessage, response: ServerResponse, { realm = 'prow' }: { realm?: string } = {}): Promise<void> {
  if (authenticator.isOn) {
    identities.set(request, await identify(authenticator, request, response, realm));
    return;
  }
  // A name of another site may be made to mean this machine; an address cannot.
  const host = hostOf(request.headers.host ?? '');
  if (host !== '' && !isLoopbackHost(host) && isIP(host.replace(/^\[|\]$/g, '')) === 0) {
    authenticator.count('cross-site');
    throw new ProwError('PROW_AUTHENTICATION_CROSS_SITE', `the Host ${JSON.stringify(host.slice(0, 100))} is not a name of this machine: authentication is off, expected localhost or an address`, { httpStatus: 403, details: { reason: 'cross-site' } });
  }
  if (isFromAnotherSite(request)) {
    authenticator.count('cross-site');
    throw new ProwError('PROW_AUTHENTICATION_CROSS_SITE', 'requests that other web sites begin are refused: authentication is off', { httpStatus: 403, details: { reason: 'cross-site' } });
  }
  identities.set(request, await authenticator.identify(undefined, ''));
}

async function identify(authenticator: Authenticator, request: IncomingMessage, response: ServerResponse, realm: string): Promise<Identity> {
  try {
    return await authenticator.identify(request.headers.authorization, request.socket.remoteAddress ?? '');
  } catch (error) {
    if (error instanceof ProwError) {
      const { reason, retryAfterSeconds } = error.details;
      if (error.httpStatus === 401) response.setHeader('WWW-Authenticate', reason === 'missing' ? `Bearer realm="${realm}"` : `Bearer realm="${realm}", error="invalid_token", error_description="${error.message.replaceAll('"', "'")}"`);
      else if (error.httpStatus === 429 || error.httpStatus === 503) response.setHeader('Retry-After', typeof retryAfterSeconds === 'number' ? String(retryAfterSeconds) : '5');
    }
    throw error;
  }
}

/** @throws ProwError PROW_AUTHENTICATION_REFUSED (401): `authenticate` has not seen this request */
export function identityOf(request: IncomingMessage): Identity {
  const identity = identities.get(request);
  if (identity === undefined) throw new ProwError('PROW_AUTHENTICATION_REFUSED', 'expected "Authorization: Bearer TOKEN"', { httpStatus: 401, details: { reason: 'missing' } });
  return identity;
}

/** After `authenticate`: lets through who has the role; others are answered 403 naming it. */
export function requireRole<Role extends string>(authenticator: Authenticator, bindings: RoleBindings<Role>, role: Role): RequestHandler {
  return (request, response, next) => {
    const identity = identityOf(request);
    if (!bindings.has(identity, role)) {
      response.set('WWW-Authenticate', 'Bearer realm="prow", error="insufficient_scope"');
      throw lacksRole(authenticator, identity, role);
    }
    next();
  };
}

/** Counts the refusal and makes its error, 403, naming the role that is missing. */
export function lacksRole(authenticator: Authenticator, identity: Identity, role: string): ProwError {
  authenticator.count('role');
  return new ProwError('PROW_AUTHENTICATION_ROLE', `${identity.name} does not have the role "${role}"`, { httpStatus: 403, details: { reason: 'role', missing: role, user: identity.name } });
}

function isFromAnotherSite({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  const { origin, host = '' } = headers;
  if (site === undefined && origin === undefined) return false;
  // A name of another site that was made to mean this machine.
  if (!isLoopbackHost(hostOf(host))) return true;
  if (site !== undefined) return site === 'cross-site' || site === 'same-site';
  return origin !== `http://${host}` && origin !== `https://${host}`;
}
