// A pod's status from what its containers do. Pure. upstream: pkg/kubelet/kubelet_pods.go, pkg/kubelet/status/generate.go
import {
  formatTime,
  type ContainerState,
  type ContainerStatus,
  type Pod,
  type PodCondition,
  type PodPhase,
  type PodStatus,
} from '@prow/model-kube-types';
import { unknownResult } from './attempt-result.ts';
import { hasEnded, hasSucceeded, isRunning, type AttemptView, type ContainerView } from './container-view.ts';
import { nextSteps } from './next-steps.ts';
import { qosClass } from './resources.ts';

/** Why the node ends a pod that did not end by itself. */
export interface Ending {
  /** DeadlineExceeded, Evicted, …; empty for a deletion. */
  reason: string;
  message: string;
  /** True when it is not the pod's own fault, so that its owner should start another. */
  disruption: boolean;
  /** Unix ms. */
  at: number;
}

export interface PodStatusInput {
  pod: Pod;
  views: readonly ContainerView[];
  ending: Ending | undefined;
  /** The pod is being deleted or ended: nothing is started any more. */
  terminating: boolean;
  /** When the node first saw it. */
  startTime: number;
  hostIP: string;
  now: number;
}

export function podStatus(input: PodStatusInput): PodStatus {
  const { pod, views, ending, startTime, hostIP } = input;
  const phase = podPhase(input);
  const isOver = phase === 'Succeeded' || phase === 'Failed';
  const of = (isInit: boolean): ContainerStatus[] => views.filter(({ kind }) => (kind !== 'main') === isInit).map((view) => containerStatus(view, input, isOver));
  const initContainerStatuses = of(true);
  return {
    phase,
    conditions: conditions(input, phase),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    podIP: hostIP,
    podIPs: [{ ip: hostIP }],
    startTime: formatTime(startTime),
    ...(initContainerStatuses.length === 0 ? {} : { initContainerStatuses }),
    containerStatuses: of(false),
    qosClass: pod.status?.qosClass ?? qosClass(pod),
    ...(ending === undefined || ending.reason === '' ? {} : { reason: ending.reason, message: ending.message }),
  };
}

/** A phase that is over is only told when every container is. */
export function podPhase({ pod, views, ending, terminating }: PodStatusInput): PodPhase {
  const stillRunning = views.some(isRunning);
  const steps = nextSteps(views, pod.spec.restartPolicy ?? 'Always');
  const mains = views.filter(({ kind }) => kind === 'main');
  if (!stillRunning && (ending !== undefined || terminating || steps.finished)) {
    if (ending !== undefined && ending.reason !== '') return 'Failed';
    return mains.every(hasSucceeded) ? 'Succeeded' : 'Failed';
  }
  // One container that was never started keeps the pod pending, whatever the others do.
  return steps.initialized && mains.every((view) => view.current !== undefined) ? 'Running' : 'Pending';
}

function conditions({ pod, views, ending, now, terminating }: PodStatusInput, phase: PodPhase): PodCondition[] {
  const before = new Map((pod.status?.conditions ?? []).map((condition) => [condition.type, condition]));
  const inits = views.filter(({ kind }) => kind !== 'main');
  const mains = views.filter(({ kind }) => kind === 'main');
  const over = phase === 'Succeeded' || phase === 'Failed';
  const notInitialized = uninitialized(views);
  const unready = [...inits.filter(({ kind }) => kind === 'sidecar'), ...mains].filter((view) => !isReady(view));
  const names = (list: readonly ContainerView[]): string => list.map(({ container }) => container.name).join(' ');
  const wanted: PodCondition[] = [];
  wanted.push({ type: 'PodReadyToStartContainers', status: over || !views.some((view) => view.current !== undefined) ? 'False' : 'True' });
  if (phase === 'Succeeded' || (notInitialized.length === 0 && !over)) {
    wanted.push({ type: 'Initialized', status: 'True', ...(phase === 'Succeeded' && inits.length > 0 ? { reason: 'PodCompleted' } : {}) });
  } else if (notInitialized.length === 0) wanted.push({ type: 'Initialized', status: 'True' });
  else wanted.push({ type: 'Initialized', status: 'False', reason: 'ContainersNotInitialized', message: `containers with incomplete status: [${names(notInitialized)}]` });
  for (const type of ['Ready', 'ContainersReady']) {
    if (phase === 'Succeeded') wanted.push({ type, status: 'False', reason: 'PodCompleted' });
    else if (phase === 'Failed') wanted.push({ type, status: 'False', reason: 'PodFailed' });
    else if (unready.length === 0 && !terminating) wanted.push({ type, status: 'True' });
    else wanted.push({ type, status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${names(unready)}]` });
  }
  if (!before.has('PodScheduled')) wanted.push({ type: 'PodScheduled', status: 'True' });
  if (ending?.disruption === true) {
    wanted.push({ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message: ending.message });
  }
  for (const condition of wanted) {
    const old = before.get(condition.type);
    const lastTransitionTime = old?.status === condition.status && old.lastTransitionTime !== undefined ? old.lastTransitionTime : formatTime(now);
    before.set(condition.type, { type: condition.type, status: condition.status, lastProbeTime: null, lastTransitionTime, ...pickReason(condition) });
  }
  return [...before.values()];
}

function pickReason({ reason, message }: PodCondition): Partial<PodCondition> {
  return { ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) };
}

function isReady(view: ContainerView): boolean {
  return isRunning(view) && view.ready;
}

function containerStatus(view: ContainerView, input: PodStatusInput, isOver: boolean): ContainerStatus {
  const { container, current, previous, waiting } = view;
  const state = currentState(view, input, isOver);
  const last = state.waiting !== undefined && current?.end !== undefined ? current : previous;
  const shown = current ?? previous;
  return {
    name: container.name,
    state,
    lastState: last?.end === undefined ? {} : terminatedState(last),
    ready: view.kind === 'init' ? hasSucceeded(view) && waiting === undefined : isReady(view),
    restartCount: current?.number ?? 0,
    image: shown?.image ?? container.image ?? '',
    imageID: shown?.imageId ?? '',
    ...(shown === undefined ? {} : { containerID: shown.containerId }),
    started: view.kind === 'init' ? false : isRunning(view) && view.started,
  };
}

function currentState({ current, waiting, kind }: ContainerView, { views, ending, terminating }: PodStatusInput, isOver: boolean): ContainerState {
  if (current !== undefined && current.end === undefined) return { running: { startedAt: formatTime(current.startedAt) } };
  if (current !== undefined && (waiting === undefined || terminating || ending !== undefined)) return terminatedState(current);
  // Nothing waits in a pod that is over, unless its init containers kept it from ever being due.
  if (isOver && kind === 'main' && uninitialized(views).length === 0) return { terminated: unknownResult };
  if (waiting !== undefined) return { waiting: { reason: waiting.reason, ...(waiting.message === undefined ? {} : { message: waiting.message }) } };
  return { waiting: { reason: views.some((other) => other.kind !== 'main') ? 'PodInitializing' : 'ContainerCreating' } };
}

function uninitialized(views: readonly ContainerView[]): ContainerView[] {
  const inits = views.filter(({ kind }) => kind !== 'main');
  return inits.filter((view) => (view.kind === 'sidecar' ? !(view.current !== undefined && (view.started || hasEnded(view))) : !hasSucceeded(view)));
}

function terminatedState({ end, startedAt, containerId }: AttemptView): ContainerState {
  if (end === undefined) return {};
  return {
    terminated: {
      exitCode: end.exitCode,
      reason: end.reason,
      ...(end.message === undefined ? {} : { message: end.message }),
      startedAt: formatTime(startedAt),
      finishedAt: formatTime(Math.max(startedAt, end.finishedAt)),
      containerID: containerId,
    },
  };
}
