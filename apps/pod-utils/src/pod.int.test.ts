// Whole decorated pods, from makePod, with the built utilities, real git and a folder as storage.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { makePod } from '@prow/model-pod-spec';
import type { ProwJob, ProwJobSpec, Refs } from '@prow/model-prowjob';
import { PlainPod, buildBundles } from './testing/plain-pod.ts';

let bundle: Awaited<ReturnType<typeof buildBundles>>;
let work: string;
let repository: string;
let pods: PlainPod[] = [];
const sha: Record<string, string> = {};

function git(...args: string[]): string {
  return execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: repository, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' } }).trim();
}

function commit(file: string, content: string, message: string): string {
  writeFileSync(join(repository, file), content);
  git('add', '-A');
  git('commit', '-q', '-m', message);
  return git('rev-parse', 'HEAD');
}

beforeAll(async () => {
  bundle = await buildBundles();
  work = mkdtempSync(join(tmpdir(), 'pod-utils-test-'));
  repository = join(work, 'repo');
  execFileSync('git', ['init', '-q', '-b', 'main', repository]);
  git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  git('config', 'uploadpack.allowFilter', 'true');
  for (let index = 0; index < 3; index += 1) sha['old'] = commit('history.txt', `${index}\n`, `change ${index}`);
  sha['fork'] = commit('a.txt', 'base\n', 'a');
  git('checkout', '-q', '-b', 'pull');
  sha['pull'] = commit('b.txt', 'pulled\n', 'b');
  git('checkout', '-q', '-b', 'conflict', sha['fork'] ?? '');
  sha['conflict'] = commit('a.txt', 'theirs\n', 'conflict');
  git('checkout', '-q', 'main');
  for (let index = 0; index < 24; index += 1) sha['main'] = commit('c.txt', `${index}\n`, `main ${index}`);
  sha['main'] = commit('a.txt', 'ours\n', 'ours');
});

afterEach(() => {
  for (const pod of pods) pod.remove();
  pods = [];
});

afterAll(() => {
  bundle.remove();
  rmSync(work, { recursive: true, force: true });
});

function refs(pulls: { number: number; sha: string }[] = [], more: Partial<Refs> = {}): Refs {
  return { org: 'tess', repo: 'tessops', base_ref: 'main', base_sha: sha['main'] ?? '', clone_uri: `file://${repository}`, pulls: pulls.map((pull) => ({ author: 'o', ...pull })), ...more };
}

function makePlainPod(spec: Partial<ProwJobSpec>, command: string[]): PlainPod {
  const image = (name: string): string => `registry.example.org/${name}:latest`;
  const prowJob: ProwJob = {
    apiVersion: 'prow.k8s.io/v1', kind: 'ProwJob', metadata: { name: '0-0-0-0' },
    spec: {
      type: 'presubmit', agent: 'kubernetes', job: 'unit', refs: refs([{ number: 7, sha: sha['pull'] ?? '' }]),
      pod_spec: { containers: [{ name: '', image: 'busybox', command }] },
      decoration_config: {
        timeout: '1m0s', grace_period: '1s',
        utility_images: { clonerefs: image('clonerefs'), initupload: image('initupload'), entrypoint: image('entrypoint'), sidecar: image('sidecar') },
        gcs_configuration: { bucket: `file://${join(work, 'artifacts')}`, path_strategy: 'explicit' },
      },
      ...spec,
    },
    status: { state: 'pending' },
  };
  const pod = new PlainPod(makePod(prowJob, '17'), bundle.folder);
  pods.push(pod);
  return pod;
}

const stored = (path: string): string => readFileSync(join(work, 'artifacts', path), 'utf8');
const tree = (): string[] => readdirSync(join(work, 'artifacts'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.parentPath.includes('.prow-storage')).map((entry) => join(entry.parentPath, entry.name).slice(work.length + '/artifacts/'.length)).sort();

describe('a presubmit', () => {
  test('clones, merges, runs, uploads', async () => {
    rmSync(join(work, 'artifacts'), { recursive: true, force: true });
    const pod = makePlainPod({}, ['sh', '-c', 'cat a.txt b.txt; echo out > /dev/stderr; mkdir -p $ARTIFACTS/x; echo "<testsuite/>" > $ARTIFACTS/x/junit.xml; echo \'{"cov":7}\' > $ARTIFACTS/metadata.json; git log --oneline | wc -l']);
    const ends = await pod.run();
    expect(ends.map(({ name, code }) => [name, code])).toEqual([['clonerefs', 0], ['initupload', 0], ['place-entrypoint', 0], ['test', 0], ['sidecar', 0]]);
    const base = 'pr-logs/pull/tess_tessops/7/unit/17';
    expect(tree()).toEqual([
      'pr-logs/directory/unit/17.txt', 'pr-logs/directory/unit/latest-build.txt',
      `${base}/artifacts/metadata.json`, `${base}/artifacts/x/junit.xml`, `${base}/build-log.txt`, `${base}/clone-log.txt`, `${base}/clone-records.json`,
      `${base}/finished.json`, `${base}/sidecar-logs.json`, `${base}/started.json`, 'pr-logs/pull/tess_tessops/7/unit/latest-build.txt',
    ]);
    expect(stored(`${base}/build-log.txt`)).toMatch(/^ours\npulled\nout\n\s*31\n$/);
    expect(JSON.parse(stored(`${base}/finished.json`))).toEqual({ timestamp: expect.any(Number), passed: true, metadata: { cov: 7 }, result: 'SUCCESS', revision: sha['pull'] });
    const started = JSON.parse(stored(`${base}/started.json`)) as Record<string, unknown>;
    expect(started).toEqual({ timestamp: expect.any(Number), pull: '7', repos: { 'tess/tessops': `main:${sha['main']},7:${sha['pull']}` }, 'repo-commit': expect.stringMatching(/^[0-9a-f]{40}$/), 'repo-version': started['repo-commit'] });
    expect(started['repo-commit']).not.toBe(sha['pull']);
    expect(stored('pr-logs/directory/unit/17.txt')).toBe(`file://${join(work, 'artifacts')}/${base}`);
    expect(stored('pr-logs/directory/unit/latest-build.txt')).toBe('17');
  });

  test('deepens a shallow clone until the merge base is there', async () => {
    const shallow = makePlainPod({ refs: refs([{ number: 7, sha: sha['pull'] ?? '' }], { clone_depth: 1 }) }, ['true']);
    expect((await shallow.start('clonerefs')).code).toBe(0);
    const records = JSON.parse(readFileSync(shallow.path('/logs/clone.json'), 'utf8')) as { failed?: boolean; final_sha?: string; commands?: { command: string }[] }[];
    expect(records[1]?.failed).toBeUndefined();
    expect(records[1]?.commands?.filter(({ command }) => command.includes(' fetch ')).length).toBeLessThan(5);
    const whole = makePlainPod({}, ['true']);
    await whole.start('clonerefs');
    expect(records[1]?.final_sha).toBe((JSON.parse(readFileSync(whole.path('/logs/clone.json'), 'utf8')) as { final_sha?: string }[])[1]?.final_sha);
  });

  test('a merge conflict names the files and fails the job', async () => {
    rmSync(join(work, 'artifacts'), { recursive: true, force: true });
    const pod = makePlainPod({ refs: refs([{ number: 8, sha: sha['conflict'] ?? '' }]) }, ['true']);
    const ends = await pod.run();
    expect(ends.map(({ name, code }) => [name, code])).toEqual([['clonerefs', 0], ['initupload', 1]]);
    const base = 'pr-logs/pull/tess_tessops/8/unit/17';
    expect(stored(`${base}/build-log.txt`)).toContain('merge conflict in "a.txt"');
    expect(JSON.parse(stored(`${base}/finished.json`))).toEqual({ timestamp: expect.any(Number), passed: false, result: 'FAILURE' });
  });

  test('a failing test: its code in the marker, FAILURE in the result', async () => {
    const pod = makePlainPod({}, ['sh', '-c', 'echo no; exit 3']);
    const ends = await pod.run();
    expect(ends.map(({ name, code }) => [name, code]).slice(3)).toEqual([['test', 3], ['sidecar', 0]]);
    expect(readFileSync(pod.path('/logs/marker-file.txt'), 'utf8')).toBe('3');
    expect(JSON.parse(stored('pr-logs/pull/tess_tessops/7/unit/17/finished.json'))).toMatchObject({ passed: false, result: 'FAILURE' });
  });
});

describe('other types', () => {
  test.each([
    ['batch', true, true, 'pr-logs/pull/batch/unit/17/finished.json'],
    ['postsubmit', true, false, 'logs/unit/17/finished.json'],
    ['periodic', false, false, 'logs/unit/17/finished.json'],
  ] as const)('%s', async (type, hasRefs, hasPulls, finished) => {
    rmSync(join(work, 'artifacts'), { recursive: true, force: true });
    const pod = makePlainPod({ type, refs: undefined as never, ...(hasRefs ? { refs: refs(hasPulls ? [{ number: 7, sha: sha['pull'] ?? '' }] : []) } : {}) }, ['true']);
    const ends = await pod.run();
    expect(ends.map(({ code }) => code)).toEqual(ends.map(() => 0));
    expect(JSON.parse(stored(finished))).toMatchObject({ result: 'SUCCESS' });
    expect(tree().filter((path) => path.endsWith('latest-build.txt'))).toEqual([type === 'batch' ? 'pr-logs/directory/unit/latest-build.txt' : 'logs/unit/latest-build.txt']);
  });
});
