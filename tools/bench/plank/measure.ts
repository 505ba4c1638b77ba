// plank's figures: pods made of ProwJobs at once, the way of a pod's state into its ProwJob, and a big store at rest.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn, type ChildProcess } from 'node:child_process';
import { coreType, kubeClientFrom, type KubeClient } from '@prow/clients-kube';
import type { Pod } from '@prow/model-kube-types';
import { isComplete, newProwJob, prowJobResource, type ProwJob } from '@prow/model-prowjob';

const [dir = '', ...only] = process.argv.slice(2);
const external = process.env['PROW_BENCH_KUBECONFIG'];
const podType = coreType<Pod>('pods', 'Pod');
const children: ChildProcess[] = [];

function start(program: string, args: readonly string[]): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(process.execPath, [join(dir, `${program}.mjs`), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const line = /^ready .*$/m.exec(text)?.[0];
      if (line !== undefined) resolve({ child, line });
    });
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code ?? 'a signal'}: ${text}`)));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

/** CPU seconds and resident MiB of a process. */
function usage(pid: number): { cpuS: number; rssMiB: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const rssKiB = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  return { cpuS: (Number(fields[11]) + Number(fields[12])) / 100, rssMiB: rssKiB / 1024 };
}

function prowJob(name: string, namespace: string, status: Partial<ProwJob['status']> = {}): ProwJob {
  const made = newProwJob(
    {
      type: 'postsubmit', agent: 'kubernetes', cluster: 'default', job: 'bench', context: 'bench', report: false, refs: { org: 'o', repo: 'r', base_ref: 'main', base_sha: '0'.repeat(40) },
      pod_spec: { containers: [{ name: 'test', image: 'example/test:latest', command: ['make', 'test'], args: ['--all'], env: [{ name: 'A', value: 'b' }, { name: 'C', value: 'd' }], resources: { requests: { cpu: '1', memory: '1Gi' } } }] },
    },
    { name, namespace, nowMs: Date.now() },
  );
  return { ...made, status: { ...made.status, ...status } };
}

async function inParallel<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (const item of queue) await work(item);
  }));
}

async function waitFor(what: string, isDone: () => boolean, maxS: number): Promise<number> {
  const startedMs = performance.now();
  while (!isDone()) {
    if (performance.now() - startedMs > maxS * 1000) throw new Error(`${what}: not within ${maxS} s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return (performance.now() - startedMs) / 1000;
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((left, right) => left - right)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN;
}

async function withNamespace(kube: KubeClient, namespace: string): Promise<string> {
  const namespaces = kube.resource(coreType('namespaces', 'Namespace', false));
  if ((await namespaces.find(namespace)) === undefined) await namespaces.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const path = join(dir, `config-${namespace}.yaml`);
  writeFileSync(path, `prowjob_namespace: ${namespace}\npod_namespace: ${namespace}\n`);
  return path;
}

const plankFlags = (configPath: string, kubeconfig: string): string[] => ['--config-path', configPath, '--config-cache-dir=', '--kubeconfig', kubeconfig, '--controllers=plank', '--port=0', '--log-level=warn'];

async function burst(kube: KubeClient, kubeconfig: string): Promise<void> {
  const namespace = 'bench-burst';
  const configPath = await withNamespace(kube, namespace);
  const jobs = kube.resource<ProwJob>(prowJobResource, namespace);
  const count = 1000;
  const pods = kube.informer(podType, { namespace });
  pods.start();
  await pods.synced();
  const plank = await start('plank', plankFlags(configPath, kubeconfig));
  const startedMs = performance.now();
  const creating = inParallel(Array.from({ length: count }, (_each, index) => `burst-${index}`), 40, (name) => jobs.create(prowJob(name, namespace)));
  void creating.then(() => console.log(`  ${count} ProwJobs written in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`));
  await waitFor('1000 pods', () => pods.list().length >= count, 120);
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(`1,000 ProwJobs at once → 1,000 pods: ${seconds.toFixed(1)} s (wanted ≤ 10 s; upstream: about 200 s, its client limits itself) = ${(200 / seconds).toFixed(0)} times upstream`);
  const { cpuS } = usage(plank.child.pid ?? 0);
  console.log(`  plank used ${cpuS.toFixed(1)} s of CPU`);
  await stop(plank.child);
  await pods.stop();
}

async function latency(kube: KubeClient, kubeconfig: string): Promise<void> {
  const namespace = 'bench-latency';
  const configPath = await withNamespace(kube, namespace);
  const jobs = kube.resource<ProwJob>(prowJobResource, namespace);
  const podApi = kube.resource(podType, namespace);
  const live = 5000;
  const names = Array.from({ length: live }, (_each, index) => `live-${index}`);
  const plank = await start('plank', plankFlags(configPath, kubeconfig));
  const pods = kube.informer(podType, { namespace });
  pods.start();
  await inParallel(names, 40, (name) => jobs.create(prowJob(name, namespace)));
  await waitFor('5000 pods', () => pods.list().length >= live, 240);
  const ended = new Map<string, number>();
  const known = kube.informer<ProwJob>(prowJobResource, { namespace });
  known.addHandler({ onUpdate: (_previous, job) => void (isComplete(job) && !ended.has(job.metadata.name ?? '') && ended.set(job.metadata.name ?? '', performance.now())) });
  known.start();
  await known.synced();
  await waitFor('5000 pending', () => known.list().filter((job) => job.status.state === 'pending').length >= live, 60);
  const changed = new Map<string, number>();
  const sample = names.filter((_name, index) => index % 10 === 0);
  const containerStatuses = [{ name: 'test', ready: false, restartCount: 0, image: 'i', imageID: 'i', state: { terminated: { exitCode: 0 } } }];
  for (const name of sample) {
    await podApi.patch(name, { type: 'merge', body: { status: { phase: 'Succeeded', containerStatuses } } }, { subresource: 'status' });
    changed.set(name, performance.now());
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  await waitFor('the ends', () => sample.every((name) => ended.has(name)), 60);
  const delays = sample.map((name) => Math.max(0, (ended.get(name) ?? 0) - (changed.get(name) ?? 0)));
  console.log(`pod's state → ProwJob, ${live} live jobs: median ${quantile(delays, 0.5).toFixed(0)} ms, p99 ${quantile(delays, 0.99).toFixed(0)} ms (wanted ≤ 250 ms)`);
  const { rssMiB } = usage(plank.child.pid ?? 0);
  console.log(`  plank holds ${rssMiB.toFixed(0)} MiB`);
  await stop(plank.child);
  await Promise.all([pods.stop(), known.stop()]);
}

async function store(kube: KubeClient, kubeconfig: string): Promise<void> {
  const namespace = 'bench-store';
  const configPath = await withNamespace(kube, namespace);
  const jobs = kube.resource<ProwJob>(prowJobResource, namespace);
  const count = Number(process.env['PROW_BENCH_STORE'] ?? 50_000);
  const completionTime = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const done: Partial<ProwJob['status']> = { state: 'success', completionTime, pendingTime: completionTime, build_id: '1', pod_name: 'p', description: 'Job succeeded.', url: 'https://prow.example/view/gs/bucket/logs/bench/1', prev_report_states: { 'github-reporter': 'success', gcsreporter: 'success' } };
  await inParallel(Array.from({ length: count }, (_each, index) => `done-${index}`), 40, (name) => jobs.create(prowJob(name, namespace, done)));
  const startedMs = performance.now();
  const plank = await start('plank', plankFlags(configPath, kubeconfig));
  const readyS = (performance.now() - startedMs) / 1000;
  const pid = plank.child.pid ?? 0;
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const before = usage(pid);
  const seconds = 20;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const after = usage(pid);
  console.log(`${count} ProwJobs in store: ready in ${readyS.toFixed(1)} s (wanted ≤ 10 s), idle CPU ${(((after.cpuS - before.cpuS) / seconds) * 100).toFixed(1)} % (wanted ≤ 2 %), ${after.rssMiB.toFixed(0)} MiB (wanted ≤ 400 MiB)`);
  await stop(plank.child);
}

const kubeconfig = external ?? join(dir, 'kubeconfig');
try {
  if (external === undefined) await start('kube', [join(dir, 'data'), kubeconfig]);
  const kube = await kubeClientFrom(kubeconfig);
  const parts = { burst, latency, store };
  for (const [name, measure] of Object.entries(parts)) if (only.length === 0 || only.includes(name)) await measure(kube, kubeconfig);
  await kube.close();
} finally {
  for (const child of children) await stop(child);
  if (external === undefined) rmSync(join(dir, 'data'), { recursive: true, force: true });
}
