import { describe, expect, test } from '@jest/globals';
import type { ContainerKind, ContainerView } from './container-view.ts';
import { nextSteps, restartAt } from './next-steps.ts';

type State = 'new' | 'running' | number;

function view(name: string, kind: ContainerKind, state: State, more: Partial<ContainerView> = {}): ContainerView {
  const current = { number: 0, containerId: '', image: '', imageId: '', startedAt: 0 };
  return {
    container: { name },
    kind,
    previous: undefined,
    waiting: undefined,
    started: state === 'running',
    ready: state === 'running',
    current: state === 'new' ? undefined : state === 'running' ? current : { ...current, end: { exitCode: state, finishedAt: 0, reason: '', lost: false } },
    ...more,
  };
}

function steps(states: [string, ContainerKind, State][], policy: 'Always' | 'OnFailure' | 'Never' = 'Never'): [string[], boolean, boolean] {
  const { start, initialized, finished } = nextSteps(states.map(([name, kind, state]) => view(name, kind, state)), policy);
  return [start, initialized, finished];
}

describe('what comes next', () => {
  test.each([
    ['the first init container', [['i', 'init', 'new'], ['j', 'init', 'new'], ['m', 'main', 'new']], 'Never', [['i'], false, false]],
    ['nothing while it runs', [['i', 'init', 'running'], ['m', 'main', 'new']], 'Never', [[], false, false]],
    ['the second', [['i', 'init', 0], ['j', 'init', 'new'], ['m', 'main', 'new']], 'Never', [['j'], false, false]],
    ['all main containers', [['i', 'init', 0], ['m', 'main', 'new'], ['n', 'main', 'new']], 'Never', [['m', 'n'], true, false]],
    ['the end after a failed init container', [['i', 'init', 1], ['m', 'main', 'new']], 'Never', [[], false, true]],
    ['the init container again', [['i', 'init', 1], ['m', 'main', 'new']], 'OnFailure', [['i'], false, false]],
    ['the end', [['m', 'main', 1], ['n', 'main', 0]], 'Never', [[], true, true]],
    ['the failed one again', [['m', 'main', 1], ['n', 'main', 0]], 'OnFailure', [['m'], true, false]],
    ['both again', [['m', 'main', 1], ['n', 'main', 0]], 'Always', [['m', 'n'], true, false]],
    ['a sidecar before the rest', [['s', 'sidecar', 'new'], ['i', 'init', 'new'], ['m', 'main', 'new']], 'Never', [['s'], false, false]],
    ['the rest beside it', [['s', 'sidecar', 'running'], ['i', 'init', 'new'], ['m', 'main', 'new']], 'Never', [['i'], false, false]],
    ['a sidecar again, whatever the policy', [['s', 'sidecar', 1], ['m', 'main', 'running']], 'Never', [['s'], true, false]],
    ['the end, with a sidecar running', [['s', 'sidecar', 'running'], ['m', 'main', 0]], 'Never', [[], true, true]],
  ] as [string, [string, ContainerKind, State][], 'Always' | 'OnFailure' | 'Never', [string[], boolean, boolean]][])('%s', (_, states, policy, expected) => {
    expect(steps(states, policy)).toEqual(expected);
  });
});

test('restarts wait longer and longer, and forget after a long run', () => {
  const ended = (number: number, ranMs: number): ContainerView => view('m', 'main', 1, {
    current: { number, containerId: '', image: '', imageId: '', startedAt: 1_000_000, end: { exitCode: 1, finishedAt: 1_000_000 + ranMs, reason: '', lost: false } },
  });
  expect([0, 1, 2, 3, 9].map((number) => restartAt(ended(number, 1000)))).toEqual([0, 1_011_000, 1_021_000, 1_041_000, 1_301_000]);
  expect(restartAt(ended(5, 700_000))).toBe(0);
});
