import { describe, expect, test } from '@jest/globals';
import type { Periodic, ProwJob } from '@prow/model-prowjob';
import { decideRun, fireTimeAnnotation, retryAnnotation, type RunDecision } from './decide-run.ts';
import { runName } from './run-name.ts';

const nowMs = Date.UTC(2026, 0, 2, 12, 0, 30);
const hour = 3_600_000;

function periodic(schedule: Partial<Periodic>): Periodic {
  return { name: 'nightly', agent: 'kubernetes', cluster: 'default', ...schedule };
}

function run(startedAgoMs: number, endedAgoMs: number | undefined, more: { state?: ProwJob['status']['state']; annotations?: Record<string, string> } = {}): ProwJob {
  const status: ProwJob['status'] = { state: more.state ?? 'success', startTime: new Date(nowMs - startedAgoMs).toISOString() };
  if (endedAgoMs !== undefined) status.completionTime = new Date(nowMs - endedAgoMs).toISOString();
  return { apiVersion: 'prow.k8s.io/v1', kind: 'ProwJob', metadata: { name: 'last', uid: 'u', annotations: more.annotations ?? {} }, spec: { type: 'periodic', job: 'nightly' }, status };
}

function ask(job: Periodic, lastRun?: ProwJob, sinceMs = nowMs - 24 * hour): RunDecision {
  return decideRun({ job, lastRun, sinceMs, nowMs });
}

describe('interval', () => {
  test('a job that never ran is due', () => {
    expect(ask(periodic({ interval: '1h' }))).toMatchObject({ kind: 'run', key: 'first' });
  });
  test('counts from the last start', () => {
    expect(ask(periodic({ interval: '1h' }), run(hour, hour / 2))).toMatchObject({ kind: 'run', key: 'after u' });
    expect(ask(periodic({ interval: '2h' }), run(hour, hour / 2))).toEqual({ kind: 'wait', nextAtMs: nowMs + hour });
  });
  test('minimum_interval counts from the last end', () => {
    expect(ask(periodic({ minimum_interval: '1h' }), run(3 * hour, hour / 2))).toEqual({ kind: 'wait', nextAtMs: nowMs + hour / 2 });
  });
  test('waits while the last run is going', () => {
    expect(ask(periodic({ interval: '1m' }), run(hour, undefined, { state: 'pending' }))).toEqual({ kind: 'wait', nextAtMs: undefined });
  });
});

describe('cron', () => {
  test('does not fire for the time before it was known', () => {
    expect(ask(periodic({ cron: '0 * * * *' }), undefined, nowMs - 1000)).toEqual({ kind: 'wait', nextAtMs: Date.UTC(2026, 0, 2, 13) });
  });
  test('@every fires at once', () => {
    expect(ask(periodic({ cron: '@every 1h' }))).toMatchObject({ kind: 'run', key: 'first' });
  });
  test('fires that were missed are made up for once, in the name of the last of them', () => {
    const decision = ask(periodic({ cron: '0 * * * *' }), run(5 * hour, 4 * hour));
    expect(decision).toMatchObject({ kind: 'run', annotations: { [fireTimeAnnotation]: '2026-01-02T12:00:00Z' } });
    const after = run(1000, 500, { annotations: { [fireTimeAnnotation]: '2026-01-02T12:00:00Z' } });
    expect(ask(periodic({ cron: '0 * * * *' }), after)).toEqual({ kind: 'wait', nextAtMs: Date.UTC(2026, 0, 2, 13) });
  });
  test('one that cannot be read says so', () => {
    expect(ask(periodic({ cron: 'nonsense' }))).toMatchObject({ kind: 'broken' });
  });
});

describe('retry', () => {
  const job = periodic({ interval: '24h', retry: { attempts: 2, interval: '10m' } });
  test('a failed run is repeated after the wait, as often as said', () => {
    expect(ask(job, run(hour, 5 * 60_000, { state: 'failure' }))).toEqual({ kind: 'wait', nextAtMs: nowMs + 5 * 60_000 });
    expect(ask(job, run(hour, 11 * 60_000, { state: 'failure' }))).toMatchObject({ kind: 'run', annotations: { [retryAnnotation]: '1' } });
    expect(ask(job, run(hour, 11 * 60_000, { state: 'failure', annotations: { [retryAnnotation]: '2' } }))).toMatchObject({ kind: 'wait' });
  });
  test('success ends it, except with run_all', () => {
    expect(ask(job, run(hour, 11 * 60_000))).toMatchObject({ kind: 'wait' });
    expect(ask(periodic({ interval: '24h', retry: { attempts: 2, interval: '10m', run_all: true } }), run(hour, 11 * 60_000))).toMatchObject({ kind: 'run' });
  });
});

test('one key, one name: two replicas make one job', () => {
  expect(runName('nightly', 'first')).toBe(runName('nightly', 'first'));
  expect(runName('nightly', 'first')).not.toBe(runName('nightly2', 'first'));
  expect(runName('nightly', 'first')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
