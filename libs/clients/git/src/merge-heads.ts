import type { Identity, MergeHead, MergeOutcome } from './api.ts';
import { readCommits } from './read-commits.ts';
import { identityEnv, mergeBaseOf, mergeTrees } from './merge-trees.ts';
import { checkSha, runGit } from './run-git.ts';

export interface MergeHeadsRequest {
  gitDir: string;
  baseSha: string;
  heads: readonly MergeHead[];
  committer: Identity;
  /** Of the new commits; now when absent. */
  atMs?: number;
}

/** Applies heads onto a base, one after the other, as commits that no ref points at. */
export async function mergeHeads({ gitDir, baseSha, heads, committer, atMs }: MergeHeadsRequest): Promise<MergeOutcome> {
  const at = atMs === undefined ? {} : { atMs };
  let current = { sha: checkSha(baseSha), treeSha: await treeShaOf(gitDir, baseSha) };
  for (const [index, head] of heads.entries()) {
    checkSha(head.sha);
    const step = head.method === 'rebase' ? await rebase({ gitDir, onto: current, head, committer, ...at }) : await join({ gitDir, onto: current, head, committer, ...at });
    if ('paths' in step) return { kind: 'conflict', index, paths: step.paths, merged: current };
    current = step;
  }
  return { kind: 'merged', ...current };
}

interface Position {
  sha: string;
  treeSha: string;
}

interface Step {
  gitDir: string;
  onto: Position;
  head: MergeHead;
  committer: Identity;
  atMs?: number;
}

async function join({ gitDir, onto, head, committer, atMs }: Step): Promise<Position | { paths: string[] }> {
  const merged = await mergeTrees({ gitDir, ours: onto.sha, theirs: head.sha });
  if (merged.kind === 'conflict') return { paths: merged.paths };
  const parents = head.method === 'squash' ? [onto.sha] : [onto.sha, head.sha];
  const message = head.message ?? (head.method === 'squash' ? `Squashed ${head.sha}` : `Merge commit '${head.sha}'`);
  const sha = await commitTree({ gitDir, treeSha: merged.treeSha, parents, message, author: head.author ?? committer, committer, ...(atMs === undefined ? {} : { atMs, authoredAtMs: atMs }) });
  return { sha, treeSha: merged.treeSha };
}

/** Puts each commit of the head (merges left out, as GitHub does) onto the base. */
async function rebase({ gitDir, onto, head, committer, atMs }: Step): Promise<Position | { paths: string[] }> {
  const base = await mergeBaseOf(gitDir, onto.sha, head.sha);
  if (base === undefined) return { paths: [] };
  let current = onto;
  for (const commit of await readCommits({ gitDir, from: base, to: head.sha })) {
    const parent = commit.parents[0];
    if (commit.parents.length > 1 || parent === undefined) continue;
    const picked = await mergeTrees({ gitDir, ours: current.sha, theirs: commit.sha, base: parent });
    if (picked.kind === 'conflict') return { paths: picked.paths };
    const author = { name: commit.authorName, email: commit.authorEmail };
    const sha = await commitTree({
      gitDir,
      treeSha: picked.treeSha,
      parents: [current.sha],
      message: commit.message,
      author,
      authoredAtMs: commit.authoredAt,
      committer,
      ...(atMs === undefined ? {} : { atMs }),
    });
    current = { sha, treeSha: picked.treeSha };
  }
  return current;
}

export interface NewCommit {
  gitDir: string;
  treeSha: string;
  parents: readonly string[];
  message: string;
  author: Identity;
  committer: Identity;
  authoredAtMs?: number;
  atMs?: number;
}

/** Writes a commit object and gives its SHA. */
export async function commitTree({ gitDir, treeSha, parents, message, author, committer, authoredAtMs, atMs }: NewCommit): Promise<string> {
  const args = ['commit-tree', checkSha(treeSha), ...parents.flatMap((parent) => ['-p', checkSha(parent)]), '-F', '-'];
  const env = { ...identityEnv('author', author, authoredAtMs), ...identityEnv('committer', committer, atMs) };
  const { stdout } = await runGit({ gitDir, args, env, input: message });
  return stdout.toString('utf8').trim();
}

export async function treeShaOf(gitDir: string, sha: string): Promise<string> {
  return (await runGit({ gitDir, args: ['rev-parse', '--verify', '--end-of-options', `${checkSha(sha)}^{tree}`] })).stdout.toString('utf8').trim();
}
