// One suite for all storages: the contract of api.ts, over real protocols.
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startGcsServer, startS3Server } from '@prow/testing-storage-servers';
import type { Faults, GcsServer, S3Server } from '@prow/testing-storage-servers';
import { openStorage } from './index.ts';
import type { ListEntry, Storage } from './index.ts';

let folder: string;
let s3: S3Server;
let gcs: GcsServer;
const storages: Record<string, { storage: Storage; faults?: Faults }> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'storage-test-'));
  s3 = await startS3Server({ bucket: 'bucket', accessKey: 'key', secretKey: 'secret', pageSize: 3 });
  gcs = await startGcsServer({ bucket: 'bucket', pageSize: 3 });
  const s3CredentialsFile = join(folder, 's3.json');
  writeFileSync(s3CredentialsFile, JSON.stringify({ region: 'eu-x', endpoint: s3.url.replace('http://', ''), insecure: true, s3_force_path_style: true, access_key: 'key', secret_key: 'secret' }));
  storages['file'] = { storage: await openStorage({ bucket: `file://${folder}/files` }) };
  storages['s3'] = { storage: await openStorage({ bucket: 's3://bucket/some/path', s3CredentialsFile }), faults: s3.faults };
  storages['gs'] = { storage: await openStorage({ bucket: 'bucket', gcsEndpoint: gcs.url }), faults: gcs.faults };
});

afterAll(async () => {
  await s3.stop();
  await gcs.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function all(entries: AsyncIterable<ListEntry>): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of entries) paths.push(path);
  return paths;
}

describe.each(['file', 's3', 'gs'])('%s', (kind) => {
  const get = (): Storage => {
    const found = storages[kind];
    if (found === undefined) throw new Error(kind);
    return found.storage;
  };

  test('writes and reads bytes, with what belongs to them', async () => {
    await get().write('a/log.txt', 'hello', { contentType: 'text/plain', contentEncoding: 'gzip', metadata: { 'x-goog-meta-link': 'gs://b/a' } });
    expect((await get().readAll('a/log.txt')).toString()).toBe('hello');
    const { modifiedAt, ...stat } = await get().stat('a/log.txt');
    expect(stat).toEqual({ path: 'a/log.txt', size: 5, contentType: 'text/plain', contentEncoding: 'gzip', metadata: { 'x-goog-meta-link': 'gs://b/a' } });
    expect(Math.abs(modifiedAt.getTime() - Date.now())).toBeLessThan(60_000);
    await get().write('a/log.txt', Buffer.from('again'));
    expect((await get().readAll('a/log.txt')).toString()).toBe('again');
    expect((await get().stat('a/log.txt')).contentEncoding).toBeUndefined();
  });

  test('streams of any size', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    await get().write('big', Readable.from((function* () {
      for (let index = 0; index < 20; index += 1) yield chunk;
    })()));
    expect((await get().stat('big')).size).toBe(20 * chunk.length);
    await get().write('empty', Readable.from([]));
    expect((await get().readAll('empty')).length).toBe(0);
    await expect(get().readAll('big', { maxBytes: 1000 })).rejects.toMatchObject({ code: 'PROW_STORAGE_TOO_LARGE' });
  });

  test('chunks that come in one buffer', async () => {
    const shared = Buffer.alloc(64 * 1024);
    await get().write('shared', (async function* () {
      for (let index = 0; index < 200; index += 1) {
        shared.fill(index);
        yield shared.subarray(0, index % 7 === 0 ? 5 : shared.length);
        await Promise.resolve();
      }
    })());
    const expected = Buffer.concat(Array.from({ length: 200 }, (_, index) => Buffer.alloc(index % 7 === 0 ? 5 : shared.length, index)));
    expect((await get().readAll('shared')).equals(expected)).toBe(true);
    await expect(get().write('half', (async function* () {
      yield shared;
      await Promise.resolve();
      throw new Error('source broke');
    })())).rejects.toThrow('source broke');
    expect(await get().exists('half')).toBe(false);
  });

  test('a stream that breaks leaves nothing', async () => {
    const broken = Readable.from((async function* () {
      yield Buffer.alloc(9 * 1024 * 1024);
      await Promise.resolve();
      throw new Error('source broke');
    })());
    await expect(get().write('broken', broken)).rejects.toThrow('source broke');
    expect(await get().exists('broken')).toBe(false);
    expect(s3.openUploads()).toBe(0);
  });

  test('ranges', async () => {
    await get().write('r', '0123456789');
    const read = async (range: { start: number; end?: number }): Promise<string> => (await buffer(await get().read('r', { range }))).toString();
    expect(await read({ start: 2, end: 4 })).toBe('234');
    expect(await read({ start: 7 })).toBe('789');
    expect(await read({ start: -3 })).toBe('789');
    expect(await read({ start: 5, end: 100 })).toBe('56789');
    expect(await read({ start: 10 })).toBe('');
    expect(await read({ start: 4, end: 3 })).toBe('');
  });

  test('what is absent', async () => {
    await expect(get().read('nope')).rejects.toMatchObject({ code: 'PROW_STORAGE_NOT_FOUND' });
    await expect(get().readAll('nope')).rejects.toMatchObject({ code: 'PROW_STORAGE_NOT_FOUND' });
    await expect(get().stat('nope/x')).rejects.toMatchObject({ code: 'PROW_STORAGE_NOT_FOUND' });
    expect(await get().exists('nope')).toBe(false);
    await get().delete('nope');
    expect(await all(get().list('nope/'))).toEqual([]);
  });

  test('of several creations one wins', async () => {
    const results = await Promise.allSettled(['1', '2', '3', '4'].map((body) => get().createIfAbsent('once', body)));
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'PROW_STORAGE_EXISTS' });
  });

  test('lists in the order of names, by level or whole, over pages', async () => {
    const names = ['l/a', 'l/b/1', 'l/b/2', 'l/b-c', 'l/ü', 'l/z z', 'l/b/c/3', 'l/%41', 'l/q?x=1&y#z'];
    for (const name of names) await get().write(name, name);
    expect(await all(get().list('l/', { delimiter: '/' }))).toEqual(['l/%41', 'l/a', 'l/b-c', 'l/b/', 'l/q?x=1&y#z', 'l/z z', 'l/ü']);
    expect(await all(get().list('l/'))).toEqual(names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    expect(await all(get().list('l/b'))).toEqual(['l/b-c', 'l/b/1', 'l/b/2', 'l/b/c/3']);
    expect(await all(get().list('l/', { after: 'l/b/1' }))).toEqual(['l/b/2', 'l/b/c/3', 'l/q?x=1&y#z', 'l/z z', 'l/ü']);
    await get().delete('l/a');
    expect(await get().exists('l/a')).toBe(false);
  });

  test.each(['', '/a', 'a/', 'a//b', 'a/../b', './a', 'a\0b', 'x'.repeat(1025)])('refuses the name %.20j', async (name) => {
    await expect(get().write(name, '')).rejects.toMatchObject({ code: 'PROW_STORAGE_PATH' });
    await expect(get().read(name)).rejects.toMatchObject({ code: 'PROW_STORAGE_PATH' });
  });

  test('tries again when the server stumbles', async () => {
    const faults = storages[kind]?.faults;
    faults?.failNext(2, 503);
    await get().write('stumble', 'x');
    faults?.cutNext(1);
    expect((await get().readAll('stumble')).toString()).toBe('x');
  });
});

describe('addresses that are signed', () => {
  test('s3: whoever has one may read', async () => {
    const storage = storages['s3']?.storage;
    await storage?.write('signed file.txt', 'secret');
    const url = await storage?.signedUrl('signed file.txt', { expiresInSeconds: 60 });
    expect(await (await fetch(url ?? '')).text()).toBe('secret');
    expect((await fetch(`${url}x`)).status).toBe(403);
  });

  test('gs: signed with the key file, file: refused', async () => {
    const gcsCredentialsFile = join(folder, 'key.json');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });
    writeFileSync(gcsCredentialsFile, JSON.stringify({ type: 'service_account', client_email: 'a@b', private_key: privateKey, project_id: 'p' }));
    const storage = await openStorage({ bucket: 'gs://bucket', gcsCredentialsFile });
    expect(await storage.signedUrl('a b.txt', { expiresInSeconds: 60 })).toMatch(/^https:\/\/storage\.googleapis\.com\/bucket\/a%20b\.txt\?.*X-Goog-Signature=/);
    await expect(storages['file']?.storage.signedUrl('a', { expiresInSeconds: 60 })).rejects.toMatchObject({ code: 'PROW_STORAGE_UNSUPPORTED' });
  });
});

describe('credentials', () => {
  test('a bad file is named, its content is not', async () => {
    const file = join(folder, 'bad.json');
    writeFileSync(file, '{"secret_key": "hunter2"');
    await expect(openStorage({ bucket: 's3://b', s3CredentialsFile: file })).rejects.toMatchObject({ code: 'PROW_STORAGE_CREDENTIALS', message: expect.not.stringContaining('hunter2') });
    writeFileSync(file, '{"secret_key": 7}');
    await expect(openStorage({ bucket: 's3://b', s3CredentialsFile: file })).rejects.toThrow(/bad\.json: secret_key: expected text, found number/);
    await expect(openStorage({ bucket: 'b', gcsCredentialsFile: join(folder, 'absent.json') })).rejects.toMatchObject({ code: 'PROW_STORAGE_CREDENTIALS' });
  });

  test('refused keys are an error of their own', async () => {
    const file = join(folder, 'wrong.json');
    writeFileSync(file, JSON.stringify({ region: 'x', endpoint: s3.url, s3_force_path_style: true, access_key: 'key', secret_key: 'wrong' }));
    const storage = await openStorage({ bucket: 's3://bucket', s3CredentialsFile: file });
    await expect(storage.write('a', 'b')).rejects.toMatchObject({ code: 'PROW_STORAGE_DENIED', transient: false });
  });
});

describe('a folder that several users may write', () => {
  const modeOf = (...path: string[]): number => statSync(join(folder, ...path)).mode & 0o7777;

  test('all that is made in it may be written as it may', async () => {
    mkdirSync(join(folder, 'shared'));
    chmodSync(join(folder, 'shared'), 0o1777);
    const mask = process.umask();
    const storage = await openStorage({ bucket: `file://${folder}/shared` });
    await storage.write('logs/job/1/a', 'x', { contentEncoding: 'gzip' });
    await storage.write('pr-logs/b', Readable.from(['x']));
    const made = ['.prow-storage', '.prow-storage/meta/logs/job/1', 'logs', 'logs/job', 'logs/job/1', 'pr-logs'];
    expect(made.map((path) => modeOf('shared', path).toString(8))).toEqual(made.map(() => '777'));
    expect(modeOf('shared', 'logs/job/1/a')).toBe(0o644);
    expect(process.umask()).toBe(mask);
  });

  test('one that is its owner\'s stays so', async () => {
    mkdirSync(join(folder, 'own'));
    chmodSync(join(folder, 'own'), 0o755);
    const storage = await openStorage({ bucket: `file://${folder}/own` });
    await storage.write('logs/a', 'x', { contentEncoding: 'gzip' });
    for (const path of ['.prow-storage', '.prow-storage/meta/logs', 'logs']) expect(modeOf('own', path) & 0o022).toBe(0);
  });

  // Only root can become others.
  (process.getuid?.() === 0 ? test : test.skip)('one user\'s build after another\'s, each replacing what leads to the newest', async () => {
    const shared = join(folder, 'users');
    chmodSync(folder, 0o755);
    mkdirSync(shared);
    chmodSync(shared, 0o1777);
    const storage = await openStorage({ bucket: `file://${shared}` });
    for (const [index, user] of [12_345, 23_456].entries()) {
      process.seteuid?.(user);
      try {
        await storage.write(`logs/job/${index}/started.json`, '{}');
        await storage.write('logs/job/latest-build.txt', String(index), { metadata: { link: String(index) } });
      } finally {
        process.seteuid?.(0);
      }
    }
    expect([(await storage.readAll('logs/job/latest-build.txt')).toString(), (await storage.stat('logs/job/latest-build.txt')).metadata]).toEqual(['1', { link: '1' }]);
  });
});
