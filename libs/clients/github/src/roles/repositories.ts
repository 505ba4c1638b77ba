import type {
  Branch,
  BranchProtection,
  BranchProtectionRequest,
  ChangedFile,
  Commit,
  DirectoryEntry,
  PermissionLevel,
  Repository,
  RepositoryName,
  RepositoryPermission,
  Team,
  TreeEntry,
  User,
} from './types.ts';

/** Repositories: settings, content, history, branches, and who may do what in them. */
export interface Repositories {
  getRepository(name: RepositoryName): Promise<Repository>;
  findRepository(name: RepositoryName): Promise<Repository | undefined>;
  /** Of an organisation or, where there is none of that name, of a user. */
  listRepositories(query: { org: string }): Promise<Repository[]>;
  /** A file's bytes at a branch, tag or SHA (default branch when absent); undefined when there is no such file. Up to 100 MB. */
  getFile(query: RepositoryName & { path: string; ref?: string }): Promise<Buffer | undefined>;
  /** Undefined when there is no such directory. '' is the root. */
  listDirectory(query: RepositoryName & { path: string; ref?: string }): Promise<DirectoryEntry[] | undefined>;
  /** Writes one file as one commit on a branch; `sha` is the blob it replaces. */
  putFile(
    change: RepositoryName & { path: string; content: Buffer; message: string; branch?: string; sha?: string },
  ): Promise<{ commitSha: string }>;
  getTree(query: RepositoryName & { sha: string; recursive?: boolean }): Promise<{ entries: TreeEntry[]; truncated: boolean }>;
  getBlob(query: RepositoryName & { sha: string }): Promise<Buffer>;
  /** `ref` is a SHA, branch or tag. Includes the changed files (GitHub stops at 3,000). */
  getCommit(query: RepositoryName & { ref: string }): Promise<Commit>;
  /** From the merge base of both to `head`. Files stop at 300: the git client has no such limit. */
  compareCommits(
    query: RepositoryName & { base: string; head: string },
  ): Promise<{ status: string; aheadBy: number; behindBy: number; mergeBaseSha: string; commits: Commit[]; files: ChangedFile[] }>;
  /** SHA of `heads/main` or `tags/v1`; undefined when there is no such ref. An annotated tag gives the tag object's SHA. */
  getRef(query: RepositoryName & { ref: string }): Promise<string | undefined>;
  createRef(ref: RepositoryName & { ref: string; sha: string }): Promise<void>;
  /** False when it was gone already. `ref` as for `getRef`. */
  deleteRef(name: RepositoryName & { ref: string }): Promise<boolean>;
  listBranches(query: RepositoryName & { onlyProtected?: boolean }): Promise<Branch[]>;
  getBranch(name: RepositoryName & { branch: string }): Promise<Branch | undefined>;
  /** Undefined when the branch is not protected. */
  getBranchProtection(name: RepositoryName & { branch: string }): Promise<BranchProtection | undefined>;
  updateBranchProtection(change: RepositoryName & { branch: string; protection: BranchProtectionRequest }): Promise<void>;
  removeBranchProtection(name: RepositoryName & { branch: string }): Promise<void>;

  /** 404 is the answer "no", never retried. */
  isCollaborator(query: RepositoryName & { login: string }): Promise<boolean>;
  listCollaborators(name: RepositoryName): Promise<User[]>;
  getPermission(query: RepositoryName & { login: string }): Promise<RepositoryPermission>;
  /** Whether the user has one of the levels. upstream: pkg/github/client.go HasPermission */
  hasPermission(query: RepositoryName & { login: string; levels: readonly PermissionLevel[] }): Promise<boolean>;
  listRepositoryTeams(name: RepositoryName): Promise<Team[]>;
  /** A fork of the bot's own, made when there is none; resolves when it exists. */
  ensureFork(name: RepositoryName): Promise<Repository>;
}
