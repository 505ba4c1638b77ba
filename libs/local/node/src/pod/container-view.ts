// What the node knows about one container of a pod, for decisions and statuses.
import type { Container } from '@prow/model-kube-types';

export type ContainerKind = 'init' | 'sidecar' | 'main';

export interface AttemptView {
  /** From 0: how often it was restarted before. */
  number: number;
  containerId: string;
  image: string;
  imageId: string;
  startedAt: number;
  /** Undefined while it runs. */
  end?: {
    exitCode: number;
    finishedAt: number;
    /** Completed, Error, OOMKilled, StartError, ContainerStatusUnknown. */
    reason: string;
    message?: string;
    /** Its shim vanished without an exit code. */
    lost: boolean;
  };
}

export interface ContainerView {
  container: Container;
  kind: ContainerKind;
  /** The latest attempt that was started; undefined when there was none. */
  current: AttemptView | undefined;
  previous: AttemptView | undefined;
  /** Why the next attempt has not started: reason and message as in a waiting state. */
  waiting: { reason: string; message?: string } | undefined;
  /** A startup probe or hook may delay this after the start. */
  started: boolean;
  ready: boolean;
}

export function isRunning(view: ContainerView): boolean {
  return view.current !== undefined && view.current.end === undefined;
}

export function hasEnded(view: ContainerView): boolean {
  return view.current?.end !== undefined;
}

export function hasSucceeded(view: ContainerView): boolean {
  return view.current?.end?.exitCode === 0;
}

export function kindOf(container: Container, isInit: boolean): ContainerKind {
  return isInit ? (container.restartPolicy === 'Always' ? 'sidecar' : 'init') : 'main';
}
