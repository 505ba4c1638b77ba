// Figures of the cluster pool: `npm run bench -- cluster-pool [--kubeconfig FILE]`. Prints ours beside the goal and beside Boskos.
// Kubernetes API, cimaster and the clients are processes of their own, as they would be; all share this machine's processors.
// With --kubeconfig the pool is in that cluster, in the namespace bench-cluster-pool, which is made if it is not there.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const given = process.argv.find((argument) => argument.startsWith('--kubeconfig='))?.slice('--kubeconfig='.length) ?? (process.argv.includes('--kubeconfig') ? process.argv[process.argv.indexOf('--kubeconfig') + 1] : undefined);
const dir = mkdtempSync(join(tmpdir(), 'bench-cluster-pool-'));
const outdir = join(root, 'node_modules/.cache/bench-cluster-pool');
const runMs = Number(process.env.BENCH_MS ?? 6000);
const namespace = given === undefined ? 'ci' : 'bench-cluster-pool';
/** Boskos on a real kube-apiserver under this load: lease + return pairs per second, by clients. */
const boskos = { 1: 54, 8: 33, 32: 16 };
const boskosP99Ms = 6600;

const tell = `process.on('message', (ask) => process.send(ask === 'rss' ? process.memoryUsage().rss : (process.cpuUsage().user + process.cpuUsage().system) / 1000));`;
const programs = {
  kube: `import { startKubeApi } from '@prow/local-kube-api';
    import { writeFileSync } from 'node:fs';
    const api = await startKubeApi({ dataDir: process.argv[2] });
    writeFileSync(process.argv[3], api.kubeconfig());
    ${tell}
    console.log('ready ' + api.url);`,
  cimaster: `import { runApp } from '@prow/base-service';
    import { cimasterApp } from '@prow/cimaster';
    ${tell}
    await runApp(cimasterApp, process.argv.slice(2));`,
  namespace: `import { readFileSync } from 'node:fs';
    import { coreType, kubeClientFrom } from '@prow/clients-kube';
    const client = await kubeClientFrom(readFileSync(process.argv[2], 'utf8'));
    const name = process.argv[3];
    const spaces = client.resource(coreType('namespaces', 'Namespace', false));
    if ((await spaces.find(name)) === undefined) await spaces.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    await client.resource(coreType('configmaps', 'ConfigMap'), name).delete(process.argv[4]).catch(() => {});
    await client.resource(coreType('configmaps', 'ConfigMap'), name).create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: process.argv[4] }, data: JSON.parse(readFileSync(process.argv[5], 'utf8')) });
    await client.close();`,
};

async function bundle() {
  const { build } = await import('esbuild');
  for (const [name, contents] of Object.entries(programs)) {
    await build({
      stdin: { contents, resolveDir: join(root, 'libs/testing/harness'), loader: 'ts' },
      absWorkingDir: root, nodePaths: [join(root, 'node_modules')], bundle: true, platform: 'node', format: 'esm', target: 'node20', external: ['lmdb'], outfile: join(outdir, `${name}.mjs`), logLevel: 'error',
      banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    });
  }
}

const running = new Set();
function start(name, args) {
  return new Promise((resolve, reject) => {
    const profile = process.env.PROF === name ? ['--cpu-prof', `--cpu-prof-dir=${outdir}/prof`] : [];
    const child = spawn(process.execPath, [...profile, join(outdir, `${name}.mjs`), ...args], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    running.add(child);
    child.once('exit', (code) => {
      running.delete(child);
      reject(new Error(`${name} ended with ${code}`));
    });
    child.stdout.on('data', (chunk) => {
      const url = /^ready (\S+)/m.exec(String(chunk))?.[1];
      if (url !== undefined) resolve({ child, url });
    });
  });
}

function run(name, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(outdir, `${name}.mjs`), ...args], { stdio: 'inherit' });
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${name} ended with ${code}`))));
  });
}

async function stop({ child }) {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

function figure({ child }, what) {
  return new Promise((resolve) => {
    child.once('message', resolve);
    child.send(what);
  });
}

const agent = new Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 64 });
function ask(url) {
  return new Promise((resolve, reject) => {
    request(url, { agent }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => (response.statusCode === 200 ? resolve(text.trim()) : reject(new Error(`${response.statusCode}: ${text}`))));
    }).on('error', reject).end();
  });
}

const rows = [];
function report(what, ours, goal, unit, { isAtLeast = false, reference = '' } = {}) {
  const show = (value) => (value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(2));
  const ratio = goal === undefined ? '' : (isAtLeast ? ours / goal : goal / ours).toFixed(2);
  rows.push({ what, ours: `${show(ours)} ${unit}`, goal: goal === undefined ? '' : `${isAtLeast ? '≥' : '≤'} ${show(goal)} ${unit}`, 'times better': ratio, Boskos: reference });
  if (process.argv.includes('--verbose')) console.log(what, show(ours), unit);
}

/** As fast as they can: lease, return; for a time, or so many times in all. */
async function load(url, clients, ms, maxPairs = Infinity) {
  const times = [];
  let pairs = 0;
  let number = 0;
  const until = performance.now() + ms;
  await Promise.all(Array.from({ length: clients }, async () => {
    while (performance.now() < until && number < maxPairs) {
      const build = String(1_900_000_000_000_000_000n + BigInt((number += 1)));
      let from = performance.now();
      const cluster = await ask(`${url}/getvacant?build=${build}&job=pull-tessops-e2e-k8s-1.32`);
      times.push(performance.now() - from);
      from = performance.now();
      await ask(`${url}/finishtest?cluster=${cluster}&build=${build}&job=pull-tessops-e2e-k8s-1.32`);
      times.push(performance.now() - from);
      pairs += 1;
    }
  }));
  times.sort((a, b) => a - b);
  return { pairs, calls: times.length, p99: times[Math.floor(times.length * 0.99)] ?? 0, median: times[Math.floor(times.length / 2)] ?? 0 };
}

async function withPool(clusters, kubeconfig, work) {
  const since = '2026-01-01T00:00:00.000Z';
  const data = { 'pool.json': JSON.stringify({ version: 2, sequence: 0, commits: {} }) };
  for (let index = 0; index < clusters; index += 1) data[`cluster.sddz-e2e-${index}`] = JSON.stringify({ region: 'sddz', administrator: 'john', labels: { k8s: '1.32' }, state: 'finished', since });
  const file = join(dir, 'data.json');
  writeFileSync(file, JSON.stringify(data));
  const name = `clusters-${clusters}`;
  await run('namespace', [kubeconfig, namespace, name, file]);
  const pool = await start('cimaster', ['--port=0', '--log-level=error', `--kubeconfig=${kubeconfig}`, `--namespace=${namespace}`, `--config-map=${name}`, '--prowjob-namespace=', ...(process.env.HISTORY === 'off' ? [] : [`--history-bucket=file://${join(dir, 'history')}`])]);
  try {
    return await work(pool);
  } finally {
    pool.child.removeAllListeners('exit');
    await stop(pool);
  }
}

async function pairs(kubeconfig) {
  await withPool(200, kubeconfig, async (pool) => {
    await load(pool.url, 32, runMs / 3);
    for (const clients of (process.env.CLIENTS ?? '1,8,32').split(',').map(Number)) {
      const from = performance.now();
      const commits = await counted(pool, 'cimaster_commits_total');
      const { pairs: done, p99, median } = await load(pool.url, clients, runMs);
      const perCommit = (2 * done) / ((await counted(pool, 'cimaster_commits_total')) - commits);
      const seconds = (performance.now() - from) / 1000;
      const goal = clients !== 32 ? undefined : given === undefined ? 700 : 320;
      report(`lease + return pairs, ${clients} clients, 200 clusters`, done / seconds, goal, '/s', { isAtLeast: true, reference: `${boskos[clients]} /s, ours is ${(done / seconds / boskos[clients]).toFixed(1)} times that` });
      report('  calls of one update of the ConfigMap', perCommit, undefined, '');
      report('  median of a call', median, undefined, 'ms');
      report('  99th percentile of a call', p99, clients === 32 && given === undefined ? 80 : undefined, 'ms', { reference: clients === 32 ? `${boskosP99Ms} ms` : '' });
    }
  });
}

async function counted(pool, name) {
  return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(await ask(`${pool.url}/metrics`))?.[1]);
}

/** Processor time, for that does not depend on who else uses this machine. */
async function flatness(kubeconfig, kube) {
  let small;
  for (const clusters of [10, 200, 2000]) {
    await withPool(clusters, kubeconfig, async (pool) => {
      const clients = 8;
      // By number, not by time: the first calls cost more than the later ones, and a slow API would have fewer of the later.
      await load(pool.url, clients, 10 * runMs, 1500);
      const [cpu, kubeCpu] = [await figure(pool, 'cpu'), kube === undefined ? 0 : await figure(kube, 'cpu')];
      const { calls } = await load(pool.url, clients, 10 * runMs, 1500);
      const each = ((await figure(pool, 'cpu')) - cpu) / calls;
      small ??= each;
      report(`processor time of a call, ${clients} clients, ${clusters} clusters`, each, clusters === 10 ? undefined : small * 1.3, 'ms');
      if (kube !== undefined) report('  of the Kubernetes API besides', ((await figure(kube, 'cpu')) - kubeCpu) / calls, undefined, 'ms');
    });
  }
}

async function waiting(kubeconfig) {
  await withPool(1, kubeconfig, async (pool) => {
    await ask(`${pool.url}/getvacant?build=1&job=holder`);
    const waiters = [];
    for (let index = 0; index < 5000; index += 1) {
      const sent = request(`${pool.url}/getvacant?build=${index + 2}&job=pull-tessops-e2e-k8s-1.32&wait=1h`, { agent: false });
      sent.on('error', () => {});
      sent.end();
      waiters.push(sent);
      if (index % 200 === 199) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (let tries = 0; tries < 300 && (await counted(pool, 'cimaster_waiting')) < 5000; tries += 1) await new Promise((resolve) => setTimeout(resolve, 100));
    report('resident with 5,000 waiting clients', (await figure(pool, 'rss')) / 2 ** 20, 200, 'MiB');
    const from = performance.now();
    await ask(`${pool.url}/finishtest?cluster=sddz-e2e-0`);
    report('  return of the cluster they wait for', performance.now() - from, undefined, 'ms');
    for (const sent of waiters) sent.destroy();
  });
}

try {
  await bundle();
  let kube;
  let kubeconfig = given;
  if (kubeconfig === undefined) {
    kubeconfig = join(dir, 'kubeconfig');
    kube = await start('kube', [join(dir, 'kube'), kubeconfig]);
  }
  const parts = (process.env.PARTS ?? 'pairs,flatness,waiting').split(',');
  if (parts.includes('pairs')) await pairs(kubeconfig);
  if (parts.includes('flatness')) await flatness(kubeconfig, kube);
  if (parts.includes('waiting')) await waiting(kubeconfig);
  console.table(rows);
} finally {
  agent.destroy();
  for (const child of running) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
}
