// One line of the log for each request, whatever became of it.
import type { RequestHandler, Response } from 'express';
import type { Logger } from '@prow/base-log';

const key = 'audit';

/** Before everything else, so that refused requests are told of, too. */
export function audit(log: Logger): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    const path = request.originalUrl.replace(/[?#].*$/s, '').slice(0, 300);
    response.once('close', () => {
      log.info('audit', { method: request.method, path, status: response.statusCode, client: request.socket.remoteAddress ?? '', durationMs: Math.round(performance.now() - startedAt), ...(response.locals[key] as object | undefined) });
    });
    next();
  };
}

/** Adds to the request's line: who, what, of which job. */
export function note(response: Response, fields: Readonly<Record<string, unknown>>): void {
  response.locals[key] = { ...(response.locals[key] as object | undefined), ...fields };
}
