// Who may do what with which job: by role, by rerun_auth_config, or as an API client of the configuration.
import type { Request } from 'express';
import { ProwError } from '@prow/base-errors';
import { identityOf, rerunPermission, type Authenticator, type Identity, type RoleBindings } from '@prow/clients-authentication';
import type { GitHubClient } from '@prow/clients-github';
import { rerunAuthFor, type ProwConfig } from '@prow/model-config';
import { defaultTenantId, type ProwJob } from '@prow/model-prowjob';
import type { Role } from './flags.ts';

export interface GateOptions {
  authenticator: Authenticator;
  roles: RoleBindings<Role>;
  config: () => ProwConfig;
  github: GitHubClient;
}

/** Tenants whose jobs a client of `gangway.allowed_api_clients` may have. */
export interface ApiClient {
  name: string;
  tenants: readonly string[];
}

export class Gate {
  readonly #options: GateOptions;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /**
   * The API client that a proxy in front has found out, by upstream's headers. They are believed only of callers with
   * the role api-proxy. upstream: pkg/config IdentifyAllowedClient
   * @throws ProwError PROW_MANUAL_TRIGGER_CLIENT (403)
   */
  apiClient(request: Request): ApiClient | undefined {
    const type = request.get('x-endpoint-api-consumer-type');
    const number = request.get('x-endpoint-api-consumer-number');
    if (type === undefined && number === undefined) return undefined;
    if (!this.#options.roles.has(identityOf(request), 'api-proxy')) throw this.#refuse(identityOf(request), 'the role "api-proxy", without which nobody speaks for an API client');
    const clients = this.#options.config().gangway?.allowed_api_clients ?? [];
    const found = clients.find(({ gcp }) => gcp?.endpoint_api_consumer_type === type && gcp?.endpoint_api_consumer_number === number);
    if (found === undefined) throw new ProwError('PROW_MANUAL_TRIGGER_CLIENT', 'the API client is not one of gangway.allowed_api_clients', { httpStatus: 403, details: { reason: 'role' } });
    return { name: `api-client:${type ?? ''}-${number ?? ''}`, tenants: (found.allowed_jobs_filters ?? []).map(({ tenant_id: tenant }) => tenant ?? '') };
  }

  /**
   * Whether the caller may start a job. Whoever may by rerun_auth_config alone does so under their own name.
   * @throws ProwError PROW_MANUAL_TRIGGER_NOT_ALLOWED or _CLIENT (403) (rejects)
   */
  async mayTrigger(identity: Identity, prowJob: ProwJob, { user, client, bringsRefs = false }: { user: string; client?: ApiClient | undefined; bringsRefs?: boolean }): Promise<string> {
    if (client !== undefined) return this.#ofTenant(client, prowJob);
    const { roles } = this.#options;
    if (roles.has(identity, 'trigger')) return 'role trigger';
    const { allowed, why } = await this.#byRerunAuth(identity, prowJob);
    if (!allowed) throw this.#refuse(identity, `the role "trigger", or ${why}`);
    // What commits a job runs is not for everybody to say who may start it as it is.
    if (bringsRefs) throw this.#refuse(identity, 'the role "trigger", which refs of the caller\'s own need');
    if (user !== identity.name && user.toLowerCase() !== identity.githubLogin?.toLowerCase()) throw this.#refuse(identity, `the role "trigger", which speaking for another (${user}) needs`);
    return why;
  }

  /** @throws ProwError (403) (rejects) */
  async mayAbort(identity: Identity, prowJob: ProwJob, client?: ApiClient): Promise<string> {
    if (client !== undefined) return this.#ofTenant(client, prowJob);
    if (this.#options.roles.has(identity, 'abort')) return 'role abort';
    const { allowed, why } = await this.#byRerunAuth(identity, prowJob);
    if (!allowed) throw this.#refuse(identity, `the role "abort", or ${why}`);
    return why;
  }

  /** @throws ProwError (403): the caller may read nothing */
  mayRead(identity: Identity): void {
    if (!this.#options.roles.has(identity, 'read')) throw this.#refuse(identity, 'the role "read"');
  }

  /** Hidden jobs are shown to those who may start any. */
  sees(identity: Identity, { spec }: ProwJob): boolean {
    const hidden = new Set(this.#options.config().deck.hidden_repos ?? []);
    const refs = [...(spec.refs === undefined ? [] : [spec.refs]), ...(spec.extra_refs ?? [])];
    const isHidden = spec.hidden === true || refs.some(({ org, repo }) => hidden.has(org) || hidden.has(`${org}/${repo}`));
    return !isHidden || this.#options.roles.has(identity, 'trigger');
  }

  #byRerunAuth(identity: Identity, { spec }: ProwJob): ReturnType<typeof rerunPermission> {
    const org = (spec.refs ?? spec.extra_refs?.[0])?.org;
    return rerunPermission({ configs: [rerunAuthFor(this.#options.config().deck, spec), spec.rerun_auth_config], githubLogin: identity.githubLogin, org, github: this.#options.github });
  }

  #ofTenant({ name, tenants }: ApiClient, { spec }: ProwJob): string {
    const tenant = spec.prowjob_defaults?.tenant_id ?? defaultTenantId;
    if (tenants.includes(tenant)) return `tenant ${tenant}`;
    this.#options.authenticator.count('role');
    throw new ProwError('PROW_MANUAL_TRIGGER_CLIENT', 'client is not authorized to execute the given job', { httpStatus: 403, details: { reason: 'role', missing: `tenant ${tenant}`, client: name } });
  }

  #refuse(identity: Identity, missing: string): ProwError {
    this.#options.authenticator.count('role');
    return new ProwError('PROW_MANUAL_TRIGGER_NOT_ALLOWED', `${identity.name} lacks ${missing}`, { httpStatus: 403, details: { reason: 'role', user: identity.name, missing } });
  }
}
