import { describe, expect, test } from '@jest/globals';
import { formatTime, type ContainerStatus, type Pod } from '@prow/model-kube-types';
import type { ProwJob } from '@prow/model-prowjob';
import { awaitedBuildIdAnnotation, lostBuildIdAnnotation, retryAtAnnotation } from './attempt.ts';
import { decide } from './decide.ts';
import type { PodPolicy, Situation, Step } from './step.ts';

const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5);
const minute = 60_000;
const policy: PodPolicy = {
  podPendingTimeoutMs: 10 * minute,
  podRunningTimeoutMs: 48 * 60 * minute,
  podUnscheduledTimeoutMs: 5 * minute,
  maxRevivals: 3,
  retryDelayMs: (revivals) => 1000 * 2 ** revivals,
};

function job(status: ProwJob['status'], extra: { annotations?: Record<string, string>; spec?: Partial<ProwJob['spec']> } = {}): ProwJob {
  return {
    apiVersion: 'prow.k8s.io/v1',
    kind: 'ProwJob',
    metadata: { name: 'job-1', namespace: 'default', creationTimestamp: formatTime(nowMs - minute), annotations: extra.annotations ?? {} },
    spec: { type: 'presubmit', agent: 'kubernetes', job: 'unit', ...extra.spec },
    status,
  };
}

function pod(status: Pod['status'], extra: { buildId?: string; metadata?: Pod['metadata'] } = {}): Pod {
  return {
    metadata: {
      name: 'job-1',
      uid: 'u1',
      creationTimestamp: formatTime(nowMs - minute),
      labels: { 'prow.k8s.io/id': 'job-1', 'prow.k8s.io/build-id': extra.buildId ?? '7' },
      ...extra.metadata,
    },
    spec: { containers: [{ name: 'test', image: 'i' }] },
    status: status ?? {},
  };
}

function container(name: string, terminated?: { exitCode: number; reason?: string; finishedAt?: string }): ContainerStatus {
  return { name, ready: false, restartCount: 0, image: 'i', imageID: 'i', state: terminated === undefined ? { running: {} } : { terminated } };
}

function next(situation: Partial<Situation> & { prowJob: ProwJob }): Step {
  return decide({ pod: undefined, cluster: { kind: 'ready' }, supersededBy: undefined, turn: { kind: 'granted' }, policy, nowMs, ...situation });
}

const pending = { state: 'pending', build_id: '7', pod_name: 'job-1', pendingTime: formatTime(nowMs - minute) } as const;
const startTime = formatTime(nowMs - minute);

/** The end a step gives to the job: `state: description`. */
function endOf(step: Step): string {
  if (step.do !== 'patch' || step.status.completionTime === undefined) return `no end: ${JSON.stringify(step)}`;
  return `${step.status.state ?? ''}: ${step.status.description ?? ''}`;
}

describe('a triggered job', () => {
  test('waits for its turn, saying on what', () => {
    const turn = { kind: 'waiting', on: 'a free slot' } as const;
    expect(next({ prowJob: job({ state: 'triggered' }), turn })).toMatchObject({ do: 'patch', status: { description: 'Waiting for a free slot.' } });
    expect(next({ prowJob: job({ state: 'triggered', description: 'Waiting for a free slot.' }), turn })).toMatchObject({ do: 'nothing' });
  });

  test('reserves, then creates, then is pending: each step is one write that a crash may follow', () => {
    expect(next({ prowJob: job({ state: 'triggered' }) })).toMatchObject({ do: 'reserve' });
    const reserved = job({ state: 'triggered', build_id: '7' }, { annotations: { [awaitedBuildIdAnnotation]: '7' } });
    expect(next({ prowJob: reserved, turn: { kind: 'waiting', on: 'x' } })).toEqual({ do: 'createPod' });
    expect(next({ prowJob: reserved, pod: pod({ phase: 'Pending' }) })).toMatchObject({
      do: 'patch',
      status: { state: 'pending', build_id: '7', pod_name: 'job-1', description: 'Job triggered.', pendingTime: formatTime(nowMs) },
      annotations: { [awaitedBuildIdAnnotation]: null },
    });
  });

  test('takes over a pod that an earlier plank made', () => {
    expect(next({ prowJob: job({ state: 'triggered' }), pod: pod({ phase: 'Running' }, { buildId: '99' }) })).toMatchObject({ do: 'patch', status: { state: 'pending', build_id: '99' } });
  });

  test('does not take over a stranger’s pod of its name', () => {
    expect(endOf(next({ prowJob: job({ state: 'triggered' }), pod: pod({}, { metadata: { name: 'job-1', labels: {} } }) }))).toMatch(/^error: Pod can not be created: a pod named job-1 exists/);
  });

  test('ends where its cluster is unknown, waits where its cluster is away', () => {
    expect(endOf(next({ prowJob: job({ state: 'triggered' }), cluster: { kind: 'unknown', because: 'unknown cluster alias "x"' } }))).toBe('error: Terminal error: unknown cluster alias "x".');
    expect(next({ prowJob: job({ state: 'triggered' }), cluster: { kind: 'away', because: 'b1, which does not answer' } })).toMatchObject({ do: 'patch', status: { description: 'Waiting for build cluster b1, which does not answer.' } });
  });

  test('aborted by hand, it says so, unless whoever did it said something', () => {
    const aborted = (description: string): unknown => next({ prowJob: job({ state: 'aborted', description }) });
    for (const ours of ['', 'Job triggered.', 'Waiting for build cluster default.']) expect(aborted(ours)).toMatchObject({ do: 'patch', status: { description: 'Aborted.', completionTime: expect.any(String) } });
    expect(aborted('john successfully aborted unit.')).toMatchObject({ do: 'patch', status: { completionTime: expect.any(String) } });
    expect(aborted('john successfully aborted unit.')).not.toHaveProperty('status.description');
  });

  test('without a state it is a new one', () => {
    expect(next({ prowJob: job({}) })).toMatchObject({ do: 'patch', status: { state: 'triggered', startTime: expect.any(String) } });
  });

  test('is aborted when a newer run supersedes it, skipped when a requirement failed', () => {
    expect(endOf(next({ prowJob: job({ state: 'triggered' }), supersededBy: 'job-2' }))).toBe('aborted: Aborted: superseded by the newer run job-2.');
    expect(endOf(next({ prowJob: job({ state: 'triggered' }), turn: { kind: 'skipped', because: 'job "build" failed.' } }))).toBe('aborted: Skipped: job "build" failed.');
  });
});

describe('a pending job ends as its pod does', () => {
  const cases: [string, Pod['status'], string][] = [
    ['succeeded', { phase: 'Succeeded', containerStatuses: [container('test', { exitCode: 0 })] }, 'success: Job succeeded.'],
    ['succeeded in part', { phase: 'Succeeded', containerStatuses: [container('test')] }, "error: Pod was in succeeded phase but some containers didn't finish"],
    ['failed', { phase: 'Failed', containerStatuses: [container('test', { exitCode: 1 })] }, 'failure: Job failed.'],
    ['failed for want of memory', { phase: 'Failed', containerStatuses: [container('test', { exitCode: 137, reason: 'OOMKilled' })] }, 'failure: Job failed: container test ran out of memory.'],
    ['running, a container out of memory', { phase: 'Running', startTime, containerStatuses: [container('test', { exitCode: 137, reason: 'OOMKilled' }), container('sidecar')] }, 'error: Job pod was OOM killed by the cluster.'],
    ['running, its wrapper never started', { phase: 'Running', startTime, containerStatuses: [container('test', { exitCode: 128, reason: 'StartError' }), container('sidecar')] }, 'error: Container test died (StartError) and its pod did not end.'],
    ['running too long', { phase: 'Running', startTime: formatTime(nowMs - policy.podRunningTimeoutMs) }, 'aborted: Pod running timeout.'],
    ['never started', { phase: 'Pending', startTime: formatTime(nowMs - policy.podPendingTimeoutMs) }, 'error: Pod pending timeout.'],
  ];
  test.each(cases)('%s', (_title, status, end) => {
    expect(endOf(next({ prowJob: job(pending), pod: pod(status) }))).toBe(end);
  });

  test('never scheduled', () => {
    const old = pod({ phase: 'Pending' }, { metadata: { name: 'job-1', creationTimestamp: formatTime(nowMs - policy.podUnscheduledTimeoutMs), labels: { 'prow.k8s.io/id': 'job-1' } } });
    expect(endOf(next({ prowJob: job(pending), pod: old }))).toBe('error: Pod scheduling timeout.');
  });

  test('every deadline has its timer', () => {
    expect(next({ prowJob: job(pending), pod: pod({ phase: 'Pending' }) })).toEqual({ do: 'nothing', wakeAtMs: nowMs - minute + policy.podUnscheduledTimeoutMs });
    expect(next({ prowJob: job(pending), pod: pod({ phase: 'Pending', startTime }) })).toEqual({ do: 'nothing', wakeAtMs: nowMs - minute + policy.podPendingTimeoutMs });
    expect(next({ prowJob: job(pending), pod: pod({ phase: 'Running', startTime }) })).toEqual({ do: 'nothing', wakeAtMs: nowMs - minute + policy.podRunningTimeoutMs });
  });

  test('a cluster that is away cannot keep a job beyond its time', () => {
    const cluster = { kind: 'away', because: 'it' } as const;
    expect(endOf(next({ prowJob: job(pending), cluster, pod: pod({ phase: 'Running', startTime: formatTime(nowMs - policy.podRunningTimeoutMs) }) }))).toBe('aborted: Pod running timeout.');
    const old = { ...pending, pendingTime: formatTime(nowMs - policy.podRunningTimeoutMs - policy.podUnscheduledTimeoutMs) };
    expect(endOf(next({ prowJob: job(old), cluster }))).toBe('aborted: Pod running timeout.');
    expect(next({ prowJob: job(pending), cluster })).toMatchObject({ do: 'nothing' });
  });
});

describe('a pod that its cluster took away', () => {
  const disrupted = (reason: string): Pod['status'] => ({ phase: 'Failed', conditions: [{ type: 'DisruptionTarget', status: 'True', reason, lastTransitionTime: formatTime(nowMs) }], containerStatuses: [container('test', { exitCode: 137, finishedAt: formatTime(nowMs) })] });
  const cases: [string, Pod | undefined][] = [
    ['evicted', pod({ phase: 'Failed', reason: 'Evicted' })],
    ['node shutdown', pod({ phase: 'Failed', reason: 'Terminated' })],
    ['preempted', pod(disrupted('PreemptionByScheduler'))],
    ['disrupted', pod(disrupted('DeletionByTaintManager'))],
    ['unreachable', pod(disrupted('DeletionByPodGC'))],
    ['unknown', pod({ phase: 'Unknown' })],
    ['not admitted by its node', pod({ phase: 'Failed', reason: 'OutOfcpu' })],
    ['unreachable', pod({ phase: 'Running', reason: 'NodeLost' }, { metadata: { name: 'job-1', deletionTimestamp: startTime, labels: { 'prow.k8s.io/id': 'job-1' } } })],
    ['deleted', pod({ phase: 'Running', startTime }, { metadata: { name: 'job-1', deletionTimestamp: startTime, labels: { 'prow.k8s.io/id': 'job-1' } } })],
    ['missing', undefined],
  ];
  test.each(cases)('%s: counted, limited, or an error where the job says so', (reason, lost) => {
    expect(next({ prowJob: job(pending), pod: lost })).toMatchObject({ do: 'reserve', status: { pod_revival_count: 1, state: 'pending' }, annotations: { [lostBuildIdAnnotation]: '7', [retryAtAnnotation]: formatTime(nowMs + 1000) } });
    expect(endOf(next({ prowJob: job({ ...pending, pod_revival_count: 3 }), pod: lost }))).toBe(`error: Job pod reached max revivals (3) after being stopped unexpectedly (${reason})`);
    expect(endOf(next({ prowJob: job(pending, { spec: { error_on_eviction: true } }), pod: lost }))).toMatch(reason === 'evicted' ? /^error: Job pod was evicted by the cluster\.$/ : /^error: Job pod was stopped by the cluster \(/);
  });

  test('is removed, and its successor made when it is gone and the wait is over', () => {
    const waiting = job({ ...pending, build_id: '8', pod_revival_count: 1 }, { annotations: { [awaitedBuildIdAnnotation]: '8', [lostBuildIdAnnotation]: '7', [retryAtAnnotation]: formatTime(nowMs + minute) } });
    expect(next({ prowJob: waiting, pod: pod({ phase: 'Failed', reason: 'Evicted' }) })).toMatchObject({ do: 'deletePod', force: false });
    expect(next({ prowJob: waiting })).toEqual({ do: 'nothing', wakeAtMs: nowMs + minute });
    expect(next({ prowJob: waiting, nowMs: nowMs + minute })).toEqual({ do: 'createPod' });
    const stuck = pod({ phase: 'Running' }, { metadata: { name: 'job-1', deletionTimestamp: formatTime(nowMs - 2 * minute), labels: { 'prow.k8s.io/id': 'job-1', 'prow.k8s.io/build-id': '7' } } });
    expect(next({ prowJob: waiting, pod: stuck })).toMatchObject({ do: 'deletePod', force: true });
  });

  test('a test that failed before its pod was stopped has failed', () => {
    const failedFirst = pod(
      { phase: 'Failed', containerStatuses: [container('test', { exitCode: 1, finishedAt: formatTime(nowMs - minute) })] },
      { metadata: { name: 'job-1', deletionTimestamp: formatTime(nowMs), deletionGracePeriodSeconds: 30, labels: { 'prow.k8s.io/id': 'job-1' } } },
    );
    expect(endOf(next({ prowJob: job(pending), pod: failedFirst }))).toBe('failure: Job failed.');
  });
});

describe('a job that is over', () => {
  test('leaves no pod running', () => {
    const aborted = job({ state: 'aborted', completionTime: startTime });
    expect(next({ prowJob: aborted, pod: pod({ phase: 'Running' }) })).toMatchObject({ do: 'deletePod' });
    expect(next({ prowJob: aborted, pod: pod({ phase: 'Failed' }) })).toEqual({ do: 'nothing' });
    expect(next({ prowJob: aborted })).toEqual({ do: 'nothing' });
    expect(endOf(next({ prowJob: job({ state: 'pending', completionTime: startTime }) }))).toMatch(/^error: The state was set to "pending" by hand after the job had ended/);
  });

  test('aborted by others, it is completed with their words', () => {
    const step = next({ prowJob: job({ state: 'aborted', description: 'Aborted by trigger plugin.' }), pod: pod({ phase: 'Running' }) });
    expect(step).toMatchObject({ do: 'patch', status: { completionTime: formatTime(nowMs) } });
    expect(step.do === 'patch' && step.status.description).toBeUndefined();
  });
});
