// One run: controllers that crash, lines that break, people who meddle, under one seed.
import { messageOf } from '@prow/base-errors';
import { silentLogger, type Logger } from '@prow/base-log';
import { Horologium, indexByPeriodic, ConfigMapFirstSeen } from '@prow/engine-cron-jobs';
import { Sinker } from '@prow/engine-cleanup';
import { KubeBuildClusters, PlankController, SnowflakeBuildIds } from '@prow/engine-plank';
import { GitHubReporter, indexByReportKey, ReportController } from '@prow/engine-report';
import type { Comments, Statuses, Users } from '@prow/clients-github';
import { coreType, type KubeClient, type ResourceType } from '@prow/clients-kube';
import type { ConfigMap, Pod } from '@prow/model-kube-types';
import { makePod } from '@prow/model-pod-spec';
import { isComplete, isFinalState, newProwJob, prowJobResource, type Periodic, type ProwJob } from '@prow/model-prowjob';
import { drawFaults, noFaults, type Faults } from './faults.ts';
import { Invariants, type Violation } from './invariants.ts';
import { SeededRandom } from './seeded-random.ts';
import { SimulatedApi } from './simulated-api.ts';
import { SimulatedClient, type SimulatedProcess } from './simulated-client.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { SimulatedGitHub } from './simulated-github.ts';
import { podType, SimulatedKubelet } from './simulated-kubelet.ts';

export const prowJobType: ResourceType<ProwJob> = prowJobResource;
const configMapType = coreType<ConfigMap>('configmaps', 'ConfigMap');
const namespace = 'default';
const startMs = Date.UTC(2026, 0, 2, 3, 4, 5);
const minuteMs = 60_000;
/** How long things go wrong. */
const stormMs = 10 * minuteMs;
/** How long everything may take to come to its end after that: revivals wait, timeouts pass, pods are kept a while. */
const patienceMs = 90 * minuteMs;
/** Longer than any interval at which a controller looks again. */
const quietMs = 8 * minuteMs;

export interface SimulationResult {
  seed: number;
  violations: Violation[];
  jobs: number;
  crashes: number;
  pods: number;
}

export interface SimulationOptions {
  seed: number;
  faults?: Faults;
  log?: Logger;
}

export async function runSimulation(options: SimulationOptions): Promise<SimulationResult> {
  const clock = new SimulatedClock(startMs);
  const [main, build, other] = await Promise.all([SimulatedApi.open({ clock }), SimulatedApi.open({ clock }), SimulatedApi.open({ clock })]);
  const simulation = new Simulation(options, { clock, main, builds: { default: build, other } });
  await simulation.run();
  return simulation.result();
}

class Simulation {
  readonly #seed: number;
  readonly #random: SeededRandom;
  readonly #clock: SimulatedClock;
  readonly #faults: Faults;
  readonly #log: Logger;
  readonly #invariants = new Invariants();
  readonly #main: SimulatedApi;
  readonly #builds: Record<string, SimulatedApi>;
  readonly #github: SimulatedGitHub;
  readonly #awayUntilMs: Record<string, number> = {};
  readonly #created: string[] = [];
  readonly #plank;
  #periodics: Periodic[] = [];
  #process: SimulatedProcess = { isAlive: false, die: () => undefined };
  #endings: (() => Promise<void>)[] = [];
  #crashes = 0;
  #writes = 0;
  #quiet = false;

  constructor({ seed, faults, log = silentLogger }: SimulationOptions, { clock, main, builds }: { clock: SimulatedClock; main: SimulatedApi; builds: Record<string, SimulatedApi> }) {
    this.#clock = clock;
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    this.#faults = faults ?? drawFaults(this.#random);
    this.#log = log;
    this.#main = main;
    this.#builds = builds;
    this.#github = new SimulatedGitHub({ clock: this.#clock, random: this.#random, faults: this.#faults });
    this.#plank = {
      max_concurrency: this.#random.pick([0, 3, 6]),
      max_revivals: this.#random.pick([0, 1, 3]),
      pod_pending_timeout: '2m',
      pod_running_timeout: '5m',
      pod_unscheduled_timeout: '1m',
      job_queue_capacities: { small: 1, wide: 3 },
    };
    this.#observeWrites();
    for (const api of Object.values(this.#builds)) {
      new SimulatedKubelet({ api, clock: this.#clock, random: this.#random, faults: this.#faults, onRan: (pod) => this.#invariants.onTestRan(pod), onLost: (pod) => this.#invariants.onPodLost(pod) });
    }
  }

  async run(): Promise<void> {
    if (this.#random.chance(0.25)) {
      this.#periodics = [
        { name: 'hourly', agent: 'kubernetes', cluster: 'default', cron: '*/5 * * * *', spec: { containers: [{ name: 'test', image: 'i' }] } },
        { name: 'often', agent: 'kubernetes', cluster: 'other', interval: '3m', spec: { containers: [{ name: 'test', image: 'i' }] } },
      ];
    }
    void this.#startProcess();
    // Most worlds are small: ten thousand small ones meet more than a thousand large ones.
    const count = this.#random.chance(0.9) ? this.#random.between(1, 6) : this.#random.between(7, 25);
    const burstMs = this.#random.pick([1000, 20_000, 2 * minuteMs]);
    for (let index = 0; index < count; index += 1) this.#clock.after(this.#random.between(0, burstMs), () => this.#createJob(index));
    this.#scheduleOutages();
    await this.#clock.runUntil(startMs + stormMs);
    // From here on the world is kind; everything has to come to its end.
    Object.assign(this.#faults, noFaults);
    this.#periodics = [];
    for (const alias of Object.keys(this.#builds)) this.#awayUntilMs[alias] = 0;
    this.#awayUntilMs['main'] = 0;
    let nowMs = startMs + stormMs;
    for (const untilMs = nowMs + patienceMs; nowMs < untilMs && !this.#isSettled(); ) await this.#clock.runUntil((nowMs += minuteMs));
    this.#checkEnd();
    this.#quiet = true;
    const writes = this.#writes;
    const calls = this.#github.calls;
    await this.#clock.runUntil(nowMs + quietMs);
    if (this.#writes !== writes || this.#github.calls !== calls) this.#invariants.note('nothing is done when nothing changes', `${this.#writes - writes} writes, ${this.#github.calls - calls} calls to GitHub`);
    this.#process.die();
  }

  // Over, reported, and cleaned up; with a process that is alive to be quiet.
  #isSettled(): boolean {
    if (!this.#process.isAlive || Object.values(this.#builds).some((api) => api.list(podType).length > 0)) return false;
    return (this.#main.list(prowJobType, namespace) as ProwJob[]).every(
      (prowJob) => isComplete(prowJob) && (prowJob.spec.report !== true || prowJob.spec.refs === undefined || prowJob.status.prev_report_states?.['github-reporter'] === prowJob.status.state),
    );
  }

  result(): SimulationResult {
    const pods = [...this.#invariants.podsCreated.values()].reduce((sum, each) => sum + each, 0);
    return { seed: this.#seed, violations: this.#invariants.violations, jobs: this.#created.length, crashes: this.#crashes, pods };
  }

  #observeWrites(): void {
    this.#main.observers.push(({ type, object }, previous) => {
      this.#writes += 1;
      if (object.kind !== 'ProwJob' || type === 'DELETED') return;
      this.#invariants.onProwJobWrite(previous as ProwJob | undefined, object as ProwJob);
      if (this.#quiet) this.#log.warn('write in the quiet', { prowjob: object.metadata.name, status: (object as ProwJob).status });
    });
    for (const api of Object.values(this.#builds)) {
      api.observers.push(({ type, object }) => {
        this.#writes += 1;
        if (type !== 'ADDED') return;
        this.#invariants.onPodCreated(object as Pod, this.#livePods(), { global: this.#plank.max_concurrency, queues: this.#plank.job_queue_capacities });
      });
    }
  }

  #livePods(): { pod: Pod; prowJob: ProwJob }[] {
    const live: { pod: Pod; prowJob: ProwJob }[] = [];
    for (const [alias, api] of Object.entries(this.#builds)) {
      for (const pod of api.list(podType) as Pod[]) {
        const prowJob = this.#main.find(prowJobType, namespace, pod.metadata.name ?? '') as ProwJob | undefined;
        if (prowJob === undefined || prowJob.spec.cluster !== alias || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') continue;
        // Of a job that is over, a pod that takes its time to stop is known not to count.
        if (isComplete(prowJob) || this.#invariants.meddledWith.has(prowJob.metadata.name ?? '')) continue;
        live.push({ pod, prowJob });
      }
    }
    return live;
  }

  async #startProcess(): Promise<void> {
    const process: SimulatedProcess = {
      isAlive: true,
      die: () => {
        if (!process.isAlive) return;
        process.isAlive = false;
        this.#crashes += 1;
        for (const end of this.#endings) void end();
        if (!this.#quiet) this.#clock.after(this.#random.between(1000, 60_000), () => void this.#startProcess());
      },
    };
    this.#process = process;
    const client = (api: SimulatedApi, name: string): KubeClient =>
      new SimulatedClient({ api, name, clock: this.#clock, random: this.#random, faults: this.#faults, process, isAway: () => this.#clock.now() < (this.#awayUntilMs[name] ?? 0) });
    const main = client(this.#main, 'main');
    const clients = new Map(Object.entries(this.#builds).map(([alias, api]) => [alias, client(api, alias)]));
    await this.#startControllers(main, clients, process);
  }

  async #startControllers(main: KubeClient, clients: ReadonlyMap<string, KubeClient>, process: SimulatedProcess): Promise<void> {
    const clock = this.#clock;
    const log = this.#log;
    const prowJobs = main.informer(prowJobType, { namespace });
    const github = this.#github as unknown as Comments & Statuses & Users;
    const reporter = new GitHubReporter({ github, settings: () => ({ templateText: () => undefined }), jobsWithKey: (key) => prowJobs.byIndex(`report-key/github-reporter`, key), log });
    indexByReportKey(prowJobs, reporter);
    indexByPeriodic(prowJobs);
    const clusters = new KubeBuildClusters({ source: { current: () => clients, subscribe: () => () => undefined }, podNamespace: namespace, clock, log });
    const mayWrite = (): boolean => process.isAlive;
    const api = main.resource(prowJobType, namespace);
    const plank = new PlankController({
      prowJobs, prowJobApi: api, clusters, buildIds: new SnowflakeBuildIds({ clock }), settings: () => this.#plank, makePod: (prowJob, buildId) => makePod(prowJob, buildId),
      urlOf: (prowJob) => `https://prow/${prowJob.status.build_id ?? ''}`, mayWrite, clock, log,
    });
    const crier = new ReportController({ reporter, prowJobs, prowJobApi: () => api, workers: 4, clock, log });
    const horologium = new Horologium({
      prowJobs, prowJobApi: () => api, firstSeen: new ConfigMapFirstSeen({ configMaps: main.resource(configMapType, namespace) }),
      settings: () => ({ periodics: this.#periodics, tickIntervalMs: minuteMs, prowJobNamespace: namespace, isSchedulerEnabled: false }), mayWrite, clock, log,
    });
    const pods = new Map([...clients].map(([alias, client]) => [alias, client.resource(podType, namespace)]));
    const sinker = new Sinker({
      prowJobs: api, podsByCluster: () => pods,
      settings: () => ({ maxProwJobAgeMs: 24 * 60 * minuteMs, maxPodAgeMs: 15 * minuteMs, terminatedPodTtlMs: 5 * minuteMs, resyncPeriodMs: 3 * minuteMs, excludeClusters: [], periodicNames: new Set() }),
      isDryRun: false, mayWrite, clock, log,
    });
    this.#endings = [() => plank.stop(), () => crier.stop(), () => horologium.stop(), () => sinker.stop(), () => clusters.stop(), () => prowJobs.stop()];
    prowJobs.start();
    clusters.start();
    await prowJobs.synced();
    await clusters.settled(5000);
    if (!process.isAlive) return;
    plank.start();
    crier.start();
    horologium.start();
    sinker.start();
  }

  #createJob(index: number): void {
    const random = this.#random;
    const job = random.pick(['unit', 'e2e', 'lint']);
    const name = `job-${index}`;
    const isPresubmit = random.chance(0.8);
    const pull = random.between(1, 2);
    const sha = `sha-${pull}-${random.between(1, 2)}`;
    const prowJob = newProwJob(
      {
        type: isPresubmit ? 'presubmit' : 'postsubmit', agent: 'kubernetes', cluster: random.pick(['default', 'default', 'other']), job, context: job, report: random.chance(0.9), rerun_command: `/test ${job}`,
        refs: { org: 'o', repo: 'r', base_ref: 'main', base_sha: `base-${index}`, ...(isPresubmit ? { pulls: [{ number: pull, author: 'dave', sha }] } : {}) },
        pod_spec: { containers: [{ name: 'test', image: 'i', command: ['true'] }] },
        max_concurrency: { unit: 0, e2e: 1, lint: 2 }[job] ?? 0,
        ...(random.chance(0.3) ? { job_queue_name: random.pick(['small', 'wide']) } : {}),
        ...(random.chance(0.1) ? { error_on_eviction: true } : {}),
      },
      { name, namespace, nowMs: this.#clock.now() },
    );
    void this.#main.create(prowJobType, namespace, prowJob);
    this.#created.push(name);
    if (random.chance(this.#faults.meddling)) this.#clock.after(random.between(0, 3 * minuteMs), () => this.#meddle(name));
  }

  #meddle(name: string): void {
    const prowJob = this.#main.find(prowJobType, namespace, name) as ProwJob | undefined;
    if (prowJob === undefined) return;
    const kind = this.#random.pick(['abort', 'abort', 'delete job', 'delete pod', 'edit']);
    if (kind === 'abort') {
      // As deck and the trigger plugin do: only what is not over.
      if (!isComplete(prowJob)) this.#byHand(this.#main.patch(prowJobType, { namespace, name, patch: { type: 'merge', body: { status: { state: 'aborted', description: 'Aborted by a person.' } } } }));
      return;
    }
    this.#invariants.meddledWith.add(name);
    if (kind === 'delete job') this.#byHand(this.#main.delete(prowJobType, namespace, name));
    else if (kind === 'delete pod') {
      for (const api of Object.values(this.#builds)) if (api.find(podType, namespace, name) !== undefined) this.#byHand(api.delete(podType, namespace, name));
    } else this.#byHand(this.#main.patch(prowJobType, { namespace, name, patch: { type: 'merge', body: { status: { state: 'success', completionTime: `${new Date(this.#clock.now()).toISOString().slice(0, 19)}Z`, description: 'Edited.' } } } }));
  }

  #byHand(write: Promise<unknown>): void {
    write.catch((error: unknown) => this.#log.debug('a person was refused', { cause: messageOf(error) }));
  }

  #scheduleOutages(): void {
    for (let minute = 1; minute < stormMs / minuteMs - 1; minute += 1) {
      for (const alias of [...Object.keys(this.#builds), 'main']) {
        if (!this.#random.chance(this.#faults.clusterAway)) continue;
        this.#clock.after(minute * minuteMs, () => {
          this.#awayUntilMs[alias] = this.#clock.now() + this.#random.between(1000, 4 * minuteMs);
        });
      }
    }
  }

  #checkEnd(): void {
    const prowJobs = this.#main.list(prowJobType, namespace) as ProwJob[];
    const newest = new Map<string, ProwJob[]>();
    for (const prowJob of prowJobs) {
      const name = prowJob.metadata.name ?? '';
      if (!isComplete(prowJob) || !isFinalState(prowJob.status.state)) this.#invariants.note('every job ends', `${name}: ${JSON.stringify(prowJob.status)} ${JSON.stringify(prowJob.metadata.annotations)}`);
      if (prowJob.spec.report !== true || prowJob.spec.refs === undefined) continue;
      if (prowJob.status.prev_report_states?.['github-reporter'] !== prowJob.status.state) this.#invariants.note('every end is reported', `${name}: ${JSON.stringify(prowJob.status)}`);
      const key = `${prowJob.spec.refs.pulls?.[0]?.sha ?? prowJob.spec.refs.base_sha ?? ''} ${prowJob.spec.context ?? ''}`;
      newest.set(key, [...(newest.get(key) ?? []), prowJob]);
    }
    for (const [key, runs] of newest) this.#checkStatus(key, runs);
    for (const api of Object.values(this.#builds)) {
      for (const pod of api.list(podType) as Pod[]) {
        if (pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed') this.#invariants.note('no pod outlives its job', `${pod.metadata.name ?? ''}: ${JSON.stringify(pod.metadata)} ${JSON.stringify(pod.status)}`);
      }
    }
  }

  #checkStatus(key: string, runs: readonly ProwJob[]): void {
    const status = this.#github.statuses.get(key);
    if (this.#created.some((name) => this.#invariants.meddledWith.has(name) && this.#main.find(prowJobType, namespace, name) === undefined)) return;
    const latest = runs.reduce((best, each) => ((each.metadata.creationTimestamp ?? '') > (best.metadata.creationTimestamp ?? '') ? each : best));
    const candidates = runs.filter((run) => run.metadata.creationTimestamp === latest.metadata.creationTimestamp);
    const expected: string[] = candidates.map((run) => (run.status.state === 'success' || run.status.state === 'error' ? run.status.state : 'failure'));
    if (status === undefined || !expected.includes(status.state)) this.#invariants.note('GitHub knows the newest end', `${key}: ${status?.state ?? 'nothing'}, expected ${expected.join(' or ')}`);
  }
}
