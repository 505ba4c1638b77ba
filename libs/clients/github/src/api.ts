// The contract with GitHub (github.com, Enterprise or the local one): one interface a role, each in its own file.
// Take the narrowest role that will do: `constructor({github}: {github: Comments & Issues})`.
import type { Actions } from './roles/actions.ts';
import type { Comments } from './roles/comments.ts';
import type { GraphQl } from './roles/graphql.ts';
import type { Hooks } from './roles/hooks.ts';
import type { Issues } from './roles/issues.ts';
import type { Organizations } from './roles/organizations.ts';
import type { PullRequests } from './roles/pull-requests.ts';
import type { Rates, RequestPriority } from './roles/rates.ts';
import type { Repositories } from './roles/repositories.ts';
import type { Reviews } from './roles/reviews.ts';
import type { Search } from './roles/search.ts';
import type { Statuses } from './roles/statuses.ts';
import type { Users } from './roles/users.ts';

/**
 * Everything a component may ask of GitHub. Safe to share: calls may overlap.
 *
 * Every method rejects with `GitHubError`: `status` is GitHub's code (0 when no answer came), `isNotFound`,
 * `isForbidden`, `isConflict`, `isValidation` name the usual ones, `transient` says that trying later may help.
 * Reads and repeatable writes are tried again a few times on 5xx and lost connections; 404 never is. Other writes are
 * tried again only when they surely had no effect. Rate limits are waited for, up to `maxRateWaitMs`, then reject as
 * transient. Lists are always complete: all pages.
 *
 * In dry run, writes are logged instead of sent and answer with what was given (ids and numbers are 0).
 */
export interface GitHubClient
  extends Actions, Comments, GraphQl, Hooks, Issues, Organizations, PullRequests, Rates, Repositories, Reviews, Search, Statuses, Users {
  /** Where people read: `https://github.com`, no slash at the end. */
  readonly webUrl: string;
  readonly isDryRun: boolean;
  /** The same client, its requests queued with another priority. */
  withPriority(priority: RequestPriority): GitHubClient;
  close(): Promise<void>;
}

export type { Actions } from './roles/actions.ts';
export type { Comments } from './roles/comments.ts';
export type { GraphQl } from './roles/graphql.ts';
export type { Hooks, HookOwner } from './roles/hooks.ts';
export type { Issues } from './roles/issues.ts';
export type { Organizations } from './roles/organizations.ts';
export type { MergeMethod, MergeRequest, PullRequests } from './roles/pull-requests.ts';
export type { RateBudget, Rates, RequestPriority } from './roles/rates.ts';
export type { Repositories } from './roles/repositories.ts';
export type { DraftReviewComment, Reviews } from './roles/reviews.ts';
export type { Search } from './roles/search.ts';
export type { CheckAnnotation, NewCheckRun, Statuses } from './roles/statuses.ts';
export type { Users } from './roles/users.ts';
export type * from './roles/types.ts';
