import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProwError } from '@prow/base-errors';
import { readBody } from '@prow/base-service';
import { credentialsIn, headerOf } from '../access.ts';
import { ApiError } from '../api-error.ts';
import type { Forge } from '../forge.ts';
import { apiPath } from '../render/rendering.ts';
import { ApiRequest, type Reply } from './api-request.ts';
import { appRoutes } from './apps.ts';
import { commitRoutes } from './commits.ts';
import { contentRoutes } from './contents.ts';
import { hookRoutes } from './hooks.ts';
import { issueRoutes } from './issues.ts';
import { hourlyLimit, miscRoutes } from './misc.ts';
import { peopleRoutes } from './people.ts';
import { pullRoutes } from './pulls.ts';
import { refRoutes } from './refs.ts';
import { repositoryRoutes } from './repositories.ts';
import { Router } from './router.ts';
import { statusRoutes } from './statuses.ts';

const maxBodyBytes = 32 * 1024 * 1024;

/** Every route there is, in the order they are tried. */
export const restRouter = new Router(miscRoutes, appRoutes, peopleRoutes, issueRoutes, pullRoutes, statusRoutes, refRoutes, hookRoutes, repositoryRoutes, contentRoutes, commitRoutes);

/** Answers one request below `/api/v3`. @param path without that prefix, still encoded */
export async function serveRest(forge: Forge, request: IncomingMessage, response: ServerResponse, { path, query }: { path: string; query: URLSearchParams }): Promise<void> {
  let reply: Reply;
  try {
    reply = await answer(forge, request, path, query);
    await forge.database.settled();
  } catch (error) {
    reply = errorReply(forge, error, request);
  }
  send(forge, request, response, reply);
}

async function answer(forge: Forge, request: IncomingMessage, path: string, query: URLSearchParams): Promise<Reply> {
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
  const credentials = credentialsIn(forge, request.headers.authorization);
  const found = restRouter.find(method, path === '' ? '/' : path);
  if (found === undefined) throw new ApiError(404, 'Not Found');
  const body = method === 'GET' ? undefined : await readJson(request);
  return found.route.handler(new ApiRequest({ forge, params: found.params, query, body, accept: headerOf(request, 'accept'), url: `${forge.base}${apiPath}${path}`, credentials }));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const text = (await readBody(request, { maxBytes: maxBodyBytes })).toString('utf8');
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(400, 'Problems parsing JSON');
  }
}

export function errorReply(forge: Forge, error: unknown, request: IncomingMessage): Reply {
  const documentation = { documentation_url: 'https://docs.github.com/rest' };
  if (error instanceof ApiError) {
    return { status: error.status, body: { message: error.message, ...(error.problems.length === 0 ? {} : { errors: error.problems }), ...documentation, status: String(error.status) } };
  }
  // Names that git would not take.
  if (error instanceof ProwError && ['PROW_GIT_REF', 'PROW_GIT_SHA', 'PROW_GIT_NAME'].includes(error.code)) return { status: 422, body: { message: error.message, ...documentation, status: '422' } };
  if (error instanceof ProwError && error.httpStatus !== undefined) return { status: error.httpStatus, body: { message: error.message, ...documentation, status: String(error.httpStatus) } };
  forge.log.error('a request failed', { method: request.method, path: request.url, error });
  return { status: 500, body: { message: 'Server Error', ...documentation, status: '500' } };
}

function send(forge: Forge, request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  const body = bytesOf(reply);
  const headers: Record<string, string | number> = {
    'x-github-media-type': 'github.v3; format=json',
    'x-github-api-version-selected': '2022-11-28',
    'x-ratelimit-limit': hourlyLimit,
    'x-ratelimit-remaining': hourlyLimit,
    'x-ratelimit-used': 0,
    'x-ratelimit-reset': Math.ceil(forge.clock.now() / 1000) + 3600,
    'x-ratelimit-resource': request.url?.includes('/search/') === true ? 'search' : 'core',
    'cache-control': 'private, max-age=0',
    vary: 'Accept, Authorization',
    ...reply.headers,
  };
  if (body === undefined) {
    response.writeHead(reply.status, headers).end();
    return;
  }
  headers['content-type'] = reply.contentType ?? 'application/json; charset=utf-8';
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (isRead && reply.status === 200) {
    // The links are part of what a client remembers: they change when a page is added.
    const etag = `W/"${createHash('sha256').update(body).update(reply.headers?.['link'] ?? '').digest('base64url')}"`;
    headers['etag'] = etag;
    if (headerOf(request, 'if-none-match').split(/\s*,\s*/).includes(etag)) {
      response.writeHead(304, headers).end();
      return;
    }
  }
  response.writeHead(reply.status, { ...headers, 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function bytesOf({ body, contentType }: Reply): Buffer | undefined {
  if (body === undefined || Buffer.isBuffer(body)) return body;
  return Buffer.from(contentType !== undefined && typeof body === 'string' ? body : JSON.stringify(body));
}
