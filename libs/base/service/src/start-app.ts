import type { RequestListener } from 'node:http';
import { Registry } from 'prom-client';
import type { Flags, FlagValues } from '@prow/base-flags';
import type { Logger } from '@prow/base-log';
import { systemClock, type Clock } from '@prow/base-time';
import { tracingFrom, type Tracing } from '@prow/base-tracing';
import { graceOf, type AppDefinition, type RunningApp } from './app-definition.ts';
import { listen, type Listening, type UpgradeListener } from './listen.ts';
import { rootHandler } from './root-handler.ts';

export interface StartOptions {
  log: Logger;
  /** Default: the machine's clock. */
  clock?: Clock;
  /** Listen here (0: any port). Default: do not listen; the handler is used by the caller. */
  port?: number;
  /** Default 127.0.0.1. */
  address?: string;
  metrics?: Registry;
  /** Default: as the environment asks for it. */
  tracing?: Tracing;
}

export interface StartedApp {
  /** Where it listens, when it does. */
  readonly url: string | undefined;
  /** The app with health and metrics. */
  readonly handler: RequestListener;
  readonly onUpgrade: UpgradeListener | undefined;
  readonly metrics: Registry;
  isReady(): boolean;
  /** Graceful, within the definition's grace; idempotent. */
  stop(): Promise<void>;
}

/** Starts an app inside this process, without touching signals, arguments or standard output. */
export async function startApp<F extends Flags>(definition: AppDefinition<F>, settings: FlagValues<F>, options: StartOptions): Promise<StartedApp> {
  const { log, clock = systemClock, port, address = '127.0.0.1', metrics = new Registry() } = options;
  const tracing = options.tracing ?? (await tracingFrom({ service: definition.name, log }));
  let running: RunningApp | undefined;
  let stopping: Promise<void> | undefined;
  const isReady = (): boolean => running !== undefined && stopping === undefined && (running.isReady?.() ?? true);
  const handler = rootHandler({ app: () => running?.handler, isStarted: () => running !== undefined, isReady, metrics, log });
  // Listening first: a port in use is found before any work has begun.
  const listening = port === undefined || definition.servesItself === true ? undefined : await listen({ port, address, handler, ...(definition.maxConnections === undefined ? {} : { maxConnections: definition.maxConnections }) });
  try {
    running = await definition.start(settings, { log, clock, metrics, tracing, listenOn: { port: port ?? 0, address } });
  } catch (error) {
    listening?.closeNow();
    await listening?.drain();
    await tracing.stop();
    throw error;
  }
  const app = running;
  const { onUpgrade } = app;
  if (onUpgrade !== undefined) listening?.serveUpgrades(onUpgrade);
  const graceMs = graceOf(definition, settings);
  return {
    url: listening?.url ?? app.url,
    handler,
    onUpgrade,
    metrics,
    isReady,
    stop: () => (stopping ??= stopApp(app, listening, graceMs).finally(() => tracing.stop())),
  };
}

/** Requests in flight get half of the grace, then the app ends; what is connected after that is cut. */
async function stopApp(app: RunningApp, listening: Listening | undefined, graceMs: number): Promise<void> {
  app.beginStop?.();
  const drained = listening?.drain();
  if (drained !== undefined) await Promise.race([drained, pause(graceMs / 2)]);
  try {
    await app.stop();
  } finally {
    listening?.closeNow();
    await drained;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
