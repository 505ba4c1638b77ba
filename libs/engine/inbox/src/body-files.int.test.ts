import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { useTempDirs } from '@prow/testing-harness';
import { BodyFiles } from './body-files.ts';

const tempDir = useTempDirs();
const opened: BodyFiles[] = [];
afterEach(async () => {
  for (const files of opened.splice(0)) await files.close();
});

function open(dir: string, maxFileBytes?: number): BodyFiles {
  const files = new BodyFiles(dir, maxFileBytes === undefined ? {} : { maxFileBytes });
  opened.push(files);
  return files;
}

describe('BodyFiles', () => {
  test('what was appended comes back, whoever asks', async () => {
    const dir = join(tempDir('bodies'), 'new');
    const files = open(dir);
    const bodies = [Buffer.from([0x7b, 0xff, 0]), Buffer.alloc(0), Buffer.alloc(100_000, 7), Buffer.from('{}')];
    const places = await Promise.all(bodies.map((body) => files.append(body)));
    expect(places.map((place) => files.read(place))).toEqual(bodies);
    const later = await files.append(Buffer.from('later'));
    const again = open(dir);
    for (const { file } of [...places, later]) again.use(file);
    again.removeUnused();
    expect(again.read(later).toString()).toBe('later');
    expect(places.map((place) => again.read(place))).toEqual(bodies);
  });

  test('another process begins another file; a file goes with its last delivery', async () => {
    const dir = tempDir('bodies');
    const first = open(dir, 10);
    const [a, b] = [await first.append(Buffer.from('a'.repeat(8))), await first.append(Buffer.from('b'.repeat(8)))];
    expect(a.file).toBe(b.file);
    const c = await first.append(Buffer.from('c'));
    expect(c.file).toBe(a.file + 1);
    const second = open(dir, 10);
    for (const { file } of [a, b, c]) second.use(file);
    second.removeUnused();
    const d = await second.append(Buffer.from('d'));
    expect(d.file).toBe(c.file + 1);
    second.release(a.file);
    expect(second.read(b).toString()).toBe('b'.repeat(8));
    second.release(b.file);
    expect(readdirSync(dir)).toHaveLength(2);
    expect(() => second.read(b)).toThrow(expect.objectContaining({ code: 'PROW_INBOX_BODY' }));
    // The one that is written to stays until another is begun.
    second.release(d.file);
    expect(readdirSync(dir)).toHaveLength(2);
  });

  test('what a killed process had begun and nobody knows of is removed, other files are not', async () => {
    const dir = tempDir('bodies');
    writeFileSync(join(dir, '0000000007.bodies'), 'half a bo');
    writeFileSync(join(dir, 'notes.txt'), 'mine');
    const files = open(dir);
    files.removeUnused();
    expect(readdirSync(dir)).toEqual(['notes.txt']);
    expect((await files.append(Buffer.from('x'))).file).toBe(8);
  });

  test('a write that fails is told, transient, and the next one may succeed', async () => {
    const dir = join(tempDir('bodies'), 'inner');
    const files = open(dir);
    rmSync(dir, { recursive: true });
    await expect(files.append(Buffer.from('x'))).rejects.toMatchObject({ code: 'PROW_INBOX_BODY', transient: true, httpStatus: 507 });
    const again = open(dir);
    expect(again.read(await files.append(Buffer.from('y'))).toString()).toBe('y');
  });
});
