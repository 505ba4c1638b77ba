// How connections end that do not end well: with an answer that the client gets to read.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';

/** So long is dropped what a client still sends after the answer to a body that nobody wanted whole. */
const lingerMs = 2000;

const answers: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
};

/** For `clientError`: what came is no HTTP, too long, or too slow. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  const line = answers[error.code ?? ''] ?? '400 Bad Request';
  if (socket.writable && error.code !== 'ECONNRESET') socket.end(`HTTP/1.1 ${line}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${line.length + 1}\r\n\r\n${line}\n`);
  // Half closed it would live until the client closes, too.
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

/**
 * A connection that is closed on data nobody has read is reset, and the answer lost with it: the answer to a request
 * whose body has not come whole is followed by the end of our side alone, and what still comes is dropped for a while.
 */
export function closeAfterAnswers(server: Server): void {
  const latest = new WeakMap<Socket, IncomingMessage>();
  server.on('request', (request) => latest.set(request.socket, request));
  server.on('connection', (socket) => {
    const destroySoon = socket.destroySoon.bind(socket);
    socket.destroySoon = () => {
      const request = latest.get(socket);
      if (request?.complete !== false) {
        destroySoon();
        return;
      }
      request.resume();
      socket.end();
      const timer = setTimeout(() => socket.destroy(), lingerMs);
      timer.unref();
      socket.once('close', () => clearTimeout(timer));
    };
  });
}
