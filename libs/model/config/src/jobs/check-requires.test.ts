import { describe, expect, test } from '@jest/globals';
import type { Presubmit } from '@prow/model-prowjob';
import { Findings } from '../finding.ts';
import { checkRequires } from './check-requires.ts';

function findingsOf(requires: Record<string, string[]>): string[] {
  const findings = new Findings();
  const jobs = Object.entries(requires).map(([name, names]) => ({ name, requires: names, agent: 'kubernetes', cluster: 'default', trigger: '', rerun_command: '' }) satisfies Presubmit);
  checkRequires(jobs, 'presubmit', findings, () => ({ file: 'jobs.yaml', path: [] }));
  return findings.items.map((finding) => finding.message);
}

describe('checkRequires', () => {
  test('chains and diamonds are fine', () => {
    expect(findingsOf({ build: [], unit: ['build'], lint: ['build'], e2e: ['unit', 'lint'] })).toEqual([]);
  });
  test('a job that does not exist', () => {
    expect(findingsOf({ build: [], e2e: ['biuld'] })).toEqual(['e2e requires "biuld", but the repository has no such presubmit; did you mean build?']);
  });
  test('circles, by their way', () => {
    expect(findingsOf({ a: ['a'] })).toEqual(['a requires itself: a → a']);
    expect(findingsOf({ a: ['b'], b: ['c'], c: ['a'] })).toEqual(['a requires itself: a → b → c → a', 'b requires itself: b → c → a → b', 'c requires itself: c → a → b → c']);
  });
});
