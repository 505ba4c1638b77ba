// What the API server asks a kubelet: logs. upstream: pkg/kubelet/server/server.go
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import { tryParseTime } from '@prow/model-kube-types';
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { isRunning } from '../pod/container-view.ts';
import type { ContainerRunner } from '../pod/container-runner.ts';
import { readLog, type LogOptions } from '../logs/read-log.ts';
import { execProtocols, runExec, sendAll } from './exec-session.ts';
import type { PodManager } from './pod-manager.ts';

export interface KubeletServerOptions {
  pods: PodManager;
  clock: Clock;
  log: Logger;
  address: string;
  port: number;
  token: string | undefined;
}

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export class KubeletServer {
  private readonly options: KubeletServerOptions;
  private readonly server: Server;
  private readonly ending = new AbortController();
  private readonly sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 * 1024, handleProtocols: (offered) => execProtocols.find((one) => offered.has(one)) ?? false });

  constructor(options: KubeletServerOptions) {
    this.options = options;
    this.server = createServer((request, response) => {
      void this.answer(request, response).catch((error: unknown) => this.fail(response, error));
    });
    this.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      void this.upgrade(request, socket, head).catch((error: unknown) => refuseUpgrade(socket, error));
    });
    this.server.headersTimeout = 10_000;
    this.server.requestTimeout = 30_000;
  }

  /** Resolves with the port. */
  async listen(): Promise<number> {
    this.server.listen(this.options.port, this.options.address);
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.ending.abort();
    for (const socket of this.sockets.clients) socket.terminate();
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://kubelet');
    if (request.method !== 'GET') throw new Refusal(405, 'only GET is supported');
    if (url.pathname === '/healthz') {
      response.end('ok');
      return;
    }
    if (!this.isAuthorized(request)) throw new Refusal(401, 'Unauthorized');
    if (url.pathname === '/pods') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: this.options.pods.list().map(({ object }) => object) }));
      return;
    }
    const [, kind, namespace = '', pod = '', container = '', ...more] = url.pathname.split('/').map(decode);
    if (kind !== 'containerLogs' || container === '' || more.length > 0) throw new Refusal(404, '404 page not found');
    await this.sendLog({ namespace, pod, container }, url.searchParams, request, response);
  }

  /** `exec` and `attach`, over a WebSocket. */
  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const url = new URL(request.url ?? '/', 'http://kubelet');
    if (!this.isAuthorized(request)) throw new Refusal(401, 'Unauthorized');
    if (this.sockets.clients.size >= maxSessions) throw new Refusal(429, `${maxSessions} commands run in containers, which is the most this node allows`);
    const [, kind, namespace = '', pod = '', container = '', ...more] = url.pathname.split('/').map(decode);
    if ((kind !== 'exec' && kind !== 'attach') || more.length > 0) throw new Refusal(404, '404 page not found');
    const runner = (await this.options.pods.findTakenUp(namespace, pod))?.runner(container);
    const query = url.searchParams;
    const session = kind === 'exec' ? await this.execSession(runner, container, query) : this.attachSession(runner, container);
    if (!(request.headers['sec-websocket-protocol'] ?? '').split(',').some((one) => (execProtocols as readonly string[]).includes(one.trim()))) throw new Refusal(400, `one of the subprotocols ${execProtocols.join(', ')} is needed`);
    this.sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => client.terminate());
      session(client).catch((error: unknown) => {
        this.options.log.warn('A command in a container failed', { error, namespace, pod, container });
        client.terminate();
      });
    });
  }

  private async execSession(runner: ContainerRunner | undefined, container: string, query: URLSearchParams): Promise<(client: WebSocket) => Promise<void>> {
    const command = query.getAll('command');
    const wants = (name: string): boolean => ['1', 'true'].includes(query.get(name) ?? '');
    if (command.length === 0) throw new Refusal(400, 'you must specify at least 1 command for the container');
    if (wants('tty')) throw new Refusal(400, 'this node has no terminals to give: leave out -t (kubectl exec -i POD -- sh)');
    const inside = await runner?.commandInside(command);
    if (inside === undefined) throw new Refusal(400, `container ${JSON.stringify(container)} is not running`);
    return (client) => runExec(client, inside, { stdin: wants('stdin'), stdout: wants('stdout'), stderr: wants('stderr') });
  }

  /** What the container writes from now on. Nothing is read from the caller: containers here have no input. */
  private attachSession(runner: ContainerRunner | undefined, container: string): (client: WebSocket) => Promise<void> {
    const directory = runner?.logDirectory(false);
    const attempt = runner?.view.current;
    if (runner === undefined || directory === undefined || !isRunning(runner.view)) throw new Refusal(400, `container ${JSON.stringify(container)} is not running`);
    const source = { directory, isRunning: (): Promise<boolean> => Promise.resolve(runner.view.current === attempt && isRunning(runner.view)) };
    return async (client) => {
      const abort = new AbortController();
      client.once('close', () => abort.abort());
      await sendAll(client, readLog(source, { follow: true, tailLines: 0 }, this.options.clock, abort.signal));
    };
  }

  private async sendLog({ namespace, pod, container }: { namespace: string; pod: string; container: string }, query: URLSearchParams, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const worker = await this.options.pods.findTakenUp(namespace, pod);
    if (worker === undefined) throw new Refusal(404, `pod ${JSON.stringify(pod)} not found`);
    const runner = worker.runner(container);
    if (runner === undefined) {
      const { initContainers = [], containers } = worker.object.spec;
      if (![...initContainers, ...containers].some(({ name }) => name === container)) throw new Refusal(404, `container ${JSON.stringify(container)} not found in pod ${JSON.stringify(pod)}`);
    }
    const options = logOptions(query, this.options.clock.now());
    const previous = query.get('previous') === 'true';
    const directory = runner?.logDirectory(previous);
    if (runner === undefined || directory === undefined) {
      if (previous) throw new Refusal(400, `previous terminated container ${JSON.stringify(container)} in pod ${JSON.stringify(pod)} not found`);
      const reason = runner?.view.waiting?.reason ?? (worker.object.spec.initContainers?.length ? 'PodInitializing' : 'ContainerCreating');
      throw new Refusal(400, `container ${JSON.stringify(container)} in pod ${JSON.stringify(pod)} is waiting to start: ${waitingText(container, runner?.view.waiting, reason)}`);
    }
    const attempt = runner.view.current;
    const abort = new AbortController();
    const stop = (): void => abort.abort();
    response.once('close', stop);
    this.ending.signal.addEventListener('abort', stop, { once: true });
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.flushHeaders();
    try {
      const source = { directory, isRunning: async () => !previous && runner.view.current === attempt && isRunning(runner.view) };
      for await (const piece of readLog(source, options, this.options.clock, abort.signal)) {
        if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
        if (abort.signal.aborted) return;
      }
      response.end();
    } finally {
      this.ending.signal.removeEventListener('abort', stop);
      void request;
    }
  }

  private isAuthorized(request: IncomingMessage): boolean {
    const { token } = this.options;
    if (token === undefined) return true;
    const given = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
    return timingSafeEqual(digest(given), digest(token));
  }

  private fail(response: ServerResponse, error: unknown): void {
    const status = error instanceof Refusal ? error.status : 500;
    if (status === 500) this.options.log.warn('Log request failed', { error });
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.writeHead(status, { 'content-type': 'text/plain' });
    response.end(messageOf(error));
  }
}

const maxSessions = 100;

function refuseUpgrade(socket: Duplex, error: unknown): void {
  const status = error instanceof Refusal ? error.status : 500;
  const text = messageOf(error);
  socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`);
}

function logOptions(query: URLSearchParams, nowMs: number): LogOptions {
  const tailLines = wholeNumber(query, 'tailLines', 0);
  const limitBytes = wholeNumber(query, 'limitBytes', 1);
  const sinceSeconds = wholeNumber(query, 'sinceSeconds', 1);
  const sinceTime = query.get('sinceTime');
  const parsedSince = sinceTime === null || sinceTime === '' ? undefined : tryParseTime(sinceTime);
  if (sinceTime && parsedSince === undefined) throw new Refusal(400, `sinceTime: expected an RFC 3339 time, found ${JSON.stringify(sinceTime.slice(0, 64))}`);
  const sinceMs = sinceSeconds === undefined ? parsedSince : nowMs - sinceSeconds * 1000;
  return {
    follow: query.get('follow') === 'true',
    timestamps: query.get('timestamps') === 'true',
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
  };
}

function wholeNumber(query: URLSearchParams, name: string, least: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least)) throw new Refusal(400, `${name}: expected a whole number of at least ${least}, found ${JSON.stringify(text.slice(0, 40))}`);
  return value;
}

function waitingText(container: string, waiting: { reason: string; message?: string } | undefined, reason: string): string {
  if (waiting?.reason === 'ErrImagePull' || waiting?.reason === 'ImagePullBackOff') return waiting.reason === 'ErrImagePull' ? 'image can\'t be pulled' : 'trying and failing to pull image';
  void container;
  return reason;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Refusal(400, 'malformed path');
  }
}
