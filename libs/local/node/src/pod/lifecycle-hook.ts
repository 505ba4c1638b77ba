// postStart and preStop. upstream: pkg/kubelet/lifecycle/handlers.go
import type { LifecycleHandler } from '@prow/model-kube-types';
import type { StartedContainer } from '../driver/driver.ts';
import type { NodeContext } from '../kubelet/node-context.ts';
import { probeHttp } from './probe-http.ts';

/** Undefined when it did what it should, else what went wrong. Never takes longer than the timeout. */
export async function runHook({ driver, clock }: NodeContext, handler: LifecycleHandler, container: StartedContainer, timeoutMs: number): Promise<string | undefined> {
  if (timeoutMs <= 0) return undefined;
  try {
    if (handler.exec) {
      const command = handler.exec.command ?? [];
      const { exitCode, output } = await driver.exec(container, command, timeoutMs);
      return exitCode === 0 ? undefined : `command ${JSON.stringify(command.join(' '))} exited with ${exitCode}: ${output.slice(0, 1024)}`;
    }
    if (handler.sleep) {
      await clock.sleep(Math.min(timeoutMs, handler.sleep.seconds * 1000));
      return undefined;
    }
    if (handler.httpGet) {
      const { ok, message } = await probeHttp(handler.httpGet, undefined, timeoutMs);
      return ok ? undefined : message;
    }
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
