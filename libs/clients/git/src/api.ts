// The contract with git: a shared bare copy of each repository, questions answered from it, and worktrees to change.
// Nothing here goes through a shell, and no name from outside can become an option of git.
import type { Buffer } from 'node:buffer';

export interface RepositoryName {
  org: string;
  repo: string;
}

/** Keeps one bare copy of each repository, shared by everyone in the process and kept over restarts. */
export interface GitClient {
  /** The copy of a repository, cloned on first use. One clone at a time per repository; later callers wait for it. */
  repository(name: RepositoryName): Promise<GitRepository>;
  /** `https://github.com/ORG/REPO` or where else repositories come from; never contains credentials. */
  remoteUrl(name: RepositoryName): string;
  /** Removes worktrees still open; the copies stay. */
  close(): Promise<void>;
}

/**
 * One repository's copy. Questions name commits by full SHA, so that they cannot change between two questions;
 * `ensureCommits` first. Rejects with `GitError` (its `stderr` is git's, without credentials).
 */
export interface GitRepository {
  readonly name: RepositoryName;
  /** The bare copy's folder. Read only. */
  readonly gitDir: string;
  /** Brings the copy up to date: branches and tags, or only the named refs (`refs/pull/5/head`, `refs/heads/main`). */
  fetch(options?: { refs?: readonly string[] }): Promise<void>;
  /** Fetches what is missing of these SHAs, `refs` being where they are expected. Rejects when one cannot be had. */
  ensureCommits(shas: readonly string[], options?: { refs?: readonly string[] }): Promise<void>;
  hasCommit(sha: string): Promise<boolean>;
  /** SHA of the commit a ref of the copy points at (`refs/heads/main`, as of the last fetch); undefined when none. */
  resolve(ref: string): Promise<string | undefined>;
  /** SHA of the branch's tip at the remote now. */
  remoteHead(branch: string): Promise<string | undefined>;
  /** A file's bytes in a commit; undefined when there is none. A symbolic link gives the path it points at. */
  showFile(query: { sha: string; path: string; maxBytes?: number }): Promise<Buffer | undefined>;
  /** Several files by one run of git; those that are absent are not in the map. */
  showFiles(query: { sha: string; paths: readonly string[]; maxBytes?: number }): Promise<Map<string, Buffer>>;
  /** All files below a folder ('' is the root), sorted, recursive. Empty when there is no such folder. */
  listFiles(query: { sha: string; path?: string }): Promise<TreeFile[]>;
  /** SHA of the commit's tree: equal trees have equal content. */
  treeSha(sha: string): Promise<string>;
  mergeBase(query: { a: string; b: string }): Promise<string | undefined>;
  isAncestor(query: { ancestor: string; descendant: string }): Promise<boolean>;
  /** What differs between two commits; `fromMergeBase` as a pull request shows it. Renames are found. */
  changedFiles(query: { from: string; to: string; fromMergeBase?: boolean }): Promise<FileChange[]>;
  /** Commits reachable from `to` and not from `from`, oldest first. */
  commitsBetween(query: { from: string; to: string }): Promise<CommitSummary[]>;
  /**
   * Applies heads onto a base, one after the other, each with its method, without touching any ref or folder:
   * what a batch of pull requests would give. Stops at the first conflict.
   */
  tryMerge(request: { baseSha: string; heads: readonly MergeHead[]; committer?: Identity }): Promise<MergeOutcome>;
  /** A folder with the commit checked out, detached; disposed of by the caller. */
  worktree(options: { sha: string }): Promise<Worktree>;
}

export interface TreeFile {
  path: string;
  mode: string;
  /** 'blob', or 'commit' for a submodule. */
  type: 'blob' | 'commit';
  sha: string;
}

export interface FileChange {
  path: string;
  previousPath?: string;
  status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'type-changed';
  additions: number;
  deletions: number;
  isBinary: boolean;
}

export interface CommitSummary {
  sha: string;
  treeSha: string;
  parents: string[];
  authorName: string;
  authorEmail: string;
  /** Unix milliseconds. */
  authoredAt: number;
  committerName: string;
  committerEmail: string;
  committedAt: number;
  message: string;
}

export interface MergeHead {
  sha: string;
  method: 'merge' | 'squash' | 'rebase';
  /** Of the merge or squash commit; rebased commits keep theirs. */
  message?: string;
  /** Who wrote the squash commit; default: the client's own identity. */
  author?: Identity;
}

export interface Identity {
  name: string;
  email: string;
}

export type MergeOutcome =
  | { kind: 'merged'; sha: string; treeSha: string }
  /** `index` is the head that did not fit; `merged` what the ones before it gave. */
  | { kind: 'conflict'; index: number; paths: string[]; merged: { sha: string; treeSha: string } };

/** A checked-out folder of one's own. */
export interface Worktree {
  readonly dir: string;
  /** SHA of HEAD. */
  head(): Promise<string>;
  /** False, and nothing changed, on a conflict. */
  merge(request: { sha: string; method: 'merge' | 'squash' | 'rebase'; message?: string }): Promise<boolean>;
  /** Applies mails of `git format-patch`. False, and nothing changed, when they do not fit. */
  applyMailbox(mailbox: string): Promise<boolean>;
  /** Commits everything that changed in the folder; undefined when nothing did. */
  commitAll(request: { message: string; name?: string; email?: string }): Promise<string | undefined>;
  /** Pushes HEAD to a branch of this repository, or of a fork. */
  push(request: { branch: string; force?: boolean; to?: RepositoryName }): Promise<void>;
  dispose(): Promise<void>;
}
