// Why a pod has to end, besides being deleted or being through. Pure.
import type { Pod } from '@prow/model-kube-types';
import { forbiddenVolume } from '../volume/volumes.ts';
import { isRunning, type ContainerView } from './container-view.ts';
import { nextSteps } from './next-steps.ts';
import type { Ending } from './pod-status.ts';

export interface EndingInput {
  pod: Pod;
  views: readonly ContainerView[];
  /** When the node first saw it, Unix ms. */
  startTime: number;
  now: number;
  allowHostPaths: boolean | readonly string[];
  nodeStops: boolean;
  /** A container is being set up right now. */
  isStarting: boolean;
}

export function endingOf({ pod, views, startTime, now, allowHostPaths, nodeStops, isStarting }: EndingInput): Ending | undefined {
  const forbidden = forbiddenVolume(pod, { allowHostPaths });
  if (forbidden !== undefined) return { reason: 'HostPathForbidden', message: forbidden, disruption: false, at: now };
  const deadlineAt = deadlineOf(pod, startTime);
  if (deadlineAt !== undefined && now >= deadlineAt) {
    return { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline', disruption: false, at: now };
  }
  // Others simply start their containers again.
  if ((pod.spec.restartPolicy ?? 'Always') !== 'Never') return undefined;
  const lost = views.find(({ current }) => current?.end?.lost === true);
  if (lost !== undefined) {
    return { reason: 'Evicted', message: `The node was restarted while container ${lost.container.name} ran.`, disruption: true, at: now };
  }
  const hasBegun = isStarting || views.some(({ current }) => current !== undefined);
  if (nodeStops && hasBegun && !isFinished(pod, views)) {
    return { reason: 'Evicted', message: 'The node was stopped while the pod ran.', disruption: true, at: now };
  }
  return undefined;
}

/** Unix ms. */
export function deadlineOf({ spec }: Pod, startTime: number): number | undefined {
  return spec.activeDeadlineSeconds === undefined ? undefined : startTime + spec.activeDeadlineSeconds * 1000;
}

/** Whether it is through by itself, sidecars included. */
export function isFinished(pod: Pod, views: readonly ContainerView[]): boolean {
  return nextSteps(views, pod.spec.restartPolicy ?? 'Always').finished && !views.some(isRunning);
}
