// Webhook secrets: which tokens may sign for which repository. upstream: pkg/github/hmac.go
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CORE_SCHEMA, load } from 'js-yaml';
import { messageOf, ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock, Timer } from '@prow/base-time';

/** `*`, `org` or `org/repo` → tokens, any of which may have signed. */
export type HmacTokens = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the file's content: a mapping of `*`, org or org/repo to `[{value, created_at}]`, or one token for everything.
 * Throws PROW_INBOX_HMAC_FILE naming the key that is wrong.
 */
export function parseHmacTokens(content: string): HmacTokens {
  const text = content.trim();
  if (text === '') throw new ProwError('PROW_INBOX_HMAC_FILE', 'the HMAC secret file is empty');
  let parsed: unknown;
  try {
    parsed = load(text, { schema: CORE_SCHEMA });
  } catch {
    parsed = text;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return new Map([['*', [text]]]);
  return new Map(
    Object.entries(parsed as Record<string, unknown>).map(([key, list]) => {
      if (!Array.isArray(list)) throw wrong(key, 'a list of {value, created_at}', list);
      return [
        key,
        list.map((entry: unknown, index) => {
          const value = typeof entry === 'object' && entry !== null && 'value' in entry ? entry.value : undefined;
          if (typeof value !== 'string' || value === '') throw wrong(`${key}[${index}].value`, 'a token', value);
          return value;
        }),
      ];
    }),
  );
}

function wrong(path: string, expected: string, found: unknown): ProwError {
  // What was found may be a secret: only its kind is told.
  const kind = found === undefined ? 'nothing' : Array.isArray(found) ? 'a list' : typeof found;
  return new ProwError('PROW_INBOX_HMAC_FILE', `HMAC secret file: ${path}: expected ${expected}, found ${kind}`, { details: { path } });
}

/** The tokens that speak for a repository: only those of the most specific level that is there. */
export function tokensFor(tokens: HmacTokens, scope: { org: string; repo?: string } | undefined): readonly string[] {
  const keys = scope === undefined ? [] : scope.repo === undefined ? [scope.org] : [`${scope.org}/${scope.repo}`, scope.org];
  for (const key of [...keys, '*']) {
    const found = tokens.get(key);
    if (found !== undefined) return found;
  }
  return [];
}

/** Those of all known tokens that made the signature: found before the body is looked into. */
export function tokensThatSigned(tokens: HmacTokens, body: Buffer, signature: string): Set<string> {
  const hex = /^sha256=([0-9a-f]{64})$/i.exec(signature)?.[1];
  if (hex === undefined) return new Set();
  const claimed = Buffer.from(hex, 'hex');
  const distinct = new Set([...tokens.values()].flat());
  return new Set([...distinct].filter((token) => timingSafeEqual(createHmac('sha256', token).update(body).digest(), claimed)));
}

const pollIntervalMs = 1000;

/** The file's tokens, read again every second; a bad change keeps the old ones. */
export class HmacSecretFile {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  #tokens: HmacTokens;
  #content: string;
  #complaint = '';
  #timer: Timer | undefined;
  #isClosed = false;

  private constructor(options: { path: string; clock: Clock; log: Logger; content: string; tokens: HmacTokens }) {
    this.#path = options.path;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#content = options.content;
    this.#tokens = options.tokens;
    this.#schedule();
  }

  static async open({ path, clock, log }: { path: string; clock: Clock; log: Logger }): Promise<HmacSecretFile> {
    let content: string;
    try {
      content = await readFile(path, 'utf8');
    } catch (cause) {
      throw new ProwError('PROW_INBOX_HMAC_FILE', `--hmac-secret-file: cannot read ${path}: ${messageOf(cause)}`, { cause });
    }
    return new HmacSecretFile({ path, clock, log, content, tokens: parseHmacTokens(content) });
  }

  get tokens(): HmacTokens {
    return this.#tokens;
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #schedule(): void {
    this.#timer = this.#clock.after(pollIntervalMs, () => {
      void this.#reload().finally(() => {
        if (!this.#isClosed) this.#schedule();
      });
    });
  }

  async #reload(): Promise<void> {
    try {
      const content = await readFile(this.#path, 'utf8');
      if (content === this.#content) return;
      this.#tokens = parseHmacTokens(content);
      this.#content = content;
      this.#complaint = '';
      this.#log.info('webhook secrets changed', { path: this.#path });
    } catch (error) {
      const complaint = messageOf(error);
      if (complaint !== this.#complaint) this.#log.error('webhook secrets cannot be read, the old ones stay', { path: this.#path, error });
      this.#complaint = complaint;
    }
  }
}
