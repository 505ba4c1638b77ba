import { expect, test } from '@jest/globals';
import { silentLogger, type Logger } from '@prow/base-log';
import { coreType } from '@prow/clients-kube';
import type { Pod } from '@prow/model-kube-types';
import { makePod } from '@prow/model-pod-spec';
import { createdByProwLabel, newProwJob, prowJobResource, type ProwJob } from '@prow/model-prowjob';
import { noFaults, SeededRandom, SimulatedApi, SimulatedApiError, SimulatedClient, SimulatedClock } from '@prow/testing-simulation';
import { Registry } from 'prom-client';
import { Sinker, type SinkerOptions } from './sinker.ts';
import { SinkerMetrics } from './sinker-metrics.ts';

const podType = coreType<Pod>('pods', 'Pod');
const namespace = 'default';
const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 0, 2);

interface World {
  api: SimulatedApi;
  clock: SimulatedClock;
  jobs: SinkerOptions['prowJobs'] & { create(prowJob: ProwJob): Promise<ProwJob> };
  /** What the log says would be removed. */
  announced: string[];
  registry: Registry;
  sinker: (more?: Partial<SinkerOptions>) => Sinker;
  addJob: (name: string, isOver?: boolean) => Promise<unknown>;
  addPod: (name: string) => Promise<unknown>;
  left: () => { jobs: string[]; pods: string[] };
}

async function world(): Promise<World> {
  const clock = new SimulatedClock(startMs);
  const api = await SimulatedApi.open({ clock });
  const client = new SimulatedClient({ api, clock, random: new SeededRandom(1), faults: noFaults, process: { isAlive: true, die: () => undefined }, name: 'main', isAway: () => false });
  const jobs = client.resource<ProwJob>(prowJobResource, namespace);
  const announced: string[] = [];
  const log: Logger = { ...silentLogger, info: (message, fields) => void (message.startsWith('dry run') && announced.push(`${message} ${String(fields?.['pod'] ?? fields?.['prowjob'])}`)), child: () => log };
  const registry = new Registry();
  const metrics = new SinkerMetrics(registry);
  const ages = { maxProwJobAgeMs: 24 * hourMs, maxPodAgeMs: 12 * hourMs, terminatedPodTtlMs: hourMs };
  return {
    api, clock, jobs, announced, registry,
    sinker: (more = {}) => new Sinker({
      prowJobs: jobs, podsByCluster: () => new Map([['default', client.resource(podType, namespace)]]),
      settings: () => ({ ...ages, resyncPeriodMs: hourMs, excludeClusters: [], periodicNames: new Set() }), isDryRun: false, clock, log, metrics, ...more,
    }),
    addJob: (name, isOver = true) => {
      const made = newProwJob({ type: 'periodic', agent: 'kubernetes', cluster: 'default', job: name, report: false }, { name, namespace, nowMs: startMs });
      const status: ProwJob['status'] = isOver ? { ...made.status, state: 'success', completionTime: '2026-01-02T01:00:00Z' } : { ...made.status, state: 'pending' };
      const prowJob: ProwJob = { ...made, status };
      return api.create(prowJobResource, namespace, prowJob);
    },
    addPod: (name) => {
      const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels: { [createdByProwLabel]: 'true' } }, spec: { containers: [{ name: 'test', image: 'i' }] } };
      return api.create(podType, namespace, pod);
    },
    left: () => ({ jobs: api.list(prowJobResource).map((each) => each.metadata.name ?? '').toSorted(), pods: api.list(podType).map((each) => each.metadata.name ?? '').toSorted() }),
  };
}

/** Time goes on while the work does: every call takes some. */
function during<T>(clock: SimulatedClock, work: Promise<T>): Promise<T> {
  return clock.runDuring(work, { stepMs: 100 });
}

test('a dry run says of each pod and job that it would go, and removes nothing', async () => {
  const w = await world();
  await w.addJob('old');
  await w.addJob('runs', false);
  for (const name of ['old', 'runs', 'orphan']) await w.addPod(name);
  await w.clock.runUntil(startMs + 48 * hourMs);
  const result = await during(w.clock, w.sinker({ isDryRun: true }).cleanUp());
  expect(w.announced.toSorted()).toEqual(['dry run: would remove ProwJob old', 'dry run: would remove pod old', 'dry run: would remove pod orphan']);
  expect(result).toMatchObject({ prowJobsRemoved: 0, podsRemoved: 0, podsSeen: 3, prowJobsSeen: 2 });
  expect(w.left()).toEqual({ jobs: ['old', 'runs'], pods: ['old', 'orphan', 'runs'] });
});

test('lists come in pages: what is on the last one counts as well', async () => {
  const w = await world();
  for (let index = 0; index < 1100; index += 1) await w.addJob(`old-${index}`);
  await w.addJob('zz-runs', false);
  await w.addPod('zz-runs');
  await w.clock.runUntil(startMs + 48 * hourMs);
  const pages: number[] = [];
  const prowJobs: SinkerOptions['prowJobs'] = {
    delete: (...given) => w.jobs.delete(...given),
    listPage: async ({ limit, continue: token = '0', ...rest }) => {
      const whole = await w.jobs.listPage({ ...rest, limit: 10_000 });
      const from = Number(token);
      const items = whole.items.slice(from, from + limit);
      pages.push(items.length);
      return { ...whole, items, continue: from + limit < whole.items.length ? String(from + limit) : '' };
    },
  };
  const result = await during(w.clock, w.sinker({ prowJobs }).cleanUp());
  expect(pages).toEqual([500, 500, 101]);
  expect(result).toMatchObject({ prowJobsSeen: 1101, prowJobsRemoved: 1100, podsRemoved: 0, failures: 0 });
  expect(w.left()).toEqual({ jobs: ['zz-runs'], pods: ['zz-runs'] });
});

test('of the job of an orphaned pod is told what the pod knows of it; of strangers nothing', async () => {
  const w = await world();
  const refs = { org: 'o', repo: 'r', base_ref: 'main', base_sha: 'b', pulls: [{ number: 1, author: 'd', sha: 's' }] };
  const prowJob = newProwJob({ type: 'presubmit', agent: 'kubernetes', cluster: 'default', job: 'unit', context: 'ci/unit', report: true, refs, pod_spec: { containers: [{ name: 'test', image: 'i' }] } }, { name: 'gone', namespace, nowMs: startMs });
  const pod = makePod(prowJob, '1234567');
  await w.api.create(podType, namespace, { ...pod, metadata: { ...pod.metadata, namespace } });
  await w.addPod('stranger');
  const rubbish: Pod = { ...pod, metadata: { ...pod.metadata, name: 'rubbish', namespace }, spec: { containers: [{ name: 'test', image: 'i', env: [{ name: 'JOB_SPEC', value: '{"refs":' }] }] } };
  await w.api.create(podType, namespace, rubbish);
  await w.clock.runUntil(startMs + hourMs);
  const told: ProwJob[] = [];
  await during(w.clock, w.sinker({ onOrphan: (orphan) => told.push(orphan) }).cleanUp());
  expect(told).toEqual([expect.objectContaining({ spec: expect.objectContaining({ context: 'ci/unit', type: 'presubmit', report: true, refs: expect.objectContaining(refs) }), status: { state: 'pending', build_id: '1234567' } })]);
  expect(w.left().pods).toEqual([]);
});

test('metrics tell of the last cleaning, failures by the reason of the API server', async () => {
  const w = await world();
  await w.addJob('old');
  for (const name of ['old', 'orphan']) await w.addPod(name);
  await w.clock.runUntil(startMs + 48 * hourMs);
  const prowJobs: SinkerOptions['prowJobs'] = { listPage: (options) => w.jobs.listPage(options), delete: () => Promise.reject(new SimulatedApiError('Forbidden', 'no')) };
  const sinker = w.sinker({ prowJobs });
  const series = async (): Promise<string[]> => (await w.registry.metrics()).split('\n').filter((line) => line.startsWith('sinker_') && !line.startsWith('sinker_loop')).toSorted();
  await during(w.clock, sinker.cleanUp());
  expect(await series()).toEqual([
    'sinker_pods_existing 2', 'sinker_pods_removed{reason="orphaned"} 1', 'sinker_pods_removed{reason="ttled"} 1',
    'sinker_prow_jobs_cleaning_errors{reason="Forbidden"} 1', 'sinker_prow_jobs_existing 1',
  ]);
  await during(w.clock, sinker.cleanUp());
  expect(await series()).toEqual(['sinker_pods_existing 0', 'sinker_prow_jobs_cleaning_errors{reason="Forbidden"} 1', 'sinker_prow_jobs_existing 1']);
});
