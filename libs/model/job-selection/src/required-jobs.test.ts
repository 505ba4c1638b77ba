import { expect, test } from '@jest/globals';
import type { Presubmit } from '@prow/model-prowjob';
import { jobsRequiredBy } from './required-jobs.ts';

function job(name: string, requires: string[] = [], branches?: string[]): Presubmit {
  return { name, agent: 'kubernetes', cluster: 'default', trigger: '', rerun_command: '', requires, ...(branches === undefined ? {} : { branches }) };
}

const namesOf = (jobs: Presubmit[], all: Presubmit[]): string[] => jobsRequiredBy(jobs, all, 'main').map(({ job: { name }, by }) => `${name} by ${by}`);

test('all the way down, each once, none that is there already or does not run against the branch', () => {
  const [build, unit, e2e, release] = [job('build'), job('unit', ['build']), job('e2e', ['unit', 'build', 'rel', 'gone']), job('rel', [], ['^release$'])];
  expect(namesOf([e2e], [build, unit, e2e, release])).toEqual(['unit by e2e', 'build by e2e']);
  expect(namesOf([e2e, unit], [build, unit, e2e])).toEqual(['build by e2e']);
  expect(namesOf([build], [build, unit])).toEqual([]);
});

test('of jobs of one name the one for the branch; a circle ends', () => {
  const [old, now] = [job('build', [], ['^release$']), job('build', [], ['^main$'])];
  expect(jobsRequiredBy([job('unit', ['build'])], [old, now], 'main').map(({ job: found }) => found)).toEqual([now]);
  const [a, b] = [job('a', ['b']), job('b', ['a'])];
  expect(namesOf([a], [a, b])).toEqual(['b by a']);
});
