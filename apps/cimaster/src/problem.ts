// What went wrong, as an answer: RFC 9457 problem JSON for who asks for JSON, else one line of text.
import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import { messageOf, ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request', 401: 'Who are you?', 403: 'Not allowed', 404: 'Not found', 405: 'Not this method', 409: 'Not in this state', 413: 'Too large', 415: 'Unknown kind of body',
  429: 'Too many attempts', 500: 'Internal error', 502: 'Another service failed', 503: 'Not now', 507: 'Full',
};

export function wantsJson(request: Request): boolean {
  const { accept } = request.headers;
  if (accept === undefined || !accept.includes('json')) return false;
  return request.accepts(['text/plain', 'application/json', 'application/problem+json']) !== 'text/plain';
}

/** For paths nobody serves. */
export const notServed: RequestHandler = (request) => {
  throw new ProwError('PROW_CIMASTER_NOT_FOUND', `nothing is served at ${request.path.slice(0, 200)}`, { httpStatus: 404 });
};

/** The last of an app's handlers. */
export function answerProblem(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const { status, code, detail, extra } = problemOf(error);
    const isOurTurn = status >= 500 && !(error instanceof ProwError && error.transient);
    log[isOurTurn ? 'error' : 'debug']('request failed', { method: request.method, path: request.path.slice(0, 200), status, error });
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.status(status).set('Cache-Control', 'no-store').set('X-Content-Type-Options', 'nosniff');
    if (status === 503 && !response.hasHeader('Retry-After')) response.set('Retry-After', '5');
    if (status === 405) response.set('Allow', 'GET, POST');
    if (!request.complete) response.set('Connection', 'close');
    // oxlint-disable-next-line no-control-regex -- an answer is one line whatever an error says
    const line = detail.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ');
    if (!wantsJson(request)) {
      response.type('text/plain').send(`${line}\n`);
      return;
    }
    response.type('application/problem+json').send(JSON.stringify({ type: 'about:blank', title: titles[status] ?? 'Failed', status, detail: line, code, ...extra }));
  };
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
