// What plugins ask about OWNERS files. Implemented by @prow/engine-owners. upstream: pkg/repoowners

export interface OwnersReader {
  /** OWNERS of one commit. Rejects when the repository cannot be read; broken files are in `problems`. */
  load(query: {
    org: string;
    repo: string;
    baseRef: string;
    baseSha: string;
    /** Where the commit can be fetched. Default: the branch `baseRef`. */
    fetchRef?: string;
  }): Promise<RepositoryOwners>;
}

/** A file whose OWNERS could not be understood. */
export interface OwnersProblem {
  readonly path: string;
  readonly message: string;
}

/** Paths are relative to the repository's root, without a leading slash; '' is the root. Logins are lower case. */
export interface RepositoryOwners {
  readonly problems: readonly OwnersProblem[];
  /** All who may approve a file: its own OWNERS and those above, up to one that says no_parent_owners. */
  approvers(path: string): ReadonlySet<string>;
  /** Only those of the nearest OWNERS that names any. */
  leafApprovers(path: string): ReadonlySet<string>;
  reviewers(path: string): ReadonlySet<string>;
  leafReviewers(path: string): ReadonlySet<string>;
  requiredReviewers(path: string): ReadonlySet<string>;
  labels(path: string): ReadonlySet<string>;
  /** Labels that the OWNERS of one folder names itself. */
  labelsInFolder(folder: string): ReadonlySet<string>;
  /** The folder of the nearest OWNERS with approvers for the file. */
  approversFolder(path: string): string;
  reviewersFolder(path: string): string;
  isNoParentOwners(folder: string): boolean;
  isAutoApproveUnownedSubfolders(folder: string): boolean;
  /** Approvers of the root folder. */
  topLevelApprovers(): ReadonlySet<string>;
  /** Everybody named anywhere. */
  everyone(): ReadonlySet<string>;
}
