import { describe, expect, test } from '@jest/globals';
import { applyMove } from './apply-move.ts';
import { emptyPool, formatPool, parsePool } from './pool-document.ts';
import type { Move, PoolState } from './types.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const hour = 3_600_000;

function after(moves: readonly Move[], start: PoolState = emptyPool): PoolState {
  return moves.reduce((state, move, index) => applyMove(state, move, now + index * 1000).state, start);
}

const add = (cluster: string, region = 'sddz'): Move => ({ kind: 'addcluster', cluster, region, administrator: 'john' });
const get = (build: string, more: Partial<Extract<Move, { kind: 'getvacant' }>> = {}): Move => ({ kind: 'getvacant', build, job: 'e2e', ...more });

/** A pool with one cluster in each state. */
const reach: Record<string, readonly Move[]> = {
  finished: [add('c')],
  testing: [add('c'), get('1')],
  held: [add('c'), get('1'), { kind: 'holdcluster', cluster: 'c', user: 'john', reason: '', forMs: 6 * hour }],
  disabled: [add('c'), { kind: 'disablecluster', cluster: 'c' }],
};
const moves: Move[] = [
  { kind: 'finishtest', cluster: 'c' },
  { kind: 'holdcluster', cluster: 'c', user: 'john', reason: '', forMs: hour },
  { kind: 'releasecluster', cluster: 'c' },
  { kind: 'disablecluster', cluster: 'c' },
  { kind: 'enablecluster', cluster: 'c' },
  { kind: 'deletecluster', cluster: 'c' },
];
const allowed: Record<string, string> = {
  'finished disablecluster': 'disabled', 'finished deletecluster': 'gone', 'testing finishtest': 'finished', 'testing holdcluster': 'held', 'held releasecluster': 'finished', 'disabled enablecluster': 'finished',
};

describe.each(Object.keys(reach))('a cluster that is %s', (from) => {
  test.each(moves.map((move) => [move.kind, move] as const))('%s', (kind, move) => {
    const before = after(reach[from] ?? []);
    const wanted = allowed[`${from} ${kind}`];
    if (wanted === undefined) {
      expect(() => applyMove(before, move, now)).toThrow(expect.objectContaining({ code: 'PROW_CLUSTER_POOL_STATE', httpStatus: 409 }));
      expect(() => applyMove(before, move, now)).toThrow(from);
      return;
    }
    const { state } = applyMove(before, move, now);
    expect(state.clusters['c']?.state ?? 'gone').toBe(wanted);
    if (wanted === 'finished') expect(state.clusters['c']).not.toHaveProperty('lease');
  });
});

describe('leases', () => {
  test('the same build and job get the same cluster again; others another', () => {
    const state = after([add('a'), add('b'), get('1')]);
    const again = applyMove(state, get('1'), now);
    expect([again.cluster?.name, again.changed]).toEqual(['a', false]);
    expect(applyMove(state, get('2'), now).cluster?.name).toBe('b');
  });
  test('nothing vacant is 503, and says what was wanted', () => {
    expect(() => applyMove(after([add('a')]), get('1', { wanted: { region: 'x', labels: { gpu: 'yes' } } }), now)).toThrow(
      expect.objectContaining({ code: 'PROW_CLUSTER_POOL_NOTHING_VACANT', httpStatus: 503, message: 'no cluster is vacant with region x, label gpu=yes' }),
    );
  });
  test('the one that has rested longest comes first', () => {
    const state = after([add('a'), add('b'), get('1'), { kind: 'finishtest', cluster: 'a' }]);
    expect(applyMove(state, get('2'), now + 10_000).cluster?.name).toBe('b');
  });
  test('only its holder returns it, when it says who it is', () => {
    const state = after([add('a'), get('1')]);
    expect(() => applyMove(state, { kind: 'finishtest', cluster: 'a', build: '2', job: 'e2e' }, now)).toThrow(expect.objectContaining({ code: 'PROW_CLUSTER_POOL_LEASE' }));
  });
  test('ended by its job only while it is still that job', () => {
    const state = after([add('a'), get('2')]);
    expect(applyMove(state, { kind: 'endlease', cluster: 'a', build: '1', job: 'e2e' }, now).changed).toBe(false);
    expect(applyMove(state, { kind: 'endlease', cluster: 'a', build: '2', job: 'e2e' }, now).cluster?.state).toBe('finished');
  });
});

test('a hold ends when its stored time has come, not before, and not a later hold', () => {
  const state = after(reach['held'] ?? []);
  const until = state.clusters['c']?.hold?.until ?? '';
  expect(applyMove(state, { kind: 'expirehold', cluster: 'c', until }, Date.parse(until) - 1).changed).toBe(false);
  expect(applyMove(state, { kind: 'expirehold', cluster: 'c', until: '2026-01-01T00:00:00.000Z' }, now + 9 * hour).changed).toBe(false);
  expect(applyMove(state, { kind: 'expirehold', cluster: 'c', until }, Date.parse(until)).cluster?.state).toBe('finished');
});

test('adding again after a lost answer is no error; another by that name is', () => {
  const state = after([add('a')]);
  expect(applyMove(state, add('a'), now).changed).toBe(false);
  expect(() => applyMove(state, add('a', 'elsewhere'), now)).toThrow(expect.objectContaining({ code: 'PROW_CLUSTER_POOL_EXISTS' }));
});

test('an unknown cluster names the nearest', () => {
  expect(() => applyMove(after([add('sddz-e2e-1')]), { kind: 'releasecluster', cluster: 'sddz-e2e-2' }, now)).toThrow('did you mean sddz-e2e-1');
  expect(() => applyMove(emptyPool, { kind: 'releasecluster', cluster: 'constructor' }, now)).toThrow(expect.objectContaining({ httpStatus: 404 }));
});

describe('document', () => {
  test('what is written is read back', () => {
    const state = after([...(reach['held'] ?? []), add('d'), get('9', { ttlMs: hour })]);
    expect(parsePool(formatPool(state))).toEqual(state);
  });
  test.each([
    ['{', 'JSON'],
    ['{"version":2,"clusters":{}}', '/version'],
    ['{"version":1,"clusters":{"a":{"name":"b","region":"r","administrator":"x","state":"finished","since":"2026-01-01T00:00:00Z"}}}', '/clusters/a/name'],
    ['{"version":1,"clusters":{"a":{"name":"a","region":"r","administrator":"x","state":"testing","since":"2026-01-01T00:00:00Z"}}}', 'expected a lease'],
    ['{"version":1,"clusters":{"a":{"name":"a","region":"r","administrator":"x","state":"broken","since":"2026-01-01T00:00:00Z"}}}', '/clusters/a/state'],
  ])('a broken one is refused: %s', (json, where) => {
    expect(() => parsePool(json)).toThrow(expect.objectContaining({ code: 'PROW_CLUSTER_POOL_DOCUMENT' }));
    expect(() => parsePool(json)).toThrow(where);
  });
});
