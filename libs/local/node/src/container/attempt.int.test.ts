import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, mkdir, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { abandonAttempt, listAttempts, readAttempt, recordIntent } from './attempt.ts';
import { removeTree } from './remove-tree.ts';
import { startShim } from './shim.ts';
import { SpawnThread } from './spawn-thread.ts';

let dir: string;
const tools = { sh: '/bin/sh', cat: '/bin/cat', spawner: new SpawnThread() };

afterAll(async () => {
  await tools.spawner.close();
});

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'prow-node-attempt-'));
});
afterEach(async () => {
  await removeTree(dir);
});

async function launch(directory: string, script: string, env: Record<string, string> = {}): Promise<void> {
  await mkdir(directory, { recursive: true });
  await new Promise<void>((resolve, reject) => {
    startShim(tools, directory, { file: '/bin/sh', args: ['-c', script], env, endsSession: false }, resolve).catch(reject);
  });
}

test('a shim writes the log in order, the exit code, and keeps its own environment clean', async () => {
  const attempt = join(dir, '0');
  await launch(attempt, 'echo out; echo err >&2; echo re > /dev/stderr; echo "$A"; tr "\\0" "\\n" < /proc/$PPID/environ | grep -c ^A=; exit 42', { A: "it's\nhere" });
  expect(await readAttempt(attempt)).toMatchObject({ phase: 'exited', exitCode: 42 });
  expect(await readFile(join(attempt, 'log'), 'utf8')).toBe("out\nerr\nre\nit's\nhere\n0\n");
});

test('signals are 128 and more; interrupts are not ignored', async () => {
  await launch(join(dir, '0'), 'kill -KILL $$');
  await launch(join(dir, '1'), 'kill -INT $$; exit 1');
  expect(await readAttempt(join(dir, '0'))).toMatchObject({ exitCode: 137 });
  expect(await readAttempt(join(dir, '1'))).toMatchObject({ exitCode: 130 });
  expect(await readFile(join(dir, '0/log'), 'utf8')).toBe('');
});

test('of many shims for one attempt, one runs', async () => {
  const attempt = join(dir, '0');
  await Promise.all(Array.from({ length: 8 }, () => launch(attempt, 'echo ran; sleep 0.2')));
  expect(await readFile(join(attempt, 'log'), 'utf8')).toBe('ran\n');
  expect(await readAttempt(attempt)).toMatchObject({ phase: 'exited', exitCode: 0 });
});

test('an abandoned attempt never runs; a running one cannot be abandoned', async () => {
  await recordIntent(join(dir, '0'), { image: 'i', imageId: '', createdAt: 0 });
  expect(await readAttempt(join(dir, '0'))).toEqual({ phase: 'intended' });
  expect(await abandonAttempt(join(dir, '0'))).toBe(true);
  expect(existsSync(join(dir, '0'))).toBe(false);
  await launch(join(dir, '1'), 'echo ran');
  expect(await abandonAttempt(join(dir, '1'))).toBe(false);
  await recordIntent(join(dir, '2.ab12'), { image: 'i', imageId: '', createdAt: 0 });
  await mkdir(join(dir, 'other'));
  expect(await listAttempts(dir)).toEqual([{ number: 1, name: '1' }, { number: 2, name: '2.ab12' }]);
});

test('a shim that was killed leaves a lost attempt', async () => {
  const attempt = join(dir, '0');
  const running = launch(attempt, 'echo up; kill -KILL $(cut -d" " -f1 "$CLAIM"); sleep 0.1; exit 3', { CLAIM: join(attempt, 'claim') });
  await running;
  for (let waitedMs = 0; waitedMs < 3000 && (await readAttempt(attempt)).phase === 'running'; waitedMs += 20) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await readAttempt(attempt)).toMatchObject({ phase: 'lost' });
});
