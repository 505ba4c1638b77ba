// Who calls, and what they may do.
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import { ProwError } from '@prow/base-errors';
import { authenticate, authenticateRequest, identityOf, lacksRole, RoleBindings, type Authenticator } from '@prow/clients-authentication';
import type { LeaseCaller } from '@prow/engine-cluster-pool';

/** lease: getvacant, finishtest. hold: holdcluster, releasecluster. admin: all. Looking takes any known name. */
export const roles = ['lease', 'hold', 'admin'] as const;
export type Role = (typeof roles)[number];

const realm = 'cimaster';

/** Who presses the button, or sends the call. */
export interface Mover {
  /** For the history, with the name that the request gives. */
  named: (given?: string) => string;
  caller: LeaseCaller | undefined;
}

/** What a lease has room for. */
const maxHolderLength = 400;

export class Callers {
  readonly authenticator: Authenticator;
  readonly #bindings: RoleBindings<Role>;
  readonly authenticate: RequestHandler;

  /** @param bindings each `ROLE=SUBJECT` @throws ProwError PROW_AUTHENTICATION_FLAGS */
  constructor(authenticator: Authenticator, bindings: readonly string[]) {
    this.authenticator = authenticator;
    this.#bindings = new RoleBindings({ roles, bindings, implies: { admin: ['lease', 'hold'] } });
    this.authenticate = authenticate(authenticator, { realm });
  }

  /** @throws ProwError PROW_AUTHENTICATION_* (rejects) */
  authenticateCall(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return authenticateRequest(this.authenticator, request, response, { realm });
  }

  /** @throws ProwError PROW_AUTHENTICATION_ROLE (403), counted */
  need(request: IncomingMessage, role: Role): void {
    const identity = identityOf(request);
    if (!this.#bindings.has(identity, role)) throw lacksRole(this.authenticator, identity, role);
  }

  rolesOf(request: IncomingMessage): readonly Role[] {
    return this.#bindings.of(identityOf(request));
  }

  /** To whom a lease is tied; undefined: nobody is asked for a name. */
  leaseCallerOf(request: IncomingMessage): LeaseCaller | undefined {
    const identity = identityOf(request);
    if (identity.source === 'loopback') return undefined;
    const { name } = identity;
    return {
      name: name.length <= maxHolderLength ? name : `sha256:${createHash('sha256').update(name).digest('hex')}`,
      isOperator: this.#bindings.has(identity, 'hold') || this.#bindings.has(identity, 'admin'),
    };
  }

  moverOf(request: IncomingMessage): Mover {
    return { named: (given) => this.nameOf(request, given), caller: this.leaseCallerOf(request) };
  }

  /** What the pool itself refuses for who asks is counted like the rest. */
  countRefusal(error: unknown): void {
    if (error instanceof ProwError && error.code === 'PROW_CLUSTER_POOL_HOLDER') this.authenticator.count('role');
  }

  /** For the history: the known name, and the one that was given with the request. */
  nameOf(request: IncomingMessage, given?: string): string {
    const { name, source } = identityOf(request);
    if (source === 'loopback') return given ?? 'somebody on this machine';
    return given === undefined || given === name ? name : `${name} for ${given}`;
  }
}
