// Figures of the embedded Kubernetes API: `node tools/bench/kube-api.mjs [--quick]`. Prints ours beside the goal; `--quick`
// leaves out the 50,000 objects, which are most of the time.
// Server and clients are separate processes, as they would be; both share this machine's processors.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const quick = process.argv.includes('--quick');
const dir = mkdtempSync(join(tmpdir(), 'bench-kube-api-'));
const outdir = join(root, 'node_modules/.cache/bench-kube-api');

async function bundle() {
  const { build } = await import('esbuild');
  const entry = `import { startKubeApi } from '@prow/local-kube-api';
    const startedAt = performance.now();
    const api = await startKubeApi({ dataDir: process.argv[2] });
    console.log(JSON.stringify({ url: api.url, token: api.token, startMs: performance.now() - startedAt }));
    process.on('SIGTERM', () => void api.stop().then(() => process.exit(0)));
    process.on('message', (ask) => process.send(ask === 'rss' ? process.memoryUsage().rss : process.cpuUsage().user + process.cpuUsage().system));`;
  await build({
    stdin: { contents: entry, resolveDir: join(root, 'libs/testing/harness'), loader: 'ts' },
    absWorkingDir: root, nodePaths: [join(root, 'node_modules')], bundle: true, platform: 'node', format: 'esm', target: 'node20', external: ['lmdb'], outfile: join(outdir, 'server.mjs'), logLevel: 'error',
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  });
}

function start() {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...(process.env.PROF ? ['--cpu-prof', `--cpu-prof-dir=${process.env.PROF}`] : []), join(outdir, 'server.mjs'), join(dir, 'data')], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    child.stdout.once('data', (chunk) => resolve({ child, ...JSON.parse(String(chunk)) }));
  });
}

async function stop({ child }, signal = 'SIGTERM') {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.removeAllListeners('exit');
  child.once('exit', () => {});
  const over = new Promise((resolve) => child.once('close', resolve));
  child.kill(signal);
  await Promise.race([ended, over]);
}

function rss({ child }) {
  return new Promise((resolve) => {
    child.once('message', resolve);
    child.send('rss');
  });
}

/** Milliseconds of processor time the server has used: what counts on a machine that others use as well. */
function cpuMs({ child }) {
  return new Promise((resolve) => {
    child.once('message', (micros) => resolve(micros / 1000));
    child.send('cpu');
  });
}

const agent = new Agent({ keepAlive: true, maxSockets: 256, rejectUnauthorized: false });

function ask(server, method, path, body, headers) {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const sent = request(server.url + path, { method, agent, rejectUnauthorized: false, headers: { authorization: `Bearer ${server.token}`, ...(text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {}), ...headers } }, (response) => {
      let length = 0;
      response.on('data', (chunk) => (length += chunk.length));
      response.on('end', () => (response.statusCode < 300 ? resolve(length) : reject(new Error(`${method} ${path}: ${response.statusCode}`))));
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

const crd = {
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'prowjobs.prow.k8s.io' },
  spec: {
    group: 'prow.k8s.io', scope: 'Namespaced', names: { kind: 'ProwJob', plural: 'prowjobs', singular: 'prowjob', shortNames: ['pj'] },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } } } }],
  },
};
const collection = '/apis/prow.k8s.io/v1/namespaces/default/prowjobs';

/** A ProwJob of about 4 kB. */
function prowJob(index) {
  const id = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  return {
    apiVersion: 'prow.k8s.io/v1', kind: 'ProwJob',
    metadata: { name: id, labels: { 'created-by-prow': 'true', 'prow.k8s.io/type': 'presubmit', 'prow.k8s.io/job': `job-${index % 40}`, 'prow.k8s.io/refs.org': 'tess', 'prow.k8s.io/refs.repo': 'tessops', 'prow.k8s.io/refs.pull': String(index % 500) } },
    spec: { type: 'presubmit', agent: 'kubernetes', cluster: 'default', job: `job-${index % 40}`, refs: { org: 'tess', repo: 'tessops', base_ref: 'master', base_sha: 'ba5e'.padEnd(40, '0'), pulls: [{ number: index, author: 'octocat', sha: '4ead'.padEnd(40, '0'), title: 'a change' }] }, pod_spec: { containers: [{ name: 'test', image: 'busybox', command: ['sh', '-c', 'x'.repeat(2600)], env: Array.from({ length: 6 }, (_, at) => ({ name: `VARIABLE_${at}`, value: 'a value of some length' })) }] } },
    status: { state: 'triggered', startTime: '2026-01-02T03:04:05Z' },
  };
}

async function revisionOf(server) {
  const response = await fetchText(server, `${collection}?limit=1`);
  return JSON.parse(response).metadata.resourceVersion;
}

function fetchText(server, path) {
  return new Promise((resolve, reject) => {
    request(server.url + path, { agent, rejectUnauthorized: false, headers: { authorization: `Bearer ${server.token}` } }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve(text));
    }).on('error', reject).end();
  });
}

async function inParallel(count, workers, work) {
  let next = 0;
  const times = [];
  await Promise.all(Array.from({ length: workers }, async () => {
    while (next < count) {
      const index = next++;
      const from = performance.now();
      await work(index);
      times.push(performance.now() - from);
    }
  }));
  return times.sort((a, b) => a - b);
}

const rows = [];
function report(what, ours, goal, unit, isAtLeast = false) {
  if (process.argv.includes('--verbose')) console.log(what, ours);
  const ratio = isAtLeast ? ours / goal : goal / ours;
  const wanted = goal === undefined ? { goal: '', 'times better': '' } : { goal: `${isAtLeast ? '≥' : '≤'} ${goal} ${unit}`, 'times better': ratio.toFixed(1) };
  rows.push({ what, ours: `${ours >= 100 ? Math.round(ours) : ours.toFixed(1)} ${unit}`, ...wanted });
}

async function timed(call) {
  const from = performance.now();
  await call();
  return performance.now() - from;
}

async function best(times, call) {
  let least = Infinity;
  for (let round = 0; round < times; round += 1) least = Math.min(least, await timed(call));
  return least;
}

/** Time from a write to its event at the last of 50 watchers. */
async function fanOut(server) {
  const seen = [];
  const sockets = [];
  await Promise.all(Array.from({ length: 50 }, () => new Promise((resolve, reject) => {
    const sent = request(`${server.url}${collection}?watch=true&resourceVersion=${server.revision}`, { agent: false, rejectUnauthorized: false, headers: { authorization: `Bearer ${server.token}` } }, (response) => {
      response.on('data', () => seen.push(performance.now()));
      response.on('error', () => {});
      resolve();
    });
    sent.on('error', reject);
    sent.on('close', () => {});
    sockets.push(sent);
    sent.end();
  })));
  const times = [];
  for (let round = 0; round < 10; round += 1) {
    seen.length = 0;
    await ask(server, 'POST', collection, prowJob(9_000_000 + round));
    const from = performance.now();
    while (seen.length < 50) await new Promise((resolve) => setImmediate(resolve));
    times.push(Math.max(...seen) - from);
  }
  for (const socket of sockets) socket.on('error', () => {}).destroy();
  return times.sort((a, b) => a - b)[5];
}

/** A ConfigMap with the texts of 2,000 clusters, patched in three of them as the cluster pool does: milliseconds of processor time for each. */
async function patchLarge(server) {
  const path = '/api/v1/namespaces/default/configmaps';
  const text = (state) => JSON.stringify({ state, region: 'here', admin: 'somebody', job: 'pull-tessops-e2e-kubernetes', build: 'f'.repeat(120), since: '2026-01-02T03:04:05Z' });
  await ask(server, 'POST', path, { metadata: { name: 'clusters' }, data: Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [`cluster.sddz-e2e-${at}`, text(at)])) });
  const patch = (round) => ask(server, 'PATCH', `${path}/clusters`, { metadata: { managedFields: [{}] }, data: { 'pool.json': text(round), [`cluster.sddz-e2e-${(round * 7) % 2_000}`]: text(-round), [`cluster.sddz-e2e-${(round * 11) % 2_000}`]: text(-round) } }, { 'content-type': 'application/merge-patch+json', accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json' });
  for (let round = 0; round < 100; round += 1) await patch(round);
  const before = await cpuMs(server);
  for (let round = 100; round < 500; round += 1) await patch(round);
  return ((await cpuMs(server)) - before) / 400;
}

await bundle();
let server = await start();
report('start, empty', server.startMs, 500, 'ms');
report('resident, idle', (await rss(server)) / 2 ** 20, 120, 'MiB');
await ask(server, 'POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
await inParallel(500, 32, (index) => ask(server, 'POST', collection, prowJob(1_000_000 + index)));
const count = 9_500;
const cpuBefore = await cpuMs(server);
const from = performance.now();
const times = await inParallel(count, 32, (index) => ask(server, 'POST', collection, prowJob(index)));
report('durable creates of 4 kB, 32 clients', (count / (performance.now() - from)) * 1000, 1000, '/s', true);
report('  processor time each', ((await cpuMs(server)) - cpuBefore) / count, 1, 'ms');
report('  of these the 99th percentile', times[Math.floor(times.length * 0.99)], 60, 'ms');
report('list of 10,000', await best(3, () => ask(server, 'GET', collection)), 300, 'ms');
report('first page of 500', await best(5, () => ask(server, 'GET', `${collection}?limit=500`)), 25, 'ms');
report('list by label, 250 of 10,000', await best(3, () => ask(server, 'GET', `${collection}?labelSelector=prow.k8s.io/job%3Djob-7`)), 100, 'ms');
server.revision = await revisionOf(server);
report('one write to 50 watchers, median', await fanOut(server), 10, 'ms');
report('patch of a large ConfigMap, processor time', await patchLarge(server), undefined, 'ms');
if (!quick) {
  await inParallel(40_000, 32, (index) => ask(server, 'POST', collection, prowJob(2_000_000 + index)));
  await ask(server, 'GET', collection);
  report('resident with 50,000 ProwJobs', (await rss(server)) / 2 ** 20, 600, 'MiB');
  await stop(server);
  report('restart with 50,000 ProwJobs, program to first answer', await timed(async () => {
    server = await start();
    await ask(server, 'GET', `${collection}?limit=1`);
  }), 2000, 'ms');
  report('  processor time of it', await cpuMs(server), 2000, 'ms');
  await stop(server, 'SIGKILL');
  report('restart after kill -9', await timed(async () => {
    server = await start();
    await ask(server, 'GET', `${collection}?limit=1`);
  }), 2000, 'ms');
}
console.table(rows);
await stop(server);
agent.destroy();
rmSync(dir, { recursive: true });
