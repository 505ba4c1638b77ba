// clonerefs against real git, over HTTP and from folders.
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import type { Refs } from '@prow/model-prowjob';
import { runCloneRefs } from './run.ts';
import type { CloneOptions } from './options.ts';
import type { CloneRecord } from './record.ts';
import { startGitHttpServer } from './testing/git-http-server.ts';
import type { GitHttpServer } from './testing/git-http-server.ts';

let root: string;
let work: string;
let server: GitHttpServer;
let locked: GitHttpServer;
const sha: Record<string, string> = {};
const env = { PATH: process.env['PATH'] ?? '', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

function git(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'protocol.file.allow=always', ...args], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env: { ...env, GIT_COMMITTER_DATE: '1700000000 +0000', GIT_AUTHOR_DATE: '1700000000 +0000' } }).trim();
}

function commit(folder: string, files: Record<string, string>): string {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
  git(folder, 'add', '-A');
  git(folder, 'commit', '-q', '--allow-empty', '-m', 'change');
  return git(folder, 'rev-parse', 'HEAD');
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'clonerefs-'));
  const repo = join(root, 'o', 'r.git');
  mkdirSync(join(root, 'o'));
  git(root, 'init', '-q', '-b', 'main', repo);
  sha['first'] = commit(repo, { 'a.txt': 'a\n', 'dir/b.txt': 'b\n', 'other/c.txt': 'c\n' });
  git(repo, 'tag', 'v1');
  git(repo, 'checkout', '-q', '-b', 'pull');
  sha['pull'] = commit(repo, { 'pull.txt': 'p\n' });
  git(repo, 'update-ref', 'refs/pull/7/head', sha['pull'] ?? '');
  git(repo, 'checkout', '-q', '-b', 'second', 'main');
  sha['second'] = commit(repo, { 'second.txt': 's\n' });
  git(repo, 'checkout', '-q', 'main');
  sha['main'] = commit(repo, { 'a.txt': 'a2\n' });
  git(repo, 'update-ref', 'refs/heads/--upload-pack=touch/x', sha['main'] ?? '');
  const child = join(root, 'o', 'sub.git');
  git(root, 'init', '-q', '-b', 'main', child);
  commit(child, { 'sub.txt': 'sub\n' });
  server = await startGitHttpServer(root);
  locked = await startGitHttpServer(root, 'gh-token-123:x-oauth-basic');
});
beforeEach(() => {
  work = mkdtempSync(join(root, 'work-'));
});
afterAll(async () => {
  await server.stop();
  await locked.stop();
  rmSync(root, { recursive: true, force: true });
});

const base = (more: Partial<Refs> = {}): Refs => ({ org: 'o', repo: 'r', base_ref: 'main', base_sha: sha['main'] ?? '', repo_link: `${server.url}/o/r`, path_alias: 'r', ...more });
const pull = (number: number, hash = ''): NonNullable<Refs['pulls']>[number] => ({ number, author: 'a', sha: hash });

async function clone(refs: Refs[], more: Partial<CloneOptions> = {}): Promise<{ code: number; records: CloneRecord[]; text: string }> {
  const log = join(work, 'clone.json');
  const options: CloneOptions = { srcRoot: work, log, gitUserName: 'ci-robot', gitUserEmail: 'ci-robot@k8s.io', refs, keyFiles: [], oauthTokenFile: '', hostFingerprints: [], maxParallelWorkers: 0, fail: false, cookiePath: '', githubApiEndpoints: [], githubAppId: '', githubAppPrivateKeyFile: '', cacheDirectory: '', ...more };
  const code = await runCloneRefs(options, { env: { ...env, HOME: work }, log: silentLogger, fetchPausesMs: [10, 20] });
  const text = readFileSync(log, 'utf8');
  return { code, records: JSON.parse(text) as CloneRecord[], text };
}

const fetches = (record: CloneRecord | undefined): string[] => (record?.commands ?? []).map(({ command }) => command).filter((command) => / git fetch /.test(command));
const file = (name: string): string => readFileSync(join(work, 'src/r', name), 'utf8');

describe('clonerefs', () => {
  test('base, two pulls, tags, in one fetch; the branch is checked out', async () => {
    const { records } = await clone([base({ pulls: [pull(7, sha['pull']), pull(8, sha['second'])] })]);
    expect(records[0]).toEqual({ refs: { org: '', repo: '' } });
    expect(records[1]?.failed).toBeUndefined();
    expect(fetches(records[1]).length).toBe(1);
    expect([file('a.txt'), file('pull.txt'), file('second.txt')]).toEqual(['a2\n', 'p\n', 's\n']);
    const here = join(work, 'src/r');
    expect([git(here, 'branch', '--show-current'), git(here, 'tag'), git(here, 'config', '--local', 'user.email'), git(here, 'rev-parse', 'HEAD')]).toEqual(['main', 'v1', 'ci-robot@k8s.io', records[1]?.final_sha]);
    expect(git(here, 'log', '--format=%ct %s', '-2', '--first-parent')).toBe(`1700000002 Merge commit '${sha['second']}'\n1700000001 Merge commit '${sha['pull']}'`);
  });

  test('the same refs give the same hash, however they are cloned', async () => {
    const hashes: (string | undefined)[] = [];
    for (const more of [{}, { clone_depth: 1 }, { blobless_fetch: true }, { skip_fetch_head: true }]) {
      work = mkdtempSync(join(root, 'work-'));
      hashes.push((await clone([base({ pulls: [pull(7, sha['pull'])], ...more })])).records[1]?.final_sha);
    }
    expect(new Set(hashes).size).toBe(1);
    expect(hashes[0]).toMatch(/^[0-9a-f]{40}$/);
  });

  test('a base without hash, a pull without hash or with a ref', async () => {
    const { records } = await clone([base({ base_sha: '', pulls: [pull(7)] })]);
    expect(records[1]?.failed).toBeUndefined();
    expect(file('pull.txt')).toBe('p\n');
    work = mkdtempSync(join(root, 'work-'));
    await clone([base({ pulls: [{ ...pull(7, sha['pull']), ref: 'refs/pull/7/head' }] })]);
    expect(file('pull.txt')).toBe('p\n');
  });

  test('sparse: only what was asked for, no tags', async () => {
    await clone([base({ sparse_checkout_files: ['dir'] })]);
    expect(existsSync(join(work, 'src/r/dir/b.txt'))).toBe(true);
    expect(existsSync(join(work, 'src/r/other'))).toBe(false);
    expect(git(join(work, 'src/r'), 'tag')).toBe('');
  });

  test('several repositories at once; one that fails does not stop the others', async () => {
    const { code, records } = await clone([base(), base({ repo: 'absent', repo_link: `${server.url}/o/absent`, path_alias: 'x' }), base({ path_alias: 'y' })]);
    expect(code).toBe(0);
    expect(records.map(({ refs, failed }) => [refs.path_alias, failed === true]).toSorted()).toEqual([['r', false], ['x', true], ['y', false], [undefined, false]].toSorted());
    expect((await clone([base({ base_sha: '0123456789012345678901234567890123456789' })], { fail: true })).code).toBe(1);
  });

  test('a server that stumbles is asked again', async () => {
    server.failNext(1);
    const { records } = await clone([base()]);
    expect(records[1]?.failed).toBeUndefined();
  });

  test('a branch whose name is an option is only a name', async () => {
    const name = '--upload-pack=touch/x';
    const { records } = await clone([base({ base_ref: name }), base({ base_ref: name, base_sha: '', path_alias: 'z' })]);
    expect(records.map(({ failed }) => failed)).toEqual([undefined, undefined, undefined]);
    expect(readFileSync(join(work, 'src/z/.git/HEAD'), 'utf8')).toBe(`ref: refs/heads/${name}\n`);
    expect(readdirSync(join(work, 'src/r')).includes('x')).toBe(false);
  });

  test('submodules', async () => {
    const parent = join(root, 'o', 'parent.git');
    if (!existsSync(parent)) git(root, 'init', '-q', '-b', 'main', parent);
    // From the folder: the server answers from this very process, which waits for git here.
    git(parent, 'submodule', 'add', '-q', join(root, 'o', 'sub.git'), 'sub');
    git(parent, 'config', '--file', '.gitmodules', 'submodule.sub.url', `${server.url}/o/sub.git`);
    const head = commit(parent, {});
    const refs = base({ repo: 'parent', repo_link: `${server.url}/o/parent`, base_sha: head });
    expect((await clone([refs])).records[1]?.failed).toBeUndefined();
    expect(file('sub/sub.txt')).toBe('sub\n');
    work = mkdtempSync(join(root, 'work-'));
    await clone([{ ...refs, skip_submodules: true }]);
    expect(existsSync(join(work, 'src/r/sub/sub.txt'))).toBe(false);
  });
});

describe('credentials', () => {
  test('a token file reaches the server and nothing else', async () => {
    const token = join(work, 'token');
    writeFileSync(token, 'gh-token-123\n');
    const { records, text } = await clone([base({ repo_link: `${locked.url}/o/r`, pulls: [pull(7, sha['pull'])] })], { oauthTokenFile: token });
    expect(records[1]?.failed).toBeUndefined();
    const config = readFileSync(join(work, 'src/r/.git/config'), 'utf8');
    for (const shown of [text, config]) {
      expect(shown).not.toContain('gh-token-123');
      expect(shown).not.toContain(Buffer.from('gh-token-123:x-oauth-basic').toString('base64'));
    }
  });

  test('a token that cannot be had fails the clone, and says which', async () => {
    const { records } = await clone([base()], { oauthTokenFile: join(work, 'absent') });
    expect(records[1]).toMatchObject({ failed: true, commands: [{ error: expect.stringMatching(/cannot read the token file .*absent/) }] });
  });

  test('a password in an address is not shown', async () => {
    const { text } = await clone([base({ clone_uri: locked.url.replace('http://', 'http://gh-token-123:x-oauth-basic@') + '/o/r.git' })]);
    expect(text).toContain('CENSORED@');
    expect(text.replaceAll(/"clone_uri":"[^"]*"/g, '')).not.toContain('gh-token-123');
  });

  test('a GitHub App: a token of its installation', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs1', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });
    const key = join(work, 'key.pem');
    writeFileSync(key, privateKey);
    const asked: string[] = [];
    const api = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${(request.headers.authorization ?? '').split('.').length}`);
      response.end(JSON.stringify(request.method === 'POST' ? { token: 'ghs_installation' } : { id: 99 }));
    });
    await new Promise<void>((resolve) => {
      api.listen(0, '127.0.0.1', resolve);
    });
    const appLocked = await startGitHttpServer(root, 'x-access-token:ghs_installation');
    try {
      const { records, text } = await clone([base({ repo_link: `${appLocked.url}/o/r` })], { githubAppId: '17', githubAppPrivateKeyFile: key, githubApiEndpoints: [`http://127.0.0.1:${(api.address() as AddressInfo).port}`] });
      expect(records[1]?.failed).toBeUndefined();
      expect(asked).toEqual(['GET /orgs/o/installation 3', 'POST /app/installations/99/access_tokens 3']);
      expect(text).not.toContain('ghs_installation');
    } finally {
      await appLocked.stop();
      api.close();
    }
  });

  test('ssh keys are copied to where ssh takes them, hosts are trusted as told', async () => {
    const keys = join(work, 'keys');
    mkdirSync(keys);
    writeFileSync(join(keys, 'id'), 'key', { mode: 0o640 });
    writeFileSync(join(keys, '..data'), 'not a key');
    const bin = join(work, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'ssh'), `#!/bin/sh\nfor a; do echo "$a"; done >> ${work}/ssh-args\nexit 1\n`, { mode: 0o755 });
    const options = { keyFiles: [keys], hostFingerprints: ['host ssh-ed25519 AAAA'] };
    const log = join(work, 'clone.json');
    await runCloneRefs({ srcRoot: work, log, gitUserName: '', gitUserEmail: '', refs: [base({ clone_uri: 'git@host:o/r.git' })], oauthTokenFile: '', maxParallelWorkers: 0, fail: false, cookiePath: '', githubApiEndpoints: [], githubAppId: '', githubAppPrivateKeyFile: '', cacheDirectory: '', ...options }, { env: { ...env, PATH: `${bin}:${env.PATH}`, HOME: work }, log: silentLogger, fetchPausesMs: [] });
    const args = readFileSync(join(work, 'ssh-args'), 'utf8').split('\n');
    const known = args.find((arg) => arg.startsWith('UserKnownHostsFile='))?.split('=')[1] ?? '';
    expect(readFileSync(known, 'utf8')).toBe('host ssh-ed25519 AAAA\n');
    expect(args.filter((arg) => arg === '-i').length).toBe(args.filter((arg) => arg === 'IdentitiesOnly=yes').length);
    expect(args.includes('git@host')).toBe(true);
  });
});

describe('the cache of objects', () => {
  test('the second clone takes its objects from it; many at once are fine', async () => {
    const cacheDirectory = join(work, 'cache');
    const alias = (index: number): Refs => base({ path_alias: `c${index}`, pulls: [pull(7, sha['pull'])] });
    await clone([alias(0)], { cacheDirectory });
    const before = server.requests.length;
    const { records } = await clone([1, 2, 3, 4, 5].map(alias), { cacheDirectory });
    expect(records.filter(({ failed }) => failed === true)).toEqual([]);
    expect(new Set(records.slice(1).map(({ final_sha }) => final_sha)).size).toBe(1);
    // Only tags and refs are asked for; no packs of objects.
    expect(server.requests.slice(before).length).toBeGreaterThan(0);
    expect(readdirSync(cacheDirectory).length).toBe(1);
  });

  test('a shallow clone takes its commits from it, also when it must go deeper; it stays shallow', async () => {
    const cacheDirectory = join(work, 'cache');
    // So many commits before both that the history stays shallow when the merge base is there.
    const repo = join(root, 'o', 'long.git');
    git(root, 'init', '-q', '-b', 'main', repo);
    for (let index = 0; index < 40; index += 1) commit(repo, { 'a.txt': `${index}\n` });
    const [tip, side] = [git(repo, 'rev-parse', 'HEAD'), git(repo, 'commit-tree', 'HEAD^{tree}', '-p', 'HEAD~3', '-m', 'side')];
    git(repo, 'update-ref', 'refs/heads/side', side);
    const refs = (alias: string): Refs => ({ org: 'o', repo: 'long', base_ref: 'main', base_sha: tip, clone_uri: `file://${repo}`, clone_depth: 1, skip_fetch_head: true, path_alias: alias, pulls: [pull(7, side)] });
    const plain = await clone([refs('plain')]);
    await clone([refs('filling')], { cacheDirectory });
    const { records } = await clone([refs('filled')], { cacheDirectory });
    expect([records[1]?.failed, records[1]?.final_sha]).toEqual([undefined, plain.records[1]?.final_sha]);
    expect(fetches(records[1]).filter((command) => !command.includes('--deepen=')).length).toBe(2);
    expect(fetches(records[1]).filter((command) => command.includes('--deepen=')).map((command) => command.includes(cacheDirectory))).toEqual([true]);
    expect(git(join(work, 'src/filled'), 'rev-parse', '--is-shallow-repository')).toBe('true');
  });

  test('what a killed fetch left there does no harm, and is made whole', async () => {
    const cacheDirectory = join(work, 'cache');
    await clone([base({ path_alias: 'one' })], { cacheDirectory });
    const [name = ''] = readdirSync(cacheDirectory);
    const cache = join(cacheDirectory, name);
    // The pull's commit without its files, and without a ref.
    const loose = execFileSync('git', ['cat-file', 'commit', sha['pull'] ?? ''], { cwd: join(root, 'o', 'r.git') });
    execFileSync('git', ['hash-object', '-t', 'commit', '-w', '--stdin'], { cwd: cache, input: loose, env: { ...env } });
    const { records } = await clone([base({ path_alias: 'two', pulls: [pull(7, sha['pull'])] })], { cacheDirectory });
    expect(records[1]?.failed).toBeUndefined();
    expect(git(cache, 'rev-parse', `refs/cache/${sha['pull']}`)).toBe(sha['pull']);
    expect(git(cache, 'ls-tree', '--name-only', sha['pull'] ?? '')).toContain('pull.txt');
  });

  test('a cache that cannot be used is no obstacle', async () => {
    writeFileSync(join(work, 'file'), '');
    const { records } = await clone([base()], { cacheDirectory: join(work, 'file') });
    expect(records[1]?.failed).toBeUndefined();
  });
});
