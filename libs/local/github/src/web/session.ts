import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { headerOf } from '../access.ts';
import type { Forge } from '../forge.ts';
import { findAccount } from '../state/queries.ts';
import type { AccountRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';

const cookieName = 'local_github';

/** Whom the browser's cookie names. */
export function accountOfSession(forge: Forge, request: IncomingMessage): AccountRecord | undefined {
  const cookie = headerOf(request, 'cookie').split(/;\s*/).find((each) => each.startsWith(`${cookieName}=`));
  const token = cookie === undefined ? undefined : forge.database.get(tables.tokens, cookie.slice(cookieName.length + 1));
  return token === undefined || token.note !== 'session' ? undefined : findAccount(forge.database, token.login);
}

/** Anyone on this machine may be anyone: that is what the picker is for. */
export async function startSession(forge: Forge, response: ServerResponse, account: AccountRecord): Promise<void> {
  const token = `session_${randomBytes(24).toString('base64url')}`;
  await forge.database.change((change) => change.put(tables.tokens, { token, login: account.login, note: 'session', createdAt: forge.clock.now() }));
  response.setHeader('set-cookie', `${cookieName}=${token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000`);
}

/** A form of our own page, not one that another site made the browser send. */
export function isOwnForm(forge: Forge, request: IncomingMessage): boolean {
  const origin = headerOf(request, 'origin');
  const own = [forge.base, `http://${headerOf(request, 'host')}`];
  return origin === '' ? headerOf(request, 'sec-fetch-site') !== 'cross-site' : own.includes(origin);
}
