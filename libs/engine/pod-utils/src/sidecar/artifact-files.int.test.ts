import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createUtilityLog } from '../utility-log.ts';
import { artifactFiles } from './artifact-files.ts';

let folder: string;
let artifacts: string;
const logged: string[] = [];
const log = createUtilityLog('sidecar', (line) => logged.push(line));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'artifacts-'));
  artifacts = join(folder, 'artifacts');
  mkdirSync(artifacts);
  logged.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function names(item = artifacts): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of artifactFiles(item, log)) found.push(name);
  return found.toSorted();
}

async function storedNames(): Promise<string[]> {
  const found: string[] = [];
  for await (const { storedName } of artifactFiles(artifacts, log)) found.push(storedName);
  return found.toSorted();
}

describe('artifactFiles', () => {
  test('files at any depth, with odd names', async () => {
    mkdirSync(join(artifacts, 'a', 'b'), { recursive: true });
    for (const name of ['plain', 'with\nnewline', 'ü', '#hash', '..dots', '-dash']) writeFileSync(join(artifacts, 'a', 'b', name), 'x');
    writeFileSync(Buffer.concat([Buffer.from(`${artifacts}/`), Buffer.from([0x66, 0xff, 0x66])]), 'no text');
    expect(await names()).toEqual(['artifacts/a/b/#hash', 'artifacts/a/b/-dash', 'artifacts/a/b/..dots', 'artifacts/a/b/plain', 'artifacts/a/b/with\nnewline', 'artifacts/a/b/ü', 'artifacts/f%fff']);
    expect(await storedNames()).toEqual(['artifacts/a/b/%23hash', 'artifacts/a/b/-dash', 'artifacts/a/b/..dots', 'artifacts/a/b/plain', 'artifacts/a/b/with%0Anewline', 'artifacts/a/b/ü', 'artifacts/f%fff']);
  });

  test('no two have one name in storage, upstream\'s where it can be', async () => {
    const odd = ['a#', 'a%23', 'a%2523', 'b##', 'b#%23', 'b%23#', 'c\n', 'c%0A', 'd.txt', 'd.txt.gz', 'e.gz', 'e.gzip', 'f#.gz', 'f%23', 'g%41', 'h.gz'];
    for (const name of odd) writeFileSync(join(artifacts, name), name);
    for (const [index, name] of [[0x66, 0xff], [0x66, 0xfe]].entries()) writeFileSync(Buffer.concat([Buffer.from(`${artifacts}/`), Buffer.from(name)]), String(index));
    writeFileSync(join(artifacts, 'f%ff'), 'text');
    for (const name of ['x#', 'x%23']) {
      mkdirSync(join(artifacts, name));
      writeFileSync(join(artifacts, name, 'same'), '');
    }
    const found = await storedNames();
    expect(found.length).toBe(odd.length + 5);
    expect(new Set(found).size).toBe(found.length);
    const kept = ['a%23', 'a%2523', 'b%23%23', 'c%0A', 'd.txt', 'e', 'f%23', 'g%41', 'h', 'f%ff', 'f%fe', 'x%23/same'];
    expect(found).toEqual(expect.arrayContaining(kept.map((name) => `artifacts/${name}`)));
  });

  test('small files come with their content, large ones without', async () => {
    writeFileSync(join(artifacts, 'small'), 'abc');
    writeFileSync(join(artifacts, 'large'), 'x'.repeat(64 * 1024 + 1));
    const found: unknown[] = [];
    for await (const { name, size, content } of artifactFiles(artifacts, log)) found.push([name, size, content?.toString()]);
    expect(found).toEqual(expect.arrayContaining([['artifacts/small', 3, 'abc'], ['artifacts/large', 64 * 1024 + 1, undefined]]));
  });

  test('links that lead out are left out, those inside are followed', async () => {
    writeFileSync(join(folder, 'credentials.json'), 'secret');
    writeFileSync(join(artifacts, 'real'), 'x');
    symlinkSync(join(folder, 'credentials.json'), join(artifacts, 'stolen'));
    symlinkSync('/etc', join(artifacts, 'etc'));
    symlinkSync('real', join(artifacts, 'inside'));
    symlinkSync('.', join(artifacts, 'loop'));
    symlinkSync('nowhere', join(artifacts, 'dangling'));
    expect(await names()).toEqual(['artifacts/inside', 'artifacts/real']);
    expect(logged.length).toBe(4);
  });

  test('a pipe does not hold it up', async () => {
    execFileSync('mkfifo', [join(artifacts, 'pipe')]);
    writeFileSync(join(artifacts, 'file'), 'x');
    expect(await names()).toEqual(['artifacts/file']);
  });

  test('an item may be a file, or absent', async () => {
    writeFileSync(join(folder, 'one.txt'), 'x');
    expect(await names(join(folder, 'one.txt'))).toEqual(['one.txt']);
    expect(await names(join(folder, 'none'))).toEqual([]);
  });

  test('folders in folders without end are cut', async () => {
    mkdirSync(join(artifacts, ...Array.from({ length: 150 }, () => 'd')), { recursive: true });
    writeFileSync(join(artifacts, 'd', 'file'), 'x');
    expect(await names()).toEqual(['artifacts/d/file']);
    expect(logged.join('')).toContain('too deep');
  });
});
