// One replica of plank's app: its controllers in one process, alone or under a lease.
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { Sinker } from '@prow/engine-cleanup';
import { ConfigMapFirstSeen, Horologium, indexByPeriodic } from '@prow/engine-cron-jobs';
import { KubeBuildClusters, PlankController, SchedulerController, SnowflakeBuildIds } from '@prow/engine-plank';
import { DeletedJobs, GitHubReporter, indexByReportKey, ReportController } from '@prow/engine-report';
import { runAsLeader, type Informer, type KubeClient } from '@prow/clients-kube';
import { makePod } from '@prow/model-pod-spec';
import type { ProwJob } from '@prow/model-prowjob';
import type { Faults } from './faults.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimulatedApi } from './simulated-api.ts';
import { SimulatedClient } from './simulated-client.ts';
import type { SimulatedClock } from './simulated-clock.ts';
import type { SimulatedClusters } from './simulated-clusters.ts';
import type { GitHubRole, SimulatedGitHub } from './simulated-github.ts';
import { podType } from './simulated-kubelet.ts';
import { ProcessClock, type SimulatedProcess } from './simulated-process.ts';
import { configMapType, minuteMs, namespace, prowJobType, type World } from './world.ts';

/** The proportions of the real ones, three times as slow: renewals are most of what a quiet replica does. */
const leaseTimes = { leaseDurationMs: 45_000, renewDeadlineMs: 27_000, renewMs: 9000, retryMs: 4500 };

export interface ReplicaOptions {
  name: string;
  world: World;
  /** Configured now. */
  periodics: () => World['periodics'];
  main: SimulatedApi;
  clusters: SimulatedClusters;
  github: SimulatedGitHub;
  isAway: (cluster: string) => boolean;
  /** Begins to write, alone or as the leader. */
  onLead: (replica: Replica) => void;
  clock: SimulatedClock;
  random: SeededRandom;
  faults: Faults;
  log: Logger;
}

type Ending = () => Promise<void>;

export class Replica {
  readonly #options: ReplicaOptions;
  readonly #clock: ProcessClock;
  readonly #clients = new Map<string, KubeClient>();
  readonly #stop = new AbortController();
  readonly #caches: Ending[] = [];
  #controllers: Ending[] = [];
  #isHeld = (): boolean => false;
  readonly process: SimulatedProcess;

  constructor(options: ReplicaOptions, onDeath: () => void) {
    this.#options = options;
    this.process = {
      isAlive: true,
      frozenUntilMs: 0,
      die: () => {
        if (!this.process.isAlive) return;
        this.process.isAlive = false;
        this.#stop.abort(new Error('the process died'));
        for (const end of [...this.#controllers, ...this.#caches]) void end();
        onDeath();
      },
    };
    this.#clock = new ProcessClock(options.clock, this.process);
    for (const [name, api] of [['main', options.main] as const, ...options.clusters.apis]) this.#clients.set(name, this.#client(name, api));
  }

  /** Whether it may write now, by what it knows. */
  mayWrite(): boolean {
    return this.process.isAlive && this.#isHeld();
  }

  async start(): Promise<void> {
    const { world, log, name } = this.#options;
    const main = this.#clientOf('main');
    const prowJobs = main.informer(prowJobType, { namespace });
    indexByPeriodic(prowJobs);
    const reporter = this.#reporter(prowJobs);
    indexByReportKey(prowJobs, reporter);
    const clusters = new KubeBuildClusters({ source: this.#source(), podNamespace: namespace, clock: this.#clock, log });
    this.#caches.push(() => clusters.stop(), () => prowJobs.stop());
    prowJobs.start();
    clusters.start();
    await prowJobs.synced();
    const lead = async (signal: AbortSignal, isHeld: () => boolean): Promise<void> => {
      await clusters.settled(5000);
      if (!this.process.isAlive || signal.aborted) return;
      this.#isHeld = isHeld;
      this.#options.onLead(this);
      this.#startControllers({ prowJobs, reporter, clusters });
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      await Promise.all(this.#controllers.splice(0).map((end) => end()));
    };
    const { signal } = this.#stop;
    if (world.replicas === 1) await lead(signal, () => !signal.aborted);
    else await runAsLeader({ kube: main, namespace, name: 'leader', identity: name, clock: this.#clock, log, signal, lead, ...leaseTimes });
  }

  #startControllers({ prowJobs, reporter, clusters }: { prowJobs: Informer<ProwJob>; reporter: GitHubReporter; clusters: KubeBuildClusters }): void {
    const { world, periodics, log } = this.#options;
    const clock = this.#clock;
    const mayWrite = (): boolean => this.mayWrite();
    const api = this.#clientOf('main').resource(prowJobType, namespace);
    const plank = new PlankController({
      prowJobs, prowJobApi: api, clusters, buildIds: new SnowflakeBuildIds({ clock }), settings: () => world.plank, makePod: (prowJob, buildId) => makePod(prowJob, buildId),
      urlOf: (prowJob) => `https://prow/${prowJob.status.build_id ?? ''}`, mayWrite, clock, log,
    });
    const crier = new ReportController({ reporter, prowJobs, prowJobApi: () => api, workers: 4, mayWrite, clock, log });
    const deletedJobs = new DeletedJobs({
      github: this.#github(), prowJobs, shouldReport: (prowJob) => reporter.shouldReport(prowJob),
      siblingsOf: (prowJob) => prowJobs.byIndex('report-key/github-reporter', reporter.keyOf(prowJob)), clock, log,
    });
    const horologium = new Horologium({
      prowJobs, prowJobApi: () => api, firstSeen: new ConfigMapFirstSeen({ configMaps: this.#clientOf('main').resource(configMapType, namespace) }),
      settings: () => ({ periodics: periodics(), tickIntervalMs: minuteMs, prowJobNamespace: namespace, isSchedulerEnabled: world.hasScheduler }), mayWrite, clock, log,
    });
    const sinker = new Sinker({
      prowJobs: api, podsByCluster: () => new Map([...this.#options.clusters.current()].map(([alias, cluster]) => [alias, this.#clientOf(cluster).resource(podType, namespace)])),
      settings: () => ({ maxProwJobAgeMs: 24 * 60 * minuteMs, maxPodAgeMs: 15 * minuteMs, terminatedPodTtlMs: 5 * minuteMs, resyncPeriodMs: 3 * minuteMs, excludeClusters: [], periodicNames: new Set() }),
      isDryRun: false, mayWrite, onOrphan: (prowJob) => deletedJobs.add(prowJob), clock, log,
    });
    const scheduler = new SchedulerController({ prowJobs, prowJobApi: api, settings: () => ({ mappings: { far: 'other' }, external: undefined }), mayWrite, clock, log });
    const controllers = world.hasScheduler ? [plank, crier, horologium, sinker, scheduler] : [plank, crier, horologium, sinker];
    for (const controller of controllers) controller.start();
    deletedJobs.start(mayWrite);
    this.#controllers = [...controllers, deletedJobs].map((controller) => () => controller.stop().catch((error: unknown) => log.debug('a controller did not stop', { cause: messageOf(error) })));
  }

  #reporter(prowJobs: Informer<ProwJob>): GitHubReporter {
    const { log } = this.#options;
    return new GitHubReporter({
      github: this.#github(),
      settings: () => ({ templateText: () => undefined }),
      jobsWithKey: (key) => prowJobs.byIndex('report-key/github-reporter', key),
      log,
    });
  }

  #github(): GitHubRole {
    return this.#options.github.forProcess(this.process);
  }

  #source(): ConstructorParameters<typeof KubeBuildClusters>[0]['source'] {
    const { clusters } = this.#options;
    return {
      current: () => new Map([...clusters.current()].map(([alias, cluster]) => [alias, this.#clientOf(cluster)])),
      subscribe: (listener) => clusters.subscribe(listener),
    };
  }

  #clientOf(name: string): KubeClient {
    const client = this.#clients.get(name);
    if (client === undefined) throw new Error(`no cluster ${name}`);
    return client;
  }

  #client(name: string, api: SimulatedApi): KubeClient {
    const { clock, random, faults, isAway } = this.#options;
    return new SimulatedClient({ api, name, clock, random, faults, process: this.process, isAway: () => isAway(name) });
  }
}
