import { describe, expect, test } from '@jest/globals';
import { newProwJob } from '@prow/model-prowjob';
import { filterJobs, formatAge, formatDuration, formatSize, jobQueryFrom, matchesGlob, parseRunKey, queryString, runKeyFromUrl, summarizeJob } from './index.ts';

function job(name: string, number: number, state: 'success' | 'failure', startTime: string) {
  const prowJob = newProwJob(
    { type: 'presubmit', job: name, refs: { org: 'tess', repo: 'tessops', base_ref: 'master', pulls: [{ number, author: 'alice', sha: 'abc' }] } },
    { name: `${name}-${number}`, nowMs: 0 },
  );
  return summarizeJob({ ...prowJob, status: { state, startTime, completionTime: startTime, url: 'http://deck:1/view/file/artifacts/x/1?y#z' } });
}

describe('job list', () => {
  const jobs = [job('unit', 1, 'success', '2026-01-01T00:00:02Z'), job('unit', 2, 'failure', '2026-01-01T00:00:01Z'), job('lint', 2, 'success', '2026-01-01T00:00:00Z')];

  test('a summary carries times, pulls and the path of its page', () => {
    expect(jobs[0]).toMatchObject({ repo: 'tess/tessops', startedAt: 1767225602000, finishedAt: 1767225602000, viewPath: '/view/file/artifacts/x/1', cluster: 'default' });
  });

  test('filters join with and; counts by state leave the state filter out', () => {
    const answer = filterJobs(jobs, { job: 'u*', state: 'failure' }, 10);
    expect(answer.jobs.map(({ name }) => name)).toEqual(['unit-2']);
    expect(answer.byState).toEqual({ success: 1, failure: 1 });
    expect(answer.choices.jobs).toEqual(['lint', 'unit']);
  });

  test('the limit cuts the list, not the total', () => {
    expect(filterJobs(jobs, {}, 1)).toMatchObject({ total: 3, jobs: [{ name: 'unit-1' }] });
  });

  test('a query survives the way through an address; nonsense is left out', () => {
    expect(queryString(jobQueryFrom(new URLSearchParams('pull=2&job=unit&state=')))).toBe('pull=2&job=unit');
    expect(jobQueryFrom(new URLSearchParams('pull=2x'))).toEqual({});
  });
});

test.each([
  ['a*b', 'ab', true],
  ['a*b', 'aXbXb', true],
  ['a*b', 'a', false],
  ['ab*ba', 'aba', false],
  ['*', '', true],
  ['unit', 'unit2', false],
])('glob %s against %s: %s', (glob, text, fits) => {
  expect(matchesGlob(glob, text)).toBe(fits);
});

test.each([
  ['gs/bucket/logs/job/1', { kind: 'storage', provider: 'gs', bucket: 'bucket', path: 'logs/job/1' }],
  ['/gcs/bucket/logs/job/1/', { provider: 'gs', key: 'gs/bucket/logs/job/1' }],
  ['file/artifacts/logs/job/1', { provider: 'file', bucket: '', path: 'artifacts/logs/job/1' }],
  ['prowjob/unit/17', { kind: 'prowjob', job: 'unit', buildId: '17' }],
])('run key %s', (text, wanted) => {
  expect(parseRunKey(text)).toMatchObject(wanted);
});

test.each(['gs/bucket', 'gs/bucket/../x', 'ftp/a/b', 'prowjob/a', 'prowjob/a/1/2', '', 'constructor/a/b', `gs/b/${'x'.repeat(1100)}`])('no run key: %s', (text) => {
  expect(parseRunKey(text)).toBeUndefined();
});

test('addresses of other pages have no run key', () => {
  expect(runKeyFromUrl('https://example.com/job/1')).toBe('');
});

test('numbers as people read them', () => {
  expect([0, 65_000, 3_600_000, 90_061_000].map(formatDuration)).toEqual(['0s', '1m 5s', '1h', '1d 1h']);
  expect([5, 1234, 123_456_789].map(formatSize)).toEqual(['5 B', '1.2 kB', '123 MB']);
  expect(formatAge(10_000, 9_500)).toBe('just now');
});
