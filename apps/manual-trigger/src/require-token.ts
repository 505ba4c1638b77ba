import { timingSafeEqual, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RequestHandler } from 'express';
import { ProwError } from '@prow/base-errors';

/** Bearer token against the file's content (read at each request: it may rotate). Off only on loopback addresses. */
export function requireToken({ tokenFile, address }: { tokenFile: string | undefined; address: string }): RequestHandler {
  if (tokenFile === undefined || tokenFile === '') {
    if (!/^(?:127\.|localhost$|::1$)/.test(address)) throw new ProwError('PROW_MANUAL_TRIGGER_FLAGS', `--token-file is needed to serve ${address}: without it only loopback addresses are served`);
    return (_request, _response, next) => next();
  }
  return (request, _response, next) => {
    const given = /^Bearer (.+)$/.exec(request.get('authorization') ?? '')?.[1] ?? '';
    if (!isSame(given, readFileSync(tokenFile, 'utf8').trim())) throw new ProwError('PROW_MANUAL_TRIGGER_TOKEN', 'expected "Authorization: Bearer TOKEN" with the configured token', { httpStatus: 401 });
    next();
  };
}

function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return b !== '' && timingSafeEqual(digest(a), digest(b));
}
