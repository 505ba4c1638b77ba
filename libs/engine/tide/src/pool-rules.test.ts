import { describe, expect, test } from '@jest/globals';
import { VirtualClock } from '@prow/base-time';
import { isOptional, unsuccessfulContexts } from './context-policy.ts';
import { Exclusions } from './exclusions.ts';
import { methodOf, whyNotInPool, type FilterQuestion } from './filter-pull.ts';
import { branchesOfTitle } from './find-blockers.ts';
import { History } from './history.ts';
import { bestOfEach } from './search-pulls.ts';
import { statusText, whyNoQueryFits } from './status-text.ts';
import type { TidePull } from './types.ts';

const pull: TidePull = {
  org: 'tess', repo: 'tessops', number: 1, title: 'a', body: '', author: 'alice', base: 'master', headRef: 'topic', headSha: 'h1', labels: ['lgtm'], milestone: undefined,
  isDraft: false, mergeable: 'mergeable', canBeRebased: true, mergeState: 'CLEAN', isApproved: false, updatedAt: '',
  contexts: [{ context: 'unit', state: 'success', description: '' }, { context: 'e2e', state: 'failure', description: '' }, { context: 'tide', state: 'pending', description: '' }],
};
const question = (change: Partial<FilterQuestion> = {}): FilterQuestion => ({
  pull, policy: { 'optional-contexts': ['e2e'] }, jobContexts: new Set(['unit', 'e2e']), method: 'merge', isMethodAllowed: true, mergeBlocksPolicy: 'permit', ...change,
});

describe('context policy', () => {
  test('unknown contexts are required unless they are to be skipped', () => {
    expect(isOptional({}, 'foreign')).toBe(false);
    expect(isOptional({ 'skip-unknown-contexts': true }, 'foreign')).toBe(true);
    expect(isOptional({ 'skip-unknown-contexts': true, 'required-if-present-contexts': ['foreign'] }, 'foreign')).toBe(false);
    expect(isOptional({ 'optional-regex-contexts': ['^opt-'] }, 'opt-1')).toBe(true);
  });
  test("tide's own status never counts; a required one that is absent does", () => {
    expect(unsuccessfulContexts({ 'optional-contexts': ['e2e'], 'required-contexts': ['dco'] }, pull.contexts ?? []).map(({ context }) => context)).toEqual(['dco']);
  });
});

describe('in the pool or not', () => {
  test('a good one is in', () => {
    expect(whyNotInPool(question())).toBeUndefined();
  });
  test.each<[string, Partial<FilterQuestion>]>([
    ['conflict', { pull: { ...pull, mergeable: 'conflicting' } }],
    ['draft', { pull: { ...pull, isDraft: true } }],
    ['override labels', { method: undefined }],
    ['rebased', { method: 'rebase', pull: { ...pull, canBeRebased: false } }],
    ['disallowed', { isMethodAllowed: false }],
    ['blocked', { mergeBlocksPolicy: 'block', pull: { ...pull, mergeState: 'BLOCKED' } }],
    ['Job e2e has not succeeded.', { policy: {} }],
  ])('%s keeps it out', (word, change) => {
    expect(whyNotInPool(question(change))).toContain(word);
  });
  test('a pending job of ours does not keep it out, a pending foreign status does', () => {
    const pending = (context: string) => question({ pull: { ...pull, contexts: [{ context, state: 'pending', description: '' }] } });
    expect(whyNotInPool(pending('unit'))).toBeUndefined();
    expect(whyNotInPool(pending('foreign'))).toBe('Job foreign has not succeeded.');
  });
});

test('labels choose the method; contradictory ones none', () => {
  const labels = { squash: 'tide/squash', rebase: 'tide/rebase' };
  expect(methodOf({ ...pull, labels: ['tide/squash'] }, labels, 'merge')).toBe('squash');
  expect(methodOf({ ...pull, labels: ['tide/squash', 'tide/rebase'] }, labels, 'merge')).toBeUndefined();
});

describe('status text', () => {
  test('names what the closest query lacks', () => {
    const far = { orgs: ['tess'], labels: ['a', 'b', 'c'], author: 'bot' };
    const near = { orgs: ['tess'], labels: ['lgtm', 'approved'], missingLabels: ['hold'] };
    expect(whyNoQueryFits(pull, [far, near], { 'optional-contexts': ['e2e'] })).toBe('Needs approved label.');
  });
  test('one of several labels will do where a query says so', () => {
    expect(whyNoQueryFits(pull, [{ orgs: ['tess'], labels: ['LGTM,approved'] }], { 'optional-contexts': ['e2e'] })).toBe('');
  });
  test('is never longer than GitHub takes', () => {
    expect(statusText('x'.repeat(300))).toHaveLength(140);
  });
});

test('a refused pull request is left alone for a growing while, until its head changes', async () => {
  const clock = new VirtualClock();
  const exclusions = new Exclusions(clock);
  exclusions.refuse(pull, 'no');
  expect(exclusions.reasonFor(pull)).toBe('no');
  expect(exclusions.reasonFor({ ...pull, headSha: 'h2' })).toBeUndefined();
  await clock.advance(60_001);
  expect(exclusions.reasonFor(pull)).toBeUndefined();
  exclusions.refuse(pull, 'again');
  await clock.advance(60_001);
  expect(exclusions.reasonFor(pull)).toBe('again');
});

test('history keeps the newest, and repeats only move their time', () => {
  const history = new History(2);
  for (const [time, action] of [['1', 'MERGE'], ['2', 'MERGE'], ['3', 'TRIGGER'], ['4', 'MERGE_BATCH']] as const) history.record('p', { time, action, tenantids: [] });
  expect(history.all()['p']?.map(({ time }) => time)).toEqual(['4', '3']);
});

test('of several contexts of one name the best counts', () => {
  expect(bestOfEach([{ context: 'a', state: 'failure', description: '' }, { context: 'a', state: 'success', description: '' }])).toMatchObject([{ state: 'success' }]);
});

test('branches that a blocking issue names', () => {
  expect(branchesOfTitle('Stop: branch:release-1 and branch:"release-2"')).toEqual(['release-1', 'release-2']);
});
