import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { ProwError } from '@prow/base-errors';
import { silentLogger, type Logger } from '@prow/base-log';
import { systemClock, type Clock } from '@prow/base-time';
import { Authorizer, type AuthorizationMode } from './access/authorize.ts';
import { TokenAuthority } from './access/tokens.ts';
import { Controllers } from './controllers/controllers.ts';
import type { Core } from './core.ts';
import { ApiServer } from './http/api-server.ts';
import { Registry } from './registry/registry.ts';
import { ObjectStore } from './storage/object-store.ts';
import { ownFolder } from './storage/own-folder.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { keptCertificate, type TlsPair } from './tls/self-signed.ts';

export interface KubeApiOptions {
  /** Holds everything: objects, keys, tokens. Made when absent. One server at a time may use it. */
  dataDir: string;
  /** 0, the default: any free port. */
  port?: number;
  /** Default 127.0.0.1. */
  address?: string;
  log?: Logger;
  clock?: Clock;
  /** The administrator's bearer token. Default: made once and kept in `dataDir`. */
  token?: string;
  /** `AlwaysAllow` (default): whoever is known may do everything. `RBAC`: service accounts may do what roles grant. */
  authorization?: AuthorizationMode;
  /**
   * `self-signed` (default): a certificate of its own, kept in `dataDir` and named by the kubeconfig. `off`: plain
   * HTTP, over which kubectl and Go clients send no token. Or PEM texts.
   */
  tls?: 'self-signed' | 'off' | TlsPair;
  /** How many changes, and bytes of them, watchers may lag behind. Default 20,000 and 96 MiB. */
  history?: { maxChanges: number; maxBytes: number };
  /** Beyond this many open watches new ones are refused with 429. Default 5,000. */
  maxWatches?: number;
}

export interface RunningKubeApi {
  readonly url: string;
  /** The administrator's. */
  readonly token: string;
  /** What the server presents to kubelets when it asks for logs. */
  readonly kubeletToken: string;
  /** A kubeconfig text with one context, for kubectl and for clients. */
  kubeconfig(): string;
  /** Ends watches, finishes requests, closes the database. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts an API server over `dataDir`; when the promise resolves it serves, with what a fresh cluster has (namespaces
 * default, kube-system, kube-public, kube-node-lease). Throws PROW_KUBE_API_LISTEN when the port is taken, and
 * PROW_KUBE_API_IN_USE when another server owns `dataDir`.
 */
export async function startKubeApi(options: KubeApiOptions): Promise<RunningKubeApi> {
  const { dataDir, log = silentLogger, clock = systemClock, address = '127.0.0.1' } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const disown = ownFolder(dataDir);
  const tls = tlsOf(options, address, clock);
  const tokens = new TokenAuthority(join(dataDir, 'auth'), options.token);
  const store = new ObjectStore(join(dataDir, 'objects'), log, options.history);
  const core: Core = { store, registry: new Registry(), clock, log, ...(tls === undefined ? {} : { rootCertificate: tls.certificate }) };
  const controllers = new Controllers(core);
  let isReady = false;
  let server: Server | undefined;
  const apiServer = new ApiServer({
    core,
    tokens,
    authorizer: new Authorizer(core, options.authorization ?? 'AlwaysAllow'),
    kubeletToken: tokens.kubeletToken,
    address: () => hostAndPort(server, address),
    isReady: () => isReady,
    maxWatches: options.maxWatches ?? 5_000,
  });
  try {
    await controllers.start();
    server = await listen(apiServer, { tls, address, port: options.port ?? 0 });
  } catch (error) {
    await controllers.stop();
    await store.close();
    disown();
    throw error;
  }
  const running = server;
  isReady = true;
  const { address: host, port } = running.address() as AddressInfo;
  controllers.servedAt(host === '::' || host === '0.0.0.0' ? '127.0.0.1' : host, port);
  const url = `${tls === undefined ? 'http' : 'https'}://${hostAndPort(running, address)}`;
  log.info('the Kubernetes API is served', { url });
  const stop = async (): Promise<void> => {
    isReady = false;
    apiServer.endWatches();
    await closeServer(running);
    await controllers.stop();
    await store.close();
    disown();
  };
  let stopping: Promise<void> | undefined;
  return {
    url,
    token: tokens.adminToken,
    kubeletToken: tokens.kubeletToken,
    kubeconfig: () => writeKubeconfig({ url, token: tokens.adminToken, ...(tls === undefined ? {} : { certificate: tls.certificate }) }),
    stop: () => (stopping ??= stop()),
  };
}

function tlsOf({ tls = 'self-signed', dataDir }: KubeApiOptions, address: string, clock: Clock): TlsPair | undefined {
  if (tls === 'off') return undefined;
  return tls === 'self-signed' ? keptCertificate(join(dataDir, 'tls'), address, clock.now()) : tls;
}

async function listen(apiServer: ApiServer, { tls, address, port }: { tls: TlsPair | undefined; address: string; port: number }): Promise<Server> {
  const settings = { requestTimeout: 60_000, headersTimeout: 20_000, connectionsCheckingInterval: 5_000, keepAliveTimeout: 90_000, maxHeaderSize: 64 * 1024, noDelay: true };
  const server = tls === undefined ? createServer(settings, apiServer.listener) : createTlsServer({ ...settings, cert: tls.certificate, key: tls.key }, apiServer.listener);
  server.on('upgrade', apiServer.upgrade);
  // A request that never ends its head or body must not hold a socket for ever; watches have their own end.
  server.maxConnections = 12_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'the port is in use' : error.message;
      reject(new ProwError('PROW_KUBE_API_LISTEN', `cannot listen on ${address}:${port}: ${why}`, { cause: error, details: { address, port } }));
    });
    server.listen(port, address, resolve);
  });
  return server;
}

function hostAndPort(server: Server | undefined, address: string): string {
  const bound = server?.address() as AddressInfo | null | undefined;
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address;
  return `${host.includes(':') ? `[${host}]` : host}:${bound?.port ?? 0}`;
}

const closeGraceMs = 1_000;

/** Requests under way may finish; connections that still idle or hang after a second are cut. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), closeGraceMs);
  await closed;
  clearTimeout(timer);
}

