// The placed entrypoint as containers start it: by its path, a kernel, and nothing else.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeRuntime } from '@prow/engine-pod-utils';
import { buildBundles } from './testing/plain-pod.ts';

let bundle: Awaited<ReturnType<typeof buildBundles>>;
let tools: string;
let folder: string;

beforeAll(async () => {
  bundle = await buildBundles();
  tools = mkdtempSync(join(tmpdir(), 'tools-'));
  const { status } = spawnSync(process.execPath, [join(bundle.folder, 'main.js'), 'entrypoint', '--copy-mode-only', `--copy-dst=${tools}/entrypoint`]);
  expect(status).toBe(0);
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'entrypoint-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
afterAll(() => {
  bundle.remove();
  rmSync(tools, { recursive: true, force: true });
});

interface Result { code: number | null; marker: string; log: string; output: string; ms: number }

function options(args: string[], more: Record<string, unknown> = {}): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    ENTRYPOINT_OPTIONS: JSON.stringify({ timeout: 60e9, grace_period: 1e9, artifact_dir: join(folder, 'artifacts'), args, container_name: 'test', process_log: join(folder, 'process-log.txt'), marker_file: join(folder, 'marker-file.txt'), metadata_file: join(folder, 'artifacts/metadata.json'), ...more }),
  };
}

function start(args: string[], { more = {}, during }: { more?: Record<string, unknown>; during?: (pid: number) => void } = {}): Promise<Result> {
  const startedAt = performance.now();
  const child = spawn(join(tools, 'entrypoint'), { env: options(args, more), stdio: ['ignore', 'pipe', 'inherit'] });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  if (during !== undefined) child.once('spawn', () => during(child.pid ?? 0));
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => {
      const read = (name: string): string => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '');
      resolve({ code, marker: read('marker-file.txt'), log: read('process-log.txt'), output: Buffer.concat(output).toString(), ms: performance.now() - startedAt });
    });
  });
}

const until = async (condition: () => boolean): Promise<void> => {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries > 500) throw new Error('it did not happen');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

/** Processes of our tests that are still there. */
const left = (mark: string): string => spawnSync('pgrep', ['-f', mark], { encoding: 'utf8' }).stdout;

describe('codes', () => {
  test.each([
    ['success', ['true'], {}, 0, '0'],
    ['the child\'s own', ['sh', '-c', 'exit 42'], {}, 42, '42'],
    ['a child ended by a signal', ['sh', '-c', 'kill -9 $$'], {}, 255, '-1'],
    ['what cannot be started', ['/no/such/program'], {}, 127, '127'],
    ['always zero', ['false'], { always_zero: true }, 0, '1'],
  ] as const)('%s', async (_what, args, more, code, marker) => {
    expect(await start([...args], { more })).toMatchObject({ code, marker });
  });

  test('the container before failed: not run, 1130', async () => {
    const previous = join(folder, 'previous');
    setTimeout(() => writeFileSync(previous, '3'), 300);
    const { code, marker, log } = await start(['touch', join(folder, 'ran')], { more: { previous_marker: previous } });
    expect([code, marker, existsSync(join(folder, 'ran'))]).toEqual([1130 & 255, '1130', false]);
    expect(log).toContain('previous process failed');
  });

  test('the container before succeeded: run', async () => {
    writeFileSync(join(folder, 'previous'), '0');
    expect(await start(['true'], { more: { previous_marker: join(folder, 'previous') } })).toMatchObject({ code: 0, marker: '0' });
  });
});

describe('output', () => {
  test('both streams in order, to log and standard output; /dev/stdout and /dev/stderr can be opened', async () => {
    const { log, output } = await start(['sh', '-c', 'for i in 1 2 3 4 5; do echo out$i; echo err$i >&2; done; echo a > /dev/stderr; echo b > /dev/stdout; echo c | tee /dev/stderr > /dev/null']);
    expect(log).toBe('out1\nerr1\nout2\nerr2\nout3\nerr3\nout4\nerr4\nout5\nerr5\na\nb\nc\n');
    expect(output).toBe(log);
  });

  test('nothing of 100 MB is lost or changed', async () => {
    const data = join(folder, 'data');
    writeFileSync(data, Buffer.from(Array.from({ length: 1024 * 1024 }, (_, index) => (index * 7919) & 255)));
    const child = spawn(join(tools, 'entrypoint'), { env: options(['sh', '-c', `for i in $(seq 100); do cat ${data}; done`]), stdio: ['ignore', 'pipe', 'inherit'] });
    const shown = createHash('sha256');
    for await (const chunk of child.stdout) shown.update(chunk as Buffer);
    const written = createHash('sha256');
    for await (const chunk of createReadStream(join(folder, 'process-log.txt'))) written.update(chunk as Buffer);
    const expected = createHash('sha256');
    for (let index = 0; index < 100; index += 1) expected.update(readFileSync(data));
    const digest = expected.digest('hex');
    expect([shown.digest('hex'), written.digest('hex')]).toEqual([digest, digest]);
  }, 60_000);

  test('what a pipe behind the test still writes is awaited', async () => {
    const { log } = await start(['bash', '-c', 'exec > >(while read -r l; do sleep 0.1; echo "late $l"; done); echo 1; echo 2; echo 3']);
    expect(log).toBe('late 1\nlate 2\nlate 3\n');
  });

  test('a daemon that keeps the output open does not hold it up, and does not outlive the test', async () => {
    const mark = `300.${process.pid}`;
    const { code, log, ms } = await start(['sh', '-c', `sleep ${mark} & setsid sleep ${mark} & (setsid sh -c 'sleep ${mark}' &) ; echo done`]);
    expect([code, log]).toEqual([0, 'done\n']);
    expect(ms).toBeLessThan(20_000);
    await until(() => left(`sleep ${mark}`) === '');
  });
});

describe('stopping', () => {
  test('timeout: SIGINT to the whole tree, 127', async () => {
    const { code, marker, log } = await start(['sh', '-c', 'trap "echo interrupted; exit 9" INT; echo up; while :; do sleep 0.1; done'], { more: { timeout: 500e6 } });
    expect([code, marker]).toEqual([127, '127']);
    expect(log).toMatch(/^up\n\{.*Process did not finish before 500ms timeout.*\}\ninterrupted\n/);
  });

  test('timeout with propagate_error_code keeps the child\'s', async () => {
    expect(await start(['sh', '-c', 'trap "exit 9" INT; while :; do sleep 0.1; done'], { more: { timeout: 500e6, propagate_error_code: true } })).toMatchObject({ code: 9, marker: '9' });
  });

  test('a test that ignores everything is killed after the grace period', async () => {
    const mark = `301.${process.pid}`;
    const { code, marker, log } = await start(['sh', '-c', `trap "" INT TERM; sleep ${mark}; sleep ${mark}`], { more: { timeout: 300e6, grace_period: 300e6 } });
    expect([code, marker]).toEqual([127, '127']);
    expect(log).toContain('Process did not exit before 300ms grace period');
    await until(() => left(`sleep ${mark}`) === '');
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s: passed on, 130', async (signal) => {
    const { code, marker, log } = await start(['sh', '-c', 'trap "echo got it; exit 1" INT TERM; echo up; while :; do sleep 0.1; done'], {
      during: (pid) => void until(() => existsSync(join(folder, 'process-log.txt')) && readFileSync(join(folder, 'process-log.txt'), 'utf8').includes('up')).then(() => process.kill(pid, signal)),
    });
    expect([code, marker]).toEqual([130, '130']);
    expect(log).toContain('got it');
    expect(log).toContain('Entrypoint received interrupt');
  });
});

const canChroot = process.platform === 'linux' && spawnSync('unshare', ['--user', '--map-root-user', '--mount', '--pid', '--fork', 'true']).status === 0;
const busybox = ['/usr/bin/busybox', '/bin/busybox'].find((path) => existsSync(path) && spawnSync('ldd', [path]).status !== 0);
const musl = '/lib/ld-musl-x86_64.so.1';

describe('in any image', () => {
  let utilities: string;
  let root: string;
  const command = ['/tools/node', '-e', 'console.log(process.execPath, require("fs").readdirSync("/").join()); process.exit(5)'];

  beforeAll(() => {
    utilities = mkdtempSync(join(tmpdir(), 'pod-utils-runtime-'));
    cpSync(bundle.folder, join(utilities, 'pod-utils'), { recursive: true });
    makeRuntime(join(utilities, 'pod-utils', 'runtime'));
  }, 60_000);
  afterAll(() => rmSync(utilities, { recursive: true, force: true }));

  /** A container's file system with the tools volume, as place-entrypoint leaves it. */
  function makeRoot(files: Readonly<Record<string, string | { copy: string }>>): void {
    root = join(folder, 'root');
    for (const name of ['proc', 'dev', 'logs', 'tools']) mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, 'dev/null'), '');
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      if (typeof content === 'string') writeFileSync(join(root, path), content, { mode: 0o755 });
      else cpSync(content.copy, join(root, path), { dereference: true });
    }
    const placed = spawnSync(process.execPath, [join(utilities, 'pod-utils/main.js'), 'entrypoint', '--copy-mode-only', `--copy-destination=${root}/tools/entrypoint`], { encoding: 'utf8' });
    expect(placed.stderr).toBe('');
    // Placed for /tools, which only the container has.
    const script = readFileSync(join(root, 'tools/entrypoint'), 'utf8');
    writeFileSync(join(root, 'tools/entrypoint'), script.replace(/^#!.*\n/, '#!/tools/node\n'));
    expect(statSync(join(root, 'tools/node')).size).toBe(statSync(process.execPath).size);
  }

  function run(args: string[], more: Record<string, string> = {}): { stderr: string; stdout: string; status: number | null; marker: string } {
    const env = { PATH: process.env['PATH'] ?? '', ENTRYPOINT_OPTIONS: JSON.stringify({ args, artifact_dir: '/logs/artifacts', process_log: '/logs/process-log.txt', marker_file: '/logs/marker-file.txt', metadata_file: '' }), ...more };
    const { stderr, stdout, status } = spawnSync('unshare', ['--user', '--map-root-user', '--mount', '--pid', '--fork', 'sh', '-c', `mount -t proc proc ${root}/proc && exec chroot ${root} /tools/entrypoint`], { env, encoding: 'utf8' });
    return { stderr, stdout, status, marker: readFileSync(join(root, 'logs/marker-file.txt'), 'utf8') };
  }

  (canChroot ? test : test.skip)('with nothing in it: no libc, no shell', () => {
    makeRoot({});
    expect(run(command)).toEqual({ stderr: '', stdout: '/tools/node dev,logs,proc,tools\n', status: 5, marker: '5' });
  }, 60_000);

  (canChroot ? test : test.skip)('with a libc of its own, too old or broken: it is not touched', () => {
    makeRoot({ 'lib64/ld-linux-x86-64.so.2': 'broken', 'lib/x86_64-linux-gnu/libc.so.6': 'broken', 'usr/lib/libstdc++.so.6': 'broken', 'etc/ld.so.preload': '' });
    expect(run(command)).toMatchObject({ stderr: '', status: 5, marker: '5' });
  }, 60_000);

  (canChroot && busybox !== undefined ? test : test.skip)('with musl and a static shell (Debian: musl, busybox-static)', () => {
    makeRoot({ 'bin/sh': { copy: busybox ?? '' }, ...(existsSync(musl) ? { [musl]: { copy: musl } } : {}) });
    // What entrypoint needs for itself must not reach the test: its programs have libraries of their own.
    expect(run(['/bin/sh', '-c', 'echo "$LD_LIBRARY_PATH|$LD_PRELOAD|$0"; exit 6'])).toEqual({ stderr: '', stdout: '||/bin/sh\n', status: 6, marker: '6' });
    if (existsSync(musl)) expect(run([musl, '--help'])).toMatchObject({ status: expect.any(Number), stdout: expect.stringContaining('musl libc') });
  }, 60_000);
});

test('place-entrypoint replaces what is there, atomically, and says what is wrong', () => {
  execFileSync(process.execPath, [join(bundle.folder, 'main.js'), 'entrypoint', '--copy-mode-only', `--copy-dst=${tools}/entrypoint`]);
  writeFileSync(join(folder, 'file'), '');
  const refused = spawnSync(process.execPath, [join(bundle.folder, 'main.js'), 'entrypoint', '-copy-mode-only', '-copy-dst', join(folder, 'file/x/entrypoint')], { encoding: 'utf8' });
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('cannot place the entrypoint');
});
