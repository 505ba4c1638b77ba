// The calls over HTTP, GET and POST alike, without express: most of what this service does, and thousands of them wait.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { pathOf } from './answer.ts';
import type { Callers } from './caller.ts';
import { Parameters } from './parameters.ts';
import type { Call } from './pool-calls.ts';
import { answerFailure } from './problem.ts';
import { readFields } from './read-fields.ts';

export interface ServeCallsOptions {
  calls: ReadonlyMap<string, Call>;
  callers: Callers;
  /** Told of each call when its answer, or its client, is gone: 499. */
  onDone: (call: string, status: number, tookMs: number) => void;
  log: Logger;
}

/** Whether it was a call, and is being answered. */
export function serveCalls(options: ServeCallsOptions): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    const path = pathOf(request);
    const name = path.slice(1).replace(/\/$/, '').toLowerCase();
    const call = options.calls.get(name);
    if (call === undefined) return false;
    const startedMs = performance.now();
    response.once('close', () => {
      const status = response.writableFinished ? response.statusCode : 499;
      const tookMs = performance.now() - startedMs;
      options.onDone(name, status, tookMs);
      options.log.debug('request', { method: request.method, path, status, durationMs: Math.round(tookMs) });
    });
    // Not one async function: while a call waits, its frame would hold all that was read of the request.
    prepare(options.callers, { name, call, query: (request.url ?? '').slice(path.length + 1) }, request, response)
      .then((parameters) => call.run(parameters, request, response))
      .catch((error: unknown) => {
        options.callers.countRefusal(error);
        answerFailure(error, request, response, options.log);
      });
    return true;
  };
}

async function prepare(callers: Callers, { name, call, query }: { name: string; call: Call; query: string }, request: IncomingMessage, response: ServerResponse): Promise<Parameters> {
  // A look (HEAD) must not lease.
  if (request.method !== 'GET' && request.method !== 'POST') throw new ProwError('PROW_CIMASTER_METHOD', `${name} takes GET and POST`, { httpStatus: 405 });
  await callers.authenticateCall(request, response);
  if (call.role !== undefined) callers.need(request, call.role);
  return new Parameters(await readFields(request, response, query), call.takes);
}
