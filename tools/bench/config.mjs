// `node tools/bench/config.mjs`: how fast a large configuration is loaded. The reference is the bare YAML reader on
// the same files: what is above it is ours. Needs the corpus in ../shared (or PROW_SHARED).
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../goldens/bundle.mjs';

const shared = process.env.PROW_SHARED ?? fileURLToPath(new URL('../../../shared', import.meta.url));
const corpus = join(shared, 'corpus/kubernetes');
if (!existsSync(corpus)) {
  console.log(`bench config: skipped, ${corpus} is not there`);
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'prow-bench-config-'));
const program = await bundle('tools/bench/config-load.ts');
const runs = 5;

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** One fresh process; it prints what it measured as JSON. */
function measure(...args) {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', program.path, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

function yamlFiles(dir) {
  return readdirSync(dir, { recursive: true }).map((name) => join(dir, String(name))).filter((path) => path.endsWith('.yaml') && statSync(path).isFile());
}

function referenceMs() {
  const script = `const y=require(${JSON.stringify(fileURLToPath(new URL('../../node_modules/js-yaml', import.meta.url)))});const fs=require('fs');
    const t=performance.now();for(const f of JSON.parse(fs.readFileSync(0))){try{y.load(fs.readFileSync(f,'utf8'),{json:true})}catch{}}console.log(performance.now()-t)`;
  return Number(spawnSync(process.execPath, ['-e', script], { input: JSON.stringify([...yamlFiles(join(corpus, 'jobs')), join(corpus, 'config.yaml'), join(corpus, 'plugins.yaml')]), encoding: 'utf8' }).stdout);
}

try {
  const copy = join(folder, 'corpus');
  cpSync(corpus, copy, { recursive: true });
  spawnSync('chmod', ['-R', 'u+w', copy]);
  const cache = join(folder, 'cache');
  const reference = median(Array.from({ length: runs }, referenceMs));
  const cold = Array.from({ length: runs }, () => measure('load', copy, ''));
  measure('load', copy, cache);
  const cached = Array.from({ length: runs }, () => measure('load', copy, cache));
  const changed = join(copy, 'jobs/kubernetes/sig-testing', readdirSync(join(copy, 'jobs/kubernetes/sig-testing')).find((name) => name.endsWith('.yaml')) ?? '');
  const original = readFileSync(changed, 'utf8');
  const reload = measure('reload', copy, changed);
  writeFileSync(changed, original);
  const line = (what, value, target) => console.log(`${what.padEnd(46)} ${value.padStart(10)}   target ${target}`);
  const ms = (value) => `${Math.round(value)} ms`;
  console.log(`${yamlFiles(join(corpus, 'jobs')).length} job files, medians of ${runs} fresh processes`);
  line('reference: js-yaml alone on the same files', ms(reference), '-');
  const coldMs = median(cold.map((run) => run.loadMs));
  line('cold load', ms(coldMs), '≤ 1700 ms');
  line('  as a multiple of the reference', `${(coldMs / reference).toFixed(2)}×`, '-');
  line('  processor time, start of the process included', ms(median(cold.map((run) => run.cpuMs))), '-');
  line('again, nothing changed, a new process', ms(median(cached.map((run) => run.loadMs))), '≤ 400 ms');
  line('  processor time, start of the process included', ms(median(cached.map((run) => run.cpuMs))), '-');
  line('reload after one changed job file', ms(median(reload.reloadsMs)), '≤ 50 ms');
  line('memory of a loaded snapshot (heap, after gc)', `${Math.round(median(cold.map((run) => run.heapMiB)))} MiB`, '≤ 300 MiB');
  line('resident memory after loading', `${Math.round(median(cold.map((run) => run.rssMiB)))} MiB`, '-');
} finally {
  program.remove();
  rmSync(folder, { recursive: true, force: true });
}
