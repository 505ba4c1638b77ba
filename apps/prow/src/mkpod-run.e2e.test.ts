// `prow mkpod --run` as users type it: the built program, a checkout on this machine, no cluster and no GitHub.
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { bundleProgram, repoRoot, useTempDirs } from '@prow/testing-harness';

const tempDir = useTempDirs();
const timeoutMs = 120_000;
let dir: string;
let main: string;
let children: ChildProcess[] = [];

const config = `plank:
  default_decoration_config_entries:
  - config:
      timeout: 1m
      grace_period: 5s
      oauth_token_secret: {name: github, key: token}
      utility_images: {clonerefs: r/clonerefs, initupload: r/initupload, entrypoint: r/entrypoint, sidecar: r/sidecar}
      gcs_configuration: {bucket: b, path_strategy: explicit}
`;
const jobs = `presubmits:
  o/r:
  - name: unit
    always_run: true
    decorate: true
    spec:
      nodeSelector: {disk: fast}
      volumes: [{name: s, secret: {secretName: mine}}]
      containers:
      - image: hub.tess.io/prowimages/base
        command: [sh, -c, 'cat a pulled /s/word; echo $PULL_NUMBER; cat a > $ARTIFACTS/copy; exit 7']
        resources: {requests: {cpu: "999"}}
        volumeMounts: [{name: s, mountPath: /s}]
periodics:
- name: nightly
  interval: 1h
  decorate: true
  extra_refs: [{org: o, repo: r, base_ref: main}]
  spec: {containers: [{image: hub.tess.io/prowimages/base, command: [sh, -c, 'cat a']}]}
- name: long
  interval: 1h
  decorate: true
  spec: {containers: [{image: hub.tess.io/prowimages/base, command: [sh, -c, 'echo begun; sleep 600']}]}
`;

function git(...args: string[]): void {
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: join(dir, 'checkout'), stdio: 'ignore', env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' } });
}

beforeAll(async () => {
  dir = tempDir('mkpod');
  main = await bundleProgram(join(repoRoot, 'apps/prow/src/main.ts'));
  const { buildPodUtils } = (await import(join(repoRoot, 'tools/build/pod-utils.mjs'))) as { buildPodUtils: (to: { root: string; outdir: string }) => Promise<void> };
  await buildPodUtils({ root: repoRoot, outdir: join(dir, 'tools') });
  for (const folder of ['checkout', 'temporary']) mkdirSync(join(dir, folder));
  writeFileSync(join(dir, 'config.yaml'), config);
  writeFileSync(join(dir, 'jobs.yaml'), jobs);
  writeFileSync(join(dir, 'objects.yaml'), '# what the job mounts\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: mine}\nstringData: {word: "from the secret\\n"}\n');
  git('init', '-q', '-b', 'main');
  for (const [branch, file] of [['main', 'a'], ['topic', 'pulled']] as const) {
    if (branch !== 'main') git('checkout', '-q', '-b', branch);
    writeFileSync(join(dir, 'checkout', file), `${file}\n`);
    git('add', '-A');
    git('commit', '-q', '-m', file);
  }
  git('checkout', '-q', 'main');
}, timeoutMs);

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
});

function mkpod(...args: string[]): { child: ChildProcess; shown: { out: string; error: string }; ended: Promise<number | null> } {
  const child = spawn(process.execPath, [main, 'mkpod', '--run', '--config-path', join(dir, 'config.yaml'), '--job-config-path', join(dir, 'jobs.yaml'), '--config-cache-dir=', '--tools-dir', join(dir, 'tools'), ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: join(dir, 'temporary') } });
  children.push(child);
  const shown = { out: '', error: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (shown.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (shown.error += text));
  return { child, shown, ended: new Promise((resolve) => child.once('close', (code) => resolve(code))) };
}

const leftovers = (): string[] => readdirSync(join(dir, 'temporary'));

describe('prow mkpod --run', () => {
  test('a configured job with its pull request: its log, its exit code, its results', async () => {
    const { shown, ended } = mkpod('--job', 'unit', '--clone-uri', join(dir, 'checkout'), '--pull-number', '1', '--pull-sha', 'topic', '--objects', join(dir, 'objects.yaml'), '--out-dir', join(dir, 'out'), '--build-id', '42');
    expect([await ended, shown.out]).toEqual([7, 'a\npulled\nfrom the secret\n1\n']);
    const results = join(dir, 'out/42');
    expect(JSON.parse(readFileSync(join(results, 'finished.json'), 'utf8'))).toMatchObject({ passed: false, result: 'FAILURE' });
    expect(readFileSync(join(results, 'build-log.txt'), 'utf8')).toBe(shown.out);
    expect(readFileSync(join(results, 'artifacts/copy'), 'utf8')).toBe('a\n');
    expect(shown.error).toMatch(/clonerefs runs\n[^]*clonerefs is done after \d+ s\n[^]*test runs\n[^]*test ended with 7/);
    expect(leftovers()).toEqual([]);
  }, timeoutMs);

  test('--json tells all of it, a line an event', async () => {
    const { shown, ended } = mkpod('--job', 'unit', '--clone-uri', join(dir, 'checkout'), '--pull-number', '1', '--pull-sha', 'topic', '--objects', join(dir, 'objects.yaml'), '--json');
    expect(await ended).toBe(7);
    const events = shown.out.trimEnd().split('\n').map((line) => JSON.parse(line) as { container?: string; event: string; line?: string; exitCode?: number });
    expect(events.filter(({ event }) => event === 'log').map(({ container, line }) => [container, line])).toEqual([['test', 'a'], ['test', 'pulled'], ['test', 'from the secret'], ['test', '1']]);
    expect(events.filter(({ container, event }) => container === 'initupload' && event !== 'working').map(({ event }) => event)).toEqual(['started', 'ended']);
    expect(events.at(-1)).toMatchObject({ event: 'result', exitCode: 7 });
  }, timeoutMs);

  test('a periodic: its first extra ref is the checkout; a job that clones nothing is refused', async () => {
    const nightly = mkpod('--job', 'nightly', '--clone-uri', join(dir, 'checkout'));
    expect([await nightly.ended, nightly.shown.out]).toEqual([0, 'a\n']);
    const long = mkpod('--job', 'long', '--clone-uri', join(dir, 'checkout'));
    expect(await long.ended).toBe(1);
    expect(long.shown.error).toContain('job long clones nothing');
  }, timeoutMs);

  test('a clone that fails: the command and what git said', async () => {
    const lost = ['--job', 'unit', '--clone-uri', join(dir, 'checkout'), '--base-sha', 'd'.repeat(40), '--pull-number', '1', '--pull-sha', 'topic', '--objects', join(dir, 'objects.yaml')];
    const [plain, json] = [mkpod(...lost), mkpod(...lost, '--json')];
    expect(await plain.ended).toBe(1);
    expect(plain.shown.error).toMatch(/cloning o\/r failed: [^\n]*fetch[^\n]*\n {2}[^]*fatal: [^\n]*\n/);
    expect(await json.ended).toBe(1);
    const told = json.shown.out.trimEnd().split('\n').map((line) => JSON.parse(line) as { event: string }).find(({ event }) => event === 'clone-failed');
    expect(told).toMatchObject({ container: 'clonerefs', repo: 'o/r', command: expect.stringContaining('fetch'), lines: expect.arrayContaining([expect.stringContaining('fatal: ')]) });
    expect(leftovers()).toEqual([]);
  }, timeoutMs);

  test('Ctrl-C stops the job and leaves nothing', async () => {
    const { child, shown, ended } = mkpod('--job', 'long');
    for (const deadline = Date.now() + timeoutMs / 2; !shown.out.includes('begun') && Date.now() < deadline && child.exitCode === null;) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(shown.out).toBe('begun\n');
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(shown.out).toContain('Entrypoint received interrupt');
    expect(leftovers()).toEqual([]);
  }, timeoutMs);

  test('what the pod lacks is told before anything starts', async () => {
    const { shown, ended } = mkpod('--job', 'unit', '--clone-uri', join(dir, 'checkout'), '--pull-number', '1', '--pull-sha', 'topic');
    expect(await ended).toBe(1);
    expect(shown.error).toContain('needs Secret mine: give it with --objects FILE');
    expect(leftovers()).toEqual([]);
  }, timeoutMs);
});
