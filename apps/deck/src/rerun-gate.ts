// Who may start a job again or end it. upstream: pkg/deck canTriggerJob
import { ProwError } from '@prow/base-errors';
import { rerunPermission } from '@prow/clients-authentication';
import type { GitHubClient } from '@prow/clients-github';
import { rerunAuthFor, type Deck } from '@prow/model-config';
import type { ProwJob } from '@prow/model-prowjob';

export interface RerunGateOptions {
  deck: () => Deck;
  github: GitHubClient;
  hasLogin: boolean;
  /** Whether trigger would let this person test that pull request; undefined where there is no plugin configuration. */
  isTrusted: ((query: { org: string; repo: string; login: string }) => Promise<boolean>) | undefined;
}

export class RerunGate {
  readonly #options: RerunGateOptions;

  constructor(options: RerunGateOptions) {
    this.#options = options;
  }

  /**
   * @returns by what it is allowed
   * @throws ProwError PROW_DECK_SIGN_IN (401), PROW_DECK_NOT_ALLOWED (403, saying what is missing) (rejects)
   */
  async check(what: 'rerun' | 'abort', { spec }: ProwJob, login: string | undefined): Promise<string> {
    const { deck, github, hasLogin, isTrusted } = this.#options;
    const refs = spec.refs ?? spec.extra_refs?.[0];
    const { allowed, why } = await rerunPermission({ configs: [rerunAuthFor(deck(), spec), spec.rerun_auth_config], githubLogin: login, org: refs?.org, github });
    if (allowed) return why;
    if (login === undefined) {
      if (hasLogin) throw new ProwError('PROW_DECK_SIGN_IN', `sign in to ${what} this job`, { httpStatus: 401 });
      throw new ProwError('PROW_DECK_NOT_ALLOWED', `nobody may ${what} this job from here: neither deck.rerun_auth_configs nor the job's rerun_auth_config has allow_anyone, and this deck has no login`, { httpStatus: 403 });
    }
    if (spec.type === 'presubmit' && spec.refs !== undefined && isTrusted !== undefined && (await isTrusted({ org: spec.refs.org, repo: spec.refs.repo, login }))) return 'trusted by trigger';
    throw new ProwError('PROW_DECK_NOT_ALLOWED', `${login} may not ${what} this job: ${why}`, { httpStatus: 403, details: { user: login, missing: why } });
  }
}
