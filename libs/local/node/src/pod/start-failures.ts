// What a container waits for after a start that failed, told as the kubelet tells it, and when to try again.
import { messageOf } from '@prow/base-errors';
import type { Pod } from '@prow/model-kube-types';
import { ContainerConfigError } from '../container/environment.ts';
import { ImageError } from '../driver/driver.ts';
import type { NodeContext } from '../kubelet/node-context.ts';
import { VolumeError } from '../volume/volume-files.ts';
import type { ContainerView } from './container-view.ts';

export interface StartFailuresOptions {
  context: NodeContext;
  view: ContainerView;
  fieldPath: string;
  onChange: () => void;
}

const firstPullBackoffMs = 10_000;
const maxPullBackoffMs = 300_000;
const configRetryMs = 5000;
/** How long ErrImagePull is shown before it becomes ImagePullBackOff. */
const errorShownMs = 2000;

export class StartFailures {
  /** Unix ms; 0: at once. */
  retryAt = 0;
  private readonly options: StartFailuresOptions;
  private pulls = 0;

  constructor(options: StartFailuresOptions) {
    this.options = options;
  }

  clear(): void {
    this.pulls = 0;
    this.retryAt = 0;
  }

  note(pod: Pod, error: unknown): void {
    if (error instanceof ImageError) {
      this.noteImage(pod, error);
      return;
    }
    const { context, view } = this.options;
    const reason = error instanceof ContainerConfigError || error instanceof VolumeError ? 'CreateContainerConfigError' : 'CreateContainerError';
    if (reason === 'CreateContainerError') context.log.warn('Container could not be created', { pod: pod.metadata.name, container: view.container.name, error });
    view.waiting = { reason, message: messageOf(error) };
    this.retryAt = context.clock.now() + configRetryMs;
    this.warn(pod, 'Failed', `Error: ${messageOf(error)}`);
  }

  private noteImage(pod: Pod, { reason: given, message, isHopeless }: ImageError): void {
    // Told as a failed pull at first, as any node tells it; then so that nobody waits for what cannot come.
    const reason = isHopeless && this.pulls > 0 ? 'ErrImageNeverPull' : given;
    const { context, view, fieldPath, onChange } = this.options;
    const image = JSON.stringify(view.container.image ?? '');
    const backoffMs = Math.min(maxPullBackoffMs, firstPullBackoffMs * 2 ** Math.min(10, this.pulls));
    this.pulls += 1;
    this.retryAt = context.clock.now() + backoffMs;
    view.waiting = { reason, message };
    this.warn(pod, reason === 'InvalidImageName' ? 'InspectFailed' : 'Failed', reason === 'ErrImagePull' ? `Failed to pull image ${image}: ${message}` : message);
    this.warn(pod, 'Failed', `Error: ${reason}`);
    if (reason !== 'ErrImagePull') return;
    context.clock.after(errorShownMs, () => {
      if (view.waiting?.reason !== 'ErrImagePull') return;
      view.waiting = { reason: 'ImagePullBackOff', message: `Back-off pulling image ${image}: ErrImagePull: ${message}` };
      context.events.record({ pod, type: 'Normal', reason: 'BackOff', message: `Back-off pulling image ${image}`, fieldPath });
      this.warn(pod, 'Failed', 'Error: ImagePullBackOff');
      onChange();
    });
  }

  private warn(pod: Pod, reason: string, message: string): void {
    const { context, fieldPath } = this.options;
    context.events.record({ pod, type: 'Warning', reason, message, fieldPath });
  }
}
