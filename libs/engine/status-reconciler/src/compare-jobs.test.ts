import { describe, expect, test } from '@jest/globals';
import type { Presubmit } from '@prow/model-prowjob';
import { compareJobs, type RepoChanges } from './compare-jobs.ts';

function job(name: string, more: Partial<Presubmit> = {}): Presubmit {
  return { name, agent: 'kubernetes', cluster: 'default', context: name, trigger: '', rerun_command: '', always_run: true, ...more };
}

function changesOf(before: Presubmit[], now: Presubmit[]): RepoChanges | undefined {
  return compareJobs(before.length === 0 ? {} : { 'o/r': before }, { 'o/r': now }).get('o/r');
}

describe('compareJobs', () => {
  test('nothing changed, or nothing that matters', () => {
    expect(changesOf([job('unit')], [job('unit', { max_concurrency: 3 })])).toBeUndefined();
    expect(changesOf([], [job('manual', { always_run: false })])).toBeUndefined();
    expect(changesOf([], [job('extra', { optional: true })])).toBeUndefined();
  });
  test('a required job is new, also in a repository that had none; or becomes required', () => {
    expect(changesOf([], [job('unit')])?.added.map(({ name }) => name)).toEqual(['unit']);
    expect(changesOf([job('unit', { optional: true })], [job('unit')])?.added.map(({ name }) => name)).toEqual(['unit']);
    expect(changesOf([job('unit', { always_run: false })], [job('unit', { always_run: false, run_if_changed: '.*' })])?.added.length).toBe(1);
  });
  test('a context goes, is taken over, or moves with its job', () => {
    expect(changesOf([job('unit')], [])?.retired).toEqual(['unit']);
    expect(changesOf([job('unit')], [job('other', { context: 'unit' })])).toMatchObject({ retired: [], moved: [] });
    expect(changesOf([job('unit')], [job('unit', { context: 'ci/unit' })])).toMatchObject({ retired: [], moved: [{ from: 'unit', to: 'ci/unit' }], added: [] });
    expect(changesOf([job('unit')], [job('unit', { skip_report: true })])?.retired).toEqual(['unit']);
  });
});
