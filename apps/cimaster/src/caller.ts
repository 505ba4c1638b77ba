// Who calls, and what they may do.
import type { Request, RequestHandler } from 'express';
import { authenticate, identityOf, lacksRole, RoleBindings, type Authenticator } from '@prow/clients-authentication';

/** lease: getvacant, finishtest. hold: holdcluster, releasecluster. admin: all. Looking takes any known name. */
export const roles = ['lease', 'hold', 'admin'] as const;
export type Role = (typeof roles)[number];

export class Callers {
  readonly authenticator: Authenticator;
  readonly #bindings: RoleBindings<Role>;
  readonly authenticate: RequestHandler;

  /** @param bindings each `ROLE=SUBJECT` @throws ProwError PROW_AUTHENTICATION_FLAGS */
  constructor(authenticator: Authenticator, bindings: readonly string[]) {
    this.authenticator = authenticator;
    this.#bindings = new RoleBindings({ roles, bindings, implies: { admin: ['lease', 'hold'] } });
    this.authenticate = authenticate(authenticator, { realm: 'cimaster' });
  }

  /** @throws ProwError PROW_AUTHENTICATION_ROLE (403), counted */
  need(request: Request, role: Role): void {
    const identity = identityOf(request);
    if (!this.#bindings.has(identity, role)) throw lacksRole(this.authenticator, identity, role);
  }

  rolesOf(request: Request): readonly Role[] {
    return this.#bindings.of(identityOf(request));
  }

  /** For the history: the known name, and the one that was given with the request. */
  nameOf(request: Request, given?: string): string {
    const { name, source } = identityOf(request);
    if (source === 'loopback') return given ?? 'somebody on this machine';
    return given === undefined || given === name ? name : `${name} for ${given}`;
  }
}
