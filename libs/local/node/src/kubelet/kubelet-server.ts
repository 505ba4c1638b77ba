// What the API server asks a kubelet: logs. upstream: pkg/kubelet/server/server.go
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import { tryParseTime } from '@prow/model-kube-types';
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { isRunning } from '../pod/container-view.ts';
import { readLog, type LogOptions } from '../logs/read-log.ts';
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

  constructor(options: KubeletServerOptions) {
    this.options = options;
    this.server = createServer((request, response) => {
      void this.answer(request, response).catch((error: unknown) => this.fail(response, error));
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

  private async sendLog({ namespace, pod, container }: { namespace: string; pod: string; container: string }, query: URLSearchParams, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const worker = this.options.pods.find(namespace, pod);
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
