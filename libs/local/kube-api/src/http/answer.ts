// Writing answers: objects, Status objects, lists of stored texts.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ProwError } from '@prow/base-errors';
import { acceptsGzip, compressed, compressedFromBytes, compressedHeaders } from './compress.ts';
import { StatusError, internalError } from '../status-error.ts';

/** How long a connection whose request was not read to its end is read from, so that its answer arrives. */
const lingerMs = 1000;

export function answerJson(response: ServerResponse, code: number, value: unknown, headers: Record<string, string | string[]> = {}): void {
  const body = typeof value === 'string' || Buffer.isBuffer(value) ? value : `${JSON.stringify(value)}\n`;
  const all = { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private', ...headers };
  const length = Buffer.byteLength(body);
  if (length >= compressedFromBytes && acceptsGzip(response.req)) void answerCompressed(response, code, body, all);
  else response.writeHead(code, { ...all, 'Content-Length': length }).end(body);
}

async function answerCompressed(response: ServerResponse, code: number, body: Buffer | string, headers: Record<string, string | string[]>): Promise<void> {
  try {
    const zipped = await compressed(body);
    const { Vary: vary } = headers;
    response.writeHead(code, { ...headers, ...compressedHeaders, ...(vary === undefined ? {} : { Vary: `${String(vary)}, Accept-Encoding` }), 'Content-Length': zipped.length }).end(zipped);
  } catch {
    response.destroy();
  }
}

export function answerText(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(text), 'X-Content-Type-Options': 'nosniff' });
  response.end(text);
}

/** Whatever was thrown, as a Status; nothing of an unexpected error but its message reaches the client. */
export function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const status = asStatusError(error);
  const { code, details } = status.shape;
  // The rest of a body that was not read cannot be told from the next request.
  const closes = code === 413 || code === 408;
  if (closes && response.socket !== null) closeGently(response.socket);
  const retry = details?.retryAfterSeconds;
  answerJson(response, code, status.toStatus(), {
    ...(retry === undefined ? {} : { 'Retry-After': String(retry) }),
    ...(code === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
    ...(closes ? { Connection: 'close' } : {}),
  });
}

/** A connection that is closed on data nobody has read is reset, and the answer lost with it: what comes is dropped for a while. */
function closeGently(socket: Socket): void {
  socket.destroySoon = () => {
    socket.end();
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    timer.unref();
    socket.once('close', () => clearTimeout(timer));
  };
}

export function asStatusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  if (error instanceof ProwError && error.httpStatus !== undefined && error.httpStatus < 500) {
    return new StatusError({ code: error.httpStatus, reason: error.httpStatus === 400 ? 'BadRequest' : 'Invalid', message: error.message });
  }
  return internalError(error instanceof Error ? error.message.slice(0, 300) : 'unknown error');
}

/** A header for each warning, as upstream sends them. */
export function warningHeaders(warnings: readonly string[]): Record<string, string[]> {
  if (warnings.length === 0) return {};
  return { Warning: warnings.slice(0, 20).map((text) => `299 - ${JSON.stringify(text.replaceAll(/[^\x20-\x7e]/g, '?'))}`) };
}
