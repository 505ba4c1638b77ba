// Who has which role, from flags: `--role=lease=group:system:serviceaccounts:test-pods`.
import { ProwError } from '@prow/base-errors';
import { stringListFlag, type Flag } from '@prow/base-flags';
import type { Identity } from './api.ts';

/** Role → who has it: `user:NAME`, `group:NAME`, or `*` for whoever is known. */
export type RoleSubjects = Readonly<Record<string, readonly string[]>>;

/** @param defaults told in the help; the setting holds what was given, so that whoever has defaults puts them in */
export function roleFlag(roles: readonly string[], defaults: readonly string[] = []): Flag<readonly string[]> {
  const flag = stringListFlag('role', { help: `ROLE=SUBJECT with ROLE one of ${roles.join(', ')} and SUBJECT user:NAME, group:NAME or * (whoever has a valid token)` });
  return defaults.length === 0 ? flag : { ...flag, defaultText: defaults.join(',') };
}

export interface RoleBindingsOptions<Role extends string> {
  roles: readonly Role[];
  /** Each as `ROLE=SUBJECT`. */
  bindings: readonly string[];
  /** Roles that come with another: `{admin: ['hold', 'lease']}`; not followed further. */
  implies?: Readonly<Partial<Record<Role, readonly Role[]>>>;
}

export class RoleBindings<Role extends string> {
  readonly #subjects = new Map<Role, Set<string>>();

  /** @throws ProwError PROW_AUTHENTICATION_FLAGS */
  constructor({ roles, bindings, implies }: RoleBindingsOptions<Role>) {
    for (const role of roles) this.#subjects.set(role, new Set());
    for (const text of bindings) {
      const at = text.indexOf('=');
      const role = roles.find((one) => one === text.slice(0, at));
      const subject = text.slice(at + 1);
      if (role === undefined || !/^(?:\*$|user:.|group:.)/.test(subject)) throw new ProwError('PROW_AUTHENTICATION_FLAGS', `--role: found ${JSON.stringify(text.slice(0, 200))}, expected ROLE=SUBJECT with ROLE one of ${roles.join(', ')} and SUBJECT user:NAME, group:NAME or *`);
      for (const each of [role, ...(implies?.[role] ?? [])]) this.#subjects.get(each)?.add(subject);
    }
  }

  /** Who was not asked for a name (authentication off, on loopback) has every role. */
  has(identity: Identity, role: Role): boolean {
    if (identity.source === 'loopback') return true;
    const subjects = this.#subjects.get(role);
    if (subjects === undefined) return false;
    return subjects.has('*') || subjects.has(`user:${identity.name}`) || identity.groups.some((group) => subjects.has(`group:${group}`));
  }

  /** For answers to "what may I do?". */
  of(identity: Identity): Role[] {
    return [...this.#subjects.keys()].filter((role) => this.has(identity, role));
  }
}
