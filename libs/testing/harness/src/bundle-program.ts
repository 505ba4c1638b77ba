import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as esbuild } from 'esbuild';

/** The root of this repository. */
export const repoRoot = fileURLToPath(new URL('../../../..', import.meta.url));

const nativePackages = ['lmdb'];

const bundles = new Map<string, Promise<string>>();

/**
 * Makes a TypeScript program runnable by plain Node, as the build does: for tests that need a process of their own.
 * Made once per test file; the bundle stays in the cache folder under node_modules.
 * @param entry absolute path of the .ts file
 * @returns the path of the bundle
 */
export function bundleProgram(entry: string): Promise<string> {
  let bundle = bundles.get(entry);
  if (bundle === undefined) {
    bundle = build(entry);
    bundles.set(entry, bundle);
  }
  return bundle;
}

async function build(entry: string): Promise<string> {
  // Inside the repository, so that the packages that stay external are found.
  const dir = join(repoRoot, 'node_modules', '.cache', 'prow-test-programs');
  mkdirSync(dir, { recursive: true });
  const key = createHash('sha256').update(entry).digest('hex').slice(0, 12);
  const outfile = join(dir, `${basename(entry, '.ts')}-${key}.mjs`);
  const { outputFiles } = await esbuild({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: nativePackages,
    logLevel: 'silent',
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  });
  // Several test processes may make the same program; none may run a half-written one.
  const written = `${outfile}.${process.pid}`;
  writeFileSync(written, outputFiles[0]?.contents ?? '');
  renameSync(written, outfile);
  return outfile;
}
