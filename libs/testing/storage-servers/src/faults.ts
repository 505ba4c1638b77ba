// What a server does wrong on purpose.
import type { IncomingMessage, ServerResponse } from 'node:http';

export class Faults {
  #fail: { count: number; status: number }[] = [];
  #cut = 0;
  /** Every request so far: `METHOD path`. */
  readonly requests: string[] = [];

  /** The next `count` requests are answered with `status`. */
  failNext(count: number, status: number): void {
    this.#fail.push({ count, status });
  }

  /** The next `count` requests lose their connection without an answer. */
  cutNext(count: number): void {
    this.#cut += count;
  }

  /** True if the request has been dealt with. */
  meet(request: IncomingMessage, response: ServerResponse): boolean {
    this.requests.push(`${request.method} ${request.url}`);
    if (this.#cut > 0) {
      this.#cut -= 1;
      request.socket.destroy();
      return true;
    }
    const [next] = this.#fail;
    if (next === undefined) return false;
    next.count -= 1;
    if (next.count <= 0) this.#fail.shift();
    request.resume();
    response.writeHead(next.status, { 'content-type': 'text/plain' }).end('on purpose');
    return true;
  }
}
