import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { messageOf, ProwError } from '@prow/base-errors';
import { answerClientError, closeAfterAnswers } from './connection-end.ts';

export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface ListenOptions {
  /** 0: any free port. */
  port: number;
  address: string;
  handler: RequestListener;
  /** Takes connections that ask for another protocol. Without it they are answered as plain HTTP, as Node does. */
  onUpgrade?: UpgradeListener | undefined;
  /** The flag a user changes when the port is taken; for the message. Default 'port'. */
  portFlag?: string;
  /** A request whose last byte is not there after this time is answered 408. Default one minute. */
  requestTimeoutMs?: number;
  /** Connections at once; what comes on top is closed. Default 10,000. */
  maxConnections?: number;
}

/** A server that accepts connections. */
export interface Listening {
  readonly server: Server;
  readonly port: number;
  /** `http://127.0.0.1:8888` */
  readonly url: string;
  /** Accepts no more connections and closes the idle ones; resolves when the last one is closed. */
  drain(): Promise<void>;
  /** From now on, takes connections that ask for another protocol. */
  serveUpgrades(serve: UpgradeListener): void;
  /** Closes every connection at once. */
  closeNow(): void;
}

/** Connections that wait to be accepted: a whole CI system may come at once after a restart. The system has its own bound. */
const backlog = 4096;

/** @throws ProwError PROW_SERVICE_PORT_IN_USE or PROW_SERVICE_LISTEN (rejects) */
export async function listen({ port, address, handler, onUpgrade, portFlag = 'port', requestTimeoutMs = 60_000, maxConnections = 10_000 }: ListenOptions): Promise<Listening> {
  const headersTimeout = Math.min(30_000, requestTimeoutMs);
  const server = createServer({ headersTimeout, requestTimeout: requestTimeoutMs, connectionsCheckingInterval: Math.min(5000, headersTimeout), keepAliveTimeout: 65_000, maxHeaderSize: 32 * 1024 }, handler);
  server.maxConnections = maxConnections;
  server.on('clientError', answerClientError);
  closeAfterAnswers(server);
  const upgraded = new Set<Duplex>();
  const serveUpgrades = (serve: UpgradeListener): void => {
    server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => {});
      upgraded.add(socket);
      socket.once('close', () => upgraded.delete(socket));
      serve(request, socket, head);
    });
  };
  if (onUpgrade !== undefined) serveUpgrades(onUpgrade);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, { port, address, portFlag })));
    server.listen({ port, host: address, backlog }, resolve);
  });
  server.removeAllListeners('error');
  server.on('error', () => {});
  const bound = server.address() as AddressInfo;
  const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  let drained: Promise<void> | undefined;
  return {
    server,
    port: bound.port,
    url: `http://${host}:${bound.port}`,
    drain: () => (drained ??= drainServer(server)),
    serveUpgrades,
    closeNow: () => {
      for (const socket of upgraded) socket.destroy();
      server.closeAllConnections();
    },
  };
}

async function drainServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection whose request ends during the drain becomes idle and would be kept for more requests.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  server.closeIdleConnections();
  await closed;
  clearInterval(sweep);
}

function listenError(error: NodeJS.ErrnoException, { port, address, portFlag }: { port: number; address: string; portFlag: string }): ProwError {
  const details = { port, address, flag: `--${portFlag}`, systemCode: error.code };
  if (error.code === 'EADDRINUSE') {
    return new ProwError('PROW_SERVICE_PORT_IN_USE', `port ${port} on ${address} is in use: stop the other program, or choose another port with --${portFlag} (0 takes any free one)`, { details, cause: error });
  }
  if (error.code === 'EACCES') {
    return new ProwError('PROW_SERVICE_LISTEN', `port ${port} on ${address} may not be opened by this user: choose one above 1023 with --${portFlag}`, { details, cause: error });
  }
  return new ProwError('PROW_SERVICE_LISTEN', `cannot listen on port ${port} of ${address} (--${portFlag}): ${messageOf(error)}`, { details, cause: error });
}
