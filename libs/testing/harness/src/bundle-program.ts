import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The root of this repository. */
export const repoRoot = fileURLToPath(new URL('../../../..', import.meta.url));

const nativePackages = ['lmdb'];

/**
 * Makes a TypeScript program runnable by plain Node, as the build does: for tests that need a process of their own.
 * @param entry absolute path of the .ts file
 * @returns the path of the bundle
 */
export async function bundleProgram(entry: string): Promise<string> {
  // Inside the repository, so that the packages that stay external are found.
  const dir = join(repoRoot, 'node_modules', '.cache', 'prow-test-programs');
  mkdirSync(dir, { recursive: true });
  const key = createHash('sha256').update(entry).digest('hex').slice(0, 12);
  const outfile = join(dir, `${basename(entry, '.ts')}-${key}-${process.pid}.mjs`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: nativePackages,
    sourcemap: 'inline',
    logLevel: 'silent',
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  });
  return outfile;
}
