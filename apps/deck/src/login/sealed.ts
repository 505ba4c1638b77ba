// What the browser keeps for us, so that nobody else can read or change it: AES-256-GCM under a key of the cookie secret.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Request } from 'express';
import { ProwError } from '@prow/base-errors';

export class Seal {
  readonly #secret: Buffer;

  constructor(secret: Buffer) {
    this.#secret = secret;
  }

  /**
   * The secret in a file, in base64 as upstream has it, or as it is.
   * @throws ProwError PROW_DECK_FLAGS
   */
  static fromFile(path: string): Seal {
    let text: string;
    try {
      text = readFileSync(path, 'utf8').trim();
    } catch (error) {
      throw new ProwError('PROW_DECK_FLAGS', `--cookie-secret: ${path} cannot be read`, { cause: error });
    }
    const decoded = /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : Buffer.from(text);
    if (decoded.length < 32) throw new ProwError('PROW_DECK_FLAGS', `--cookie-secret: ${path} holds ${decoded.length} bytes, expected 32 or more (openssl rand -base64 32)`);
    return new Seal(decoded);
  }

  /** @param purpose a value sealed for one purpose opens for no other */
  seal(purpose: string, value: object): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key(purpose), iv);
    return Buffer.concat([iv, cipher.update(JSON.stringify(value), 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url');
  }

  /** Undefined for what we have not sealed. */
  open(purpose: string, text: string | undefined): Record<string, unknown> | undefined {
    if (text === undefined || text.length > 4096) return undefined;
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length < 29) return undefined;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key(purpose), bytes.subarray(0, 12), { authTagLength: 16 });
      decipher.setAuthTag(bytes.subarray(-16));
      return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8')) as Record<string, unknown>;
    } catch {
      return undefined;
    }
  }

  #key(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#secret, '', `prow deck ${purpose}`, 32));
  }
}

export function cookieOf(request: Request, name: string): string | undefined {
  for (const part of (request.get('cookie') ?? '').slice(0, 16_384).split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}
