// hook's figures, beside what is wanted and a reference. `node tools/bench/hook.mjs`
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'prow-bench-hook-'));
try {
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  const options = {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['lmdb'],
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    logLevel: 'error',
  };
  const [measure, hook] = ['measure.mjs', 'hook.mjs'].map((name) => join(dir, name));
  await build({ ...options, entryPoints: ['tools/bench/hook/measure.ts'], outfile: measure });
  await build({ ...options, entryPoints: ['apps/hook/src/main.ts'], outfile: hook });
  const { status } = spawnSync(process.execPath, [measure, dir, hook], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = status ?? 1;
} finally {
  rmSync(dir, { recursive: true, force: true });
}
