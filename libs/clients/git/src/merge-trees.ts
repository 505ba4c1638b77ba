import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GitError } from './git-error.ts';
import { checkSha, runGit } from './run-git.ts';

export type TreeMerge = { kind: 'clean'; treeSha: string } | { kind: 'conflict'; paths: string[] };

let hasMergeTree: boolean | undefined;

/** For tests of the way older versions of git take. */
export function assumeOldGit(isOld: boolean): void {
  hasMergeTree = isOld ? false : undefined;
}

/**
 * Merges two commits into a tree, without any ref or folder. With `base`, that commit's tree is the common ancestor
 * (as in a cherry-pick); without, history tells. `git merge-tree --write-tree` where git has it (2.38), else an index
 * of its own, which does not see renames.
 */
export async function mergeTrees(request: { gitDir: string; ours: string; theirs: string; base?: string }): Promise<TreeMerge> {
  checkSha(request.ours);
  checkSha(request.theirs);
  if (hasMergeTree !== false) {
    const merged = await byMergeTree(request);
    if (merged !== undefined) return merged;
    hasMergeTree = false;
  }
  return byIndex(request);
}

/** Undefined when this git does not know how. */
async function byMergeTree({ gitDir, ours, theirs, base }: { gitDir: string; ours: string; theirs: string; base?: string }): Promise<TreeMerge | undefined> {
  const [left, right] = base === undefined ? [ours, theirs] : await withCommonParent({ gitDir, ours, theirs, base });
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', left, right];
  const { exitCode, stdout, stderr } = await runGit({ gitDir, args, accept: [0, 1, 128, 129] });
  if (exitCode === 129 || (exitCode === 128 && /not a valid|usage/i.test(stderr) && !/unrelated/i.test(stderr))) return undefined;
  if (exitCode === 128) {
    if (/unrelated histories/.test(stderr)) return { kind: 'conflict', paths: [] };
    throw new GitError(`git merge-tree failed: ${stderr.trim().slice(0, 500)}`, { exitCode, stderr });
  }
  const [treeSha = '', ...paths] = stdout.toString('utf8').split('\0').filter((part) => part !== '');
  return exitCode === 0 ? { kind: 'clean', treeSha } : { kind: 'conflict', paths: [...new Set(paths)] };
}

/** Commits with the same trees and `base`'s tree as their only ancestor: --merge-base came with git 2.40 only. */
async function withCommonParent({ gitDir, ours, theirs, base }: { gitDir: string; ours: string; theirs: string; base: string }): Promise<[string, string]> {
  const root = await bareCommit(gitDir, base, []);
  return [await bareCommit(gitDir, ours, [root]), await bareCommit(gitDir, theirs, [root])];
}

async function bareCommit(gitDir: string, treeOf: string, parents: readonly string[]): Promise<string> {
  const args = ['commit-tree', `${treeOf}^{tree}`, ...parents.flatMap((parent) => ['-p', parent]), '-m', 'for a merge'];
  const env = identityEnv('committer', { name: 'prow', email: 'prow@localhost' }, 0);
  return (await runGit({ gitDir, args, env: { ...env, ...identityEnv('author', { name: 'prow', email: 'prow@localhost' }, 0) } })).stdout.toString('utf8').trim();
}

async function byIndex({ gitDir, ours, theirs, base }: { gitDir: string; ours: string; theirs: string; base?: string }): Promise<TreeMerge> {
  const ancestor = base ?? (await mergeBaseOf(gitDir, ours, theirs));
  if (ancestor === undefined) return { kind: 'conflict', paths: [] };
  const dir = await mkdtemp(join(tmpdir(), 'prow-merge-'));
  const env = { GIT_INDEX_FILE: join(dir, 'index'), GIT_WORK_TREE: join(dir, 'tree') };
  try {
    await runGit({ gitDir, cwd: dir, args: ['read-tree', '-i', '-m', '--aggressive', `${ancestor}^{tree}`, `${ours}^{tree}`, `${theirs}^{tree}`], env: { GIT_INDEX_FILE: env.GIT_INDEX_FILE } });
    await mkdir(env.GIT_WORK_TREE);
    await runGit({ gitDir, cwd: env.GIT_WORK_TREE, args: ['merge-index', '-o', '-q', 'git-merge-one-file', '-a'], env, accept: [0, 1, 128] });
    const unmerged = (await runGit({ gitDir, cwd: dir, args: ['ls-files', '-u', '-z'], env: { GIT_INDEX_FILE: env.GIT_INDEX_FILE } })).stdout.toString('utf8');
    const paths = [...new Set(unmerged.split('\0').filter((line) => line !== '').map((line) => line.slice(line.indexOf('\t') + 1)))];
    if (paths.length > 0) return { kind: 'conflict', paths };
    const written = await runGit({ gitDir, cwd: dir, args: ['write-tree'], env: { GIT_INDEX_FILE: env.GIT_INDEX_FILE } });
    return { kind: 'clean', treeSha: written.stdout.toString('utf8').trim() };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

export async function mergeBaseOf(gitDir: string, a: string, b: string): Promise<string | undefined> {
  const { stdout } = await runGit({ gitDir, args: ['merge-base', checkSha(a), checkSha(b)], accept: [0, 1] });
  const sha = stdout.toString('utf8').trim();
  return sha === '' ? undefined : sha;
}

/** Git's variables for who wrote or committed, and when (unix milliseconds; now when absent). */
export function identityEnv(role: 'author' | 'committer', { name, email }: { name: string; email: string }, atMs?: number): Record<string, string> {
  const key = `GIT_${role.toUpperCase()}`;
  // An empty name or `<` in it makes git refuse.
  const clean = (text: string, otherwise: string): string => text.replaceAll(/[<>\n\0]/g, ' ').trim() || otherwise;
  return {
    [`${key}_NAME`]: clean(name, 'unknown'),
    [`${key}_EMAIL`]: clean(email, 'unknown@localhost'),
    ...(atMs === undefined ? {} : { [`${key}_DATE`]: `@${Math.floor(atMs / 1000)} +0000` }),
  };
}
