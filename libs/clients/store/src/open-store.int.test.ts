import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, openSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { run } from '@prow/base-process';
import { bundleProgram, startProgram, useTempDirs } from '@prow/testing-harness';
import type { Store } from './api.ts';
import { newestMeta } from './check-data-file.ts';
import { openStore } from './open-store.ts';
import { walkPages } from './walk-pages.ts';

const tempDir = useTempDirs();
const opened: Store[] = [];
const writer = fileURLToPath(new URL('testing/crash-writer.ts', import.meta.url));

function open(dir: string): Store {
  const store = openStore(dir);
  opened.push(store);
  return store;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

describe('reading and writing', () => {
  test('values are there after the promise, and after opening again', async () => {
    const dir = tempDir('store');
    const store = open(dir);
    const written = store.put('a', 'ä😀\0');
    expect(store.get('a')).toBeUndefined(); // not durable yet
    await written;
    expect(store.get('a')).toBe('ä😀\0');
    await store.put('empty', '');
    await store.close();
    const again = open(dir);
    expect([...again.range()]).toEqual([{ key: 'a', value: 'ä😀\0' }, { key: 'empty', value: '' }]);
    expect(again.has('b')).toBe(false);
  });

  test('ranges are in byte order, by prefix, after, before, limit, from the end', async () => {
    const store = open(tempDir('store'));
    await store.transaction((transaction) => {
      for (const key of ['b', 'a/1', 'a/2', 'a/10', 'a', 'a0', 'é', '😀', '\uffee']) transaction.put(key, key);
    });
    expect([...store.keys()]).toEqual(['a', 'a/1', 'a/10', 'a/2', 'a0', 'b', 'é', '\uffee', '😀']);
    expect([...store.keys({ prefix: 'a/' })]).toEqual(['a/1', 'a/10', 'a/2']);
    expect([...store.keys({ prefix: 'a/', after: 'a/1' })]).toEqual(['a/10', 'a/2']);
    expect([...store.keys({ prefix: 'a/', after: 'a/1', limit: 1 })]).toEqual(['a/10']);
    expect([...store.keys({ prefix: 'a/', before: 'a/2', reverse: true })]).toEqual(['a/10', 'a/1']);
    expect([...store.keys({ after: 'b' })]).toEqual(['é', '\uffee', '😀']);
    expect([...store.keys({ prefix: 'é' })]).toEqual(['é']);
    expect([...store.keys({ reverse: true, limit: 2 })]).toEqual(['😀', '\uffee']);
    expect([...store.keys({ after: 'b', before: 'a' })]).toEqual([]);
    expect([...store.keys({ limit: 0 })]).toEqual([]);
  });

  test('a transaction sees earlier writes that are not durable yet, and its own', async () => {
    const store = open(tempDir('store'));
    const increments = Array.from({ length: 500 }, () => store.transaction((transaction) => {
      const next = Number(transaction.get('n') ?? '0') + 1;
      transaction.put('n', String(next));
      expect(transaction.get('n')).toBe(String(next));
      return next;
    }));
    expect(await Promise.all(increments)).toEqual(increments.map((_, index) => index + 1));
    expect(store.get('n')).toBe('500');
    expect(store.stats().commits).toBeLessThan(50); // grouped
  });

  test('a transaction that throws writes nothing and blocks nothing', async () => {
    const store = open(tempDir('store'));
    await expect(store.transaction((transaction) => {
      transaction.put('a', '1');
      throw new Error('no');
    })).rejects.toThrow('no');
    await store.put('b', '1');
    expect([...store.keys()]).toEqual(['b']);
    await expect(store.transaction(async () => {})).rejects.toThrow('must not be asynchronous');
  });

  test('ranges and deletions inside a transaction see what waits', async () => {
    const store = open(tempDir('store'));
    await store.put('p/durable', '1');
    const pending = store.put('p/pending', '2');
    const gone = store.delete('p/durable');
    const seen = store.transaction((transaction) => {
      transaction.put('p/own', '3');
      return transaction.range({ prefix: 'p/' });
    });
    const deleted = store.deleteRange({ prefix: 'p/' });
    expect(await seen).toEqual([{ key: 'p/own', value: '3' }, { key: 'p/pending', value: '2' }]);
    expect(await deleted).toBe(2);
    await Promise.all([pending, gone]);
    expect([...store.keys()]).toEqual([]);
  });

  test('refuses keys and values that are too long, and calls after close', async () => {
    const store = openStore(tempDir('store'), { maxValueBytes: 10 });
    await store.put('a', '0123456789');
    await expect(store.put('a', 'éééééé')).rejects.toMatchObject({ code: 'PROW_STORE_VALUE' });
    await expect(store.put('', '')).rejects.toMatchObject({ code: 'PROW_STORE_KEY' });
    await expect(store.put('k'.repeat(1979), '')).rejects.toMatchObject({ code: 'PROW_STORE_KEY' });
    await store.put('k'.repeat(1978), 'x');
    const last = store.put('z', 'last');
    await store.close();
    await last;
    expect(() => store.get('a')).toThrow(expect.objectContaining({ code: 'PROW_STORE_CLOSED' }));
    await expect(store.put('a', '')).rejects.toMatchObject({ code: 'PROW_STORE_CLOSED' });
    await store.close();
  });
});

describe('bad folders', () => {
  test('in use by this process', () => {
    const dir = tempDir('store');
    open(dir);
    expect(() => openStore(dir)).toThrow(expect.objectContaining({ code: 'PROW_STORE_LOCKED' }));
  });

  test('a file in the way, and a file that is not ours', () => {
    const dir = tempDir('store');
    writeFileSync(join(dir, 'file'), 'x');
    expect(() => openStore(join(dir, 'file'))).toThrow(expect.objectContaining({ code: 'PROW_STORE_FOLDER' }));
    writeFileSync(join(dir, 'data.mdb'), 'garbage'.repeat(10_000));
    expect(() => openStore(dir)).toThrow(expect.objectContaining({ code: 'PROW_STORE_CORRUPT', message: expect.stringContaining('not a data file of ours') }));
  });

  test('a folder that may not be written', () => {
    if (process.getuid?.() === 0) return; // root may write everywhere
    const dir = tempDir('store');
    chmodSync(dir, 0o500);
    expect(() => openStore(dir)).toThrow(expect.objectContaining({ code: 'PROW_STORE_FOLDER' }));
  });

  test('the pages in use are followed as LMDB laid them out', async () => {
    const dir = tempDir('store');
    const store = open(dir);
    await store.transaction((transaction) => {
      for (let index = 0; index < 3000; index += 1) transaction.put(`key-${index}`, 'x'.repeat(index % 7 === 0 ? 9000 : 300));
    });
    await store.deleteRange({ prefix: 'key-1' });
    const file = openSync(join(dir, 'data.mdb'), 'r');
    const meta = newestMeta(file);
    const { count, fileBytes } = store.stats();
    const whole = walkPages(file, { sizeBytes: fileBytes, pageSize: meta?.pageSize ?? 0, roots: meta?.roots.slice(1) ?? [] });
    expect(whole).toEqual({ isDamaged: false, entries: count + 3 }); // and the entries format, owner and data
    expect(walkPages(file, { sizeBytes: fileBytes, pageSize: meta?.pageSize ?? 0, roots: meta?.roots ?? [] }).isDamaged).toBe(false);
    closeSync(file);
  });

  test('a file cut short', async () => {
    const dir = tempDir('store');
    const store = openStore(dir);
    await store.transaction((transaction) => {
      for (let index = 0; index < 2000; index += 1) transaction.put(`key-${index}`, 'x'.repeat(500));
    });
    const { fileBytes } = store.stats();
    await store.close();
    truncateSync(join(dir, 'data.mdb'), Math.floor(fileBytes / 2));
    expect(() => openStore(dir)).toThrow(expect.objectContaining({ code: 'PROW_STORE_CORRUPT', message: expect.stringContaining('cut short') }));
  });
});

describe('a full disk', () => {
  // A disk of 4 MiB that only this process sees.
  const inSmallDisk = ['--user', '--map-root-user', '--mount', 'sh', '-c', 'mount -t tmpfs -o size=4m tmpfs "$0" && exec "$@"'];
  const canMount = spawnSync('unshare', [...inSmallDisk, tmpdir(), 'true']).status === 0;

  (canMount ? test : test.skip)('refuses cleanly, keeps what is durable, and goes on once there is room (needs unshare)', async () => {
    const dir = tempDir('store');
    const program = await bundleProgram(fileURLToPath(new URL('testing/disk-filler.ts', import.meta.url)));
    const result = await run({ file: 'unshare', args: [...inSmallDisk, dir, process.execPath, program, dir], timeoutMs: 30_000 });
    expect(result).toMatchObject({ code: 0, stdout: 'refused PROW_STORE_FULL\nfound true\nafter room was made\nclosed\n', stderr: '' });
  });
});

describe('another process', () => {
  test('killed at any instant, everything it was told is durable is there, in order, and the folder is free', async () => {
    const dir = tempDir('store');
    for (let round = 0; round < 5; round += 1) {
      const program = await startProgram({ entry: writer, args: [dir] });
      try {
        await program.waitForLine(/^durable 50$/);
        if (round === 0) expect(() => openStore(dir)).toThrow(expect.objectContaining({ code: 'PROW_STORE_LOCKED', message: expect.stringContaining(String(program.pid)) }));
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
        program.send('SIGKILL');
        await program.ended;
      } finally {
        await program.kill();
      }
      const told = program.lines.map((line) => Number(/^durable (\d+)$/.exec(line)?.[1] ?? 0));
      const store = open(dir);
      const found = [...store.range({ prefix: 'n/' })].map(({ key, value }) => ({ index: Number(key.slice(2)), value }));
      expect(found.length).toBeGreaterThanOrEqual(Math.max(...told));
      // No gap: a later write is never there without the earlier ones, and a transaction is there whole.
      expect(found.map(({ index }) => index)).toEqual(found.map((_, index) => index + 1));
      expect(store.get('count')).toBe(String(found.length));
      await store.deleteRange({});
      await store.close();
    }
  });
});
