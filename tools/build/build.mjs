// Bundles the apps into dist/ with esbuild; does nothing when no input has changed since the last build.
// `node tools/build/build.mjs [--force] [--quiet]`. An app's name as argument is accepted and builds everything: the
// bundles share chunks, and all of them take a few seconds.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { entriesOf } from './entries.mjs';
import { buildPodUtils } from './pod-utils.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Native modules stay outside of bundles; they are loaded from node_modules. */
const external = ['lmdb'];
const banner = { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" };

/**
 * client-node does not say so, but its thousand generated modules do nothing when loaded: what is not used can go. It halves
 * what every program reads at its start.
 */
const shakeClientNode = {
  name: 'shake-client-node',
  setup(build) {
    const asked = Symbol('asked');
    build.onResolve({ filter: /^\.|^@kubernetes\/client-node$/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === asked || !(path.startsWith('@kubernetes/') || importer.includes('@kubernetes/client-node'))) return undefined;
      const { path: found, errors, warnings, external: isExternal } = await build.resolve(path, { importer, resolveDir, kind, pluginData: asked });
      return errors.length > 0 ? undefined : { path: found, warnings, external: isExternal, sideEffects: false };
    });
  },
};

/** A digest of every input's path, size and time of change: cheap, and enough to know that nothing was touched. */
function inputsStamp() {
  const hash = createHash('sha256').update(process.version);
  const walk = (dir) => {
    for (const entry of readdirSync(root + dir, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name === 'node_modules') continue;
      const path = `${dir}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile() && !/\.test\.tsx?$|\.md$/.test(entry.name)) {
        const { size, mtimeMs } = statSync(root + path);
        hash.update(`${path}\0${size}\0${mtimeMs}\n`);
      }
    }
  };
  for (const dir of ['apps', 'libs', 'tools/build']) walk(dir);
  hash.update(readFileSync(`${root}package-lock.json`));
  return hash.digest('hex');
}

async function bundle(outdir) {
  const { build } = await import('esbuild');
  const { programs, web } = entriesOf(root);
  const node = {
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    splitting: true,
    sourcemap: 'linked',
    sourcesContent: false,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'warning',
    legalComments: 'none',
    // Read and compiled at every start: the smaller the faster. Names stay, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    loader: { '.gz': 'file', '.css': 'text' },
    banner,
    external,
    plugins: [shakeClientNode],
    outdir,
  };
  const named = Object.fromEntries(Object.entries(programs).map(([name, source]) => [`${name}/main`, source]));
  await Promise.all([
    build({ ...node, entryPoints: named, chunkNames: 'chunks/[name]-[hash]' }),
    buildPodUtils({ root, outdir }),
    Object.keys(web).length > 0 &&
      build({ ...node, entryPoints: web, platform: 'browser', target: 'es2022', banner: {}, external: [], minify: true, splitting: false, loader: { '.css': 'css', '.svg': 'file', '.woff2': 'file' }, assetNames: 'deck-web/assets/[name]-[hash]' }),
  ]);
  const staticDir = `${root}apps/deck-web/static`;
  if (existsSync(staticDir)) cpSync(staticDir, `${outdir}/deck-web`, { recursive: true });
  writeFileSync(`${outdir}/package.json`, '{ "type": "module" }\n');
}

/** Builds unless dist/ is up to date. Returns whether it built. A build that fails leaves the old dist/ alone. */
export async function ensureBuilt({ force = false, quiet = false } = {}) {
  const stampPath = `${root}dist/.stamp`;
  const stamp = inputsStamp();
  if (!force && existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp) return false;
  const startedAt = Date.now();
  if (!quiet) console.error('Building…');
  const next = `${root}dist.next-${process.pid}`;
  const old = `${root}dist.old-${process.pid}`;
  let hasFailed = false;
  try {
    mkdirSync(next, { recursive: true });
    await bundle(next);
    writeFileSync(`${next}/.stamp`, stamp);
    if (existsSync(`${root}dist`)) renameSync(`${root}dist`, old);
    renameSync(next, `${root}dist`);
  } catch (error) {
    // esbuild has printed what is wrong, with file and line.
    console.error(`The build failed${Array.isArray(error.errors) ? `: ${error.errors.length} errors, above` : `: ${error.message}`}. Nothing of the last build was changed.`);
    process.exitCode = 1;
    hasFailed = true;
  } finally {
    rmSync(next, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
  if (hasFailed) process.exit(1);
  if (!quiet) console.error(`Built in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`);
  return true;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const built = await ensureBuilt({ force: process.argv.includes('--force'), quiet: process.argv.includes('--quiet') });
  if (!built && !process.argv.includes('--quiet')) console.error('dist/ is up to date.');
}
