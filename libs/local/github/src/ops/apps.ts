import { createPublicKey, createVerify } from 'node:crypto';
import { ApiError } from '../api-error.ts';
import type { Forge } from '../forge.ts';
import { newToken } from '../new-token.ts';
import type { AppRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';

const tokenLifeMs = 3600_000;
/** GitHub lets an App sign for at most ten minutes; clocks may differ by one. */
const maxSignedS = 660;

export function appBotLogin(app: AppRecord): string {
  return `${app.slug}[bot]`;
}

/** A token with which the App acts as its installation at an owner, for an hour. */
export async function makeInstallationToken(forge: Forge, app: AppRecord, owner: string): Promise<{ token: string; expiresAt: number }> {
  const now = forge.clock.now();
  const expiresAt = now + tokenLifeMs;
  const token = newToken('ghs');
  await forge.database.change((change) => {
    for (const old of change.list(tables.tokens, appBotLogin(app).toLowerCase())) if (old.expiresAt !== undefined && old.expiresAt < now) change.delete(tables.tokens, old);
    change.put(tables.tokens, { token, login: appBotLogin(app), note: `installation at ${owner}`, createdAt: now, expiresAt });
  });
  return { token, expiresAt };
}

/** The App that signed a JSON web token (RS256). @throws ApiError 401 */
export function appOfJwt(forge: Forge, jwt: string): AppRecord {
  const [header = '', payload = '', signature = ''] = jwt.split('.');
  const claims = decode(payload);
  const app = forge.database.get(tables.apps, tables.padded(Number(claims['iss']) || 0));
  const refuse = (why: string): ApiError => new ApiError(401, why);
  if (app === undefined) throw refuse('Integration not found');
  if (decode(header)['alg'] !== 'RS256') throw refuse('A JSON web token could not be decoded');
  const isSigned = createVerify('RSA-SHA256').update(`${header}.${payload}`).verify(createPublicKey(app.publicKey), Buffer.from(signature, 'base64url'));
  if (!isSigned) throw refuse('A JSON web token could not be decoded');
  const nowS = forge.clock.now() / 1000;
  const { iat, exp } = claims;
  if (typeof exp !== 'number' || exp < nowS) throw refuse("'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires");
  if (exp > nowS + maxSignedS || (typeof iat === 'number' && iat > nowS + 60)) throw refuse("'Expiration time' claim ('exp') is too far in the future");
  return app;
}

function decode(part: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    throw new ApiError(401, 'A JSON web token could not be decoded');
  }
}
