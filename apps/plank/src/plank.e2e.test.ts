// plank as a program over the embedded API: replicas that are killed, clusters that come and go.
import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { coreType, kubeClientFrom, type KubeClient, type KubeResource } from '@prow/clients-kube';
import { startKubeApi, type RunningKubeApi } from '@prow/local-kube-api';
import type { Pod } from '@prow/model-kube-types';
import { isComplete, newProwJob, prowJobCrd, prowJobResource, type ProwJob } from '@prow/model-prowjob';
import { startOtlpReceiver, startProgram, useTempDirs, type Program } from '@prow/testing-harness';

/** PROW_PLANK_E2E_JOBS=500 for the long haul; PROW_E2E_KUBECONFIG=path runs over another API server (which must run no pods itself). */
const jobCount = Number(process.env['PROW_PLANK_E2E_JOBS'] ?? 50);
const otherServer = process.env['PROW_E2E_KUBECONFIG'];
const limit = 8;
const namespace = `plank-e2e-${randomBytes(4).toString('hex')}`;
const podType = coreType<Pod>('pods', 'Pod');
const entry = fileURLToPath(new URL('main.ts', import.meta.url));
const tempDir = useTempDirs();

let api: RunningKubeApi | undefined;
let kube: KubeClient;
let kubeconfig: string;
let kubeconfigText: string;
let configPath: string;
const programs = new Set<Program>();

beforeAll(async () => {
  const dir = tempDir('plank');
  if (otherServer === undefined) api = await startKubeApi({ dataDir: join(dir, 'data') });
  kubeconfigText = api?.kubeconfig() ?? readFileSync(otherServer ?? '', 'utf8');
  kubeconfig = join(dir, 'kubeconfig');
  configPath = join(dir, 'config.yaml');
  writeFileSync(kubeconfig, kubeconfigText, { mode: 0o600 });
  writeFileSync(configPath, `prowjob_namespace: ${namespace}\npod_namespace: ${namespace}\nplank:\n  max_concurrency: ${limit}\n`);
  kube = await kubeClientFrom(kubeconfig);
  const crds = kube.resource<KubeResource>({ group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions', kind: 'CustomResourceDefinition', namespaced: false });
  await crds.patch('prowjobs.prow.k8s.io', { type: 'apply', body: prowJobCrd, fieldManager: 'test', force: true });
  await kube.resource({ ...coreType('namespaces', 'Namespace'), namespaced: false }).create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  // Where no controller makes it, pods would be refused for want of it.
  const accounts = kube.resource(coreType('serviceaccounts', 'ServiceAccount'), namespace);
  await accounts.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } }).catch((error: unknown) => {
    if (!(error instanceof Error && 'reason' in error && error.reason === 'AlreadyExists')) throw error;
  });
  const prowJobs = kube.resource<ProwJob>(prowJobResource, namespace);
  await until('the ProwJob type to be served', () => prowJobs.list().then(() => true, () => false), 30_000);
}, 60_000);

afterAll(async () => {
  await Promise.all([...programs].map((program) => program.kill()));
  await kube.resource({ ...coreType('namespaces', 'Namespace'), namespaced: false }).delete(namespace).catch(() => undefined);
  await kube.close();
  await api?.stop();
}, 30_000);

async function startPlank(identity: string, flags: readonly string[] = [], env: Record<string, string> = {}): Promise<Program> {
  const program = await startProgram({
    entry,
    args: ['--config-path', configPath, '--config-cache-dir=', '--kubeconfig', kubeconfig, '--controllers=plank', '--port=0', '--log-level=info', `--leader-identity=${identity}`, ...flags],
    env: { KUBECONFIG: undefined, ...env },
  });
  programs.add(program);
  await program.waitForLine(/^ready /, 30_000);
  return program;
}

async function kill(program: Program): Promise<void> {
  program.send('SIGKILL');
  await program.ended;
  programs.delete(program);
}

function job(name: string, more: Partial<ProwJob['spec']> = {}): ProwJob {
  return newProwJob(
    { type: 'periodic', agent: 'kubernetes', cluster: 'default', job: 'work', report: false, pod_spec: { containers: [{ name: 'test', image: 'example/test', command: ['true'] }] }, ...more },
    { name, namespace, nowMs: Date.now() },
  );
}

/** A kubelet that lets every pod succeed after a moment, and counts. */
function startKubelet(): { started: Map<string, number>; mostAtOnce: () => number; stop: () => Promise<void> } {
  const started = new Map<string, number>();
  const live = new Set<string>();
  let most = 0;
  const pods = kube.resource(podType, namespace);
  const informer = kube.informer(podType, { namespace });
  const timers = new Set<NodeJS.Timeout>();
  informer.addHandler({
    onAdd: (pod) => {
      const name = pod.metadata.name ?? '';
      started.set(name, (started.get(name) ?? 0) + 1);
      live.add(name);
      most = Math.max(most, live.size);
      const timer = setTimeout(() => {
        timers.delete(timer);
        live.delete(name);
        const containerStatuses = [{ name: 'test', ready: false, restartCount: 0, image: 'i', imageID: 'i', state: { terminated: { exitCode: 0 } } }];
        void pods.patch(name, { type: 'merge', body: { status: { phase: 'Succeeded', containerStatuses } } }, { subresource: 'status' }).catch(() => undefined);
      }, 400 + Math.random() * 1000);
      timers.add(timer);
    },
  });
  informer.start();
  return {
    started,
    mostAtOnce: () => most,
    stop: async () => {
      for (const timer of timers) clearTimeout(timer);
      await informer.stop();
    },
  };
}

async function until(what: string, isDone: () => Promise<boolean> | boolean, maxMs: number): Promise<number> {
  const startedMs = Date.now();
  while (!(await isDone())) {
    if (Date.now() - startedMs > maxMs) throw new Error(`${what}: not within ${maxMs} ms`);
    await pause(250);
  }
  return Date.now() - startedMs;
}

test('replicas that are killed at random lose nothing and start nothing twice; another takes over within 20 s', async () => {
  const kubelet = startKubelet();
  const prowJobs = kube.resource<ProwJob>(prowJobResource, namespace);
  const ended = async (): Promise<number> => (await prowJobs.list()).items.filter((each) => isComplete(each)).length;
  const names = ['one', 'two'] as const;
  const replicas = await Promise.all(names.map((name) => startPlank(name)));
  for (let index = 0; index < jobCount; index += 1) await prowJobs.create(job(`many-${index}`));
  let kills = 0;
  const untilMs = Date.now() + 60_000 + jobCount * 1000;
  // One dies, or both; whoever comes back under its own name leads again at once, or finds another leading.
  while ((await ended()) < jobCount * 0.6 && Date.now() < untilMs) {
    await pause(randomInt(300, 2500));
    const victims = randomInt(4) === 0 ? [0, 1] : [randomInt(2)];
    await Promise.all(victims.map((index) => kill(replicas[index] as Program)));
    kills += victims.length;
    for (const index of victims) replicas[index] = await startPlank(names[index] ?? '');
  }
  expect(kills).toBeGreaterThan(0);
  // The leader dies for good; who it is tells itself.
  const leader = await leaderOf(replicas);
  await kill(replicas[leader] as Program);
  const left = await ended();
  if (left < jobCount - 2 * limit) {
    const takeoverMs = await until('the other replica to take over', async () => (await ended()) > left + limit, 20_000);
    process.stderr.write(`${JSON.stringify({ jobs: jobCount, kills, takeoverMs })}\n`);
  }
  await until('all jobs to end', async () => (await ended()) === jobCount, 120_000 + jobCount * 1000);
  const { items } = await prowJobs.list();
  expect(items.filter((each) => each.status.state !== 'success').map((each) => each.status)).toEqual([]);
  expect([...kubelet.started.values()].filter((count) => count !== 1)).toEqual([]);
  expect(kubelet.started.size).toBe(jobCount);
  expect(kubelet.mostAtOnce()).toBeLessThanOrEqual(limit);
  const second = replicas[1 - leader] as Program;
  second.send('SIGTERM');
  expect((await second.ended).code).toBe(0);
  programs.delete(second);
  await kubelet.stop();
}, 300_000 + jobCount * 3000);

async function leaderOf(replicas: readonly Program[]): Promise<number> {
  let found = -1;
  await until('a replica to lead', async () => {
    const states = await Promise.all(replicas.map(async (program) => (await (await fetch(urlOf(program))).json()) as { controllers: { isLeading: boolean }[] }));
    found = states.findIndex(({ controllers }) => controllers[0]?.isLeading === true);
    return found >= 0;
  }, 60_000);
  return found;
}

function urlOf(program: Program): string {
  return (program.lines.find((line) => line.startsWith('ready ')) ?? '').slice('ready '.length);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

test('a job of an unknown cluster ends with a clear word; the cluster added, the next one runs', async () => {
  const prowJobs = kube.resource<ProwJob>(prowJobResource, namespace);
  const program = await startPlank('three', ['--leader-election=false']);
  await prowJobs.create(job('lost', { cluster: 'build-2' }));
  await until('the job to end', async () => isComplete(await prowJobs.get('lost')), 10_000);
  expect((await prowJobs.get('lost')).status).toMatchObject({ state: 'error', description: expect.stringMatching(/^Terminal error: unknown cluster alias "build-2".*known: .*default/) });
  const withSecond = parse(kubeconfigText) as { contexts: { name: string; context: unknown }[] };
  withSecond.contexts.push({ name: 'build-2', context: withSecond.contexts[0]?.context });
  writeFileSync(kubeconfig, stringify(withSecond), { mode: 0o600 });
  await until('the cluster to be known', async () => {
    await prowJobs.create(job(`found-${Date.now()}`, { cluster: 'build-2' }));
    await new Promise((resolve) => setTimeout(resolve, 500));
    return (await prowJobs.list()).items.some((each) => each.spec.cluster === 'build-2' && each.status.state === 'pending');
  }, 30_000);
  await kill(program);
}, 60_000);

test('a job that was made by hand without a status runs; one without a spec harms nobody', async () => {
  const prowJobs = kube.resource<ProwJob>(prowJobResource, namespace);
  const kubelet = startKubelet();
  const program = await startPlank('eight', ['--leader-election=false']);
  const { spec, apiVersion, kind } = job('by-hand');
  const asGiven = kube.resource<KubeResource & { spec?: object }>({ ...coreType('prowjobs', 'ProwJob'), group: prowJobResource.group }, namespace);
  await asGiven.create({ apiVersion, kind, metadata: { name: 'without-spec' } });
  await asGiven.create({ apiVersion, kind, metadata: { name: 'without-status' }, spec });
  await until('the job to end', async () => isComplete(await prowJobs.get('without-status')), 20_000);
  expect((await prowJobs.get('without-status')).status).toMatchObject({ state: 'success', startTime: expect.any(String) });
  await prowJobs.create(job('after-it'));
  await until('the other to end', async () => isComplete(await prowJobs.get('without-spec')), 20_000);
  expect((await prowJobs.get('without-spec')).status).toMatchObject({ state: 'error', description: expect.stringMatching(/pod_spec/) });
  await until('the next job to end', async () => isComplete(await prowJobs.get('after-it')), 20_000);
  await kill(program);
  await kubelet.stop();
}, 90_000);

test('the pod of a job that is deleted by hand is stopped at once; of one deleted while nothing ran, by the first clean-up', async () => {
  const prowJobs = kube.resource<ProwJob>(prowJobResource, namespace);
  const pods = kube.resource(podType, namespace);
  const has = async (name: string): Promise<boolean> => (await pods.find(name)) !== undefined;
  const first = await startPlank('six', ['--leader-election=false']);
  for (const name of ['deleted', 'deleted-later']) {
    await prowJobs.create(job(name));
    await until('its pod', () => has(name), 20_000);
  }
  await prowJobs.delete('deleted');
  await until('the pod to be stopped', async () => !(await has('deleted')), 20_000);
  expect(await has('deleted-later')).toBe(true);
  await kill(first);
  await prowJobs.delete('deleted-later');
  // A pod this young might belong to a job that a list has not shown yet.
  await pause(31_000);
  const second = await startPlank('seven', ['--leader-election=false', '--controllers=plank,sinker']);
  await until('the orphan to be removed', async () => !(await has('deleted-later')), 30_000);
  await kill(second);
}, 120_000);

test('a cluster whose server accepts and never answers: its jobs wait and say so, those of another start as ever', async () => {
  const prowJobs = kube.resource<ProwJob>(prowJobResource, namespace);
  for (const { metadata } of (await prowJobs.list()).items) await prowJobs.delete(metadata.name ?? '');
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  try {
    const config = parse(kubeconfigText) as { 'current-context': string; clusters: object[]; contexts: { name: string; context: object }[] };
    const current = config.contexts.find(({ name }) => name === config['current-context']);
    config.clusters.push({ name: 'silent', cluster: { server: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` } });
    config.contexts.push({ name: 'silent', context: { ...current?.context, cluster: 'silent' } });
    writeFileSync(kubeconfig, stringify(config), { mode: 0o600 });
    const many = Array.from({ length: 2 * limit }, (_, index) => `silent-${index}`);
    for (const name of many) await prowJobs.create(job(name, { cluster: 'silent' }));
    // Two workers: were they shared, the silent cluster's jobs would hold both.
    const program = await startPlank('five', ['--leader-election=false', '--plank-workers=2']);
    const others = Array.from({ length: limit }, (_, index) => `answers-${index}`);
    for (const name of others) await prowJobs.create(job(name));
    const statuses = async (names: readonly string[]): Promise<ProwJob['status'][]> => await Promise.all(names.map(async (name) => (await prowJobs.get(name)).status));
    await until('the jobs of the cluster that answers to have pods', async () => (await statuses(others)).every(({ state }) => state === 'pending'), 60_000);
    await until('the others to say on what they wait', async () => (await statuses(many)).every(({ state, description }) => state === 'triggered' && description?.startsWith('Waiting for build cluster silent, which ') === true), 60_000);
    expect(sockets.size).toBeGreaterThan(0);
    await kill(program);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
    writeFileSync(kubeconfig, kubeconfigText, { mode: 0o600 });
  }
}, 180_000);

test('a job that a traced delivery caused: waiting, pod, containers and reports lie in the trace of the delivery', async () => {
  const receiver = await startOtlpReceiver();
  const kubelet = startKubelet();
  const prowJobs = kube.resource<ProwJob>(prowJobResource, namespace);
  const [bucket, unnamed] = [`file://${tempDir('bucket')}`, tempDir('unnamed')];
  const decorated = (folder: string): Partial<ProwJob['spec']> => ({ decoration_config: { utility_images: { clonerefs: 'c', initupload: 'i', entrypoint: 'e', sidecar: 's' }, gcs_configuration: { bucket: folder, path_strategy: 'explicit' } } });
  writeFileSync(configPath, `${readFileSync(configPath, 'utf8')}  default_decoration_config_entries:\n  - config: ${JSON.stringify(decorated(bucket).decoration_config)}\n`);
  const program = await startPlank('four', ['--leader-election=false', '--controllers=plank,crier', '--github-workers=0', '--dry-run=false'], { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
  const delivery = '00-72d3162ecc7811e381ab4c9367dc0958-00f067aa0ba902b7-01';
  const traced = job('traced', decorated(bucket));
  await prowJobs.create(job('elsewhere', decorated(`file://${unnamed}`)));
  await prowJobs.create({ ...traced, metadata: { ...traced.metadata, annotations: { ...traced.metadata.annotations, 'prow.k8s.io/traceparent': delivery } } });
  await until('the end to be reported', async () => (await prowJobs.get('traced')).status.prev_report_states?.['gcsreporter'] === 'success', 60_000);
  await until('the other to end', async () => isComplete(await prowJobs.get('elsewhere')), 60_000);
  await program.waitForError('a job names a folder for its artifacts that the configuration does not');
  expect(await readdir(unnamed)).toEqual([]);
  const pod = await kube.resource(podType, namespace).get('traced');
  const metrics = await (await fetch(new URL('/metrics', urlOf(program)))).text();
  expect(metrics).toMatch(/^prow_job_labels\{job_name="work",/m);
  expect(metrics).toMatch(/^prow_job_runtime_seconds_count\{[^}]*last_state="pending",state="success"/m);
  program.send('SIGTERM');
  expect((await program.ended).code).toBe(0);
  programs.delete(program);
  const uid = ((await prowJobs.get('traced')).metadata.uid ?? '').replaceAll('-', '');
  const own = uid.slice(16);
  const spans = receiver.spans.filter((span) => span.traceId === delivery.slice(3, 35));
  expect(spans.find((span) => span.name === 'prowjob')).toMatchObject({ spanId: own, parentSpanId: delivery.slice(36, 52), attributes: { 'prow.prowjob': 'traced', 'prow.state': 'success' }, resource: { 'service.name': 'plank' } });
  for (const name of ['prowjob wait', 'prowjob pod', 'prowjob report']) expect(spans.filter((span) => span.name === name).map((span) => span.parentSpanId)).toContain(own);
  expect(pod.spec.containers[0]?.env).toContainEqual({ name: 'TRACEPARENT', value: `${delivery.slice(0, 36)}${own}-01` });
  await kubelet.stop();
  await receiver.stop();
}, 120_000);
