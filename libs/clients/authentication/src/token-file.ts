// Tokens in a file: one a line, plain or hashed, read again when the file changes.
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { messageOf, ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Identity, TokenSource, Verdict } from './api.ts';

const maxFileBytes = 1024 * 1024;
const maxTokens = 2000;
const minTokenLength = 16;

interface Entry {
  digest: Buffer;
  identity: Identity;
}

/**
 * The lines of a token file: `TOKEN NAME GROUP,GROUP…` with blanks between; `#` begins a comment line. TOKEN is the
 * token itself (16 characters or more) or `sha256:` and the 64 hexadecimal digits of its hash. NAME is a person's
 * GitHub login, or a program's name, and may be left out (then `token-file`); so may the groups.
 * @throws ProwError PROW_AUTHENTICATION_TOKEN_FILE naming path and line, never the token
 */
export function parseTokenFile(text: string, path: string): Entry[] {
  const entries: Entry[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const wrong = (what: string): ProwError => new ProwError('PROW_AUTHENTICATION_TOKEN_FILE', `${path}:${index + 1}: ${what}`, { details: { path, line: index + 1 } });
    const [token = '', name = 'token-file', groups = '', ...more] = line.trim().split(/\s+/);
    if (token === '' || token.startsWith('#')) continue;
    if (more.length > 0) throw wrong('found more than three words, expected TOKEN NAME GROUP,GROUP');
    if (name.length > 200 || name.startsWith('system:')) throw wrong('NAME: expected up to 200 characters that do not begin with "system:"');
    const groupNames = groups.split(',').filter((group) => group !== '');
    if (groupNames.some((group) => group.startsWith('system:') || group.length > 200)) throw wrong('GROUP: expected up to 200 characters that do not begin with "system:"');
    const digest = digestOf(token);
    if (digest === undefined) throw wrong(token.startsWith('sha256:') ? 'expected 64 hexadecimal digits after "sha256:"' : `the token has ${token.length} characters, expected ${minTokenLength} or more`);
    if (entries.some((entry) => entry.digest.equals(digest))) throw wrong('this token is there twice');
    entries.push({ digest, identity: { name, groups: groupNames, source: 'token-file', ...(name === 'token-file' ? {} : { githubLogin: name }) } });
    if (entries.length > maxTokens) throw wrong(`more than ${maxTokens} tokens`);
  }
  return entries;
}

function digestOf(token: string): Buffer | undefined {
  if (token.startsWith('sha256:')) return /^sha256:[0-9a-fA-F]{64}$/.test(token) ? Buffer.from(token.slice(7), 'hex') : undefined;
  return token.length < minTokenLength ? undefined : sha256(token);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

export interface TokenFileOptions {
  path: string;
  log: Logger;
}

/** Changes count from the next request on. While a changed file cannot be used, the tokens before it hold and an error is logged. */
export class TokenFile implements TokenSource {
  readonly name = 'token-file';
  readonly isRemote = false;
  readonly #path: string;
  readonly #log: Logger;
  #entries: Entry[] = [];
  #seen = '';
  #reading: Promise<void> | undefined;

  private constructor({ path, log }: TokenFileOptions) {
    this.#path = path;
    this.#log = log;
  }

  /** @throws ProwError PROW_AUTHENTICATION_TOKEN_FILE (rejects) */
  static async open(options: TokenFileOptions): Promise<TokenFile> {
    const file = new TokenFile(options);
    await file.#read();
    return file;
  }

  async identify(token: string): Promise<Verdict> {
    try {
      await this.#read();
    } catch (error) {
      this.#log.error('token file not used, its tokens before the change hold', { path: this.#path, error });
    }
    const given = sha256(token);
    let found: Identity | undefined;
    // Every entry is compared in full: time tells nothing of how near a guess was.
    for (const { digest, identity } of this.#entries) if (timingSafeEqual(digest, given)) found = identity;
    return found === undefined ? 'not-mine' : { identity: found };
  }

  /** One reading at a time: who asks during one waits for its end. */
  async #read(): Promise<void> {
    await (this.#reading ??= this.#readChanged().finally(() => (this.#reading = undefined)));
  }

  async #readChanged(): Promise<void> {
    const mark = await this.#mark();
    if (mark === this.#seen) return;
    this.#seen = mark;
    if (mark.startsWith('error ')) throw new ProwError('PROW_AUTHENTICATION_TOKEN_FILE', `${this.#path}: ${mark.slice(6)}`, { details: { path: this.#path } });
    const text = await readFile(this.#path, 'utf8').catch((error: unknown) => {
      this.#seen = '';
      throw new ProwError('PROW_AUTHENTICATION_TOKEN_FILE', `${this.#path}: ${messageOf(error)}`, { cause: error });
    });
    this.#entries = parseTokenFile(text, this.#path);
  }

  /** Tells one state of the file from another; a mounted Secret changes its inode. */
  async #mark(): Promise<string> {
    try {
      const { size, mtimeMs, ino } = await stat(this.#path);
      return size > maxFileBytes ? `error larger than ${maxFileBytes} bytes` : `${ino} ${size} ${mtimeMs}`;
    } catch (error) {
      return `error ${messageOf(error)}`;
    }
  }
}
