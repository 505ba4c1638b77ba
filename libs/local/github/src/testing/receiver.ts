import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  event: string;
  guid: string;
  isSigned: boolean;
  // oxlint-disable-next-line typescript/no-explicit-any -- payloads of all events
  payload: any;
}

/** Takes webhooks in, for tests. */
export class Receiver {
  readonly received: Received[] = [];
  readonly secret = 'a secret';
  /** What it answers; may be changed. */
  status = 200;
  #server: Server | undefined;

  async start(): Promise<string> {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        const expected = Buffer.from(`sha256=${createHmac('sha256', this.secret).update(body).digest('hex')}`);
        const given = Buffer.from(String(request.headers['x-hub-signature-256']));
        if (this.status < 300) {
          this.received.push({
            event: String(request.headers['x-github-event']),
            guid: String(request.headers['x-github-delivery']),
            isSigned: given.length === expected.length && timingSafeEqual(given, expected),
            payload: JSON.parse(body.toString('utf8')),
          });
        }
        response.writeHead(this.status).end();
      });
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  /** What came since the last call, as `event.action`. */
  take(): string[] {
    return this.received.splice(0).map(({ event, payload }) => (payload.action === undefined ? event : `${event}.${payload.action}`));
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }
}
