// The local node's figures, beside the same work done plainly. `node tools/bench/node.mjs [sandbox|process|podman|docker]`;
// without a runtime: the one that a start chooses, and the engines that run containers here.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'prow-bench-node-'));
try {
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  await build({
    absWorkingDir: root,
    entryPoints: { measure: 'tools/bench/node/measure.ts' },
    outdir: dir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['lmdb', '@aws-sdk/*', '@google-cloud/*'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  const runtimes = process.argv.length > 2 ? process.argv.slice(2, 3) : ['auto', 'podman', 'docker'];
  for (const runtime of runtimes) {
    const { status } = spawnSync(process.execPath, [join(dir, 'measure.mjs'), join(dir, runtime), runtime], { stdio: 'inherit' });
    process.exitCode ||= status ?? 1;
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
