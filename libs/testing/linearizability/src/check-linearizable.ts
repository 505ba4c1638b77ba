// Wing and Gong's question, answered with sets of configurations (Lowe, "Testing for linearizability", 2017).

/** One call of one client. */
export interface Operation<Input, Output> {
  input: Input;
  /** Undefined: not known, for its answer was lost. */
  output: Output | undefined;
  /** Any numbers that grow with time. */
  calledAt: number;
  /** Infinity: never; it may have happened at any moment since the call, or not at all. */
  returnedAt: number;
  /** Of a lost one: after this it has happened or never will. Default: never. */
  lastEffectAt?: number;
  /** From the call on it may happen any number of times: what the service does by itself. Needs `returnedAt: Infinity`. */
  isStanding?: boolean;
}

/** A machine that does one operation at a time. States are never changed in place. */
export interface Model<State, Input, Output> {
  initial: State;
  /** Every state that may follow; none: this output is impossible here. `output` undefined: any output. */
  step(state: State, input: Input, output: Output | undefined): readonly State[];
  /** Whether an operation with this output never changes any state: a read, a refusal. Spares the checker work. Default: not known. */
  changesNothing?(input: Input, output: Output): boolean;
  /** Equal for equal states only. */
  keyOf(state: State): string;
}

export type Verdict<Input, Output> =
  | { outcome: 'ok'; configurations: number }
  /** Nothing explains this operation's answer. */
  | { outcome: 'violation'; operation: Operation<Input, Output>; states: readonly string[] }
  /** More possibilities than were allowed. */
  | { outcome: 'undecided'; configurations: number };

/** One way it may have been: the state, and which of the open operations have happened. */
interface Configuration<State> {
  state: State;
  stateKey: string;
  happened: ReadonlySet<number>;
}

export function checkLinearizable<State, Input, Output>(model: Model<State, Input, Output>, operations: readonly Operation<Input, Output>[], { maxConfigurations = 200_000 }: { maxConfigurations?: number } = {}): Verdict<Input, Output> {
  const events = operations
    .flatMap(({ calledAt, returnedAt, lastEffectAt = Number.POSITIVE_INFINITY }, index) => {
      const endedAt = Math.min(returnedAt, lastEffectAt);
      return [{ at: calledAt, isReturn: false, index }, ...(endedAt === Number.POSITIVE_INFINITY ? [] : [{ at: endedAt, isReturn: true, index }])];
    })
    // At the same moment calls come first: that allows more, never less.
    .toSorted((a, b) => a.at - b.at || Number(a.isReturn) - Number(b.isReturn) || a.index - b.index);
  const search = new Search(model, operations, maxConfigurations);
  for (const { isReturn, index } of events) {
    if (!isReturn) {
      search.open(index);
      continue;
    }
    if (operations[index]?.returnedAt === Number.POSITIVE_INFINITY) {
      if (search.forget(index) === 'undecided') return { outcome: 'undecided', configurations: search.seen };
      continue;
    }
    const before = search.states();
    const outcome = search.close(index);
    if (outcome === 'undecided') return { outcome, configurations: search.seen };
    const operation = operations[index];
    if (outcome === 'violation' && operation !== undefined) return { outcome, operation, states: before };
  }
  return { outcome: 'ok', configurations: search.seen };
}

class Search<State, Input, Output> {
  readonly #model: Model<State, Input, Output>;
  readonly #operations: readonly Operation<Input, Output>[];
  readonly #maxSeen: number;
  readonly #pending = new Set<number>();
  #configurations: Configuration<State>[];
  seen = 0;

  constructor(model: Model<State, Input, Output>, operations: readonly Operation<Input, Output>[], maxSeen: number) {
    this.#model = model;
    this.#operations = operations;
    this.#maxSeen = maxSeen;
    this.#configurations = [{ state: model.initial, stateKey: model.keyOf(model.initial), happened: new Set() }];
  }

  states(): string[] {
    return this.#configurations.slice(0, 10).map(({ stateKey }) => stateKey);
  }

  open(index: number): void {
    this.#pending.add(index);
  }

  /** The operation was answered: only ways in which it has happened by now remain. */
  close(index: number): 'ok' | 'violation' | 'undecided' {
    const closed = new Map<string, Configuration<State>>();
    const visited = new Set<string>();
    let frontier = this.#configurations;
    while (frontier.length > 0) {
      const next: Configuration<State>[] = [];
      for (const each of frontier) {
        const configuration = this.#saturated(each);
        const key = keyOf(configuration);
        if (visited.has(key)) continue;
        visited.add(key);
        this.seen += 1;
        if (this.seen > this.#maxSeen) return 'undecided';
        if (configuration.happened.has(index)) {
          const happened = new Set(configuration.happened);
          happened.delete(index);
          const rest = { ...configuration, happened };
          closed.set(keyOf(rest), rest);
          continue;
        }
        for (const open of this.#pending) if (!configuration.happened.has(open)) next.push(...this.#after(configuration, open));
      }
      frontier = next;
    }
    this.#pending.delete(index);
    this.#configurations = [...closed.values()];
    return closed.size === 0 ? 'violation' : 'ok';
  }

  /** A lost operation has happened by now, or never will: it may still have, as the last of what is open. */
  forget(index: number): 'ok' | 'undecided' {
    const kept = new Map<string, Configuration<State>>();
    const visited = new Set<string>();
    let frontier = this.#configurations;
    while (frontier.length > 0) {
      const next: Configuration<State>[] = [];
      for (const each of frontier) {
        const configuration = this.#saturated(each);
        const key = keyOf(configuration);
        if (visited.has(key)) continue;
        visited.add(key);
        this.seen += 1;
        if (this.seen > this.#maxSeen) return 'undecided';
        const happened = new Set(configuration.happened);
        const hasHappened = happened.delete(index);
        const rest = { ...configuration, happened };
        // Without it, nothing else has to have happened by now.
        if (hasHappened || frontier === this.#configurations) kept.set(keyOf(rest), rest);
        if (hasHappened) continue;
        for (const open of this.#pending) if (!configuration.happened.has(open)) next.push(...this.#after(configuration, open));
      }
      frontier = next;
    }
    this.#pending.delete(index);
    this.#configurations = [...kept.values()];
    return 'ok';
  }

  /** What never changes anything may as well happen at once: that rules nothing out, and saves trying it at every later moment. */
  #saturated(configuration: Configuration<State>): Configuration<State> {
    let happened: Set<number> | undefined;
    for (const index of this.#pending) {
      const operation = this.#operations[index];
      if (operation?.output === undefined || configuration.happened.has(index) || this.#model.changesNothing?.(operation.input, operation.output) !== true) continue;
      if (this.#model.step(configuration.state, operation.input, operation.output).length > 0) (happened ??= new Set(configuration.happened)).add(index);
    }
    return happened === undefined ? configuration : { ...configuration, happened };
  }

  #after({ state, stateKey, happened }: Configuration<State>, index: number): Configuration<State>[] {
    const operation = this.#operations[index];
    if (operation === undefined) return [];
    const after: Configuration<State>[] = [];
    for (const next of this.#model.step(state, operation.input, operation.output)) {
      const key = this.#model.keyOf(next);
      // A lost operation that changes nothing need not have happened: that way is there already.
      if (operation.returnedAt === Number.POSITIVE_INFINITY && key === stateKey) continue;
      after.push({ state: next, stateKey: key, happened: operation.isStanding === true ? happened : new Set(happened).add(index) });
    }
    return after;
  }
}

function keyOf({ stateKey, happened }: Configuration<unknown>): string {
  return `${stateKey}|${[...happened].toSorted((a, b) => a - b).join(',')}`;
}
