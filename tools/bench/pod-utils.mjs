// The pod utilities' figures, beside plain programs doing the same. `node tools/bench/pod-utils.mjs [pod|clone|entrypoint|sidecar]`
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildPodUtils } from '../build/pod-utils.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'prow-bench-pod-utils-'));
try {
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  await buildPodUtils({ root, outdir: dir });
  await build({
    absWorkingDir: root, entryPoints: { measure: 'tools/bench/pod-utils/measure.ts' }, outdir: dir, outExtension: { '.js': '.mjs' }, bundle: true, platform: 'node', format: 'esm', target: 'node20',
    external: ['lmdb', '@aws-sdk/*', '@google-cloud/*'], banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" }, logLevel: 'error',
  });
  const { status } = spawnSync(process.execPath, [join(dir, 'measure.mjs'), dir, root, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  rmSync(dir, { recursive: true, force: true });
}
