// Every version of the ConfigMap, in the order the API server took them, is the history of the pool as it was: held here
// against the state machine, written down a second time and without looking, and against what clients were told.

export type PoolCall =
  | { call: 'getvacant'; pair: string; region?: string; ttlMs?: number }
  | { call: 'finishtest'; cluster: string; pair?: string }
  | { call: 'holdcluster'; cluster: string; forMs: number }
  | { call: 'releasecluster' | 'disablecluster' | 'enablecluster' | 'deletecluster'; cluster: string }
  | { call: 'addcluster'; cluster: string; region: string }
  | { call: 'clusters' };

export interface Operation {
  /** The `who` of its moves. */
  id: string;
  input: PoolCall;
  /**
   * `cluster:NAME`, `ok`, `refused` (the state does not allow it), `unknown` (no such cluster), `none` (nothing vacant),
   * `late` (not served while it wanted to wait), `undone` (storage trouble, and it is certain that nothing was done),
   * `exists`, or all clusters. Undefined: nobody was told.
   */
  output: string | undefined;
  /** The client went away, or was told that nobody knows, and the replica it asked lived on: a lease made for it has to end. */
  isAbandoned?: boolean;
  /** On one line of time with `Commit.order`. */
  calledAt: number;
  /** Infinity: never. */
  returnedAt: number;
}

export interface Commit {
  order: number;
  data: Readonly<Record<string, string>>;
}

interface LeaseNow {
  pair: string;
  /** Of the commit that gave it. */
  order: number;
  untilMs: number;
  isTakenBack: boolean;
}
interface ClusterNow {
  region: string;
  state: string;
  lease?: LeaseNow;
  heldUntilMs?: number;
}
type State = ReadonlyMap<string, ClusterNow>;

/** One move, and the state after it. */
interface Step {
  order: number;
  state: State;
  /** Of this commit the last: others never were to be seen. */
  isLast: boolean;
}
interface Done {
  cluster: string;
  order: number;
  lease: LeaseNow | undefined;
}
interface MoveLine {
  id: string;
  at: string;
  cluster: string;
  move: string;
  from: string;
  to: string;
  who: string;
}

const moves: Readonly<Record<string, readonly [from: string, to: string, by: 'client' | 'pool']>> = {
  addcluster: ['', 'finished', 'client'],
  deletecluster: ['finished', '', 'client'],
  getvacant: ['finished', 'testing', 'client'],
  finishtest: ['testing', 'finished', 'client'],
  holdcluster: ['testing', 'held', 'client'],
  releasecluster: ['held', 'finished', 'client'],
  disablecluster: ['finished', 'disabled', 'client'],
  enablecluster: ['disabled', 'finished', 'client'],
  expirehold: ['held', 'finished', 'pool'],
  endlease: ['testing', 'finished', 'pool'],
  unanswered: ['testing', 'finished', 'pool'],
};

/** What ends by itself has ended so long after its time, once the API server answers again. */
const overdueMs = 10_000;

/** As `clusters` tells it. */
export function describeClusters(clusters: Iterable<{ name: string; state: string; pair: string | undefined }>): string {
  return [...clusters].map(({ name, state, pair }) => `${name} ${state}${state === 'testing' ? ` ${pair ?? ''}` : ''}`).toSorted().join('; ');
}

/**
 * What is wrong; undefined: each commit is legal moves after the last one, each done for a client that had asked, at the most
 * once; and each answer was right at some moment between question and answer. So the order of the commits is a linearization.
 * Takes time in proportion to the operations and the commits they saw.
 */
export function findFlaw(operations: readonly Operation[], commits: readonly Commit[], endMs: number): string | undefined {
  try {
    const history = new PoolHistory(operations);
    for (const commit of commits) history.add(commit);
    for (const operation of operations) history.check(operation);
    history.checkEnd(endMs);
    return undefined;
  } catch (error) {
    if (error instanceof Flaw) return error.message;
    throw error;
  }
}

class Flaw extends Error {}

class PoolHistory {
  readonly #operations: ReadonlyMap<string, Operation>;
  readonly #steps: Step[] = [{ order: 0, state: new Map(), isLast: true }];
  readonly #done = new Map<string, Done[]>();
  readonly #ids = new Set<string>();
  #data: Readonly<Record<string, string>> = {};

  constructor(operations: readonly Operation[]) {
    this.#operations = new Map(operations.map((operation) => [operation.id, operation]));
  }

  add({ order, data }: Commit): void {
    const added = Object.keys(data).filter((key) => key.startsWith('moves.') && !Object.hasOwn(this.#data, key));
    if (added.length > 1) throw new Flaw(`commit ${order} has moves of two: ${added.join(', ')}`);
    for (const line of added.flatMap((key) => (data[key] ?? '').split('\n'))) this.#apply(JSON.parse(line) as MoveLine, order);
    const last = this.#last();
    last.isLast = true;
    const stored = Object.keys(data).filter((key) => key.startsWith('cluster.'));
    for (const key of stored) {
      const { region, state, lease } = JSON.parse(data[key] ?? '') as { region: string; state: string; lease?: { build: string } };
      const known = last.state.get(key.slice('cluster.'.length));
      if (known?.state !== state || known.region !== region || known.lease?.pair !== lease?.build) throw new Flaw(`commit ${order}: ${key} is ${data[key] ?? ''}, after its moves it is ${JSON.stringify(known)}`);
    }
    if (stored.length !== last.state.size) throw new Flaw(`commit ${order} has the clusters ${stored.join(' ')}; after its moves they are ${[...last.state.keys()].join(' ')}`);
    this.#data = data;
  }

  #apply(line: MoveLine, order: number): void {
    const flaw = (what: string): Flaw => new Flaw(`commit ${order}: ${JSON.stringify(line)}: ${what}`);
    const { id, cluster, move, from, to, who } = line;
    const [legalFrom, legalTo, by] = moves[move] ?? ['?', '?', 'pool'];
    const { state } = this.#last();
    const known = state.get(cluster);
    if (this.#ids.has(id)) throw flaw('told twice');
    this.#ids.add(id);
    if (from !== legalFrom || to !== legalTo) throw flaw('no such move');
    if ((known?.state ?? '') !== from) throw flaw(`it is ${known?.state ?? 'unknown'}`);
    const operation = this.#operations.get(who);
    if (by === 'client' ? operation?.input.call !== move : who !== 'pool') throw flaw('nobody asked for that');
    if (operation !== undefined && (operation.calledAt > order || ('cluster' in operation.input && operation.input.cluster !== cluster))) throw flaw(`not what was asked for: ${JSON.stringify(operation)}`);
    const next = new Map(state);
    const after = afterMove(known, { ...line, order }, operation?.input, flaw);
    if (after === undefined) next.delete(cluster);
    else next.set(cluster, after);
    if (move === 'getvacant') for (const [other, each] of state) if (each.state === 'testing' && each.lease?.pair === after?.lease?.pair) throw flaw(`it has ${other} already`);
    this.#steps.push({ order, state: next, isLast: false });
    this.#done.set(who, [...(by === 'pool' ? [] : (this.#done.get(who) ?? [])), { cluster, order, lease: after?.lease }]);
  }

  check(operation: Operation): void {
    const { id, input, output, returnedAt } = operation;
    const done = this.#done.get(id) ?? [];
    const flaw = (what: string): Flaw => new Flaw(`${JSON.stringify(operation)}: ${what}; done for it: ${JSON.stringify(done)}`);
    if (done.length > 1) throw flaw('done twice');
    if (output === undefined) return;
    const [own] = done;
    if (own === undefined) {
      if (output === 'undone') return;
      if (!this.#seenBy(operation).some((step) => isRight(input, output, step))) throw flaw(`never so: ${this.#seenBy(operation).map(({ state }) => describeState(state)).join(' → ')}`);
      return;
    }
    if (output !== 'ok' && output !== `cluster:${own.cluster}`) throw flaw('it was done');
    if (own.order > returnedAt) throw flaw('answered before it was done');
    if (output !== 'ok' && own.lease?.isTakenBack === true) throw flaw('taken back although it was answered');
  }

  checkEnd(endMs: number): void {
    for (const [name, { state, lease, heldUntilMs = Number.POSITIVE_INFINITY }] of this.#last().state) {
      const untilMs = state === 'held' ? heldUntilMs : state === 'testing' ? (lease?.untilMs ?? 0) : Number.POSITIVE_INFINITY;
      if (state === 'testing' && lease !== undefined && this.#isNobodys(lease)) throw new Flaw(`${name} is leased to ${lease.pair}, and whoever asked for that is gone`);
      if (untilMs + overdueMs < endMs) throw new Flaw(`${name} is ${state}, ${Math.round((endMs - untilMs) / 1000)} s after that was over`);
    }
  }

  /** Nobody who may have been told of this lease is still there. */
  #isNobodys({ pair, order }: LeaseNow): boolean {
    const askers = [...this.#operations.values()].filter(({ input, output, returnedAt }) => input.call === 'getvacant' && input.pair === pair && returnedAt > order && (output === undefined || output.startsWith('cluster:')));
    return askers.every(({ isAbandoned }) => isAbandoned === true);
  }

  #last(): Step {
    const last = this.#steps.at(-1);
    if (last === undefined) throw new Error('there is always a first');
    return last;
  }

  /** The states between question and answer, from the one it came upon. */
  #seenBy({ calledAt, returnedAt }: Operation): Step[] {
    return this.#steps.slice(Math.max(0, this.#countBefore(calledAt) - 1), this.#countBefore(returnedAt));
  }

  #countBefore(order: number): number {
    let low = 0;
    let high = this.#steps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#steps[middle]?.order ?? 0) < order) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function afterMove(before: ClusterNow | undefined, { at, move, to, order }: MoveLine & { order: number }, input: PoolCall | undefined, flaw: (what: string) => Flaw): ClusterNow | undefined {
  const atMs = Date.parse(at);
  if (before === undefined) return input?.call === 'addcluster' ? { region: input.region, state: to } : undefined;
  const { region, lease } = before;
  if (input?.call === 'getvacant') {
    if (input.region !== undefined && input.region !== region) throw flaw(`wanted in ${input.region}`);
    return { region, state: to, lease: { pair: input.pair, order, untilMs: atMs + (input.ttlMs ?? Number.POSITIVE_INFINITY), isTakenBack: false } };
  }
  if (input?.call === 'finishtest' && input.pair !== undefined && input.pair !== lease?.pair) throw flaw(`leased to ${lease?.pair ?? ''}`);
  if (input?.call === 'holdcluster') return { ...before, state: to, heldUntilMs: atMs + input.forMs };
  if (move === 'expirehold' && atMs < (before.heldUntilMs ?? 0)) throw flaw('before its time');
  if (move === 'endlease' && atMs < (lease?.untilMs ?? 0)) throw flaw('before its time');
  if (move === 'unanswered' && lease !== undefined) lease.isTakenBack = true;
  return to === '' ? undefined : { region, state: to };
}

/** Whether an answer that changed nothing is right in this state. */
function isRight(input: PoolCall, output: string, { state, isLast }: Step): boolean {
  if (input.call === 'clusters') return isLast && output === describeState(state);
  if (input.call === 'getvacant') {
    if (output.startsWith('cluster:')) {
      const known = state.get(output.slice('cluster:'.length));
      return known?.state === 'testing' && known.lease?.pair === input.pair && !known.lease.isTakenBack;
    }
    if (output === 'refused') return [...state.values()].some((each) => each.state === 'testing' && each.lease?.pair === input.pair && input.region !== undefined && each.region !== input.region);
    const isVacant = [...state.values()].some((each) => (each.state === 'finished' && (input.region === undefined || input.region === each.region)) || (each.state === 'testing' && each.lease?.pair === input.pair));
    return output === 'late' || (output === 'none' && !isVacant);
  }
  const known = state.get(input.cluster);
  if (input.call === 'addcluster') return known !== undefined && output === (known.region === input.region ? 'ok' : 'exists');
  if (known === undefined) return output === 'unknown';
  const isTheirs = input.call !== 'finishtest' || input.pair === undefined || input.pair === known.lease?.pair;
  return output === 'refused' && (known.state !== moves[input.call]?.[0] || !isTheirs);
}

function describeState(state: State): string {
  return describeClusters([...state].map(([name, { state: now, lease }]) => ({ name, state: now, pair: lease?.pair })));
}
