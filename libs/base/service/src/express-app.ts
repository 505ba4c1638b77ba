import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Logger } from '@prow/base-log';
import { answerError, pathOf, sendError } from './answer-error.ts';
import { refuseDuplicateFields } from './refuse-duplicate-fields.ts';

export interface ExpressAppOptions {
  log: Logger;
  /** Largest JSON or form body, as '1mb'; given, such bodies are parsed into `request.body`; JSON that has a field twice is refused. Default: bodies are left unread (see `readBody`). */
  bodyLimit?: string | number;
}

/**
 * An express app with safe defaults: says nothing of itself, answers errors as `answerError` does (rejecting handlers
 * included), unknown paths with 404, logs requests at debug, and reads query strings without nesting.
 */
export function newExpressApp({ log, bodyLimit }: ExpressAppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('env', 'production');
  app.set('query parser', 'simple');
  app.set('etag', false);
  // Standing alone, the last word on errors and unknown paths is ours; inside another app, it is the other's.
  const inner = app as unknown as { handle: (request: Request, response: Response, next?: NextFunction) => void };
  const handle = inner.handle.bind(app);
  inner.handle = (request, response, next) => {
    handle(request, response, next ?? ((error?: unknown) => {
      if (error === undefined || error === null) answerNotFound(request, response);
      else answerError(error, request, response, log);
    }));
  };
  app.use((request, response, next) => {
    const startedAt = performance.now();
    response.once('close', () => {
      log.debug('request', { method: request.method, path: pathOf(request), status: response.statusCode, durationMs: Math.round(performance.now() - startedAt) });
    });
    next();
  });
  if (bodyLimit !== undefined) {
    app.use(express.json({ limit: bodyLimit, verify: refuseDuplicateFields }));
    app.use(express.urlencoded({ limit: bodyLimit, extended: false }));
  }
  return app;
}

export function answerNotFound(request: Request, response: Response): void {
  sendError(request, response, { status: 404, code: 'PROW_SERVICE_NOT_FOUND', message: `nothing is served at ${pathOf(request)}` });
}
