import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '@prow/base-service';
import { ApiError } from '../api-error.ts';
import type { Forge } from '../forge.ts';
import { act } from './actions.ts';
import { html } from './html.ts';
import { avatarSvg, contentSecurityPolicy, page } from './layout.ts';
import { exchangeCode } from './oauth.ts';
import { show } from './pages.ts';
import { accountOfSession, isOwnForm } from './session.ts';
import { decode, type WebReply, type WebRequest } from './web-request.ts';

const maxFormBytes = 1024 * 1024;

/** Answers a browser. Pages are read with GET; every change is a form of our own, sent with POST. */
export async function serveWeb(forge: Forge, request: IncomingMessage, response: ServerResponse, { path, query }: { path: string; query: URLSearchParams }): Promise<void> {
  const avatar = /^\/-\/avatar\/(.+)\.svg$/.exec(path)?.[1];
  if (avatar !== undefined) {
    response.writeHead(200, { 'content-type': 'image/svg+xml', 'cache-control': 'public, max-age=86400', 'content-security-policy': "default-src 'none'" }).end(avatarSvg(decode(avatar)));
    return;
  }
  if (path === '/favicon.ico') {
    response.writeHead(200, { 'content-type': 'image/svg+xml', 'cache-control': 'public, max-age=86400', 'content-security-policy': "default-src 'none'" }).end(avatarSvg('G'));
    return;
  }
  if (path === '/login/oauth/access_token') {
    await exchangeCode(forge, request, response);
    return;
  }
  const account = accountOfSession(forge, request);
  const web: WebRequest = { forge, account, path, query, response };
  try {
    send(web, await answer(web, request));
  } catch (error) {
    const status = error instanceof ApiError ? error.status : 500;
    if (status === 500) forge.log.error('a page failed', { path, error });
    const message = error instanceof ApiError ? [error.message, ...error.problems.map((problem) => ('message' in problem ? String(problem.message) : ''))].filter((text) => text !== '').join(': ') : 'The server failed; its log says why.';
    send(web, { kind: 'page', title: 'Not done', status, body: html`<div class="note error"><b>${status === 404 ? 'There is no such page.' : message}</b></div><p><a href="/">Home</a></p>` });
  }
}

async function answer(web: WebRequest, request: IncomingMessage): Promise<WebReply> {
  if (request.method === 'GET' || request.method === 'HEAD') return show(web);
  if (request.method !== 'POST') throw new ApiError(405, 'Pages know GET and POST');
  if (!isOwnForm(web.forge, request)) throw new ApiError(403, 'This form comes from another site');
  const form = new URLSearchParams((await readBody(request, { maxBytes: maxFormBytes })).toString('utf8'));
  return act(web, form);
}

function send({ account, path, query, response }: WebRequest, reply: WebReply): void {
  const safe = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'same-origin', 'cache-control': 'no-store' };
  if (reply.kind === 'redirect') {
    response.writeHead(303, { ...safe, location: reply.to }).end();
    return;
  }
  if (reply.kind === 'bytes') {
    response.writeHead(200, { ...safe, 'content-type': reply.contentType, 'content-security-policy': "default-src 'none'; sandbox" }).end(reply.body);
    return;
  }
  const here = query.size === 0 ? path : `${path}?${query.toString()}`;
  const text = page({ title: reply.title, account, path: here, body: reply.body }).text;
  response.writeHead(reply.status ?? 200, { ...safe, 'content-type': 'text/html; charset=utf-8', 'content-security-policy': contentSecurityPolicy }).end(text);
}
