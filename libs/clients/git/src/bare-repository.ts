import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommitSummary, FileChange, Identity, MergeHead, MergeOutcome, TreeFile } from './api.ts';
import { mergeBaseOf } from './merge-trees.ts';
import { mergeHeads, treeShaOf } from './merge-heads.ts';
import { readChanges } from './read-changes.ts';
import { readCommits } from './read-commits.ts';
import { checkRef, checkSha, runGit } from './run-git.ts';

const defaultMaxFileBytes = 128 * 1024 * 1024;

/** Questions answered from a bare repository on disk. Commits are named by full SHA. */
export class BareRepository {
  readonly gitDir: string;
  readonly #identity: Identity;

  constructor({ gitDir, identity }: { gitDir: string; identity: Identity }) {
    this.gitDir = gitDir;
    this.#identity = identity;
  }

  async hasCommit(sha: string): Promise<boolean> {
    return (await this.missing([sha])).length === 0;
  }

  /** Which of these commits are not here. */
  async missing(shas: readonly string[]): Promise<string[]> {
    if (shas.length === 0) return [];
    const input = `${shas.map((sha) => `${checkSha(sha)}^{commit}`).join('\n')}\n`;
    const { stdout } = await runGit({ gitDir: this.gitDir, args: ['cat-file', '--batch-check'], input });
    const lines = stdout.toString('utf8').split('\n');
    return shas.filter((_, at) => !/^[0-9a-f]+ commit /.test(lines[at] ?? ''));
  }

  async resolve(ref: string): Promise<string | undefined> {
    const name = /^[0-9a-f]{40}$/.test(ref) ? ref : checkRef(ref);
    const { stdout, exitCode } = await runGit({ gitDir: this.gitDir, args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`], accept: [0, 1, 128] });
    return exitCode === 0 ? stdout.toString('utf8').trim() : undefined;
  }

  async showFile({ sha, path, maxBytes }: { sha: string; path: string; maxBytes?: number }): Promise<Buffer | undefined> {
    return (await this.showFiles({ sha, paths: [path], ...(maxBytes === undefined ? {} : { maxBytes }) })).get(path);
  }

  async showFiles({ sha, paths, maxBytes = defaultMaxFileBytes }: { sha: string; paths: readonly string[]; maxBytes?: number }): Promise<Map<string, Buffer>> {
    checkSha(sha);
    const files = new Map<string, Buffer>();
    // A leading `./` or `../` means something else to git, and ends it.
    const asked = paths.filter((path) => path !== '' && !/[\n\0]|^\.{1,2}(\/|$)/.test(path));
    if (asked.length === 0) return files;
    const input = `${asked.map((path) => `${sha}:${path}`).join('\n')}\n`;
    const { stdout } = await runGit({ gitDir: this.gitDir, args: ['cat-file', '--batch'], input, maxOutputBytes: maxBytes + 1024 * asked.length });
    let at = 0;
    for (const path of asked) {
      const end = stdout.indexOf(10, at);
      if (end < 0) break;
      const [, type, size] = stdout.toString('utf8', at, end).match(/^[0-9a-f]+ (\w+) (\d+)$/) ?? [];
      at = end + 1;
      if (type === undefined) continue; // missing
      if (type === 'blob') files.set(path, stdout.subarray(at, at + Number(size)));
      at += Number(size) + 1;
    }
    return files;
  }

  async listFiles({ sha, path = '' }: { sha: string; path?: string }): Promise<TreeFile[]> {
    const folder = path.replaceAll(/^\/+|\/+$/g, '');
    if (/^\.{1,2}(\/|$)|\0/.test(folder)) return [];
    const root = folder === '' ? `${checkSha(sha)}^{tree}` : `${checkSha(sha)}:${folder}`;
    const { stdout, exitCode, stderr } = await runGit({ gitDir: this.gitDir, args: ['ls-tree', '-r', '-z', '--full-tree', root], accept: [0, 128] });
    if (exitCode === 128) {
      if (/not a tree object|not a valid object name|does not exist/i.test(stderr) && (await this.hasCommit(sha))) return [];
      await runGit({ gitDir: this.gitDir, args: ['ls-tree', root] }); // rejects with git's own words
    }
    const prefix = folder === '' ? '' : `${folder}/`;
    return stdout.toString('utf8').split('\0').filter((line) => line !== '').map((line) => {
      const tab = line.indexOf('\t');
      const [mode = '', type = '', object = ''] = line.slice(0, tab).split(' ');
      return { path: `${prefix}${line.slice(tab + 1)}`, mode, type: type === 'commit' ? 'commit' : 'blob', sha: object } as const;
    });
  }

  treeSha(sha: string): Promise<string> {
    return treeShaOf(this.gitDir, sha);
  }

  mergeBase({ a, b }: { a: string; b: string }): Promise<string | undefined> {
    return mergeBaseOf(this.gitDir, a, b);
  }

  async isAncestor({ ancestor, descendant }: { ancestor: string; descendant: string }): Promise<boolean> {
    const args = ['merge-base', '--is-ancestor', checkSha(ancestor), checkSha(descendant)];
    return (await runGit({ gitDir: this.gitDir, args, accept: [0, 1] })).exitCode === 0;
  }

  changedFiles(query: { from: string; to: string; fromMergeBase?: boolean }): Promise<FileChange[]> {
    return readChanges({ gitDir: this.gitDir, ...query });
  }

  commitsBetween(query: { from: string; to: string }): Promise<CommitSummary[]> {
    return readCommits({ gitDir: this.gitDir, ...query });
  }

  tryMerge({ baseSha, heads, committer }: { baseSha: string; heads: readonly MergeHead[]; committer?: Identity }): Promise<MergeOutcome> {
    return mergeHeads({ gitDir: this.gitDir, baseSha, heads, committer: committer ?? this.#identity });
  }

  /** Checks a commit out into a new folder below `parent`. */
  async addWorktree({ sha, parent }: { sha: string; parent: string }): Promise<string> {
    const dir = join(parent, randomUUID());
    await runGit({ gitDir: this.gitDir, args: ['-c', 'core.hooksPath=/dev/null', '-c', 'advice.detachedHead=false', 'worktree', 'add', '--quiet', '--detach', dir, checkSha(sha)] });
    return dir;
  }

  async removeWorktree(dir: string): Promise<void> {
    await rm(dir, { recursive: true, force: true });
    await runGit({ gitDir: this.gitDir, args: ['worktree', 'prune'], accept: [0, 128] });
  }
}
