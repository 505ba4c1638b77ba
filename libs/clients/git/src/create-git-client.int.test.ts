import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import type { GitRepository } from './api.ts';
import { createGitClient } from './create-git-client.ts';
import { assumeOldGit } from './merge-trees.ts';
import { runGit } from './run-git.ts';

let root: string;
let work: string;
let repository: GitRepository;
const shas: Record<string, string> = {};
const env = { GIT_AUTHOR_NAME: 'Ann', GIT_AUTHOR_EMAIL: 'ann@example.com', GIT_COMMITTER_NAME: 'Ann', GIT_COMMITTER_EMAIL: 'ann@example.com', GIT_CONFIG_GLOBAL: '/dev/null' };

const git = async (...args: string[]): Promise<string> => (await runGit({ cwd: work, args, env })).stdout.toString('utf8').trim();

async function commit(name: string, files: Record<string, string | null>, options: { from?: string } = {}): Promise<void> {
  if (options.from !== undefined) await git('checkout', '-q', '-B', name, options.from);
  for (const [path, text] of Object.entries(files)) {
    if (text === null) await rm(join(work, path));
    else {
      await mkdir(join(work, path, '..'), { recursive: true });
      await writeFile(join(work, path), text);
    }
  }
  await git('add', '--all');
  await git('commit', '-q', '--allow-empty', '-m', `commit ${name}`);
  shas[name] = await git('rev-parse', 'HEAD');
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'prow-git-test-'));
  work = join(root, 'remote', 'acme', 'app.git');
  await mkdir(work, { recursive: true });
  await git('init', '-q', '-b', 'main');
  await git('config', 'receive.denyCurrentBranch', 'ignore');
  await commit('main', { 'a.txt': 'one\ntwo\nthree\nfour\nfive\n', 'dir/b.txt': 'b\n', 'old name.txt': 'some text that is long enough to be a rename\n' });
  await commit('fits', { 'a.txt': 'one\ntwo\nthree\nfour\nFIVE\n' }, { from: 'main' });
  await commit('also-fits', { 'a.txt': 'ONE\ntwo\nthree\nfour\nfive\n', 'new.txt': 'n\n', 'new name.txt': 'some text that is long enough to be a rename\n', 'old name.txt': null }, { from: 'main' });
  await commit('clashes', { 'a.txt': 'one\ntwo\nthree\nfour\n5\n' }, { from: 'main' });
  await git('update-ref', 'refs/pull/7/head', shas['clashes'] ?? '');
  await git('branch', '-q', '-D', '--force', 'never').catch(() => '');
  await git('checkout', '-q', 'main');
  await git('branch', '-q', '-D', 'clashes');
  const client = createGitClient({ cacheDir: join(root, 'cache'), webUrl: join(root, 'remote'), log: silentLogger });
  repository = await client.repository({ org: 'acme', repo: 'app' });
}, 30_000);

afterAll(async () => {
  assumeOldGit(false);
  await rm(root, { recursive: true, force: true });
});

describe('a copy of a repository', () => {
  test('answers from a commit', async () => {
    const sha = (await repository.resolve('refs/heads/main')) ?? '';
    expect(sha).toBe(shas['main']);
    expect((await repository.showFile({ sha, path: 'dir/b.txt' }))?.toString()).toBe('b\n');
    expect(await repository.showFile({ sha, path: 'dir' })).toBeUndefined();
    expect(await repository.showFile({ sha, path: 'no such file' })).toBeUndefined();
    expect(await repository.showFile({ sha, path: '../../etc/passwd' })).toBeUndefined();
    expect(await repository.listFiles({ sha, path: '../..' })).toEqual([]);
    expect((await repository.listFiles({ sha })).map((file) => file.path)).toEqual(['a.txt', 'dir/b.txt', 'old name.txt']);
    expect((await repository.listFiles({ sha, path: 'dir' })).map((file) => file.path)).toEqual(['dir/b.txt']);
    expect(await repository.listFiles({ sha, path: 'no/such' })).toEqual([]);
  });

  test('finds renames and counts lines', async () => {
    const changes = await repository.changedFiles({ from: shas['fits'] ?? '', to: shas['also-fits'] ?? '', fromMergeBase: true });
    expect(changes).toEqual([
      expect.objectContaining({ path: 'a.txt', status: 'modified', additions: 1, deletions: 1 }),
      expect.objectContaining({ path: 'new name.txt', previousPath: 'old name.txt', status: 'renamed', additions: 0 }),
      expect.objectContaining({ path: 'new.txt', status: 'added', additions: 1 }),
    ]);
  });

  test('fetches what a pull request adds', async () => {
    const sha = shas['clashes'] ?? '';
    expect(await repository.hasCommit(sha)).toBe(false);
    await repository.ensureCommits([sha], { refs: ['refs/pull/7/head'] });
    expect(await repository.hasCommit(sha)).toBe(true);
    await expect(repository.ensureCommits(['0'.repeat(39) + '1'])).rejects.toThrow(/0001/);
    expect(await repository.remoteHead('main')).toBe(shas['main']);
    expect(await repository.remoteHead('nowhere')).toBeUndefined();
  });

  test.each([false, true])('tries a batch of merges (older git: %s)', async (isOld) => {
    assumeOldGit(isOld);
    const heads = [
      { sha: shas['fits'] ?? '', method: 'merge' as const },
      { sha: shas['also-fits'] ?? '', method: 'rebase' as const },
    ];
    const outcome = await repository.tryMerge({ baseSha: shas['main'] ?? '', heads });
    expect(outcome.kind).toBe('merged');
    if (outcome.kind === 'merged') {
      expect((await repository.showFile({ sha: outcome.sha, path: 'a.txt' }))?.toString()).toBe('ONE\ntwo\nthree\nfour\nFIVE\n');
      expect((await repository.commitsBetween({ from: shas['main'] ?? '', to: outcome.sha })).at(-1)?.authorName).toBe('Ann');
    }
    const clash = await repository.tryMerge({ baseSha: shas['main'] ?? '', heads: [...heads, { sha: shas['clashes'] ?? '', method: 'squash' }] });
    expect(clash).toMatchObject({ kind: 'conflict', index: 2, paths: ['a.txt'] });
    assumeOldGit(false);
  });

  test('gives folders to change, and pushes from them', async () => {
    const worktree = await repository.worktree({ sha: shas['main'] ?? '' });
    expect(await worktree.merge({ sha: shas['fits'] ?? '', method: 'squash', message: 'squashed' })).toBe(true);
    const before = await worktree.head();
    expect(await worktree.merge({ sha: shas['clashes'] ?? '', method: 'merge' })).toBe(false);
    expect(await worktree.head()).toBe(before);
    expect(await worktree.applyMailbox('From nonsense\n')).toBe(false);
    expect(await worktree.commitAll({ message: 'nothing' })).toBeUndefined();
    await writeFile(join(worktree.dir, 'made.txt'), 'made\n');
    const sha = await worktree.commitAll({ message: '# not a comment' });
    await worktree.push({ branch: 'made' });
    expect(await repository.remoteHead('made')).toBe(sha);
    expect(await readFile(join(worktree.dir, 'a.txt'), 'utf8')).toContain('FIVE');
    await worktree.dispose();
    await expect(readFile(join(worktree.dir, 'a.txt'))).rejects.toThrow();
  });

  test('refuses names that git could take for something else', async () => {
    await expect(repository.resolve('--output=/tmp/x')).rejects.toThrow(/PROW|expected the name/);
    await expect(repository.fetch({ refs: ['--upload-pack=touch /tmp/x'] })).rejects.toThrow(/expected the name/);
    await expect(repository.treeSha('HEAD')).rejects.toThrow(/full commit SHA/);
  });
});
