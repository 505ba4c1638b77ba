import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock, type Clock } from '@prow/base-time';

export interface Asked {
  method: string;
  /** Path with query. */
  path: string;
  headers: IncomingMessage['headers'];
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever was sent
  body: any;
}

export interface Told {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** The connection breaks instead. */
  isBroken?: boolean;
}

/** A GitHub that says what the test tells it to. */
export class ScriptedGitHub {
  readonly asked: Asked[] = [];
  answer: (asked: Asked, count: number) => Told = () => ({ status: 500 });
  url = '';
  #server: Server | undefined;

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const asked: Asked = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: text === '' ? undefined : JSON.parse(text) };
        this.asked.push(asked);
        const { status = 200, headers = {}, body, isBroken } = this.answer(asked, this.asked.length);
        if (isBroken === true) {
          request.socket.destroy();
          return;
        }
        response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers }).end(body === undefined ? undefined : JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** `GET /user`, … since the last call. */
  take(): string[] {
    return this.asked.splice(0).map(({ method, path }) => `${method} ${path}`);
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }
}

/** A clock a hundred times as fast: a minute's wait takes 0.6 s. */
export const fastClock: Clock = (() => {
  const factor = 100;
  const startedAt = Date.now();
  return {
    now: () => startedAt + (Date.now() - startedAt) * factor,
    after: (ms, callback) => systemClock.after(ms / factor, callback),
    sleep: (ms, signal) => systemClock.sleep(ms / factor, signal),
  };
})();
