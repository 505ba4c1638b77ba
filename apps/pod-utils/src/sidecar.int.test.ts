// sidecar as a program: what ends up in storage, whatever happens to the tests, the pod and the storage.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startS3Server } from '@prow/testing-storage-servers';
import type { S3Server } from '@prow/testing-storage-servers';
import { buildBundles } from './testing/plain-pod.ts';

let bundle: Awaited<ReturnType<typeof buildBundles>>;
let folder: string;
let s3: S3Server;
let children: ChildProcess[] = [];
const base = 'logs/unit/17';

beforeAll(async () => {
  bundle = await buildBundles();
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sidecar-'));
  mkdirSync(join(folder, 'logs/artifacts'), { recursive: true });
  s3 = await startS3Server({ bucket: 'b', accessKey: 'k', secretKey: 's' });
  writeFileSync(join(folder, 's3.json'), JSON.stringify({ region: 'x', endpoint: s3.url, s3_force_path_style: true, access_key: 'k', secret_key: 's' }));
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  await s3.stop();
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => bundle.remove());

const logs = (name: string): string => join(folder, 'logs', name);
const entry = (container = ''): Record<string, unknown> => ({ args: ['x'], container_name: container || 'test', process_log: logs(container === '' ? 'process-log.txt' : `${container}-log.txt`), marker_file: logs(container === '' ? 'marker-file.txt' : `${container}-marker.txt`), metadata_file: logs(container === '' ? 'artifacts/metadata.json' : `artifacts/${container}-metadata.json`) });

function startSidecar({ entries = [entry()], bucket = 's3://b', more = {}, upload = {}, spec = {} }: { entries?: Record<string, unknown>[]; bucket?: string; more?: Record<string, unknown>; upload?: Record<string, unknown>; spec?: Record<string, unknown> } = {}): { child: ChildProcess; ended: Promise<{ code: number | null; stderr: string }> } {
  const options = { gcs_options: { items: [logs('artifacts')], bucket, path_strategy: 'explicit', s3_credentials_file: join(folder, 's3.json'), dry_run: false, ...upload }, entries, censoring_options: {}, ...more };
  const child = spawn(process.execPath, [join(bundle.folder, 'main.js'), 'sidecar'], {
    env: { PATH: process.env['PATH'] ?? '', SIDECAR_OPTIONS: JSON.stringify(options), JOB_SPEC: JSON.stringify({ type: 'postsubmit', job: 'unit', buildid: '17', prowjobid: 'p', ...spec }) }, stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.push(child);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return { child, ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, stderr }))) };
}

function startEntrypoint(command: string, env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [join(bundle.folder, 'entrypoint.cjs')], { env: { PATH: process.env['PATH'] ?? '', ...env, ENTRYPOINT_OPTIONS: JSON.stringify({ ...entry(), args: ['sh', '-c', command] }) }, stdio: 'ignore' });
  children.push(child);
  return child;
}

const until = async (what: string, condition: () => boolean): Promise<void> => {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries > 700) throw new Error(`it did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
const stored = (path: string): string | undefined => s3.objects.get(`${base}/${path}`)?.bytes.toString();
const finished = (): Record<string, unknown> => JSON.parse(stored('finished.json') ?? 'null') as Record<string, unknown>;

describe('the result', () => {
  test('of several tests: a log each, FAILURE if one fails, metadata merged', async () => {
    const entries = [entry('one'), entry('two')];
    writeFileSync(logs('one-log.txt'), 'first');
    writeFileSync(logs('two-log.txt'), 'second');
    writeFileSync(logs('artifacts/one-metadata.json'), '{"a":1,"b":1}');
    writeFileSync(logs('artifacts/two-metadata.json'), '{"b":2}');
    writeFileSync(logs('one-marker.txt'), '0');
    const { ended } = startSidecar({ entries, more: { entry_error: true } });
    writeFileSync(logs('two-marker.txt'), '1');
    expect((await ended).code).toBe(1);
    expect([stored('one-build-log.txt'), stored('two-build-log.txt')]).toEqual(['first', 'second']);
    expect(finished()).toEqual({ timestamp: expect.any(Number), passed: false, metadata: { a: 1, b: 2 }, result: 'FAILURE' });
  });

  test('an aborted test', async () => {
    writeFileSync(logs('marker-file.txt'), '130');
    expect((await startSidecar().ended).code).toBe(0);
    expect(finished()).toMatchObject({ passed: false, result: 'ABORTED' });
    expect(stored('build-log.txt')).toBe('');
  });

  test('metadata that is no JSON is said, not fatal', async () => {
    writeFileSync(logs('artifacts/metadata.json'), 'no');
    writeFileSync(logs('marker-file.txt'), '0');
    await startSidecar().ended;
    expect(finished()).toMatchObject({ passed: true, metadata: { 'sidecar-errors': { [`entry 0: ${(entry()['args'] as string[]).join(' ')}`]: expect.stringContaining('metadata.json') } } });
  });

  test('a test that is killed ends the job within seconds, with what its log had', async () => {
    const sidecar = startSidecar();
    const test = startEntrypoint('echo working; sleep 60');
    await until('the log', () => existsSync(logs('process-log.txt')) && readFileSync(logs('process-log.txt'), 'utf8') !== '');
    await new Promise((resolve) => setTimeout(resolve, 300));
    const killedAt = performance.now();
    test.kill('SIGKILL');
    expect((await sidecar.ended).code).toBe(0);
    expect(performance.now() - killedAt).toBeLessThan(15_000);
    expect(stored('build-log.txt')).toMatch(/^working\n\{.*Container test ended without a result.*\}\n$/);
    expect(finished()).toMatchObject({ passed: false, result: 'FAILURE' });
  });

  test('a test that was dead before sidecar came', async () => {
    const test = startEntrypoint('sleep 60');
    await until('the socket', () => existsSync(logs('marker-file.txt.live')));
    test.kill('SIGKILL');
    expect((await startSidecar().ended).code).toBe(0);
    expect(finished()).toMatchObject({ result: 'FAILURE' });
  });
});

describe('while the job runs', () => {
  test('the log is in storage in parts; in the end it is whole and the parts are gone', async () => {
    writeFileSync(logs('process-log.txt'), 'first part\n');
    const sidecar = startSidecar();
    await until('a first part', () => stored('build-log.txt.chunks/000000') === 'first part\n');
    appendFileSync(logs('process-log.txt'), 'second part\n');
    await until('a second part', () => stored('build-log.txt.chunks/000001') === 'second part\n');
    expect(stored('build-log.txt')).toBeUndefined();
    appendFileSync(logs('process-log.txt'), 'end\n');
    writeFileSync(logs('marker-file.txt'), '0');
    await sidecar.ended;
    expect(stored('build-log.txt')).toBe('first part\nsecond part\nend\n');
    expect(s3.objects.keys().filter((key) => key.includes('chunks'))).toEqual([]);
  });

  test('killed itself: the parts stay', async () => {
    writeFileSync(logs('process-log.txt'), 'something\n');
    const { child } = startSidecar();
    await until('a part', () => stored('build-log.txt.chunks/000000') !== undefined);
    child.kill('SIGKILL');
    expect(stored('build-log.txt.chunks/000000')).toBe('something\n');
  });

  test('a stop signal: uploads as aborted, then waits for the markers and uploads the truth', async () => {
    writeFileSync(logs('process-log.txt'), 'so far\n');
    const { child, ended } = startSidecar();
    await until('the start', () => stored('build-log.txt.chunks/000000') !== undefined);
    child.kill('SIGTERM');
    await until('a first result', () => stored('finished.json') !== undefined);
    expect(finished()).toMatchObject({ passed: false, result: 'ABORTED' });
    appendFileSync(logs('process-log.txt'), 'last\n');
    writeFileSync(logs('marker-file.txt'), '0');
    expect((await ended).code).toBe(0);
    expect([finished()['result'], stored('build-log.txt')]).toEqual(['SUCCESS', 'so far\nlast\n']);
  });

  test('ignore_interrupts: only the markers count', async () => {
    writeFileSync(logs('process-log.txt'), 'x');
    const { child, ended } = startSidecar({ more: { ignore_interrupts: true } });
    await until('the start', () => stored('build-log.txt.chunks/000000') !== undefined);
    child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(stored('finished.json')).toBeUndefined();
    writeFileSync(logs('marker-file.txt'), '0');
    expect((await ended).code).toBe(0);
  });
});

describe('storage', () => {
  test('what fails for a while is tried again', async () => {
    writeFileSync(logs('artifacts/a.txt'), 'a');
    writeFileSync(logs('marker-file.txt'), '0');
    s3.faults.failNext(6, 503);
    s3.faults.cutNext(2);
    expect((await startSidecar().ended).code).toBe(0);
    expect(stored('artifacts/a.txt')).toBe('a');
  });

  test('what fails for good is in the result, and the exit code says so if it is the log', async () => {
    writeFileSync(logs(`artifacts/${'é'.repeat(100)}`), 'a');
    writeFileSync(logs('marker-file.txt'), '0');
    // Too long a name, together with the job's folder.
    const deep = join(folder, 'logs/artifacts', ...Array.from({ length: 12 }, () => 'd'.repeat(90)));
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(deep, 'file'), 'x');
    expect((await startSidecar().ended).code).toBe(0);
    expect(finished()).toMatchObject({ passed: true, metadata: { 'upload-errors': { failed: 1, first: [expect.stringMatching(/more than 1024 bytes/)] } } });
    await s3.stop();
    const { code, stderr } = await startSidecar({ bucket: `file://${join(folder, 's3.json')}/x` }).ended;
    expect(code).toBe(1);
    expect(stderr).toContain('Failed to upload');
  });

  test('names, types, compression; nothing from outside of the folder', async () => {
    for (const [name, content] of [['report.xml', '<x/>'], ['a#b\nc', 'odd'], ['big.txt', 'y'.repeat(5000)]] as const) writeFileSync(logs(`artifacts/${name}`), content);
    symlinkSync(join(folder, 's3.json'), logs('artifacts/stolen.json'));
    writeFileSync(logs('marker-file.txt'), '0');
    await startSidecar({ upload: { compress_file_types: ['txt'], sub_dir: 'sub', mediaTypes: { xml: 'application/junit' } } }).ended;
    const keys = s3.objects.keys().filter((key) => key.includes('/artifacts/'));
    expect(keys).toEqual(['artifacts/a%23b%0Ac', 'artifacts/big.txt', 'artifacts/report.xml'].map((name) => `${base}/sub/${name}`));
    expect(s3.objects.get(`${base}/sub/artifacts/report.xml`)?.contentType).toBe('application/junit');
    expect(s3.objects.get(`${base}/sub/artifacts/big.txt`)).toMatchObject({ contentEncoding: 'gzip', contentType: 'text/plain; charset=utf-8' });
    expect(s3.objects.get(`${base}/sub/build-log.txt`)?.contentType).toBe('text/plain; charset=utf-8');
  });

  test('the newest build is not overwritten by one that ends late', async () => {
    s3.objects.put('logs/unit/latest-build.txt', { bytes: Buffer.from('18'), metadata: {} });
    writeFileSync(logs('marker-file.txt'), '0');
    await startSidecar().ended;
    expect(s3.objects.get('logs/unit/latest-build.txt')?.bytes.toString()).toBe('18');
  });

  test('a local output folder: no job folder, no pointers', async () => {
    writeFileSync(logs('marker-file.txt'), '0');
    await startSidecar({ upload: { local_output_dir: join(folder, 'out') } }).ended;
    expect(readdirSync(join(folder, 'out')).filter((name) => !name.startsWith('.')).toSorted()).toEqual(['build-log.txt', 'finished.json', 'sidecar-logs.json']);
  });
});

describe('secrets', () => {
  test('mounted ones, and those of the test\'s environment, are in nothing that is uploaded', async () => {
    mkdirSync(join(folder, 'secret'));
    writeFileSync(join(folder, 'secret/token'), 'mounted-secret-1\n');
    const spec = { decoration_config: { censor_secrets: true } };
    const sidecar = startSidecar({ more: { censoring_options: { secret_directories: [join(folder, 'secret')] } }, spec });
    const command = `echo ${join(folder, 'secret')}; cat ${join(folder, 'secret/token')}; echo $DEPLOY_TOKEN | base64; echo "t=$DEPLOY_TOKEN" > ${logs('artifacts/env.txt')}; sleep 3`;
    startEntrypoint(command, { DEPLOY_TOKEN: 'env-secret-22', JOB_SPEC: JSON.stringify({ job: 'unit', ...spec }) });
    await until('a part', () => stored('build-log.txt.chunks/000000') !== undefined);
    const parts = s3.objects.keys().filter((key) => key.includes('chunks')).map((key) => s3.objects.get(key)?.bytes.toString()).join('');
    expect((await sidecar.ended).code).toBe(0);
    expect(stored('artifacts/env.txt')).toBe('t=XXXXXXXXXXXXX\n');
    expect(stored('build-log.txt')).toContain('XXXXXXXXXXXXXXXX\n');
    for (const text of [stored('build-log.txt'), parts]) {
      expect(text).not.toContain('mounted-secret');
      expect(Buffer.from(text?.split('\n')[2] ?? '', 'base64').toString('latin1')).not.toContain('secret-22');
    }
    expect(existsSync(logs('marker-file.txt.secrets'))).toBe(false);
  });
});
