import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '@prow/base-service';
import { headerOf } from '../access.ts';
import { ApiError } from '../api-error.ts';
import type { Forge } from '../forge.ts';
import { newToken } from '../new-token.ts';
import { findAccount } from '../state/queries.ts';
import * as tables from '../state/tables.ts';
import { html } from './html.ts';
import { avatar } from './layout.ts';
import type { WebReply, WebRequest } from './web-request.ts';
import { startSession } from './session.ts';

const codeLifeMs = 10 * 60_000;
const maxCodes = 1000;

interface Code {
  login: string;
  clientId: string;
  expiresAt: number;
}

/** Codes that were handed out and not yet turned into tokens. A restart forgets them: people sign in again. */
const codesOf = new WeakMap<Forge, Map<string, Code>>();

function codes(forge: Forge): Map<string, Code> {
  let map = codesOf.get(forge);
  if (map === undefined) {
    map = new Map();
    codesOf.set(forge, map);
  }
  return map;
}

/** Where another program asks who is there: the picker, which goes on to that program. */
export function authorizePage({ forge, account, query }: WebRequest): WebReply {
  const redirect = redirectIn(query);
  const people = forge.database.all(tables.accounts).filter((each) => each.type === 'User');
  const hidden = ['redirect_uri', 'state', 'client_id'].map((name) => html`<input type="hidden" name="${name}" value="${query.get(name) ?? ''}">`);
  const body = html`<h1>Sign in to ${redirect.host}</h1><p class="dim">${redirect.origin} wants to know who you are${account === undefined ? '' : html` (here you are <b>${account.login}</b>)`}.</p><form method="post" action="/login/oauth/authorize">${hidden}<div class="people">${people.map((each) => html`<button name="login" value="${each.login}">${avatar(each.login)}<b>${each.login}</b></button>`)}</div></form>`;
  return { kind: 'page', title: 'Sign in', body };
}

export async function authorize({ forge, response }: WebRequest, form: URLSearchParams): Promise<WebReply> {
  const redirect = redirectIn(form);
  const account = findAccount(forge.database, form.get('login') ?? '');
  if (account === undefined || account.type !== 'User') throw new ApiError(422, 'There is no such user');
  await startSession(forge, response, account);
  const known = codes(forge);
  for (const [code, { expiresAt }] of known) if (expiresAt < forge.clock.now() || known.size >= maxCodes) known.delete(code);
  const code = randomBytes(20).toString('hex');
  known.set(code, { login: account.login, clientId: form.get('client_id') ?? '', expiresAt: forge.clock.now() + codeLifeMs });
  redirect.searchParams.set('code', code);
  redirect.searchParams.set('state', form.get('state') ?? '');
  return { kind: 'redirect', to: redirect.href };
}

function redirectIn(parameters: URLSearchParams): URL {
  const text = parameters.get('redirect_uri') ?? '';
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) throw new ApiError(422, 'redirect_uri must be an http or https address');
  return new URL(text);
}

/** `POST /login/oauth/access_token`: a code becomes a token, once. Answers as a form, or as JSON when asked for. */
export async function exchangeCode(forge: Forge, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = (await readBody(request, { maxBytes: 64 * 1024 })).toString('utf8');
  const given = headerOf(request, 'content-type').includes('json') ? new Map(Object.entries(JSON.parse(text) as Record<string, string>)) : new Map(new URLSearchParams(text));
  const known = codes(forge).get(given.get('code') ?? '');
  codes(forge).delete(given.get('code') ?? '');
  const isValid = known !== undefined && known.expiresAt >= forge.clock.now() && known.clientId === (given.get('client_id') ?? '');
  let answer: Record<string, string>;
  if (isValid) {
    const token = newToken();
    await forge.database.change((change) => change.put(tables.tokens, { token, login: known.login, note: 'oauth', createdAt: forge.clock.now() }));
    answer = { access_token: token, scope: 'repo,read:org', token_type: 'bearer' };
  } else answer = { error: 'bad_verification_code', error_description: 'The code passed is incorrect or expired.' };
  const isJson = headerOf(request, 'accept').includes('json');
  response.writeHead(200, { 'content-type': isJson ? 'application/json; charset=utf-8' : 'application/x-www-form-urlencoded', 'cache-control': 'no-store' }).end(isJson ? JSON.stringify(answer) : new URLSearchParams(answer).toString());
}
