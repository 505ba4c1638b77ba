import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { createGitClient } from '@prow/clients-git';
import type { GitClient } from '@prow/clients-git';
import { silentLogger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { useTempDirs } from '@prow/testing-harness';
import { inRepoConfig, openConfigSource } from './index.ts';
import type { ConfigSnapshot } from './index.ts';

const tempDir = useTempDirs();
const spec = 'spec: {containers: [{image: x, command: [a]}]}';

let git: GitClient;
let repository: string;
let snapshot: ConfigSnapshot;

function run(...args: string[]): string {
  return execFileSync('git', args, { cwd: repository, encoding: 'utf8', env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' } }).trim();
}

/** A commit on a branch of its own with these files on top of main's; undefined removes one. */
function commit(branch: string, files: Record<string, string | undefined>): string {
  run('checkout', '-q', '-B', branch, ...(branch === 'main' ? [] : ['main']));
  for (const [name, text] of Object.entries(files)) {
    const path = join(repository, name);
    if (text === undefined) rmSync(path);
    else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  }
  run('add', '-A');
  run('commit', '-q', '-m', branch, '--allow-empty');
  const sha = run('rev-parse', 'HEAD');
  if (branch !== 'main') run('checkout', '-q', 'main');
  return sha;
}

beforeAll(async () => {
  const remotes = tempDir('remotes');
  repository = join(remotes, 'o', 'r');
  mkdirSync(repository, { recursive: true });
  run('init', '-q', '-b', 'main');
  run('config', 'uploadpack.allowAnySHA1InWant', 'true');
  git = createGitClient({ cacheDir: tempDir('git'), webUrl: `file://${remotes}`, log: silentLogger });
  const dir = tempDir('config');
  writeFileSync(join(dir, 'config.yaml'), `in_repo_config: {enabled: {o/r: true}}\npresubmits: {o/r: [{name: central, ${spec}}], o/s: [{name: other, ${spec}}]}\n`);
  const source = await openConfigSource({ configPath: join(dir, 'config.yaml'), log: silentLogger, clock: systemClock, watch: false });
  snapshot = source.current();
});

const names = (jobs: { presubmits: readonly { name: string }[] }): string[] => jobs.presubmits.map((job) => job.name);

describe('inRepoConfig', () => {
  test('adds the jobs of .prow.yaml as they are after the merge, defaulted', async () => {
    const baseSha = commit('main', { '.prow.yaml': `presubmits:\n- {name: own, always_run: true, ${spec}}\n` });
    const reader = inRepoConfig({ git });
    const jobs = await reader.jobsFor(snapshot, { org: 'o', repo: 'r', baseSha });
    expect(names(jobs)).toEqual(['central', 'own']);
    expect(jobs.presubmits[1]).toMatchObject({ context: 'own', rerun_command: '/test own', cluster: 'default', prowjob_defaults: { tenant_id: 'GlobalDefaultID' } });
    const head = commit('change', { '.prow.yaml': `presubmits:\n- {name: changed, ${spec}}\npostsubmits:\n- {name: after, ${spec}}\n` });
    const merged = await reader.jobsFor(snapshot, { org: 'o', repo: 'r', baseSha, headShas: [head] });
    expect(names(merged)).toEqual(['central', 'changed']);
    expect(merged.postsubmits.map((job) => job.name)).toEqual(['after']);
  });

  test('the folder wins over the file, honours .prowignore, and is read once per tree', async () => {
    const baseSha = commit('main', {
      '.prow/a.yaml': `presubmits: [{name: a, labels: {l: x}, ${spec}}]\n`, '.prow/deep/b.yml': 'presets: [{labels: {l: x}, env: [{name: E, value: v}]}]\n',
      '.prow/c.yaml': 'not: [valid', '.prowignore': '.prow/c.yaml\n', '.prow/d.txt': 'x',
    });
    const reader = inRepoConfig({ git });
    const first = await reader.jobsFor(snapshot, { org: 'o', repo: 'r', baseSha });
    expect(names(first)).toEqual(['central', 'a']);
    expect(first.presubmits[1]?.spec?.containers[0]?.env).toEqual([{ name: 'E', value: 'v' }]);
    const sameTree = commit('main', {});
    const again = await reader.jobsFor(snapshot, { org: 'o', repo: 'r', baseSha: sameTree });
    expect(again.presubmits[1]).toBe(first.presubmits[1]);
  });

  test('mistakes are told with file, line and what was expected', async () => {
    const baseSha = commit('main', { '.prow/a.yaml': `presubmits:\n- name: central\n  cluster: secret\n  ${spec}\n` });
    const failure = inRepoConfig({ git }).jobsFor(snapshot, { org: 'o', repo: 'r', baseSha });
    await expect(failure).rejects.toMatchObject({ code: 'PROW_CONFIG_IN_REPO', message: expect.stringMatching(/\.prow\/a\.yaml:3:3: error: the cluster secret may not be used/) });
    await expect(failure).rejects.toThrow(/a\.yaml:2:3: error: the presubmit central is defined twice/);
  });

  test('heads that do not merge are told apart', async () => {
    const baseSha = commit('main', { '.prow/a.yaml': '', file: 'one\n' });
    const head = commit('clash', { file: 'two\n' });
    const moved = commit('main', { file: 'three\n' });
    expect(moved).not.toBe(baseSha);
    await expect(inRepoConfig({ git }).jobsFor(snapshot, { org: 'o', repo: 'r', baseSha: moved, headShas: [head] })).rejects.toMatchObject({ code: 'PROW_CONFIG_IN_REPO_CONFLICT' });
  });

  test('where it is not enabled, git is not asked', async () => {
    const jobs = await inRepoConfig({ git }).jobsFor(snapshot, { org: 'o', repo: 's', baseSha: '0'.repeat(40) });
    expect(names(jobs)).toEqual(['other']);
  });
});
