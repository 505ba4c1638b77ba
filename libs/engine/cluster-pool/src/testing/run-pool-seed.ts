// One run under one seed: three replicas that crash, sixteen clients, a Kubernetes API that fails; and what is wrong with its history.
import { silentLogger, type Logger } from '@prow/base-log';
import { ProwError } from '@prow/base-errors';
import type { Clock } from '@prow/base-time';
import { SeededRandom, SimulatedClock } from '@prow/testing-simulation';
import { ClusterPool } from '../cluster-pool.ts';
import { describeClusters, findFlaw, type Commit, type Operation, type PoolCall } from './pool-history.ts';
import { SimulatedConfigMap, simulatedKube, type LineFaults, type SimulatedProcess } from './simulated-kube.ts';

const startMs = Date.UTC(2026, 0, 2, 3, 4, 5);
const kind: LineFaults = { fails: 0, answerLost: 0, doneLate: 0, crash: 0, isAway: false, slowestMs: 3, slowestEventMs: 20 };

export interface SeedResult {
  seed: number;
  operations: Operation[];
  commits: number;
  crashes: number;
  leases: number;
  /** Operations whose outcome nobody was told. */
  lost: number;
  /** What is wrong, if something is. */
  problem: string | undefined;
}

export interface SeedOptions {
  seed: number;
  clients?: number;
  log?: Logger;
}

export async function runPoolSeed(options: SeedOptions): Promise<SeedResult> {
  return new Run(options).run();
}

interface Replica {
  pool: ClusterPool;
  process: SimulatedProcess;
  /** Settles when the process dies. */
  died: Promise<'died'>;
}

class Run {
  readonly #options: SeedOptions;
  readonly #random: SeededRandom;
  readonly #clock = new SimulatedClock(startMs);
  readonly #server = new SimulatedConfigMap();
  readonly #faults: LineFaults;
  readonly #operations: Operation[] = [];
  readonly #commits: Commit[] = [];
  readonly #replicas: Replica[] = [];
  readonly #names: string[];
  readonly #abandoned: { operation: Operation; process: SimulatedProcess }[] = [];
  #order = 0;
  #isKind = false;
  #crashes = 0;
  #leases = 0;
  #starts = 0;

  constructor(options: SeedOptions) {
    this.#options = options;
    const random = (this.#random = new SeededRandom(options.seed));
    const level = random.pick([0, 0.5, 1, 2]);
    this.#faults = { fails: 0.08 * level * random.next(), answerLost: 0.08 * level * random.next(), doneLate: 0.05 * level * random.next(), crash: 0.03 * level * random.next(), isAway: false, slowestMs: 1 + Math.floor(400 * random.next() ** 3), slowestEventMs: 1 + Math.floor(3000 * random.next() ** 2) };
    this.#server.watchers.add(({ data = {} }) => this.#commits.push({ order: (this.#order += 1), data }));
    this.#names = Array.from({ length: random.between(1, 4) }, (_, index) => `c${index}`);
  }

  async run(): Promise<SeedResult> {
    for (const index of [0, 1, 2]) await this.#start(index);
    const { clients = 16 } = this.#options;
    for (const name of this.#names) void this.#operate({ call: 'addcluster', cluster: name, region: regionOf(name) }, 0);
    let untilMs = startMs + 3000;
    await this.#clock.runUntil(untilMs);
    let working = clients;
    if (this.#random.chance(0.4)) void this.#outages();
    for (let client = 0; client < clients; client += 1) void this.#client(client).finally(() => (working -= 1));
    for (let tries = 0; working > 0 && tries < 3600; tries += 1) await this.#clock.runUntil((untilMs += 1000));
    // From here on the world is kind: what is open comes to its end, and all replicas tell the same.
    this.#isKind = true;
    Object.assign(this.#faults, kind);
    await this.#clock.runUntil((untilMs += 20_000));
    const problems = working > 0 ? [`${working} clients still wait after an hour`] : [];
    for (const index of [0, 1, 2]) void this.#operate({ call: 'clusters' }, index).then((said) => said ?? problems.push(`replica ${index} does not answer`));
    await this.#clock.runUntil(untilMs + 2000);
    for (const { operation, process } of this.#abandoned) operation.isAbandoned = process.isAlive;
    for (const { process } of this.#replicas) process.isAlive = false;
    const lost = this.#operations.filter(({ returnedAt }) => returnedAt === Number.POSITIVE_INFINITY).length;
    const problem = findFlaw(this.#operations, this.#commits, this.#clock.now()) ?? problems[0];
    return { seed: this.#options.seed, operations: this.#operations, commits: this.#commits.length, crashes: this.#crashes, leases: this.#leases, lost, problem };
  }

  /** The API server is away for a while, again and again. */
  async #outages(): Promise<void> {
    for (;;) {
      await this.#clock.sleep(this.#random.between(100, 15_000));
      if (this.#isKind) return;
      this.#faults.isAway = true;
      await this.#clock.sleep(this.#random.between(100, 45_000));
      this.#faults.isAway = false;
    }
  }

  async #start(index: number): Promise<void> {
    let die: () => void = () => undefined;
    const died = new Promise<'died'>((resolve) => (die = () => resolve('died')));
    const process: SimulatedProcess = {
      isAlive: true,
      die: () => {
        if (!process.isAlive) return;
        process.isAlive = false;
        this.#crashes += 1;
        die();
        this.#clock.after(this.#random.between(10, 8000), () => void this.#start(index));
      },
    };
    const clock = clockOf(this.#clock, process);
    const kube = simulatedKube({ server: this.#server, clock, random: this.#random, faults: this.#faults, process });
    const pool = new ClusterPool({ kube, namespace: 'ci', name: 'clusters', prowJobs: undefined, leaseGraceMs: 0, clock, log: this.#options.log ?? silentLogger, random: () => this.#random.next(), writer: `w${(this.#starts += 1)}` });
    this.#replicas[index] = { pool, process, died };
    await pool.start();
  }

  async #client(id: number): Promise<void> {
    const random = this.#random;
    await this.#clock.sleep(random.between(0, 3000));
    const rounds = random.between(1, 2);
    for (let round = 0; round < rounds; round += 1) {
      await this.#round(id, round);
      await this.#clock.sleep(random.between(0, random.pick([10, 1000, 8000])));
    }
  }

  /** Any of the calls; most often a lease and its return. */
  async #round(id: number, round: number): Promise<void> {
    const random = this.#random;
    const cluster = this.#names[random.between(0, this.#names.length - 1)] ?? 'c0';
    const replica = (): number => random.between(0, 2);
    const kindOfRound = random.between(0, 19);
    if (kindOfRound < 12) {
      // Some ask under names that others have as well, as a job does that is tried again.
      const pair = random.chance(0.2) ? 'shared' : `b${id}-${round}`;
      let leased: string | undefined;
      for (let tries = 0; tries < 4 && leased === undefined; tries += 1) {
        const said = await this.#operate({ call: 'getvacant', pair, ...(random.chance(0.2) ? { ttlMs: random.pick([2000, 10_000]) } : {}), ...(random.chance(0.2) ? { region: regionOf(cluster) } : {}) }, replica());
        if (said?.startsWith('cluster:') === true) leased = said.slice('cluster:'.length);
        else await this.#clock.sleep(random.between(0, 2000));
      }
      if (leased === undefined) return;
      this.#leases += 1;
      await this.#clock.sleep(random.between(0, 3000));
      if (random.chance(0.15)) await this.#operate({ call: 'holdcluster', cluster: leased, forMs: random.pick([2000, 10_000, 6 * 3_600_000]) }, replica());
      for (let tries = 0; tries < 4; tries += 1) if (![undefined, 'undone'].includes(await this.#operate({ call: 'finishtest', cluster: leased, pair }, replica()))) return;
      return;
    }
    if (kindOfRound < 14) await this.#operate({ call: 'clusters' }, replica());
    else if (kindOfRound < 16) await this.#operate({ call: 'releasecluster', cluster }, replica());
    else if (kindOfRound < 17) await this.#operate({ call: 'finishtest', cluster }, replica());
    else if (kindOfRound < 19) {
      await this.#operate({ call: 'disablecluster', cluster }, replica());
      await this.#operate({ call: 'enablecluster', cluster }, replica());
    } else {
      await this.#operate({ call: 'deletecluster', cluster }, replica());
      await this.#operate({ call: 'addcluster', cluster, region: random.chance(0.8) ? regionOf(cluster) : 'elsewhere' }, replica());
    }
  }

  /** Asks a replica and writes down what it said; undefined: nobody knows what became of it. */
  async #operate(input: PoolCall, index: number): Promise<string | undefined> {
    const replica = this.#replicas[index];
    if (replica === undefined || !replica.process.isAlive) return undefined;
    const operation: Operation = { id: `client ${this.#operations.length}`, input, output: undefined, calledAt: (this.#order += 1), returnedAt: Number.POSITIVE_INFINITY };
    this.#operations.push(operation);
    const said = await Promise.race([this.#ask(replica.pool, operation).catch((error: unknown) => outputOf(error)), replica.died]);
    if (said === 'died' || said === 'lost') {
      if (said === 'lost') this.#abandoned.push({ operation, process: replica.process });
      return undefined;
    }
    operation.output = said;
    operation.returnedAt = this.#order += 1;
    return said;
  }

  async #ask(pool: ClusterPool, { id, input }: Operation): Promise<string> {
    const note = { who: id };
    switch (input.call) {
      case 'getvacant':
        return this.#lease(pool, id, input);
      case 'clusters':
        return describeClusters((await pool.read()).clusters.map(({ name, state, lease }) => ({ name, state, pair: lease?.build })));
      case 'finishtest':
        await pool.move({ kind: 'finishtest', cluster: input.cluster, ...(input.pair === undefined ? {} : { build: input.pair, job: 'e2e' }) }, note);
        return 'ok';
      case 'addcluster':
        await pool.move({ kind: 'addcluster', cluster: input.cluster, region: input.region, administrator: 'john' }, note);
        return 'ok';
      case 'holdcluster':
        await pool.move({ kind: 'holdcluster', cluster: input.cluster, user: 'john', reason: '', forMs: input.forMs }, note);
        return 'ok';
      default:
        await pool.move({ kind: input.call, cluster: input.cluster }, note);
        return 'ok';
    }
  }

  async #lease(pool: ClusterPool, who: string, { pair, region, ttlMs }: Extract<PoolCall, { call: 'getvacant' }>): Promise<string> {
    const random = this.#random;
    let leave: ((error: Error) => void) | undefined;
    const waitMs = random.chance(0.5) ? random.between(1, 20_000) : 0;
    // Its time may be up, or the client go away, while the lease is being made: then that lease is taken back.
    if (random.chance(0.2)) this.#clock.after(random.between(1, waitMs > 0 ? 10_000 : 1500), () => leave?.(new ProwError('PROW_TEST_GONE', 'gone')));
    const request = { build: pair, job: 'e2e', ...(region === undefined ? {} : { wanted: { region } }), ...(ttlMs === undefined ? {} : { ttlMs }) };
    const cluster = await pool.lease(request, { waitMs, note: { who }, canLeave: (take) => (leave = take) });
    return `cluster:${cluster.name}`;
  }
}

function regionOf(name: string): string {
  return name === 'c0' || name === 'c2' ? 'even' : 'odd';
}

function outputOf(error: unknown): string {
  if (!(error instanceof ProwError)) throw error;
  switch (error.code) {
    case 'PROW_CLUSTER_POOL_NOTHING_VACANT':
      // Those in the queue go first; a refusal that only says so, or that nothing came in time, tells nothing of the clusters.
      return /: \d+ wait$| after \d+ s$/.test(error.message) ? 'late' : 'none';
    case 'PROW_CLUSTER_POOL_STATE':
    case 'PROW_CLUSTER_POOL_LEASE':
    case 'PROW_CLUSTER_POOL_WANTED':
      return 'refused';
    case 'PROW_CLUSTER_POOL_UNKNOWN':
      return 'unknown';
    case 'PROW_CLUSTER_POOL_EXISTS':
      return 'exists';
    case 'PROW_CLUSTER_POOL_STORAGE':
      return error.details['outcome'] === 'undone' ? 'undone' : 'lost';
    case 'PROW_CLUSTER_POOL_STOPPING':
    case 'PROW_TEST_GONE':
      return 'lost';
    default:
      throw error;
  }
}

/** Of a process that has died no timer goes off. */
function clockOf(clock: SimulatedClock, process: SimulatedProcess): Clock {
  const guard = (callback: () => void) => () => {
    if (process.isAlive) callback();
  };
  return {
    now: () => clock.now(),
    after: (ms, callback) => clock.after(ms, guard(callback)),
    sleep: (ms) => new Promise((resolve) => clock.after(ms, guard(resolve))),
  };
}
