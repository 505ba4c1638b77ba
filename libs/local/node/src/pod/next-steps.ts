// What has to happen next in a pod that is not being ended. Pure. upstream: pkg/kubelet/kuberuntime (computePodActions)
import type { RestartPolicy } from '@prow/model-kube-types';
import { hasEnded, hasSucceeded, isRunning, type ContainerView } from './container-view.ts';

export interface NextSteps {
  /** Names of containers to start now; those that are restarted respect their back-off. */
  start: string[];
  /** All init containers are through, so main containers may run. */
  initialized: boolean;
  /** Nothing will be started any more; what still runs (sidecars) is to be ended, then the pod is over. */
  finished: boolean;
}

export function nextSteps(views: readonly ContainerView[], restartPolicy: RestartPolicy): NextSteps {
  const start: string[] = [];
  for (const view of views.filter(({ kind }) => kind !== 'main')) {
    if (view.kind === 'sidecar') {
      if (!isRunning(view)) start.push(view.container.name);
      // Later containers wait until it has been started once.
      if (view.current === undefined || (isRunning(view) && !view.started)) return { start, initialized: false, finished: false };
      continue;
    }
    if (hasSucceeded(view)) continue;
    if (hasEnded(view) && restartPolicy === 'Never') return { start: [], initialized: false, finished: true };
    if (!isRunning(view)) start.push(view.container.name);
    return { start, initialized: false, finished: false };
  }
  const mains = views.filter(({ kind }) => kind === 'main');
  for (const view of mains) if (!isRunning(view) && mayStart(view, restartPolicy)) start.push(view.container.name);
  const finished = mains.every((view) => hasEnded(view) && !mayStart(view, restartPolicy));
  return finished ? { start: [], initialized: true, finished } : { start, initialized: true, finished };
}

function mayStart(view: ContainerView, restartPolicy: RestartPolicy): boolean {
  if (!hasEnded(view)) return true;
  return restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && !hasSucceeded(view));
}

const initialBackoffMs = 10_000;
const maxBackoffMs = 300_000;
const forgivenAfterMs = 600_000;

/**
 * When a container that has ended may be started again: at once the first time, then after 10 s, 20 s … 5 min; a run
 * of ten minutes clears the slate. Unix ms.
 */
export function restartAt(view: ContainerView): number {
  const { current } = view;
  if (current?.end === undefined || current.number === 0) return 0;
  if (current.end.finishedAt - current.startedAt > forgivenAfterMs) return 0;
  return current.end.finishedAt + Math.min(maxBackoffMs, initialBackoffMs * 2 ** Math.min(20, current.number - 1));
}
