import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { messageOf, ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';

/**
 * Answers a request that failed: status of the error (ProwError.httpStatus, or the status body parsers set), else 500.
 * Clients that ask for JSON get a problem document (RFC 9457): `type`, `title`, `status`, `detail` and `code`, the
 * error's details as `details`, and `error: {code, message}`, which is what clients of before read. Others get the
 * message as one line of text. The message of an unexpected error (status 500) is logged, not sent.
 */
export function answerError(error: unknown, request: IncomingMessage, response: ServerResponse, log: Logger): void {
  const status = statusOf(error);
  const isOurs = error instanceof ProwError;
  // "Not now, ask again" is an answer, not a failure.
  const isRefusal = status < 500 || (isOurs && error.httpStatus === 503 && error.transient);
  if (!isRefusal) log.error('request failed', { method: request.method, path: pathOf(request), status, error });
  else log.debug('request refused', { method: request.method, path: pathOf(request), status, error });
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const message = status < 500 || (isOurs && error.httpStatus !== undefined) ? messageOf(error) : 'internal error, see the log';
  sendError(request, response, { status, code: isOurs ? error.code : status < 500 ? 'PROW_SERVICE_REQUEST' : 'PROW_SERVICE_INTERNAL', message, ...(isOurs && status < 500 ? { details: error.details } : {}) });
}

export function sendError(request: IncomingMessage, response: ServerResponse, { status, code, message, details = {} }: { status: number; code: string; message: string; details?: Readonly<Record<string, unknown>> }): void {
  const wantsJson = /\bjson\b/.test(request.headers.accept ?? '');
  const problem = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail: message, code, ...(Object.keys(details).length === 0 ? {} : { details }), error: { code, message } };
  const body = wantsJson ? JSON.stringify(problem) : `${message.replaceAll(/\s*[\r\n]+\s*/g, '; ')}\n`;
  response.statusCode = status;
  response.setHeader('Content-Type', wantsJson ? 'application/problem+json; charset=utf-8' : 'text/plain; charset=utf-8');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  // What is left of an unread request body must not be taken for the next request.
  if (!request.complete) response.setHeader('Connection', 'close');
  response.end(body);
}

function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 500;
  for (const key of ['httpStatus', 'status', 'statusCode'] as const) {
    const status: unknown = (error as Record<string, unknown>)[key];
    if (typeof status === 'number' && Number.isInteger(status) && status >= 400 && status < 600) {
      // Only our errors and those of body parsers (which carry `expose`) are meant for the asker.
      if (error instanceof ProwError || 'expose' in error) return status;
    }
  }
  return 500;
}

export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').replace(/[?#].*$/s, '').slice(0, 500);
}

export function answerUnavailable(request: IncomingMessage, response: ServerResponse): void {
  sendError(request, response, { status: 503, code: 'PROW_SERVICE_NOT_READY', message: 'not ready' });
}
