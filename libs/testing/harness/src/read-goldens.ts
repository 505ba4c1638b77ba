import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe } from '@jest/globals';
import { repoRoot } from './bundle-program.ts';

const sharedDir = join(repoRoot, '..', 'shared');

/** Path of a file among the goldens (what upstream itself answered), or undefined on a machine without them. */
export function goldenPath(name: string): string | undefined {
  const path = join(sharedDir, 'goldens', name);
  return existsSync(path) ? path : undefined;
}

/** The text of a golden file; `.gz` is unpacked. */
export function readGolden(name: string): string {
  const path = goldenPath(name);
  if (path === undefined) throw new Error(`no golden ${name} on this machine`);
  const bytes = readFileSync(path);
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** One JSON value a line. */
export function readGoldenLines<T>(name: string): T[] {
  return readGolden(name).split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as T);
}

/** A `describe` that is skipped, saying why, where the golden file is absent. */
export function describeWithGolden(name: string, title: string, body: () => void): void {
  if (goldenPath(name) === undefined) describe.skip(`${title} (skipped: ../shared/goldens/${name} is not on this machine)`, body);
  else describe(title, body);
}
