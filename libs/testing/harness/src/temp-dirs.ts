import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/** A new folder of its own; remove it with `removeDir`. */
export function makeTempDir(name = 'test'): string {
  return mkdtempSync(join(tmpdir(), `prow-${name}-`));
}

export function removeDir(dir: string): void {
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
}

/** For the top of a test file: gives new folders, and removes all of them after the file's last test. */
export function useTempDirs(): (name?: string) => string {
  const dirs: string[] = [];
  afterAll(() => dirs.forEach(removeDir));
  return (name) => {
    const dir = makeTempDir(name);
    dirs.push(dir);
    return dir;
  };
}
