import { expect, test } from '@jest/globals';
import type { Pod, RestartPolicy } from '@prow/model-kube-types';
import type { ContainerKind, ContainerView } from './container-view.ts';
import { podPhase, podStatus, type PodStatusInput } from './pod-status.ts';

type State = 'waiting' | 'running' | number;

function view(name: string, kind: ContainerKind, state: State): ContainerView {
  const attempt = { number: 0, containerId: 'x://1', image: 'i', imageId: 'id', startedAt: 1000 };
  return {
    container: { name },
    kind,
    previous: undefined,
    waiting: state === 'waiting' ? { reason: 'ErrImagePull', message: 'no' } : undefined,
    started: state === 'running',
    ready: state === 'running',
    current: state === 'waiting' ? undefined : state === 'running' ? attempt : { ...attempt, end: { exitCode: state, finishedAt: 2000, reason: 'r', lost: false } },
  };
}

function input(states: [ContainerKind, State][], restartPolicy: RestartPolicy = 'Never', more: Partial<PodStatusInput> = {}): PodStatusInput {
  const pod: Pod = { metadata: { name: 'p' }, spec: { restartPolicy, containers: [] } };
  const views = states.map(([kind, state], index) => view(`c${index}`, kind, state));
  return { pod, views, ending: undefined, terminating: false, startTime: 0, hostIP: '127.0.0.1', now: 3000, ...more };
}

test.each([
  ['Pending', [['init', 'running'], ['main', 'waiting']], 'Never'],
  ['Pending', [['main', 'running'], ['main', 'waiting']], 'Never'],
  ['Pending', [['main', 0], ['main', 'waiting']], 'Never'],
  ['Running', [['init', 0], ['main', 'running'], ['main', 1]], 'Never'],
  ['Running', [['sidecar', 'running'], ['main', 0]], 'Never'],
  ['Running', [['main', 1]], 'OnFailure'],
  ['Running', [['main', 0]], 'Always'],
  ['Succeeded', [['sidecar', 143], ['main', 0]], 'Never'],
  ['Failed', [['main', 0], ['main', 2]], 'Never'],
  ['Failed', [['init', 2], ['main', 'waiting']], 'Never'],
] as [string, [ContainerKind, State][], RestartPolicy][])('%s: %j with %s', (phase, states, restartPolicy) => {
  expect(podPhase(input(states, restartPolicy))).toBe(phase);
});

test('a pod that is ended is over only when its last container is', () => {
  const ending = { reason: 'Evicted', message: 'm', disruption: true, at: 0 };
  expect(podPhase(input([['main', 'running'], ['main', 0]], 'Never', { ending, terminating: true }))).toBe('Running');
  const status = podStatus(input([['main', 143], ['main', 'waiting']], 'Never', { ending, terminating: true }));
  expect(status).toMatchObject({ phase: 'Failed', reason: 'Evicted', message: 'm' });
  expect(status.conditions?.find(({ type }) => type === 'DisruptionTarget')).toMatchObject({ status: 'True', reason: 'TerminationByKubelet' });
});

test('nothing waits in a pod that is over, unless its init containers kept it from being due', () => {
  const ending = { reason: 'DeadlineExceeded', message: 'm', disruption: false, at: 0 };
  const ended = (states: [ContainerKind, State][]): unknown => podStatus(input(states, 'Never', { ending, terminating: true })).containerStatuses?.at(-1)?.state;
  expect(ended([['main', 'waiting']])).toEqual({ terminated: { exitCode: 137, reason: 'ContainerStatusUnknown', message: expect.stringContaining('could not be located') } });
  expect(ended([['init', 0], ['main', 'waiting']])).toMatchObject({ terminated: { reason: 'ContainerStatusUnknown' } });
  expect(ended([['init', 1], ['main', 'waiting']])).toMatchObject({ waiting: {} });
});

test('where there are init containers every container waits for the pod to initialize', () => {
  const fresh = (states: [ContainerKind, State][]): unknown[] => {
    const given = input(states);
    const status = podStatus({ ...given, views: given.views.map((one) => ({ ...one, waiting: undefined })) });
    return [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].map(({ state }) => state?.waiting?.reason);
  };
  expect(fresh([['init', 'waiting'], ['main', 'waiting']])).toEqual(['PodInitializing', 'PodInitializing']);
  expect(fresh([['main', 'waiting']])).toEqual(['ContainerCreating']);
});
