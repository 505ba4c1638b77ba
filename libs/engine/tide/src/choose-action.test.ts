import { describe, expect, test } from '@jest/globals';
import type { Presubmit, ProwJob } from '@prow/model-prowjob';
import { judge, judgeBatches } from './accumulate.ts';
import { chooseAction, type ActionQuestion } from './choose-action.ts';
import type { JudgedPull, Readiness, TidePull } from './types.ts';

const baseSha = 'b'.repeat(40);

function pull(number: number, change: Partial<TidePull> = {}): TidePull {
  return {
    org: 'tess', repo: 'tessops', number, title: `change ${number}`, body: '', author: 'alice', base: 'master', headRef: 'topic', headSha: `head${number}`,
    labels: [], milestone: undefined, isDraft: false, mergeable: 'mergeable', canBeRebased: true, mergeState: 'CLEAN', isApproved: true, updatedAt: '', contexts: [], ...change,
  };
}

const unit: Presubmit = { name: 'unit', context: 'unit', agent: 'kubernetes', cluster: 'default', trigger: '/test unit', rerun_command: '/test unit', always_run: true };

function judged(number: number, readiness: Readiness, change: Partial<TidePull> = {}): JudgedPull {
  return { pull: pull(number, change), readiness, required: [unit], missing: readiness === 'missing' ? [unit] : [], method: 'merge' };
}

function job(pulls: number[], state: string, type: 'presubmit' | 'batch' = pulls.length > 1 ? 'batch' : 'presubmit'): ProwJob {
  return {
    apiVersion: 'prow.k8s.io/v1', kind: 'ProwJob', metadata: { name: 'x' },
    spec: { type, job: 'unit', context: 'unit', refs: { org: 'tess', repo: 'tessops', base_ref: 'master', base_sha: baseSha, pulls: pulls.map((number) => ({ number, author: 'alice', sha: `head${number}` })) } },
    status: { state: state as NonNullable<ProwJob['status']['state']> },
  };
}

const question = (change: Partial<ActionQuestion>): ActionQuestion => ({ pulls: [], batches: [], blockers: [], priority: [], batchSizeLimit: 0, isExcluded: () => false, ...change });

describe('readiness', () => {
  const ask = (jobs: ProwJob[], contexts: TidePull['contexts'] = []) => judge({ pull: pull(1, { contexts }), required: [unit], method: 'merge', baseSha, jobs: { presubmits: jobs, batches: [] } }).readiness;

  test('the best of several runs counts', () => {
    expect(ask([job([1], 'failure'), job([1], 'success')])).toBe('success');
    expect(ask([job([1], 'failure'), job([1], 'pending')])).toBe('pending');
    expect(ask([job([1], 'aborted')])).toBe('missing');
  });

  test('a run of another head does not count', () => {
    expect(ask([job([2], 'success')])).toBe('missing');
  });

  test.each([
    [`All good. BaseSHA:${baseSha}`, 'success'],
    [`All good. BaseSHA:${'c'.repeat(40)}`, 'missing'],
    ['Overridden [prow:skip-retest]', 'success'],
    ['All good.', 'missing'],
  ])('a green status described as "%s": %s', (description, readiness) => {
    expect(ask([], [{ context: 'unit', state: 'success', description }])).toBe(readiness);
  });
});

describe('batches', () => {
  test('one whose member has moved on is no batch any more', () => {
    expect(judgeBatches({ presubmits: [], batches: [job([1, 2], 'success')] }, [judged(1, 'missing'), judged(2, 'missing', { headSha: 'newer' })])).toEqual([]);
  });
  test('a whole green one is ready', () => {
    expect(judgeBatches({ presubmits: [], batches: [job([1, 2], 'success')] }, [judged(1, 'missing'), judged(2, 'missing')])).toMatchObject([{ state: 'success' }]);
  });
});

describe('action', () => {
  test('blocked before everything', () => {
    expect(chooseAction(question({ pulls: [judged(1, 'success')], blockers: [{ number: 9, title: 'stop', url: '' }] })).kind).toBe('BLOCKED');
  });
  test('a green batch is merged before a green pull request', () => {
    const pulls = [judged(1, 'success'), judged(2, 'missing')];
    expect(chooseAction(question({ pulls, batches: [{ pulls, state: 'success' }] })).kind).toBe('MERGE_BATCH');
  });
  test('while a batch runs, nothing is merged alone', () => {
    const pulls = [judged(1, 'success'), judged(2, 'missing')];
    expect(chooseAction(question({ pulls, batches: [{ pulls, state: 'pending' }] })).kind).toBe('WAIT');
  });
  test('the lowest number is merged, unless a label gives priority', () => {
    const pulls = [judged(2, 'success', { labels: ['urgent'] }), judged(1, 'success')];
    expect(chooseAction(question({ pulls }))).toMatchObject({ kind: 'MERGE', pull: { pull: { number: 1 } } });
    expect(chooseAction(question({ pulls, priority: [['urgent']] }))).toMatchObject({ kind: 'MERGE', pull: { pull: { number: 2 } } });
  });
  test('one that GitHub refuses does not stall the others', () => {
    const pulls = [judged(1, 'success'), judged(2, 'success')];
    expect(chooseAction(question({ pulls, isExcluded: ({ pull: { number } }) => number === 1 }))).toMatchObject({ kind: 'MERGE', pull: { pull: { number: 2 } } });
  });
  test('several untested ones are tested as a batch, a single one alone', () => {
    expect(chooseAction(question({ pulls: [judged(1, 'missing'), judged(2, 'missing')] })).kind).toBe('TRIGGER_BATCH');
    expect(chooseAction(question({ pulls: [judged(1, 'missing'), judged(2, 'missing')], batchSizeLimit: -1 })).kind).toBe('TRIGGER');
    expect(chooseAction(question({ pulls: [judged(1, 'missing')] })).kind).toBe('TRIGGER');
  });
  test('a set that failed together is not tried together again', () => {
    const pulls = [judged(1, 'missing'), judged(2, 'missing')];
    expect(chooseAction(question({ pulls, batches: [{ pulls, state: 'failure' }] }))).toMatchObject({ kind: 'TRIGGER', pull: { pull: { number: 1 } } });
  });
  test('nothing is started twice', () => {
    expect(chooseAction(question({ pulls: [judged(1, 'pending')] }))).toMatchObject({ kind: 'WAIT' });
  });
});
