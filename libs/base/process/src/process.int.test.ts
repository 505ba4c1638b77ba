import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { useTempDirs } from '@prow/testing-harness';
import { findProcess, run, runOrThrow, spawnTree, treeOf } from './index.ts';

const tempDir = useTempDirs();
const node = (script: string, ...args: string[]) => ({ file: process.execPath, args: ['-e', script, ...args] });
const isGone = (pid: number): boolean => findProcess(pid) === undefined;

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries > 2000) throw new Error(`${what} did not happen`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Starts a child in its own group and a grandchild in its own session that outlives its parent, all deaf to SIGTERM. */
const familyScript = `
  const { spawn } = require('node:child_process');
  const { appendFileSync } = require('node:fs');
  const [file, depth] = process.argv.slice(1);
  process.on('SIGTERM', () => {});
  appendFileSync(file, process.pid + '\\n');
  if (Number(depth) > 0) spawn(process.execPath, ['-e', process.env.SCRIPT, file, String(depth - 1)], { detached: true, stdio: 'ignore' });
  setInterval(() => {}, 1000);
`;

function pidsIn(file: string): number[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
}

describe('run', () => {
  test('exit code, output, input, folder, environment', async () => {
    const dir = tempDir('process');
    const result = await run({
      ...node('process.stdin.pipe(process.stdout); console.error(process.cwd(), process.env.A, process.env.HOME, process.argv[1]); process.exitCode = 3', '$(touch x); `y`'),
      cwd: dir,
      env: { A: 'b' },
      input: 'hellö',
    });
    expect(result).toMatchObject({ code: 3, signal: null, stdout: 'hellö', stderr: `${dir} b undefined $(touch x); \`y\`\n`, timedOut: false, truncated: false });
    expect(result.durationMs).toBeGreaterThan(0);
  });

  test('no input is an empty input, and input a program does not read does no harm', async () => {
    expect(await run(node('process.stdin.resume().on("end", () => console.log("end"))'))).toMatchObject({ stdout: 'end\n' });
    expect(await run({ ...node('0'), input: 'x'.repeat(1_000_000) })).toMatchObject({ code: 0 });
  });

  test('output beyond the bound is read, but left out', async () => {
    const result = await run({ ...node('process.stdout.write("é".repeat(500000)); process.stderr.write("e")'), maxOutputBytes: 1000 });
    expect(result).toMatchObject({ code: 0, stdout: 'é'.repeat(500), stderr: 'e', truncated: true });
  });

  test('a program that cannot be started is named', async () => {
    const dir = tempDir('process');
    await expect(run({ file: 'no-such-program-here' })).rejects.toMatchObject({ code: 'PROW_PROCESS_START', message: 'cannot start no-such-program-here: no such program' });
    await expect(run({ ...node('0'), cwd: join(dir, 'nope') })).rejects.toMatchObject({ code: 'PROW_PROCESS_START', message: expect.stringContaining('no such program or folder') });
    writeFileSync(join(dir, 'plain'), 'x');
    chmodSync(join(dir, 'plain'), 0o644);
    await expect(run({ file: join(dir, 'plain') })).rejects.toMatchObject({ message: expect.stringContaining('may not be executed') });
    await expect(run({ file: 'a\0b' })).rejects.toMatchObject({ code: 'PROW_PROCESS_START' });
  });

  test('at the deadline it ends, also when it is deaf to SIGTERM', async () => {
    const result = await run({ ...node('process.on("SIGTERM", () => console.log("heard")); console.log("up"); setInterval(() => {}, 1000)'), timeoutMs: 1500, graceMs: 100 });
    expect(result).toMatchObject({ timedOut: true, signal: 'SIGKILL', stdout: 'up\nheard\n' });
  });

  test('the whole tree ends, the deaf and the detached too', async () => {
    const file = join(tempDir('process'), 'pids');
    const controller = new AbortController();
    const running = run({ file: process.execPath, args: ['-e', familyScript, file, '2'], env: { ...process.env, SCRIPT: familyScript }, signal: controller.signal, graceMs: 100 });
    await until(() => pidsIn(file).length === 3, 'three generations');
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    expect(pidsIn(file).every(isGone)).toBe(true);
  });

  test('something left behind that holds the output open is not waited for', async () => {
    const script = `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit', detached: true });
      console.log(child.pid);
      child.unref();`;
    const result = await run(node(script));
    expect(result).toMatchObject({ code: 0, timedOut: false });
    expect(result.stdout).toMatch(/^\d+\n$/);
    process.kill(Number(result.stdout), 'SIGKILL'); // it left the tree, and no mark was given
  });

  test('an abort ends the tree and rejects with its reason', async () => {
    const controller = new AbortController();
    const running = run({ ...node('console.log("x"); setInterval(() => {}, 1000)'), signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 200);
    await expect(running).rejects.toThrow('enough');
    await expect(run({ ...node('0'), signal: controller.signal })).rejects.toThrow('enough');
  });

  test('runOrThrow tells how it ended and what it said', async () => {
    await expect(runOrThrow(node('console.error("it is broken"); process.exit(2)'))).rejects.toMatchObject({ code: 'PROW_PROCESS_FAILED', message: `${process.execPath} ended with exit code 2: it is broken`, transient: false });
    await expect(runOrThrow({ ...node('setInterval(() => {}, 1000)'), timeoutMs: 100 })).rejects.toMatchObject({ message: `${process.execPath} exceeded its 100 ms`, transient: true });
    await expect(runOrThrow(node('process.kill(process.pid, "SIGKILL")'))).rejects.toMatchObject({ message: `${process.execPath} was ended by SIGKILL` });
    expect(await runOrThrow(node('console.log(1)'))).toMatchObject({ stdout: '1\n' });
  });
});

describe('spawnTree', () => {
  test('a graceful end: SIGTERM first, no SIGKILL when that suffices', async () => {
    const tree = await spawnTree(node('process.on("SIGTERM", () => process.exit(7)); console.log("up"); setInterval(() => {}, 1000)'));
    await new Promise((resolve) => tree.child.stdout?.once('data', resolve));
    await tree.killTree(5000);
    expect(await tree.ended).toEqual({ code: 7, signal: null });
    await tree.killTree();
  });

  test('signals reach every process of the group', async () => {
    const script = `
      const { spawn } = require('node:child_process');
      const say = 'process.on("SIGUSR2", () => { console.log("child"); process.exit() }); setInterval(() => {}, 1000); console.log("up")';
      spawn(process.execPath, ['-e', say], { stdio: 'inherit' });
      process.on('SIGUSR2', () => console.log('parent'));`;
    const tree = await spawnTree(node(script));
    let output = '';
    tree.child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await until(() => output.includes('up'), 'start');
    tree.signal('SIGUSR2');
    await until(() => output.includes('child') && output.includes('parent'), 'both answers');
    await tree.killTree();
  });

  test('what was left behind by an ended process is found', async () => {
    const file = join(tempDir('process'), 'pids');
    const script = `
      const { spawn } = require('node:child_process');
      spawn(process.execPath, ['-e', process.env.SCRIPT, process.argv[1], '0'], { stdio: 'ignore' }).unref();
      setTimeout(() => process.exit(0), 300);`;
    const tree = await spawnTree({ file: process.execPath, args: ['-e', script, file], env: { ...process.env, SCRIPT: familyScript } });
    expect(await tree.ended).toEqual({ code: 0, signal: null });
    await until(() => pidsIn(file).length === 1, 'the child');
    expect(treeOf(tree.pid)).toHaveLength(1);
    await tree.killTree(50);
    expect(pidsIn(file).every(isGone)).toBe(true);
  });

  (process.platform === 'linux' ? test : test.skip)('a daemon that left tree and group is found by its mark', async () => {
    const file = join(tempDir('process'), 'pids');
    const script = `
      const { spawn } = require('node:child_process');
      spawn(process.execPath, ['-e', process.env.SCRIPT, process.argv[1], '0'], { stdio: 'ignore', detached: true }).unref();
      setTimeout(() => process.exit(0), 300);`;
    const tree = await spawnTree({ file: process.execPath, args: ['-e', script, file], env: { ...process.env, SCRIPT: familyScript }, mark: { name: 'PROW_TEST_MARK', value: `m${process.pid}` } });
    await tree.ended;
    await until(() => pidsIn(file).length === 1, 'the daemon');
    expect(treeOf(tree.pid)).toEqual([]);
    await tree.killTree();
    expect(pidsIn(file).every(isGone)).toBe(true);
  });
});
