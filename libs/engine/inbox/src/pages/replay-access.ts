// Who may replay: whoever knows the token. Programs send it with each call, browsers once, for a cookie.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';

export interface ReplayAccess {
  /** The token. Undefined: there is none. Read at each call, for it may change. */
  readonly replayToken: () => Promise<string | undefined>;
  /** Whoever reaches the page may replay. For laptops. */
  readonly allowsAnyone?: boolean | undefined;
}

export const cookieName = 'prow_events';
export const cookieMaxAgeSeconds = 12 * 3600;

/** A name for the log and the page; undefined: may not. */
export async function mayReplay(request: Request, { replayToken, allowsAnyone }: ReplayAccess): Promise<string | undefined> {
  const token = await replayToken();
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (token !== undefined && bearer !== undefined && isEqual(bearer, token)) return 'token';
  const cookie = cookieOf(request);
  if (token !== undefined && cookie !== undefined && isEqual(cookie, sessionOf(token))) return 'a signed-in browser';
  return allowsAnyone === true ? 'the event page' : undefined;
}

/** The value of the cookie, where the token is right. It is worth as long as the token is. */
export async function signIn(token: string, { replayToken }: ReplayAccess): Promise<string | undefined> {
  const expected = await replayToken();
  return expected !== undefined && isEqual(token, expected) ? sessionOf(expected) : undefined;
}

/** A page of another site must not press our buttons: browsers say where a request comes from. */
export function isFromElsewhere(request: Request): boolean {
  const site = request.get('sec-fetch-site');
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const origin = request.get('origin');
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== request.get('host'));
}

function sessionOf(token: string): string {
  return createHmac('sha256', token).update('prow events session').digest('hex');
}

function cookieOf(request: Request): string | undefined {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name === cookieName) return value;
  }
  return undefined;
}

function isEqual(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
