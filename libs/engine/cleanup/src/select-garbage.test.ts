import { describe, expect, test } from '@jest/globals';
import type { Pod } from '@prow/model-kube-types';
import type { ProwJob } from '@prow/model-prowjob';
import { podGarbage, selectProwJobs } from './select-garbage.ts';

const hour = 3_600_000;
const nowMs = Date.UTC(2026, 0, 20);
const ages = { maxProwJobAgeMs: 168 * hour, maxPodAgeMs: 24 * hour, terminatedPodTtlMs: 2 * hour };
const ago = (hours: number): string => new Date(nowMs - hours * hour).toISOString();

function job(name: string, startedH: number, endedH: number | undefined, spec: Partial<ProwJob['spec']> = {}): ProwJob {
  const status = { state: 'success' as const, startTime: ago(startedH), ...(endedH === undefined ? {} : { completionTime: ago(endedH) }) };
  return { apiVersion: 'prow.k8s.io/v1', kind: 'ProwJob', metadata: { name, uid: name }, spec: { type: 'presubmit', job: 'unit', ...spec }, status };
}

test('ProwJobs go when they are over and old; the newest run of a configured periodic stays', () => {
  const periodic = { type: 'periodic' as const, job: 'nightly' };
  const jobs = [job('old', 200, 199), job('old-running', 200, undefined), job('young', 100, 99), job('p1', 400, 399, periodic), job('p2', 300, 299, periodic), job('gone', 300, 299, { ...periodic, job: 'not-configured' })];
  expect(selectProwJobs(jobs, new Set(['nightly']), ages, nowMs).map(({ metadata }) => metadata.name)).toEqual(['old', 'p1', 'gone']);
});

describe('pods', () => {
  const pod = (createdH: number): Pod => ({ metadata: { name: 'p', creationTimestamp: ago(createdH) }, spec: { containers: [] }, status: { startTime: ago(createdH) } });
  test('of jobs that go on stay, whatever their age', () => {
    expect(podGarbage(pod(100), job('p', 100, undefined), ages, nowMs)).toBeUndefined();
  });
  test('of jobs that are over go after their time', () => {
    expect(podGarbage(pod(3), job('p', 3, 1), ages, nowMs)).toBeUndefined();
    expect(podGarbage(pod(4), job('p', 4, 3), ages, nowMs)).toBe('ttled');
    expect(podGarbage(pod(30), job('p', 30, 1), ages, nowMs)).toBe('aged');
  });
  test('without a job go, but not at once', () => {
    expect(podGarbage(pod(0.001), undefined, ages, nowMs)).toBeUndefined();
    expect(podGarbage(pod(0.1), undefined, ages, nowMs)).toBe('orphaned');
  });
});
