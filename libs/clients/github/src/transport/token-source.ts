import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { ProwError } from '@prow/base-errors';
import type { Clock } from '@prow/base-time';

/** Credentials for one request. */
export interface Authorization {
  /** Value of the `authorization` header; undefined asks anonymously. */
  header: string | undefined;
  /** Names the account without revealing it: keys caches and budgets. */
  identity: string;
}

/** Who asks. */
export interface TokenSource {
  readonly kind: 'anonymous' | 'token' | 'app';
  /** `org` matters to Apps only: which installation asks. Undefined: the App itself. */
  authorize(org: string | undefined): Promise<Authorization>;
  /** The bare token git uses as password; undefined when anonymous. */
  gitToken(org: string): Promise<string | undefined>;
  /** GitHub said 401: what is remembered may be out of date. */
  invalidate(): void;
}

export const anonymous: TokenSource = {
  kind: 'anonymous',
  authorize: () => Promise.resolve({ header: undefined, identity: 'anonymous' }),
  gitToken: () => Promise.resolve(undefined),
  invalidate: () => {},
};

/** How long a token file may be used without looking whether it changed. */
const freshMs = 1000;

/** A token in a file, read again when the file changes: Kubernetes rotates mounted secrets. */
export function tokenFile({ path, clock }: { path: string; clock: Clock }): TokenSource {
  let cached: { token: string; version: string } | undefined;
  let checkedAt = Number.NEGATIVE_INFINITY;
  async function read(): Promise<string> {
    if (cached !== undefined && clock.now() - checkedAt < freshMs) return cached.token;
    try {
      const { mtimeMs, ino, size } = await stat(path);
      const version = `${mtimeMs}/${ino}/${size}`;
      if (cached?.version !== version) {
        const token = (await readFile(path, 'utf8')).trim();
        if (token === '' || /\s/.test(token)) throw new ProwError('PROW_GITHUB_TOKEN_FILE', `${path}: expected one token, found ${token === '' ? 'nothing' : 'white space inside it'}`);
        cached = { token, version };
      }
      checkedAt = clock.now();
      return cached.token;
    } catch (error) {
      if (cached !== undefined) return cached.token; // a file is away for an instant while it is replaced
      if (error instanceof ProwError) throw error;
      throw new ProwError('PROW_GITHUB_TOKEN_FILE', `${path}: cannot read the GitHub token`, { cause: error });
    }
  }
  return {
    kind: 'token',
    authorize: async () => {
      const token = await read();
      return { header: `token ${token}`, identity: identityOf(token) };
    },
    gitToken: read,
    invalidate: () => {
      checkedAt = Number.NEGATIVE_INFINITY;
    },
  };
}

/** A token held in memory: tests, and embedding. */
export function fixedToken(token: string): TokenSource {
  return {
    kind: 'token',
    authorize: () => Promise.resolve({ header: `token ${token}`, identity: identityOf(token) }),
    gitToken: () => Promise.resolve(token),
    invalidate: () => {},
  };
}

function identityOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url').slice(0, 16);
}
