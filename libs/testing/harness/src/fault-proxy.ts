import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one request. Several may be combined: a delay with any of the others. */
export interface Fault {
  /** Waits before anything else happens, in milliseconds. */
  delayMs?: number;
  /** The connection is closed before the request is passed on: it has no effect. */
  dropRequest?: boolean;
  /** The request is passed on and has its effect, but the connection is closed instead of the answer. */
  dropAnswer?: boolean;
  /** Answered with this, the request is not passed on. */
  answer?: { status: number; headers?: Readonly<Record<string, string>>; body?: string };
  /** The answer's body is cut, and the connection closed, after so many bytes. */
  cutAfterBytes?: number;
}

export interface SeenRequest {
  method: string;
  /** Path with query. */
  path: string;
  /** What was done to it; undefined when it passed whole. */
  fault: Fault | undefined;
}

/** A proxy in front of one HTTP server that breaks what it is told to break. */
export interface FaultProxy {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** From now on, decides for each request; undefined lets it pass. Called once a request, in order of arrival. */
  setFaults(decide: (request: { method: string; path: string; index: number }) => Fault | undefined): void;
  /** The next `times` requests that match suffer this, then all pass. */
  failNext(times: number, fault: Fault, matches?: (request: { method: string; path: string }) => boolean): void;
  stop(): Promise<void>;
}

/** @param target `http://127.0.0.1:PORT` of the real server */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const requests: SeenRequest[] = [];
  const upstream = new URL(target);
  let decide: (request: { method: string; path: string; index: number }) => Fault | undefined = () => undefined;
  const server = createServer((request, response) => {
    const seen = { method: request.method ?? 'GET', path: request.url ?? '/' };
    const fault = decide({ ...seen, index: requests.length });
    requests.push({ ...seen, fault });
    const pass = (): void => handle(request, response, upstream, fault);
    if (fault?.delayMs === undefined) pass();
    else setTimeout(pass, fault.delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    setFaults: (next) => {
      decide = next;
    },
    failNext: (times, fault, matches = () => true) => {
      let left = times;
      decide = (request) => {
        if (left <= 0 || !matches(request)) return undefined;
        left -= 1;
        return fault;
      };
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function handle(request: IncomingMessage, response: ServerResponse, upstream: URL, fault: Fault | undefined): void {
  if (fault?.dropRequest === true) {
    request.socket.destroy();
    return;
  }
  if (fault?.answer !== undefined) {
    const { status, headers = {}, body = '' } = fault.answer;
    request.resume();
    response.writeHead(status, headers).end(body);
    return;
  }
  const passed = httpRequest({ host: upstream.hostname, port: upstream.port, method: request.method, path: request.url, headers: request.headers }, (answer) => {
    if (fault?.dropAnswer === true) {
      answer.resume();
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    if (fault?.cutAfterBytes === undefined) answer.pipe(response);
    else passUntil(answer, response, fault.cutAfterBytes, () => passed.destroy());
    answer.on('error', () => response.destroy());
  });
  passed.on('error', () => response.destroy());
  response.on('close', () => passed.destroy());
  request.pipe(passed);
}

function passUntil(answer: IncomingMessage, response: ServerResponse, cutAfterBytes: number, stop: () => void): void {
  let left = cutAfterBytes;
  const cut = (): void => {
    stop();
    response.socket?.destroySoon();
  };
  response.flushHeaders();
  if (left === 0) cut();
  answer.on('data', (chunk: Buffer) => {
    if (left <= 0) return;
    response.write(chunk.subarray(0, left));
    left -= chunk.length;
    if (left <= 0) cut();
  });
  answer.on('end', () => response.end());
}
