// One run: controllers that crash, lines that break, people who meddle, under one seed.
import { silentLogger, type Logger } from '@prow/base-log';
import type { Pod } from '@prow/model-kube-types';
import { isComplete, type ProwJob } from '@prow/model-prowjob';
import { checkEnd, isSettled } from './end-state.ts';
import { drawFaults, noFaults, type Faults } from './faults.ts';
import { Invariants, type Violation } from './invariants.ts';
import { People } from './people.ts';
import { Replica } from './replica.ts';
import { SeededRandom } from './seeded-random.ts';
import { SimulatedApi } from './simulated-api.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { SimulatedClusters } from './simulated-clusters.ts';
import { SimulatedGitHub } from './simulated-github.ts';
import { podType, SimulatedKubelet } from './simulated-kubelet.ts';
import { drawWorld, minuteMs, namespace, prowJobType, startMs, stormMs, type World } from './world.ts';

/** How long everything may take to come to its end after the storm: revivals wait, timeouts pass, pods are kept a while. */
const patienceMs = 90 * minuteMs;
/** After which the last frozen, cut off or restarting process is back. */
const calmMs = 4 * minuteMs;
/** The longest wait between attempts to tell GitHub something. */
const slowestRetryMs = 6 * minuteMs;
/** Longer than any interval at which a controller looks again. */
const quietMs = 8 * minuteMs;

export interface SimulationResult {
  seed: number;
  violations: Violation[];
  met: Encounters;
}

/** What a run has met: one in which nothing bad happens proves nothing. */
export interface Encounters {
  jobs: number;
  pods: number;
  podsLost: number;
  crashes: number;
  freezes: number;
  /** A replica began to lead after another had. */
  takeovers: number;
  clustersRemoved: number;
  skipped: number;
  revived: number;
}

export const noEncounters: Readonly<Encounters> = { jobs: 0, pods: 0, podsLost: 0, crashes: 0, freezes: 0, takeovers: 0, clustersRemoved: 0, skipped: 0, revived: 0 };

export interface SimulationOptions {
  seed: number;
  faults?: Faults;
  log?: Logger;
}

export async function runSimulation(options: SimulationOptions): Promise<SimulationResult> {
  const clock = new SimulatedClock(startMs, { promisesOnly: true });
  const [main, build, other] = await Promise.all([SimulatedApi.open({ clock }), SimulatedApi.open({ clock }), SimulatedApi.open({ clock })]);
  const clusters = new SimulatedClusters(new Map([['default', build], ['other', other]]), { twin: 'default' });
  const simulation = new Simulation(options, { clock, main, clusters });
  await simulation.run();
  return simulation.result();
}

class Simulation {
  readonly #seed: number;
  readonly #random: SeededRandom;
  readonly #clock: SimulatedClock;
  readonly #faults: Faults;
  readonly #log: Logger;
  readonly #world: World;
  readonly #invariants: Invariants;
  readonly #main: SimulatedApi;
  readonly #clusters: SimulatedClusters;
  readonly #github: SimulatedGitHub;
  readonly #people: People;
  readonly #awayUntilMs = new Map<string, number>();
  readonly #replicas = new Set<Replica>();
  readonly #met: Encounters = { ...noEncounters };
  #lastLeader: Replica | undefined;
  #starts = 0;
  #writes = 0;
  #isStorm = true;
  #isQuiet = false;

  constructor({ seed, faults, log = silentLogger }: SimulationOptions, { clock, main, clusters }: { clock: SimulatedClock; main: SimulatedApi; clusters: SimulatedClusters }) {
    this.#clock = clock;
    this.#seed = seed;
    const random = new SeededRandom(seed);
    this.#random = random;
    this.#faults = faults ?? drawFaults(random);
    this.#log = log;
    this.#world = drawWorld(random);
    this.#main = main;
    this.#clusters = clusters;
    this.#github = new SimulatedGitHub({ clock, random, faults: this.#faults });
    const invariants = new Invariants({ clock, maxRevivals: this.#world.plank.max_revivals });
    this.#invariants = invariants;
    this.#people = new People({ world: this.#world, main, clusters, invariants, clock, random, faults: this.#faults, log });
    this.#observeWrites();
    for (const api of clusters.apis.values()) {
      const told = { onRan: (pod: Pod) => invariants.onTestRan(pod), onLost: (pod: Pod) => invariants.onPodLost(pod), onOutOfMemory: (pod: Pod) => invariants.onOutOfMemory(pod) };
      new SimulatedKubelet({ api, clock, random, faults: this.#faults, ...told });
    }
  }

  async run(): Promise<void> {
    for (let count = 0; count < this.#world.replicas; count += 1) this.#startReplica();
    this.#people.start();
    this.#scheduleOutages();
    await this.#clock.runUntil(startMs + stormMs);
    this.#endStorm();
    let nowMs = startMs + stormMs;
    const { created } = this.#people;
    const end = { main: this.#main, clusters: this.#clusters, github: this.#github, invariants: this.#invariants, created, isUnbroken: () => this.#met.crashes === 0 && !this.#invariants.mayBeLate };
    for (const untilMs = nowMs + patienceMs; nowMs < untilMs && !(this.#hasLeader() && isSettled(end)); ) {
      await this.#clock.runUntil((nowMs += minuteMs));
      if (nowMs > startMs + stormMs + calmMs) this.#checkStopped();
    }
    // The end of a deleted job leaves no trace to wait for.
    if (this.#invariants.deleted.length > 0) await this.#clock.runUntil((nowMs += slowestRetryMs));
    checkEnd(end);
    this.#isQuiet = true;
    const writes = this.#writes;
    const calls = this.#github.calls;
    await this.#clock.runUntil(nowMs + quietMs);
    if (this.#writes !== writes || this.#github.calls !== calls) this.#invariants.note('nothing is done when nothing changes', `${this.#writes - writes} writes, ${this.#github.calls - calls} calls to GitHub`);
    for (const replica of this.#replicas) replica.process.die();
  }

  result(): SimulationResult {
    const { podsCreated, podsLost, violations } = this.#invariants;
    const prowJobs = this.#main.list(prowJobType, namespace) as ProwJob[];
    Object.assign(this.#met, {
      jobs: this.#people.created.length,
      pods: sum(podsCreated.values()),
      podsLost: sum(podsLost.values()),
      skipped: prowJobs.filter((prowJob) => prowJob.status.description?.startsWith('Skipped: ') === true).length,
      revived: prowJobs.filter((prowJob) => (prowJob.status.pod_revival_count ?? 0) > 0).length,
    });
    return { seed: this.#seed, violations, met: this.#met };
  }

  // From here on the world is kind; everything has to come to its end.
  #endStorm(): void {
    Object.assign(this.#faults, noFaults);
    this.#isStorm = false;
    this.#awayUntilMs.clear();
    this.#clusters.restore();
  }

  #checkStopped(): void {
    const pods = [...this.#clusters.apis.values()].flatMap((api) => api.list(podType) as Pod[]);
    this.#invariants.checkStopped(pods, (pod) => this.#main.find(prowJobType, namespace, pod.metadata.name ?? '') as ProwJob | undefined);
  }

  #hasLeader(): boolean {
    return [...this.#replicas].some((replica) => replica.mayWrite());
  }

  #startReplica(): void {
    this.#starts += 1;
    const replica: Replica = new Replica(
      {
        name: `replica-${this.#starts}`, world: this.#world, periodics: () => (this.#isStorm ? this.#world.periodics : []), main: this.#main, clusters: this.#clusters, github: this.#github,
        isAway: (cluster) => this.#clock.now() < (this.#awayUntilMs.get(cluster) ?? 0),
        onLead: (leader) => this.#onLead(leader),
        clock: this.#clock, random: this.#random, faults: this.#faults, log: this.#log,
      },
      () => {
        this.#met.crashes += 1;
        this.#replicas.delete(replica);
        if (!this.#isQuiet) this.#clock.after(this.#random.between(1000, 60_000), () => this.#startReplica());
      },
    );
    this.#replicas.add(replica);
    void replica.start();
  }

  #onLead(leader: Replica): void {
    if (this.#lastLeader !== undefined && this.#lastLeader !== leader && this.#world.replicas > 1) this.#met.takeovers += 1;
    this.#lastLeader = leader;
    for (const other of this.#replicas) if (other !== leader && other.mayWrite()) this.#invariants.note('one leader at a time', 'two replicas lead');
  }

  #observeWrites(): void {
    this.#main.observers.push(({ type, object }, previous) => {
      if (object.kind !== 'Lease') this.#writes += 1;
      if (object.kind !== 'ProwJob' || type === 'DELETED') return;
      this.#invariants.onProwJobWrite(previous as ProwJob | undefined, object as ProwJob, () => this.#main.list(prowJobType, namespace) as ProwJob[]);
      if (this.#isQuiet) this.#log.warn('write in the quiet', { prowjob: object.metadata.name, status: (object as ProwJob).status });
    });
    for (const api of this.#clusters.apis.values()) {
      api.observers.push(({ type, object }) => {
        this.#writes += 1;
        if (type !== 'ADDED') return;
        const prowJobs = this.#main.list(prowJobType, namespace) as ProwJob[];
        this.#invariants.onPodCreated(object as Pod, { live: this.#livePods(), prowJobs, global: this.#world.plank.max_concurrency, queues: this.#world.plank.job_queue_capacities });
      });
    }
  }

  #livePods(): { pod: Pod; prowJob: ProwJob }[] {
    const live: { pod: Pod; prowJob: ProwJob }[] = [];
    for (const api of this.#clusters.apis.values()) {
      for (const pod of api.list(podType) as Pod[]) {
        const prowJob = this.#main.find(prowJobType, namespace, pod.metadata.name ?? '') as ProwJob | undefined;
        if (prowJob === undefined || this.#clusters.apiOf(prowJob.spec.cluster ?? '') !== api || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') continue;
        // Of a job that is over, a pod that takes its time to stop is known not to count.
        if (isComplete(prowJob) || this.#invariants.meddledWith.has(prowJob.metadata.name ?? '')) continue;
        live.push({ pod, prowJob });
      }
    }
    return live;
  }

  #scheduleOutages(): void {
    const random = this.#random;
    for (let minute = 1; minute < stormMs / minuteMs - 1; minute += 1) {
      const atMs = minute * minuteMs;
      for (const cluster of [...this.#clusters.apis.keys(), 'main']) {
        if (!random.chance(this.#faults.clusterAway)) continue;
        this.#invariants.mayBeLate = true;
        this.#clock.after(atMs, () => this.#awayUntilMs.set(cluster, this.#clock.now() + random.between(1000, 4 * minuteMs)));
      }
      if (random.chance(this.#faults.clusterRemoved)) {
        this.#met.clustersRemoved += 1;
        this.#clock.after(atMs, () => this.#clusters.remove(random.pick(['other', 'twin', 'default'])));
        this.#clock.after(atMs + random.between(1000, 2 * minuteMs), () => this.#clusters.restore());
      }
      if (random.chance(this.#faults.freeze)) this.#clock.after(atMs, () => this.#freeze());
    }
  }

  #freeze(): void {
    const [replica] = [...this.#replicas].filter((each) => each.mayWrite());
    if (replica === undefined) return;
    this.#met.freezes += 1;
    this.#invariants.mayBeLate = true;
    replica.process.frozenUntilMs = this.#clock.now() + this.#random.between(1000, 2 * minuteMs);
  }
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const each of numbers) total += each;
  return total;
}
