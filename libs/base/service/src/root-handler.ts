import type { IncomingMessage, RequestListener } from 'node:http';
import type { Registry } from 'prom-client';
import type { Express, NextFunction, Request, RequestHandler, Response } from 'express';
import type { Logger } from '@prow/base-log';
import { messageOf } from '@prow/base-errors';
import { answerError, answerUnavailable } from './answer-error.ts';
import { newExpressApp } from './express-app.ts';

export interface RootHandlerOptions {
  /** The app's handler; undefined when it has none. */
  app: () => RequestListener | undefined;
  /** False while the app starts: everything but health and metrics is answered 503. */
  isStarted: () => boolean;
  isReady: () => boolean;
  metrics: Registry;
  log: Logger;
}

type NextHandler = (request: Request, response: Response, next: NextFunction) => void;

/** The app's own handler, then health and metrics for the paths it does not serve itself. */
export function rootHandler({ app, isStarted, isReady, metrics, log }: RootHandlerOptions): RequestListener {
  const builtIn = newExpressApp({ log });
  addHealth(builtIn, isReady);
  addMetrics(builtIn, metrics);
  return (request, response) => {
    response.on('error', () => {}); // The asker went away.
    const handler: RequestListener | NextHandler | undefined = app();
    const fallback = builtIn as unknown as (request: unknown, response: unknown) => void;
    if (!isStarted() && !isBuiltIn(request)) answerUnavailable(request, response);
    else if (handler === undefined) fallback(request, response);
    else if (takesNext(handler)) {
      handler(request as Request, response as Response, (error?: unknown) => {
        if (error === undefined || error === null) fallback(request, response);
        else answerError(error, request, response, log);
      });
    } else if (isBuiltIn(request)) fallback(request, response);
    else callPlain(handler, request, response, log);
  };
}

function isBuiltIn(request: IncomingMessage): boolean {
  return /^\/(healthz(\/ready)?|metrics)(\?|$)/.test(request.url ?? '');
}

function callPlain(handler: RequestListener, request: Parameters<RequestListener>[0], response: Parameters<RequestListener>[1], log: Logger): void {
  try {
    const result: unknown = handler(request, response);
    if (result instanceof Promise) result.catch((error: unknown) => answerError(error, request, response, log));
  } catch (error) {
    answerError(error, request, response, log);
  }
}

/** Express apps and routers pass on what they do not serve. */
function takesNext(handler: RequestListener | NextHandler): handler is NextHandler {
  return handler.length >= 3;
}

/** /healthz answers while the process lives, /healthz/ready while it can do its work. */
export function addHealth(app: Express, isReady: () => boolean): void {
  const alive: RequestHandler = (_request, response) => void response.type('text/plain').send('OK\n');
  app.get('/healthz', alive);
  app.get('/healthz/ready', (request, response, next) => (isReady() ? alive(request, response, next) : answerUnavailable(request, response)));
}

export function addMetrics(app: Express, metrics: Registry): void {
  app.get('/metrics', async (_request, response) => {
    response.setHeader('Content-Type', metrics.contentType);
    try {
      response.send(await metrics.metrics());
    } catch (error) {
      response.status(500).type('text/plain').send(`${messageOf(error)}\n`);
    }
  });
}
