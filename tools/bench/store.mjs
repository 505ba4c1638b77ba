// The durable store's figures, beside what is wanted. `node tools/bench/store.mjs`
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'prow-bench-store-'));
try {
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  const program = join(dir, 'measure.mjs');
  await build({
    absWorkingDir: root,
    entryPoints: ['tools/bench/store/measure.ts'],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['lmdb'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  // Two processes: the second one finds nothing of the first in its memory.
  for (const part of ['fill', 'restart']) {
    const { status } = spawnSync(process.execPath, [program, dir, part], { stdio: 'inherit' });
    if (status !== 0) process.exitCode = status ?? 1;
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
