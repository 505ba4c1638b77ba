// Artifacts that are packed, through the same path as an upload.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Matcher } from './matcher.ts';
import { artifactUpload } from './uploads.ts';

let folder: string;
const secret = 'hunter2-very-secret';
const secrets = new Matcher([Buffer.from(secret)]);
const options = { items: [], subDirectory: '', layout: {}, mediaTypes: {}, localOutputDirectory: '', compressFileTypes: [], gcsCredentialsFile: '', s3CredentialsFile: '', isDryRun: false };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'packed-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function upload(name: string, content: Buffer | string, matcher: Matcher | undefined = secrets): Promise<Buffer> {
  const path = join(folder, name);
  writeFileSync(path, content);
  const { body } = await artifactUpload({ path: Buffer.from(path), name, storedName: name, size: statSync(path).size }, { prefix: 'p/', root: folder, options, secrets: matcher }).open();
  const copies: Buffer[] = [];
  // A chunk is good until the next is asked for.
  for await (const chunk of typeof body === 'string' || body instanceof Uint8Array ? [body] : body) copies.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(copies);
}

describe('gzip', () => {
  test('a secret inside is hidden, all else stays', async () => {
    const lines = `${'line\n'.repeat(100_000)}token=${secret}\n${'more\n'.repeat(100_000)}`;
    const shown = gunzipSync(await upload('log.txt.gz', gzipSync(lines))).toString();
    expect(shown).toBe(lines.replace(secret, 'X'.repeat(secret.length)));
  });

  test('without a secret the very same bytes go', async () => {
    const packed = gzipSync('nothing to hide', { level: 1 });
    expect((await upload('clean.gz', packed)).equals(packed)).toBe(true);
  });

  test('what only looks like gzip is searched as it is', async () => {
    const shown = await upload('fake.gz', Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.from(`..${secret}..`)]));
    expect(shown.toString('latin1')).toBe(`\x1f\x8b..${'X'.repeat(secret.length)}..`);
  });

  test('a bomb is not unpacked to its end and not uploaded', async () => {
    const path = join(folder, 'bomb.gz');
    // Members one behind the other are one file: 300 MB of zeros in 300 kB.
    const member = gzipSync(Buffer.alloc(1024 * 1024), { level: 9 });
    writeFileSync(path, Buffer.concat(Array.from({ length: 300 }, () => member)));
    const file = { path: Buffer.from(path), name: 'bomb.gz', storedName: 'bomb', size: statSync(path).size };
    await expect(Promise.resolve(artifactUpload(file, { prefix: '', root: folder, options, secrets }).open())).rejects.toMatchObject({ code: 'PROW_POD_UTILS_BOMB' });
  }, 60_000);
});

describe('zip', () => {
  const python = (script: string): string => execFileSync('python3', ['-c', script], { cwd: folder, encoding: 'utf8' });
  const hasPython = (() => {
    try {
      execFileSync('python3', ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  })();
  const check = hasPython ? test : test.skip;

  check('a secret in one entry is hidden; another reader finds the file whole', async () => {
    python(`
import zipfile
z = zipfile.ZipFile('a.zip', 'w', zipfile.ZIP_DEFLATED)
z.writestr('clean.txt', 'clean ' * 1000)
z.writestr('d/dirty ü.txt', 'a' * 100000 + '${secret}' + 'b' * 100000)
z.writestr(zipfile.ZipInfo('stored.txt'), 'x${secret}y')
z.writestr('empty.txt', '')
z.close()`);
    writeFileSync(join(folder, 'shown.zip'), await upload('a.zip', readFileSync(join(folder, 'a.zip'))));
    expect(python(`
import zipfile
z = zipfile.ZipFile('shown.zip')
print(z.testzip(), z.namelist())
d = z.read('d/dirty ü.txt').decode()
print(d == 'a' * 100000 + 'X' * ${secret.length} + 'b' * 100000, z.read('stored.txt').decode(), len(z.read('clean.txt')), len(z.read('empty.txt')))`)).toBe(
      `None ['clean.txt', 'd/dirty ü.txt', 'stored.txt', 'empty.txt']\nTrue x${'X'.repeat(secret.length)}y 6000 0\n`);
  });

  check('without a secret the very same bytes go', async () => {
    python("import zipfile\nz = zipfile.ZipFile('c.zip', 'w', zipfile.ZIP_DEFLATED)\nz.writestr('a', 'b' * 1000)\nz.close()");
    const bytes = readFileSync(join(folder, 'c.zip'));
    expect((await upload('c2.zip', bytes)).equals(bytes)).toBe(true);
  });

  test('a damaged one is searched as it is', async () => {
    expect((await upload('bad.zip', `PK\x03\x04${secret}`)).toString()).toBe(`PK\x03\x04${'X'.repeat(secret.length)}`);
  });
});

describe('plain', () => {
  test('large files stream through the censor', async () => {
    const text = `${'0123456789\n'.repeat(100_000)}${secret}${'\nend'.repeat(10)}`;
    expect((await upload('plain.log', text)).toString()).toBe(text.replace(secret, 'X'.repeat(secret.length)));
  });
});
