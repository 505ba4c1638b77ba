// Bundles the pod utilities. They run where there is no node_modules, so everything is inside; libraries of S3 and GCS are
// chunks of their own, loaded when such a bucket is used. Start time and memory count: minified, no source maps.
import { existsSync } from 'node:fs';

const source = 'apps/pod-utils/src';
const banner = { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" };

/** Writes OUTDIR/pod-utils/main.js, its chunks, and entrypoint.cjs (entrypoint alone, one file, no imports). */
export async function buildPodUtils({ root, outdir }) {
  if (!existsSync(`${root}${source}/main.ts`)) return;
  const { build } = await import('esbuild');
  const shared = { absWorkingDir: root, bundle: true, platform: 'node', target: 'node20', minify: true, logLevel: 'warning', legalComments: 'none' };
  await Promise.all([
    build({ ...shared, entryPoints: { 'pod-utils/main': `${source}/main.ts` }, format: 'esm', splitting: true, chunkNames: 'pod-utils/[name]-[hash]', banner, outdir }),
    build({ ...shared, entryPoints: [`${source}/entrypoint.main.ts`], format: 'cjs', outfile: `${outdir}/pod-utils/entrypoint.cjs` }),
  ]);
}
