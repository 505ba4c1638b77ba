import type { Postsubmit, Presubmit } from '@prow/model-prowjob';

/** Which version of the repository's own configuration counts. */
export interface JobsQuery {
  readonly org: string;
  readonly repo: string;
  /** Of the branch: where in-repo configuration is read. Called only where it is switched on. */
  readonly baseSha: () => Promise<string>;
  /** Heads that are merged onto it first; empty for pushes. */
  readonly headShas: readonly string[];
  /** Where git finds these commits: `refs/heads/main`, `refs/pull/5/head`. */
  readonly refs: readonly string[];
  /** Static jobs only, which asks nobody. */
  readonly isStaticOnly?: boolean;
}

export interface JobsOfRepository {
  readonly presubmits: readonly Presubmit[];
  readonly postsubmits: readonly Postsubmit[];
  /** Why the repository's own configuration could not be used, if so: the static jobs are then all there is. */
  readonly inRepoProblem?: string;
}
