import type { RequestListener } from 'node:http';
import type { Registry } from 'prom-client';
import type { Flags, FlagValues } from '@prow/base-flags';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import type { Tracing } from '@prow/base-tracing';
import type { UpgradeListener } from './listen.ts';

/** What an app is given besides its settings. */
export interface AppHost {
  log: Logger;
  clock: Clock;
  /** The app's own metrics, served at /metrics. */
  metrics: Registry;
  /** On when OTEL_EXPORTER_OTLP_ENDPOINT is set; ended by the host, after the app. */
  tracing: Tracing;
  /** Where an app that `servesItself` is to listen (port 0: any). */
  listenOn: { port: number; address: string };
}

/** An app that runs. */
export interface RunningApp {
  /** Answers HTTP at `/`, for example an express app. Without it only health and metrics are served. */
  handler?: RequestListener;
  /** Where an app that `servesItself` listens. */
  url?: string;
  /** Takes over a connection that asks for another protocol (WebSocket, SPDY). Without it they are plain HTTP. */
  onUpgrade?: UpgradeListener;
  /** What /healthz/ready answers: 200 or 503. Default: ready as soon as started. */
  isReady?: () => boolean;
  /** Called first on the way out, before requests in flight are waited for: end what never ends by itself (watches, event streams). */
  beginStop?: () => void;
  /** Ends all work, gracefully, and settles everything on disk. Idempotent. */
  stop: () => Promise<void>;
}

/** An app as data: everything `runApp`, the `prow` command and `apps/local` need to know of it. */
export interface AppDefinition<F extends Flags> {
  /** As a user types it: `manual-trigger`. */
  name: string;
  /** One or two sentences for --help. */
  summary: string;
  /** Whole command lines for --help. */
  examples: readonly string[];
  flags: F;
  defaultPort: number;
  /** The app opens its port by itself, at `host.listenOn`, and tells its `url`: a server of another protocol or with TLS. Default false. */
  servesItself?: boolean;
  /** Connections at once; what comes on top is closed. Default 10,000. */
  maxConnections?: number;
  /** How long a graceful stop may take, in milliseconds. Default 4000. */
  graceMs?: number | ((settings: FlagValues<F>) => number);
  start: (settings: FlagValues<F>, host: AppHost) => Promise<RunningApp>;
}

export const defaultGraceMs = 4000;

export function graceOf<F extends Flags>(definition: AppDefinition<F>, settings: FlagValues<F>): number {
  const { graceMs = defaultGraceMs } = definition;
  return typeof graceMs === 'function' ? graceMs(settings) : graceMs;
}
