// The pool as its users know it, written down a second time and without looking: what the checker holds the answers against.
import type { Model } from '@prow/testing-linearizability';

export type ModelInput =
  /** `ask` numbers the askings: what ends by itself ends for one of them. */
  | { call: 'getvacant'; pair: string; ask: number; region?: string }
  | { call: 'finishtest'; cluster: string; pair?: string }
  | { call: 'holdcluster'; cluster: string; ask: number }
  | { call: 'releasecluster' | 'disablecluster' | 'enablecluster' | 'deletecluster'; cluster: string }
  | { call: 'addcluster'; cluster: string; region: string }
  | { call: 'clusters' }
  /** May happen by itself, from the time of its call on. */
  | { call: 'hold-is-over' | 'lease-is-over' | 'unanswered'; ask: number };

/** `cluster:NAME`, `ok`, `refused` (the state does not allow it), `unknown` (no such cluster), `none` (nothing vacant), `exists`, or all clusters. */
export type ModelOutput = string;

interface ClusterNow {
  region: string;
  state: string;
  /** Who has it, by which asking, and whether they asked again. */
  pair?: string;
  ask?: number;
  again?: boolean;
}
type State = Readonly<Record<string, ClusterNow>>;

const from: Readonly<Record<string, [string, string]>> = { holdcluster: ['testing', 'held'], releasecluster: ['held', 'finished'], disablecluster: ['finished', 'disabled'], enablecluster: ['disabled', 'finished'] };

/** As `clusters` tells it. */
export function describeClusters(clusters: Iterable<{ name: string; state: string; pair: string | undefined }>): string {
  return [...clusters].map(({ name, state, pair }) => `${name} ${state}${state === 'testing' ? ` ${pair ?? ''}` : ''}`).toSorted().join('; ');
}

export const poolModel: Model<State, ModelInput, ModelOutput> = {
  initial: {},
  changesNothing: ({ call }, output) => call === 'clusters' || ['none', 'refused', 'unknown', 'exists'].includes(output),
  keyOf: (state) => {
    const texts: string[] = [];
    for (const name of Object.keys(state).toSorted()) {
      const { region, state: now, pair = '', ask = '', again = false } = state[name] ?? { region: '', state: '' };
      texts.push(`${name} ${region} ${now} ${pair} ${ask} ${String(again)}`);
    }
    return texts.join(';');
  },
  step: (state, input, output) => possible(state, input).flatMap(([said, next]) => (output === undefined || output === said ? [next] : [])),
};

/** Every answer that is right in this state, with the state after it. */
function possible(state: State, input: ModelInput): [ModelOutput, State][] {
  switch (input.call) {
    case 'clusters':
      return [[describeClusters(Object.entries(state).map(([name, { state: now, pair }]) => ({ name, state: now, pair }))), state]];
    case 'getvacant':
      return lease(state, input);
    case 'addcluster': {
      const known = state[input.cluster];
      if (known === undefined) return [['ok', { ...state, [input.cluster]: { region: input.region, state: 'finished' } }]];
      return [[known.region === input.region ? 'ok' : 'exists', state]];
    }
    case 'hold-is-over':
    case 'lease-is-over':
    case 'unanswered': {
      const found = Object.entries(state).find(([, each]) => each.ask === input.ask && each.state === (input.call === 'hold-is-over' ? 'held' : 'testing') && !(input.call === 'unanswered' && each.again === true));
      return found === undefined ? [['', state]] : [['', { ...state, [found[0]]: { region: found[1].region, state: 'finished' } }]];
    }
    default:
      return moved(state, input);
  }
}

function lease(state: State, { pair, ask, region }: Extract<ModelInput, { call: 'getvacant' }>): [ModelOutput, State][] {
  const own = Object.entries(state).find(([, each]) => each.state === 'testing' && each.pair === pair);
  if (own !== undefined) return [[`cluster:${own[0]}`, { ...state, [own[0]]: { ...own[1], again: true } }]];
  const vacant = Object.entries(state).filter(([, each]) => each.state === 'finished' && (region === undefined || each.region === region));
  if (vacant.length === 0) return [['none', state]];
  return vacant.map(([name, each]) => [`cluster:${name}`, { ...state, [name]: { region: each.region, state: 'testing', pair, ask } }]);
}

function moved(state: State, input: Extract<ModelInput, { call: 'finishtest' | 'holdcluster' | 'releasecluster' | 'disablecluster' | 'enablecluster' | 'deletecluster' }>): [ModelOutput, State][] {
  const cluster = state[input.cluster];
  if (cluster === undefined) return [['unknown', state]];
  const { region } = cluster;
  if (input.call === 'deletecluster') {
    if (cluster.state !== 'finished') return [['refused', state]];
    const { [input.cluster]: _gone, ...rest } = state;
    return [['ok', rest]];
  }
  if (input.call === 'finishtest') {
    const isTheirs = cluster.state === 'testing' && (input.pair === undefined || input.pair === cluster.pair);
    return isTheirs ? [['ok', { ...state, [input.cluster]: { region, state: 'finished' } }]] : [['refused', state]];
  }
  const [wanted, next] = from[input.call] ?? ['', ''];
  if (cluster.state !== wanted) return [['refused', state]];
  return [['ok', { ...state, [input.cluster]: { region, state: next, ...(input.call === 'holdcluster' ? { ask: input.ask } : {}) } }]];
}
