import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error.ts';
import type { Forge } from './forge.ts';
import { findAccount } from './state/queries.ts';
import { newToken } from './new-token.ts';
import { appOfJwt } from './ops/apps.ts';
import type { AccountRecord, AppRecord } from './state/records.ts';
import * as tables from './state/tables.ts';

/** Who asks: an account by its token, or an App in its own name. */
export interface Credentials {
  account?: AccountRecord;
  token?: string;
  app?: AppRecord;
}

/** Whom an `Authorization` header speaks for. @throws ApiError 401 for one that nobody has */
export function credentialsIn(forge: Forge, header: string | undefined): Credentials {
  if (header === undefined || header === '') return {};
  const [scheme = '', value = ''] = header.trim().split(/\s+/, 2);
  if (scheme.toLowerCase() === 'bearer' && value.split('.').length === 3) return { app: appOfJwt(forge, value) };
  const candidates = scheme.toLowerCase() === 'basic' ? basicParts(value) : [value];
  for (const token of candidates) {
    const record = token === '' ? undefined : forge.database.get(tables.tokens, token);
    const isOver = record?.expiresAt !== undefined && record.expiresAt < forge.clock.now();
    const account = record === undefined || isOver ? undefined : findAccount(forge.database, record.login);
    if (account !== undefined) return { account, token };
  }
  throw new ApiError(401, 'Bad credentials');
}

/** The account a header speaks for; undefined for nobody. @throws ApiError 401 */
export function accountIn(forge: Forge, header: string | undefined): AccountRecord | undefined {
  return credentialsIn(forge, header).account;
}

/** git sends the token as password, or as user name with `x-oauth-basic`. */
function basicParts(value: string): string[] {
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? [text] : [text.slice(colon + 1), text.slice(0, colon)];
}

/** The token under which an account is known to whoever starts this server; made when there is none. */
export async function tokenOf(forge: Forge, login: string, given?: string): Promise<string> {
  const account = findAccount(forge.database, login);
  if (account === undefined) throw new ApiError(404, `there is no user ${login}`);
  const own = forge.database.list(tables.tokens, account.login.toLowerCase());
  const existing = given === undefined ? own.find((token) => token.note === 'seed')?.token : own.find((token) => token.token === given)?.token;
  if (existing !== undefined) return existing;
  const token = given ?? newToken();
  await forge.database.change((change) => change.put(tables.tokens, { token, login: account.login, note: 'seed', createdAt: forge.clock.now() }));
  return token;
}

export function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}
