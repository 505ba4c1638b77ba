import type { Logger } from '@prow/base-log';
import type { Clock, Timer } from '@prow/base-time';

/** Does something now and again, one time after the other; a failure is logged and does not end it. */
export function repeat({ name, everyMs, clock, log, run }: { name: string; everyMs: number; clock: Clock; log: Logger; run: () => Promise<unknown> }): { stop(): Promise<void> } {
  let timer: Timer | undefined;
  let isStopped = false;
  let running: Promise<void> = Promise.resolve();
  const once = (): void => {
    running = run()
      .then(
        () => undefined,
        (error: unknown) => log.error('repeated work failed', { name, error }),
      )
      .finally(() => {
        if (!isStopped) timer = clock.after(everyMs, once);
      });
  };
  once();
  return {
    stop: async () => {
      isStopped = true;
      timer?.cancel();
      await running;
    },
  };
}
