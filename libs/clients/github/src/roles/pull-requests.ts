import type { ChangedFile, Commit, IssueName, IssueState, PullRequest, RepositoryName } from './types.ts';

export type MergeMethod = 'merge' | 'squash' | 'rebase';

export interface MergeRequest extends IssueName {
  /** The head that was looked at: GitHub refuses when it has moved. */
  sha: string;
  method: MergeMethod;
  /** Of the merge commit (merge, squash); GitHub's default when absent. */
  title?: string;
  message?: string;
}

/** Reading, opening, changing and merging pull requests. */
export interface PullRequests {
  getPullRequest(name: IssueName): Promise<PullRequest>;
  /** Undefined when there is none of that number. */
  findPullRequest(name: IssueName): Promise<PullRequest | undefined>;
  /** All pages. `head` is `user:branch`. State is 'open' unless given. */
  listPullRequests(
    query: RepositoryName & { state?: IssueState | 'all'; base?: string; head?: string },
  ): Promise<PullRequest[]>;
  /** All changed files (GitHub stops at 3,000). */
  listChangedFiles(name: IssueName): Promise<ChangedFile[]>;
  /** All commits, oldest first (GitHub stops at 250). */
  listPullRequestCommits(name: IssueName): Promise<Commit[]>;
  /** Open and closed pull requests that contain the commit. */
  listPullRequestsOfCommit(query: RepositoryName & { sha: string }): Promise<PullRequest[]>;
  /** As `git diff` writes it. */
  getPullRequestDiff(name: IssueName): Promise<string>;
  /** As `git format-patch` writes it, one mail a commit. */
  getPullRequestPatch(name: IssueName): Promise<string>;
  createPullRequest(
    request: RepositoryName & {
      title: string;
      body: string;
      /** `branch`, or `user:branch` of a fork. */
      head: string;
      base: string;
      draft?: boolean;
      maintainerCanModify?: boolean;
    },
  ): Promise<PullRequest>;
  /** What is absent stays as it is. */
  updatePullRequest(
    change: IssueName & { title?: string; body?: string; state?: IssueState; base?: string; maintainerCanModify?: boolean },
  ): Promise<PullRequest>;
  /** Merges the base into the head branch; refused (422) when the head is not `expectedHeadSha`. */
  updatePullRequestBranch(request: IssueName & { expectedHeadSha?: string }): Promise<void>;
  /**
   * Merges and gives the new commit's SHA. Rejects with `MergeRefusedError`, whose `reason` says why.
   * upstream: pkg/github/client.go Merge
   */
  mergePullRequest(request: MergeRequest): Promise<{ sha: string }>;
  /**
   * Whether the base and `sha` merge without conflict. GitHub computes this in the background: asked again a few
   * times, about 10 s in all, then rejects as transient. False also when the head is no longer `sha`.
   * upstream: pkg/github/client.go IsMergeable
   */
  isMergeable(request: IssueName & { sha: string }): Promise<boolean>;
}
