import { ProwError } from '@prow/base-errors';

/** One entry of a GraphQL answer's `errors`. */
export interface GraphQlProblem {
  message: string;
  type?: string;
  path?: readonly (string | number)[];
}

/** An answer of GitHub that is not a success, or none at all (`status` 0). */
export class GitHubError extends ProwError {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** GitHub's own message, '' when none came. */
  readonly githubMessage: string;
  readonly graphqlErrors: readonly GraphQlProblem[];

  constructor(
    message: string,
    options: {
      status: number;
      githubMessage?: string;
      graphqlErrors?: readonly GraphQlProblem[];
      code?: string;
      transient?: boolean;
      cause?: unknown;
      details?: Record<string, unknown>;
    },
  ) {
    super(options.code ?? 'PROW_GITHUB_REQUEST', message, {
      details: { status: options.status, ...options.details },
      transient: options.transient ?? (options.status === 0 || options.status >= 500 || options.status === 429),
      ...(options.cause === undefined ? {} : { cause: options.cause }),
    });
    this.name = 'GitHubError';
    this.status = options.status;
    this.githubMessage = options.githubMessage ?? '';
    this.graphqlErrors = options.graphqlErrors ?? [];
  }

  get isNotFound(): boolean {
    return this.status === 404 || this.status === 410;
  }
  get isForbidden(): boolean {
    return this.status === 403 || this.status === 401;
  }
  get isConflict(): boolean {
    return this.status === 409;
  }
  /** GitHub understood and refused: 422. */
  get isValidation(): boolean {
    return this.status === 422;
  }
}

/**
 * Why GitHub did not merge. upstream: pkg/github/client.go ModifiedHeadError and its siblings
 * - head-modified: the head is not the SHA that was asked for
 * - base-modified: the base moved meanwhile; trying again soon may work
 * - not-mergeable: conflicts, or a rule of the branch
 * - method-forbidden: the repository does not allow this merge method
 * - push-denied: the bot may not push to the base branch
 */
export type MergeRefusal = 'head-modified' | 'base-modified' | 'not-mergeable' | 'method-forbidden' | 'push-denied';

export class MergeRefusedError extends GitHubError {
  readonly reason: MergeRefusal;

  constructor(reason: MergeRefusal, cause: GitHubError) {
    super(cause.message, {
      status: cause.status,
      githubMessage: cause.githubMessage,
      code: 'PROW_GITHUB_MERGE_REFUSED',
      transient: reason === 'base-modified',
      cause,
      details: { reason },
    });
    this.name = 'MergeRefusedError';
    this.reason = reason;
  }
}
