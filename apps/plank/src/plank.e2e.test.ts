// plank as a program over the embedded API: replicas that are killed, clusters that come and go.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { coreType, kubeClientFrom, type KubeClient, type KubeResource } from '@prow/clients-kube';
import { startKubeApi, type RunningKubeApi } from '@prow/local-kube-api';
import type { Pod } from '@prow/model-kube-types';
import { isComplete, newProwJob, prowJobCrd, prowJobResource, type ProwJob } from '@prow/model-prowjob';
import { startProgram, useTempDirs, type Program } from '@prow/testing-harness';

const jobCount = Number(process.env['PROW_PLANK_E2E_JOBS'] ?? 100);
const limit = 8;
const namespace = 'default';
const podType = coreType<Pod>('pods', 'Pod');
const entry = fileURLToPath(new URL('main.ts', import.meta.url));
const tempDir = useTempDirs();

let api: RunningKubeApi;
let kube: KubeClient;
let kubeconfig: string;
let configPath: string;
const programs = new Set<Program>();

beforeAll(async () => {
  const dir = tempDir('plank');
  api = await startKubeApi({ dataDir: join(dir, 'data') });
  kubeconfig = join(dir, 'kubeconfig');
  configPath = join(dir, 'config.yaml');
  writeFileSync(kubeconfig, api.kubeconfig(), { mode: 0o600 });
  writeFileSync(configPath, `plank:\n  max_concurrency: ${limit}\n`);
  kube = await kubeClientFrom(kubeconfig);
  const crds = kube.resource<KubeResource>({ group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions', kind: 'CustomResourceDefinition', namespaced: false });
  await crds.patch('prowjobs.prow.k8s.io', { type: 'apply', body: prowJobCrd, fieldManager: 'test', force: true });
}, 60_000);

afterAll(async () => {
  await Promise.all([...programs].map((program) => program.kill()));
  await kube.close();
  await api.stop();
}, 30_000);

async function startPlank(identity: string, ...flags: string[]): Promise<Program> {
  const program = await startProgram({
    entry,
    args: ['--config-path', configPath, '--config-cache-dir=', '--kubeconfig', kubeconfig, '--controllers=plank', '--port=0', '--log-level=info', `--leader-identity=${identity}`, ...flags],
    env: { KUBECONFIG: undefined },
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
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return Date.now() - startedMs;
}

test('replicas that are killed lose nothing and start nothing twice; another takes over within 20 s', async () => {
  const kubelet = startKubelet();
  const prowJobs = kube.resource<ProwJob>(prowJobResource, namespace);
  let first = await startPlank('one');
  const second = await startPlank('two');
  for (let index = 0; index < jobCount; index += 1) await prowJobs.create(job(`many-${index}`));
  const ended = async (): Promise<number> => (await prowJobs.list()).items.filter((each) => isComplete(each)).length;
  await until('some jobs to end', async () => (await ended()) > jobCount / 10, 60_000);
  // The leader dies and comes back under its own name, in the middle of the work.
  await kill(first);
  first = await startPlank('one');
  const before = await ended();
  await until('work to go on', async () => (await ended()) > before, 20_000);
  // The leader dies for good.
  await kill(first);
  const left = await ended();
  expect(left).toBeLessThan(jobCount);
  const takeoverMs = await until('the other replica to take over', async () => (await ended()) > left, 30_000);
  expect(takeoverMs).toBeLessThan(20_500);
  await until('all jobs to end', async () => (await ended()) === jobCount, 60_000);
  const { items } = await prowJobs.list();
  expect(items.filter((each) => each.status.state !== 'success').map((each) => each.status)).toEqual([]);
  expect([...kubelet.started.values()].filter((count) => count !== 1)).toEqual([]);
  expect(kubelet.mostAtOnce()).toBeLessThanOrEqual(limit);
  second.send('SIGTERM');
  expect((await second.ended).code).toBe(0);
  programs.delete(second);
  await kubelet.stop();
}, 180_000);

test('a job of an unknown cluster ends with a clear word; the cluster added, the next one runs', async () => {
  const prowJobs = kube.resource<ProwJob>(prowJobResource, namespace);
  const program = await startPlank('three', '--leader-election=false');
  await prowJobs.create(job('lost', { cluster: 'build-2' }));
  await until('the job to end', async () => isComplete(await prowJobs.get('lost')), 10_000);
  expect((await prowJobs.get('lost')).status).toMatchObject({ state: 'error', description: expect.stringMatching(/^Terminal error: unknown cluster alias "build-2".*known: .*default/) });
  writeFileSync(kubeconfig, api.kubeconfig().replaceAll(/: local$/gm, ': build-2'), { mode: 0o600 });
  await until('the cluster to be known', async () => {
    await prowJobs.create(job(`found-${Date.now()}`, { cluster: 'build-2' }));
    await new Promise((resolve) => setTimeout(resolve, 500));
    return (await prowJobs.list()).items.some((each) => each.spec.cluster === 'build-2' && each.status.state === 'pending');
  }, 30_000);
  await kill(program);
}, 60_000);
