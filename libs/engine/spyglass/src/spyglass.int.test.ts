import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStorage, type Storage } from '@prow/clients-storage';
import { parseRunKey } from '@prow/model-deck-api';
import { BucketGate, findLog, listArtifacts, readJobHistory, readPullHistory, readRun } from './index.ts';

let dir = '';
let storage: Storage;
let gate: BucketGate;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'spyglass-'));
  storage = await openStorage({ bucket: `file://${dir}` });
  gate = new BucketGate({ allowedBuckets: () => [`file://${dir}`], openStorage });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const keyOf = (path: string) => `file${dir}/${path}`;

function locate(path: string) {
  const key = parseRunKey(keyOf(path));
  if (key?.kind !== 'storage') throw new Error('no key');
  return gate.locate(key);
}

async function writeRun(folder: string, { result, seconds, revision = 'abc' }: { result: string; seconds: number; revision?: string }) {
  await storage.write(`${folder}/started.json`, JSON.stringify({ timestamp: seconds, 'repo-commit': revision }));
  await storage.write(`${folder}/finished.json`, JSON.stringify({ timestamp: seconds + 5, passed: result === 'SUCCESS', result, metadata: { deep: { inner: 'x' } } }));
  await storage.write(`${folder}/build-log.txt`, 'one\ntwo\n');
}

describe('a run from storage alone', () => {
  test('state, times, log, artifacts, metadata and tests', async () => {
    await writeRun('logs/unit/17', { result: 'FAILURE', seconds: 100 });
    await storage.write('logs/unit/17/artifacts/junit_unit.xml', '<testsuite name="s"><testcase name="a" time="1"/><testcase name="b"><failure message="m &lt;x&gt;"/></testcase><testcase name="b"/></testsuite>');
    const run = await readRun({ key: keyOf('logs/unit/17'), run: await locate('logs/unit/17'), prowJob: undefined });
    expect(run).toMatchObject({ job: 'unit', buildId: '17', state: 'failure', startedAt: 100_000, finishedAt: 105_000, revision: 'abc', metadata: { 'deep.inner': 'x' }, logs: [{ path: 'build-log.txt', sizeBytes: 8, isLive: false }] });
    expect(run?.tests).toMatchObject({ passed: 1, failed: 0, flaky: 1, cases: [{ name: 'b', result: 'flaky', message: 'm <x>' }, { name: 'a' }] });
  });

  test('broken junit files are named, not fatal', async () => {
    await writeRun('logs/unit/18', { result: 'SUCCESS', seconds: 1 });
    await storage.write('logs/unit/18/artifacts/junit.xml', '<testsuite><open>');
    await storage.write('logs/unit/18/artifacts/junit_bomb.xml', '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>');
    const run = await readRun({ key: keyOf('logs/unit/18'), run: await locate('logs/unit/18'), prowJob: undefined });
    expect(run?.tests?.unreadable.map(({ path }) => path)).toContain('artifacts/junit.xml');
    expect(JSON.stringify(run?.tests?.cases)).not.toContain('aaaa');
  });

  test('an empty place is no run', async () => {
    expect(await readRun({ key: keyOf('logs/unit/1'), run: await locate('logs/unit/1'), prowJob: undefined })).toBeUndefined();
  });
});

test('a bucket that no job uses is refused', async () => {
  const key = parseRunKey('gs/other/logs/x/1');
  if (key?.kind !== 'storage') throw new Error('no key');
  await expect(gate.locate(key)).rejects.toThrow(expect.objectContaining({ code: 'PROW_SPYGLASS_BUCKET', httpStatus: 403 }));
});

describe('log', () => {
  const text = async (stream: AsyncIterable<unknown>) => {
    let all = '';
    for await (const part of stream) all += String(part);
    return all;
  };

  test('chunks of a running job read as one, any range', async () => {
    const run = await locate('logs/unit/19');
    await storage.write('logs/unit/19/build-log.txt.chunks/000000', 'abc');
    await storage.write('logs/unit/19/build-log.txt.chunks/000001', 'defg');
    const log = await findLog(run, 'build-log.txt');
    expect(log).toMatchObject({ sizeBytes: 7, isFinal: false });
    expect(await text(await log!.read())).toBe('abcdefg');
    expect(await text(await log!.read({ start: 2, end: 4 }))).toBe('cde');
    expect((await listArtifacts(run, { limit: 10, isDeep: true })).entries).toEqual([]);
  });

  test('the final log wins over chunks', async () => {
    await storage.write('logs/unit/20/build-log.txt', 'final');
    await storage.write('logs/unit/20/build-log.txt.chunks/000000', 'fin');
    const log = await findLog(await locate('logs/unit/20'), 'build-log.txt');
    expect(log).toMatchObject({ sizeBytes: 5, isFinal: true });
  });

  test('a lost node\'s chunks are the log of its run', async () => {
    await storage.write('logs/unit/22/started.json', '{"timestamp":1}');
    await storage.write('logs/unit/22/build-log.txt.chunks/000000', 'up to ');
    await storage.write('logs/unit/22/build-log.txt.chunks/000001', 'here');
    const answer = await readRun({ key: 'logs/unit/22', run: await locate('logs/unit/22'), prowJob: undefined });
    expect(answer?.logs).toEqual([{ container: '', path: 'build-log.txt', isLive: false, sizeBytes: 10 }]);
  });

  test('none is undefined', async () => {
    expect(await findLog(await locate('logs/unit/21'), 'build-log.txt')).toBeUndefined();
  });
});

describe('history', () => {
  test('a job, newest first, in pages', async () => {
    for (const id of [9, 10, 11]) await writeRun(`logs/unit/${id}`, { result: 'SUCCESS', seconds: id });
    await storage.write('logs/unit/latest-build.txt', '11');
    const [place] = await gate.all();
    const first = await readJobHistory(place!, { job: 'unit', type: 'periodic', limit: 2 });
    expect(first?.runs.map(({ buildId }) => buildId)).toEqual(['11', '10']);
    const second = await readJobHistory(place!, { job: 'unit', type: 'periodic', limit: 2, before: first?.older ?? '' });
    expect(second?.runs.map(({ buildId, key }) => [buildId, key])).toEqual([['9', keyOf('logs/unit/9')]]);
  });

  test('a presubmit through its pointers; a pull request through its folders', async () => {
    await writeRun('pr-logs/pull/tess_tessops/3/unit/5', { result: 'SUCCESS', seconds: 5, revision: 'old' });
    await writeRun('pr-logs/pull/tess_tessops/3/unit/6', { result: 'FAILURE', seconds: 6, revision: 'new' });
    await storage.write('pr-logs/directory/unit/5.txt', `file://${dir}/pr-logs/pull/tess_tessops/3/unit/5`);
    const [place] = await gate.all();
    const history = await readJobHistory(place!, { job: 'unit', type: 'presubmit' });
    expect(history?.runs).toMatchObject([{ buildId: '5', state: 'success', key: keyOf('pr-logs/pull/tess_tessops/3/unit/5') }]);
    const ofPull = await readPullHistory(place!, { org: 'tess', repo: 'tessops', number: 3, layout: { path_strategy: 'explicit' } });
    expect(ofPull).toMatchObject({ commits: ['new', 'old'], rows: [{ job: 'unit', runs: [{ buildId: '6', state: 'failure' }, { buildId: '5' }] }] });
  });
});
