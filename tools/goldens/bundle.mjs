// Bundles a TypeScript entry into a temporary folder, so that the goldens are compared with the sources as they are.
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** @returns {Promise<{path: string, remove(): void}>} */
export async function bundle(entry) {
  const { build } = await import('esbuild');
  const folder = mkdtempSync(join(tmpdir(), 'prow-goldens-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const path = join(folder, 'main.mjs');
  await build({
    absWorkingDir: root, entryPoints: [entry], outfile: path, bundle: true, format: 'esm', platform: 'node', target: 'node20',
    logLevel: 'error', external: ['lmdb'],
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  });
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
