import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createUtilityLog } from '../utility-log.ts';
import { objectName } from '../upload/destination.ts';
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

describe('artifactFiles', () => {
  test('files at any depth, with odd names', async () => {
    mkdirSync(join(artifacts, 'a', 'b'), { recursive: true });
    for (const name of ['plain', 'with\nnewline', 'ü', '#hash', '..dots', '-dash']) writeFileSync(join(artifacts, 'a', 'b', name), 'x');
    writeFileSync(Buffer.concat([Buffer.from(`${artifacts}/`), Buffer.from([0x66, 0xff, 0x66])]), 'no text');
    expect(await names()).toEqual(['artifacts/a/b/#hash', 'artifacts/a/b/-dash', 'artifacts/a/b/..dots', 'artifacts/a/b/plain', 'artifacts/a/b/with\nnewline', 'artifacts/a/b/ü', 'artifacts/f%fff']);
    expect(objectName('a/with\nnewline#')).toBe('a/with%0Anewline%23');
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
