import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '@prow/base-time';
import { appendFile, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '../container/remove-tree.ts';
import { cutBytes } from './cut-log.ts';
import { offsetSince, readLogTimes, timeAt } from './log-times.ts';
import { LogWatch } from './log-watch.ts';
import { readLog, type LogOptions } from './read-log.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'prow-node-log-'));
});
afterEach(async () => {
  await removeTree(directory);
});

async function read(options: LogOptions, isRunning = async (): Promise<boolean> => false): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of readLog({ directory, isRunning }, options, systemClock, new AbortController().signal)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

test('whole, its tail, its beginning, and since', async () => {
  const lines = Array.from({ length: 30_000 }, (_, index) => `line ${index}\n`);
  await writeFile(join(directory, 'log'), lines.join(''));
  const half = Buffer.byteLength(lines.slice(0, 15_000).join(''));
  await writeFile(join(directory, 'log.times'), `${half} 1000\n${Buffer.byteLength(lines.join(''))} 2000\n`);
  expect(await read({})).toBe(lines.join(''));
  for (const tailLines of [0, 1, 2, 29_999, 30_000, 40_000]) expect(await read({ tailLines })).toBe(tailLines === 0 ? '' : lines.slice(-tailLines).join(''));
  expect(await read({ limitBytes: 10 })).toBe('line 0\nlin');
  expect(await read({ sinceMs: 1500 })).toBe(lines.slice(15_000).join(''));
  expect(await read({ sinceMs: 2500 })).toBe('');
  expect(await read({ sinceMs: 500, tailLines: 2 })).toBe(lines.slice(-2).join(''));
  const stamped = (await read({ timestamps: true })).split('\n');
  expect([stamped[0], stamped[14_999], stamped[15_000]]).toEqual(['1970-01-01T00:00:01.000000000Z line 0', '1970-01-01T00:00:01.000000000Z line 14999', '1970-01-01T00:00:02.000000000Z line 15000']);
});

test('no log yet, an unfinished line, no lines', async () => {
  expect(await read({})).toBe('');
  await writeFile(join(directory, 'log'), 'a\nb');
  expect(await read({ tailLines: 1 })).toBe('b');
  expect(await read({ tailLines: 2 })).toBe('a\nb');
});

test('follows until the container has ended, to the last byte', async () => {
  await writeFile(join(directory, 'log'), '');
  let running = true;
  const following = read({ follow: true }, async () => running);
  const expected: string[] = [];
  for (let index = 0; index < 50; index += 1) {
    expected.push(`${index}\n`);
    await appendFile(join(directory, 'log'), `${index}\n`);
    if (index % 10 === 0) await systemClock.sleep(10);
  }
  running = false;
  expect(await following).toBe(expected.join(''));
});

test('times are noted while a log grows, and a log that is too long is cut', async () => {
  const watch = new LogWatch(directory, systemClock, 1000);
  await watch.start();
  await appendFile(join(directory, 'log'), 'first\n');
  await systemClock.sleep(100);
  await appendFile(join(directory, 'log'), 'second\n');
  await watch.stop();
  const times = await readLogTimes(directory);
  expect(times.offsets.at(-1)).toBe(13);
  expect(Math.abs(timeAt(times, 0, 0) - Date.now())).toBeLessThan(5000);
  expect(timeAt(times, 6, 0)).toBeGreaterThanOrEqual(timeAt(times, 0, 0));
  expect(offsetSince(times, Date.now() + 60_000)).toBe(13);
  await appendFile(join(directory, 'log'), 'x'.repeat(2000));
  const again = new LogWatch(directory, systemClock, 1000);
  await again.start();
  await again.stop();
  expect(await read({})).toBe(`${'x'.repeat(500)}[the first 1513 bytes of this log were dropped: it grew beyond 1000 bytes]\n`);
});

test('of a log that is too long the newest part stays, for those who follow it as well', async () => {
  const maxBytes = 4 * 1024 * 1024;
  const line = (index: number): string => `line ${String(index).padStart(8, '0')} ${'x'.repeat(84)}\n`;
  await writeFile(join(directory, 'log'), '');
  const watch = new LogWatch(directory, systemClock, maxBytes);
  await watch.start();
  let running = true;
  const following = read({ follow: true }, async () => running);
  const count = 100_000;
  for (let index = 0; index < count; index += 1_000) {
    await appendFile(join(directory, 'log'), Array.from({ length: 1_000 }, (_, at) => line(index + at)).join(''));
    await systemClock.sleep(10);
  }
  await watch.stop();
  running = false;
  const kept = await read({});
  expect(kept.length).toBeLessThan(maxBytes + 1024 * 1024);
  expect(kept).toContain(line(count - 1));
  expect(kept).toMatch(/\[the first \d+ bytes of this log were dropped: it grew beyond 4194304 bytes\]\n/);
  expect(await cutBytes(directory)).toBeGreaterThan(0);
  // Whoever reads on gets every line once, in order, but those that were cut before it came to them.
  const numbers = [...(await following).matchAll(/line (\d{8}) x/g)].map(([, number]) => Number(number));
  expect(numbers.at(-1)).toBe(count - 1);
  expect(numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0))).toBe(true);
  // Times have moved with what they are about.
  const times = await readLogTimes(directory);
  expect(times.offsets.every((offset, index) => offset > 0 && offset >= (times.offsets[index - 1] ?? 0))).toBe(true);
});
