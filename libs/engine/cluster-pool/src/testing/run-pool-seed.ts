// One run under one seed: three replicas that crash, sixteen clients, a Kubernetes API that fails; and what the checker says.
import { silentLogger, type Logger } from '@prow/base-log';
import { ProwError } from '@prow/base-errors';
import type { Clock } from '@prow/base-time';
import { checkLinearizable, type Operation, type Verdict } from '@prow/testing-linearizability';
import { SeededRandom, SimulatedClock } from '@prow/testing-simulation';
import { ClusterPool } from '../cluster-pool.ts';
import { describeClusters, poolModel, type ModelInput, type ModelOutput } from './pool-model.ts';
import { SimulatedConfigMap, simulatedKube, type LineFaults, type SimulatedProcess } from './simulated-kube.ts';

const startMs = Date.UTC(2026, 0, 2, 3, 4, 5);
const kind: LineFaults = { fails: 0, answerLost: 0, doneLate: 0, crash: 0, slowestMs: 3, slowestEventMs: 20 };

export interface SeedResult {
  seed: number;
  verdict: Verdict<ModelInput, ModelOutput>;
  operations: Operation<ModelInput, ModelOutput>[];
  crashes: number;
  leases: number;
  /** Operations whose outcome nobody was told. */
  lost: number;
  /** What is wrong with the end, if something is. */
  problem: string | undefined;
}

export interface SeedOptions {
  seed: number;
  clients?: number;
  log?: Logger;
  maxConfigurations?: number;
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
  readonly #operations: Operation<ModelInput, ModelOutput>[] = [];
  readonly #replicas: Replica[] = [];
  readonly #names: string[];
  #order = 0;
  #crashes = 0;
  #leases = 0;
  #starts = 0;
  #asks = 0;

  constructor(options: SeedOptions) {
    this.#options = options;
    const random = (this.#random = new SeededRandom(options.seed));
    const level = random.pick([0, 0.5, 1, 2]);
    this.#faults = { fails: 0.08 * level * random.next(), answerLost: 0.08 * level * random.next(), doneLate: 0.05 * level * random.next(), crash: 0.03 * level * random.next(), slowestMs: 1 + Math.floor(400 * random.next() ** 3), slowestEventMs: 1 + Math.floor(3000 * random.next() ** 2) };
    this.#names = Array.from({ length: random.between(1, 4) }, (_, index) => `c${index}`);
  }

  async run(): Promise<SeedResult> {
    for (const index of [0, 1, 2]) await this.#start(index);
    const { clients = 16 } = this.#options;
    for (const name of this.#names) void this.#operate({ call: 'addcluster', cluster: name, region: regionOf(name) }, 0);
    await this.#clock.runUntil(startMs + 15_000);
    let working = clients;
    for (let client = 0; client < clients; client += 1) void this.#client(client).finally(() => (working -= 1));
    let untilMs = startMs + 15_000;
    for (let tries = 0; working > 0 && tries < 360; tries += 1) await this.#clock.runUntil((untilMs += 10_000));
    // From here on the world is kind: what is open comes to its end, and all replicas tell the same.
    Object.assign(this.#faults, kind);
    await this.#clock.runUntil((untilMs += 30_000));
    const problems = working > 0 ? [`${working} clients still wait after an hour`] : [];
    for (const index of [0, 1, 2]) void this.#operate({ call: 'clusters' }, index).then((said) => said ?? problems.push(`replica ${index} does not answer`));
    await this.#clock.runUntil(untilMs + 10_000);
    for (const { process } of this.#replicas) process.isAlive = false;
    const verdict = this.#check();
    const lost = this.#operations.filter(({ returnedAt, isStanding = false }) => returnedAt === Number.POSITIVE_INFINITY && !isStanding).length;
    return { seed: this.#options.seed, verdict, operations: this.#operations, crashes: this.#crashes, leases: this.#leases, lost, problem: problems[0] };
  }

  /** Cluster by cluster; then all at once, as far as that is decided with few possibilities. */
  #check(): Verdict<ModelInput, ModelOutput> {
    let undecided: Verdict<ModelInput, ModelOutput> | undefined;
    for (const name of this.#names) {
      const verdict = checkLinearizable(poolModel, ofCluster(this.#operations, name), { maxConfigurations: this.#options.maxConfigurations ?? 3000 });
      if (verdict.outcome === 'violation') return verdict;
      if (verdict.outcome === 'undecided') undecided = verdict;
    }
    const whole = checkLinearizable(poolModel, this.#operations, { maxConfigurations: 200 });
    if (whole.outcome === 'violation') return whole;
    return undecided ?? { outcome: 'ok', configurations: 0 };
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
        this.#clock.after(this.#random.between(10, 20_000), () => void this.#start(index));
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
    const rounds = random.between(1, 4);
    for (let round = 0; round < rounds; round += 1) {
      await this.#round(id, round);
      await this.#clock.sleep(random.between(0, random.pick([10, 1000, 20_000])));
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
        const said = await this.#operate({ call: 'getvacant', pair, ask: (this.#asks += 1), ...(random.chance(0.2) ? { region: regionOf(cluster) } : {}) }, replica());
        if (said?.startsWith('cluster:') === true) leased = said.slice('cluster:'.length);
        else await this.#clock.sleep(random.between(0, 2000));
      }
      if (leased === undefined) return;
      this.#leases += 1;
      await this.#clock.sleep(random.between(0, 5000));
      if (random.chance(0.15)) await this.#operate({ call: 'holdcluster', cluster: leased, ask: (this.#asks += 1) }, replica());
      for (let tries = 0; tries < 4; tries += 1) if ((await this.#operate({ call: 'finishtest', cluster: leased, pair }, replica())) !== undefined) return;
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
  async #operate(input: ModelInput, index: number): Promise<string | undefined> {
    const operation: Operation<ModelInput, ModelOutput> = { input, output: undefined, calledAt: (this.#order += 1), returnedAt: Number.POSITIVE_INFINITY };
    const replica = this.#replicas[index];
    if (replica === undefined || !replica.process.isAlive) return undefined;
    this.#operations.push(operation);
    const said = await Promise.race([this.#ask(replica.pool, input).catch((error: unknown) => outputOf(error)), replica.died]);
    if (said === 'died' || said === 'lost') {
      // A call that was sent is done within seconds, a write that is being repeated within the minute.
      this.#clock.after(60_000, () => (operation.lastEffectAt = this.#order += 1));
      return undefined;
    }
    // Those in the queue go first: a refusal that only says so tells nothing of the clusters.
    if (said === 'behind') this.#operations.splice(this.#operations.indexOf(operation), 1);
    operation.output = said;
    operation.returnedAt = this.#order += 1;
    return said;
  }

  async #ask(pool: ClusterPool, input: ModelInput): Promise<string> {
    switch (input.call) {
      case 'getvacant':
        return this.#lease(pool, input);
      case 'clusters':
        return describeClusters((await pool.read()).clusters.map(({ name, state, lease }) => ({ name, state, pair: lease?.build })));
      case 'finishtest':
        await pool.move({ kind: 'finishtest', cluster: input.cluster, ...(input.pair === undefined ? {} : { build: input.pair, job: 'e2e' }) });
        return 'ok';
      case 'addcluster':
        await pool.move({ kind: 'addcluster', cluster: input.cluster, region: input.region, administrator: 'john' });
        return 'ok';
      case 'holdcluster': {
        const forMs = this.#random.pick([5000, 60_000, 6 * 3_600_000]);
        this.#later(forMs, { call: 'hold-is-over', ask: input.ask });
        await pool.move({ kind: 'holdcluster', cluster: input.cluster, user: 'john', reason: '', forMs });
        return 'ok';
      }
      case 'releasecluster':
      case 'disablecluster':
      case 'enablecluster':
      case 'deletecluster':
        await pool.move({ kind: input.call, cluster: input.cluster });
        return 'ok';
      default:
        return 'lost';
    }
  }

  async #lease(pool: ClusterPool, { pair, ask, region }: Extract<ModelInput, { call: 'getvacant' }>): Promise<string> {
    const random = this.#random;
    const aborter = new AbortController();
    const ttlMs = random.chance(0.2) ? random.pick([2000, 30_000]) : undefined;
    if (ttlMs !== undefined) this.#later(ttlMs, { call: 'lease-is-over', ask });
    const waitMs = random.chance(0.5) ? random.between(1, 60_000) : 0;
    if (waitMs > 0) {
      // Its time may be up, or the client go away, while the lease is being made: then that lease is taken back.
      this.#later(0, { call: 'unanswered', ask });
      if (random.chance(0.2)) this.#clock.after(random.between(1, 10_000), () => aborter.abort(new ProwError('PROW_TEST_GONE', 'gone')));
    }
    const cluster = await pool.lease({ build: pair, job: 'e2e', ...(region === undefined ? {} : { wanted: { region } }), ...(ttlMs === undefined ? {} : { ttlMs }) }, { waitMs, signal: aborter.signal });
    return `cluster:${cluster.name}`;
  }

  /** From then on this may happen. */
  #later(ms: number, input: ModelInput): void {
    this.#clock.after(ms, () => this.#operations.push({ input, output: undefined, calledAt: (this.#order += 1), returnedAt: Number.POSITIVE_INFINITY, isStanding: true }));
  }
}

/** What is said of one cluster. Of a lease whose answer was lost nobody knows which cluster it took, if any. */
function ofCluster(operations: readonly Operation<ModelInput, ModelOutput>[], name: string): Operation<ModelInput, ModelOutput>[] {
  const asks = new Set<number>();
  const found: Operation<ModelInput, ModelOutput>[] = [];
  for (const operation of operations) {
    const { input, output } = operation;
    if (input.call === 'clusters') {
      if (output !== undefined) found.push({ ...operation, output: output.split('; ').find((each) => each.startsWith(`${name} `)) ?? '' });
    } else if (input.call === 'getvacant' ? output === undefined || output === `cluster:${name}` : 'cluster' in input && input.cluster === name) {
      found.push(operation);
      if ('ask' in input) asks.add(input.ask);
    }
  }
  const standing = operations.filter(({ input, isStanding }) => isStanding === true && 'ask' in input && asks.has(input.ask));
  return [...found, ...standing];
}

function regionOf(name: string): string {
  return name === 'c0' || name === 'c2' ? 'even' : 'odd';
}

function outputOf(error: unknown): string {
  if (!(error instanceof ProwError)) throw error;
  switch (error.code) {
    case 'PROW_CLUSTER_POOL_NOTHING_VACANT':
      return /: \d+ wait$/.test(error.message) ? 'behind' : 'none';
    case 'PROW_CLUSTER_POOL_STATE':
    case 'PROW_CLUSTER_POOL_LEASE':
      return 'refused';
    case 'PROW_CLUSTER_POOL_UNKNOWN':
      return 'unknown';
    case 'PROW_CLUSTER_POOL_EXISTS':
      return 'exists';
    case 'PROW_CLUSTER_POOL_STORAGE':
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
