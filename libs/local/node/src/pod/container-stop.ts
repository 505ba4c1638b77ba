// How a running container is ended: its pre-stop hook, its stop signal, and after its grace SIGKILL until it is gone.
import type { Timer } from '@prow/base-time';
import type { Container, Pod } from '@prow/model-kube-types';
import type { StartedContainer } from '../driver/driver.ts';
import type { NodeContext } from '../kubelet/node-context.ts';
import { runHook } from './lifecycle-hook.ts';

export interface ContainerStopOptions {
  context: NodeContext;
  pod: Pod;
  container: Container;
  fieldPath: string;
  /** The container, once its process is known. */
  started(): Promise<StartedContainer>;
  /** Whether it has ended, or is nobody's business here any more. */
  isOver(): boolean;
}

const killAgainMs = 500;

export class ContainerStop {
  private readonly options: ContainerStopOptions;
  private killAt = Number.POSITIVE_INFINITY;
  private timer: Timer | undefined;
  private asked = false;

  constructor(options: ContainerStopOptions) {
    this.options = options;
  }

  /** Asks it to stop, when there is a grace; kills it after that. Called again, only a shorter grace counts. */
  killAfter(graceMs: number): void {
    const { clock } = this.options.context;
    const killAt = clock.now() + Math.max(0, graceMs);
    if (killAt >= this.killAt) return;
    this.killAt = killAt;
    this.timer?.cancel();
    this.timer = clock.after(killAt - clock.now(), () => void this.kill());
    if (graceMs <= 0 || this.asked) return;
    this.asked = true;
    void this.ask();
  }

  cancel(): void {
    this.timer?.cancel();
  }

  private async ask(): Promise<void> {
    const { context, pod, container, fieldPath } = this.options;
    const started = await this.options.started();
    const { preStop, stopSignal } = container.lifecycle ?? {};
    if (preStop) {
      const failure = await runHook(context, preStop, started, this.killAt - context.clock.now());
      if (failure !== undefined) context.events.record({ pod, type: 'Warning', reason: 'FailedPreStopHook', message: `PreStopHook failed: ${failure}`, fieldPath });
    }
    if (this.options.isOver()) return;
    await context.driver.signal(started, (stopSignal ?? 'SIGTERM') as NodeJS.Signals).catch((error: unknown) => {
      context.log.warn('Container could not be signalled', { pod: pod.metadata.name, container: container.name, error });
    });
  }

  private async kill(): Promise<void> {
    if (this.options.isOver()) return;
    const { context, container } = this.options;
    await context.driver.kill(await this.options.started()).catch((error: unknown) => {
      context.log.warn('Container could not be killed', { container: container.name, error });
    });
    // Again, should it have been between two processes.
    if (!this.options.isOver()) this.timer = context.clock.after(killAgainMs, () => void this.kill());
  }
}
