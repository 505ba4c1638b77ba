// What went wrong, as an answer: RFC 9457 problem JSON for who asks for JSON, else one line of text.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { messageOf, ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { pathOf, send, wantsJson } from './answer.ts';

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request', 401: 'Who are you?', 403: 'Not allowed', 404: 'Not found', 405: 'Not this method', 409: 'Not in this state', 413: 'Too large', 415: 'Unknown kind of body',
  429: 'Too many attempts', 500: 'Internal error', 502: 'Another service failed', 503: 'Not now', 507: 'Full',
};

/** For paths nobody serves. */
export const notServed: RequestHandler = (request) => {
  throw new ProwError('PROW_CIMASTER_NOT_FOUND', `nothing is served at ${request.originalUrl.replace(/[?#].*$/s, '').slice(0, 200)}`, { httpStatus: 404 });
};

/** The last of an app's handlers. */
export function answerProblem(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => answerFailure(error, request, response, log);
}

export function answerFailure(error: unknown, request: IncomingMessage, response: ServerResponse, log: Logger): void {
  const { status, code, detail, extra } = problemOf(error);
  const isOurTurn = status >= 500 && !(error instanceof ProwError && error.transient);
  log[isOurTurn ? 'error' : 'debug']('request failed', { method: request.method, path: pathOf(request).slice(0, 200), status, error });
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (status === 503 && !response.hasHeader('Retry-After')) response.setHeader('Retry-After', '5');
  if (status === 405) response.setHeader('Allow', 'GET, POST');
  if (!request.complete) response.setHeader('Connection', 'close');
  // oxlint-disable-next-line no-control-regex -- an answer is one line whatever an error says
  const line = detail.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ');
  if (wantsJson(request)) send(response, status, 'application/problem+json', JSON.stringify({ type: 'about:blank', title: titles[status] ?? 'Failed', status, detail: line, code, ...extra }));
  else send(response, status, 'text/plain', `${line}\n`);
}

function problemOf(error: unknown): { status: number; code: string; detail: string; extra: Record<string, unknown> } {
  if (error instanceof ProwError && error.httpStatus !== undefined) {
    const { reason, ...details } = error.details;
    return { status: error.httpStatus, code: error.code, detail: messageOf(error), extra: { ...details, ...(typeof reason === 'string' ? { reason } : {}) } };
  }
  // Of body parsers: their message is meant for the asker.
  const status: unknown = typeof error === 'object' && error !== null && 'expose' in error && 'status' in error ? error.status : undefined;
  if (typeof status === 'number' && status >= 400 && status < 500) return { status, code: 'PROW_CIMASTER_BODY', detail: `the body cannot be read: ${messageOf(error)}`, extra: {} };
  return { status: 500, code: 'PROW_CIMASTER_INTERNAL', detail: 'internal error, see the log', extra: {} };
}
