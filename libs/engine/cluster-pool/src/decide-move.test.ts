import { describe, expect, test } from '@jest/globals';
import { decideMove } from './decide-move.ts';
import { formatCluster, parseCluster } from './pool-document.ts';
import { PoolIndex } from './pool-index.ts';
import type { Cluster, Decision, Move } from './types.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const hour = 3_600_000;

function applyMove(pool: PoolIndex, move: Move, nowMs: number, cleans = false): Decision & { changed: boolean } {
  const decision = decideMove(pool, move, { nowMs, cleans });
  return { ...decision, changed: decision.change !== undefined };
}

/** A pool after these moves. */
function after(moves: readonly Move[], cleans = false): PoolIndex {
  const pool = new PoolIndex();
  moves.forEach((move, index) => {
    const { change } = decideMove(pool, move, { nowMs: now + index * 1000, cleans });
    if (change !== undefined) pool.set(change.name, change.after);
  });
  return pool;
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
    const then = applyMove(before, move, now).change?.after;
    expect(then?.state ?? 'gone').toBe(wanted);
    if (wanted === 'finished') expect(then).not.toHaveProperty('lease');
  });
});

describe('leases', () => {
  test('the same build and job get the same cluster again; others another', () => {
    const state = after([add('a'), add('b'), get('1')]);
    const again = applyMove(state, get('1'), now);
    expect(again.cluster).toMatchObject({ name: 'a', state: 'testing', lease: { build: '1', askedAgain: '2026-01-01T00:00:00.000Z' } });
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
    const since = state.get('a')?.lease?.since ?? '';
    expect(applyMove(state, { kind: 'endlease', cluster: 'a', build: '1', job: 'e2e', since, why: '' }, now).changed).toBe(false);
    expect(applyMove(state, { kind: 'endlease', cluster: 'a', build: '2', job: 'e2e', since: '2025-12-31T00:00:00.000Z', why: '' }, now).changed).toBe(false);
    expect(applyMove(state, { kind: 'endlease', cluster: 'a', build: '2', job: 'e2e', since, why: '' }, now).cluster?.state).toBe('finished');
  });
});

test('a hold ends when its stored time has come, not before, and not a later hold', () => {
  const state = after(reach['held'] ?? []);
  const until = state.get('c')?.hold?.until ?? '';
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
  expect(() => applyMove(new PoolIndex(), { kind: 'releasecluster', cluster: 'constructor' }, now)).toThrow(expect.objectContaining({ httpStatus: 404 }));
});

describe('a clean-up', () => {
  const cleaning = after([add('c'), get('1'), { kind: 'finishtest', cluster: 'c' }], true);
  const since = cleaning.get('c')?.since ?? '';
  test('comes between a return and the next lease, and lets nothing else happen', () => {
    expect(cleaning.get('c')).toMatchObject({ state: 'cleaning', cleaning: { since } });
    expect(() => applyMove(cleaning, get('2'), now)).toThrow(expect.objectContaining({ code: 'PROW_CLUSTER_POOL_NOTHING_VACANT' }));
    for (const move of moves) expect(() => applyMove(cleaning, move, now)).toThrow('cluster c is cleaning');
  });
  test('ends vacant, or disabled with the reason; an older one changes nothing', () => {
    expect(applyMove(cleaning, { kind: 'endcleaning', cluster: 'c', since }, now).cluster?.state).toBe('finished');
    expect(applyMove(cleaning, { kind: 'endcleaning', cluster: 'c', since, problem: 'no node is ready' }, now).cluster).toMatchObject({ state: 'disabled', reason: 'no node is ready' });
    expect(applyMove(cleaning, { kind: 'endcleaning', cluster: 'c', since: '2020-01-01T00:00:00Z' }, now).changed).toBe(false);
  });
});

test('who has a cluster and asks for another kind is told so, and keeps it', () => {
  const pool = after([add('a'), get('1')]);
  expect(() => applyMove(pool, get('1', { wanted: { region: 'mars' } }), now)).toThrow(expect.objectContaining({ code: 'PROW_CLUSTER_POOL_WANTED', httpStatus: 409, message: 'build 1 of e2e has cluster a already, which is none with region mars: return it first, or ask without' }));
  expect(applyMove(pool, get('1', { wanted: { region: 'sddz' } }), now).cluster?.name).toBe('a');
});

test('a lease that nobody was told of ends, unless its holder asked again', () => {
  const told = after([add('a'), get('1')]);
  const since = told.get('a')?.lease?.since ?? '';
  const move: Move = { kind: 'unanswered', cluster: 'a', build: '1', job: 'e2e', since };
  expect(applyMove(told, move, now).cluster?.state).toBe('finished');
  // Two answers: it ends when neither reached anybody.
  expect(applyMove(after([add('a'), get('1'), get('1')]), move, now).cluster).toMatchObject({ state: 'testing', lease: { asked: 2, unanswered: 1 } });
  expect(applyMove(after([add('a'), get('1'), get('1'), move]), move, now).cluster?.state).toBe('finished');
});

describe('document', () => {
  test('what is written is read back', () => {
    for (const cluster of after([...(reach['held'] ?? []), add('d'), get('9', { ttlMs: hour })]).all()) expect(parseCluster(cluster.name, formatCluster(cluster))).toEqual(cluster);
  });
  const good: Omit<Cluster, 'name'> = { region: 'r', administrator: 'x', state: 'finished', since: '2026-01-01T00:00:00Z' };
  test.each([
    ['{', 'JSON'],
    ['[]', 'must be object'],
    [JSON.stringify({ ...good, name: 'b' }), '/name: found "b", expected "a"'],
    [JSON.stringify({ ...good, state: 'testing' }), 'expected a lease'],
    [JSON.stringify({ ...good, state: 'held' }), 'expected a hold'],
    [JSON.stringify({ ...good, state: 'broken' }), '/state'],
    [JSON.stringify({ ...good, region: undefined }), 'region'],
    [JSON.stringify({ ...good, since: 'yesterday' }), '/since'],
    [JSON.stringify({ ...good, regoin: 'r' }), 'found "regoin"'],
  ])('a broken one is refused: %s', (json, where) => {
    expect(() => parseCluster('a', json)).toThrow(expect.objectContaining({ code: 'PROW_CLUSTER_POOL_DOCUMENT' }));
    expect(() => parseCluster('a', json)).toThrow(where);
  });
});

describe('a move on what was seen', () => {
  test.each(moves.map((move) => [move.kind, move] as const))('%s is done while the cluster is in that state since then, and no later', (kind, move) => {
    const [from = ''] = Object.keys(allowed).find((key) => key.endsWith(` ${kind}`))?.split(' ') ?? [];
    const pool = after(reach[from] ?? []);
    const seen = pool.get('c')?.since ?? '';
    expect(applyMove(pool, { ...move, since: seen } as Move, now).changed).toBe(true);
    expect(() => applyMove(pool, { ...move, since: '2025-12-31T23:59:59.000Z' } as Move, now)).toThrow(expect.objectContaining({ code: 'PROW_CLUSTER_POOL_MOVED', httpStatus: 409 }));
  });

  test('a hold names the lease it is for', () => {
    const hold: Move = { kind: 'holdcluster', cluster: 'c', user: 'john', reason: '', forMs: hour };
    expect(() => applyMove(after([add('c'), get('1')]), { ...hold, build: '2' }, now)).toThrow(expect.objectContaining({ code: 'PROW_CLUSTER_POOL_LEASE' }));
    expect(applyMove(after([add('c'), get('1')]), { ...hold, build: '1', job: 'e2e' }, now).changed).toBe(true);
  });
});

describe('a lease is tied to who took it', () => {
  const by = (name: string, isOperator = false) => ({ caller: { name, isOperator } });
  const mine = after([add('c'), add('d'), get('1', by('ci'))]);
  const finish = (more: Partial<Extract<Move, { kind: 'finishtest' }>>): Move => ({ kind: 'finishtest', cluster: 'c', build: '1', job: 'e2e', ...more });
  const othersLease = expect.objectContaining({ code: 'PROW_CLUSTER_POOL_HOLDER', httpStatus: 403 });

  test('they may ask again and end it; another may do neither, an operator both', () => {
    expect(mine.get('c')?.lease).toMatchObject({ build: '1', job: 'e2e', holder: 'ci' });
    expect(applyMove(mine, get('1', by('ci')), now).change?.after?.lease).toMatchObject({ holder: 'ci' });
    expect(applyMove(mine, finish(by('ci')), now).change?.after?.state).toBe('finished');
    expect(() => applyMove(mine, get('1', by('other')), now)).toThrow(othersLease);
    expect(() => applyMove(mine, finish(by('other')), now)).toThrow(othersLease);
    expect(applyMove(mine, finish(by('sre', true)), now).change?.after).not.toHaveProperty('lease');
    expect(applyMove(mine, get('1', by('sre', true)), now).change?.after?.lease).toMatchObject({ holder: 'ci' });
  });

  test('one that was taken while nobody was asked for a name is nobody\'s, and where nobody is asked all are everybody\'s', () => {
    expect(applyMove(after([add('c'), get('1')]), finish(by('other')), now).changed).toBe(true);
    expect(applyMove(mine, finish({}), now).changed).toBe(true);
  });

  test('it is kept', () => {
    const kept = mine.get('c');
    expect(parseCluster('c', formatCluster(kept as Cluster))).toEqual(kept);
  });
});
