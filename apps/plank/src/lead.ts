// Runs a controller while this replica leads.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { runAsLeader } from '@prow/clients-kube';
import type { Controller, Parts } from './parts.ts';

const restartDelayMs = 5000;

export interface Leading {
  isLeading(): boolean;
  /** Ends the controller and gives the lease up. */
  stop(): Promise<void>;
}

export function lead(controller: Controller, { settings, main, namespace, clock, log }: Parts): Leading {
  const abort = new AbortController();
  let isLeading = false;
  const work = async (signal: AbortSignal, isHeld: () => boolean): Promise<void> => {
    const stop = await controller.lead(() => isHeld() && !settings.dryRun);
    isLeading = true;
    log.info('controller runs', { controller: controller.name });
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    isLeading = false;
    await stop();
  };
  const identity = settings.leaderIdentity ?? `${hostname()}_${process.pid}_${randomBytes(4).toString('hex')}`;
  const once = (): Promise<void> =>
    settings.leaderElection
      ? runAsLeader({ kube: main, namespace, name: controller.leaseName, identity, clock, log, signal: abort.signal, lead: work })
      : work(abort.signal, () => !abort.signal.aborted);
  // A controller that can not begin, because something it needs is away, begins later.
  const run = (async () => {
    while (!abort.signal.aborted) {
      try {
        await once();
      } catch (error) {
        isLeading = false;
        log.error('controller failed, will begin again', { controller: controller.name, error });
        await clock.sleep(restartDelayMs, abort.signal).catch(() => undefined);
      }
    }
  })();
  return {
    isLeading: () => isLeading,
    stop: async () => {
      abort.abort(new DOMException('the program ends', 'AbortError'));
      await run;
    },
  };
}
