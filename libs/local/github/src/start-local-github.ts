import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Logger } from '@prow/base-log';
import { listen } from '@prow/base-service';
import type { Clock } from '@prow/base-time';
import { openStore } from '@prow/clients-store';
import { tokenOf } from './access.ts';
import { Forge } from './forge.ts';
import { isGitPath, serveGit } from './git/serve-git.ts';
import { GitStore } from './git/git-store.ts';
import { serveGraphql } from './graphql/serve-graphql.ts';
import { recover } from './ops/recover.ts';
import { apiPath } from './render/rendering.ts';
import { serveRest } from './rest/serve-rest.ts';
import { Seeding } from './seed/seed.ts';
import { Database } from './state/database.ts';
import { serveWeb } from './web/serve-web.ts';

export interface LocalGitHubOptions {
  /** Everything is kept here. */
  dataDir: string;
  /** 0: any free port. */
  port?: number;
  /** Default 127.0.0.1. */
  address?: string;
  log: Logger;
  clock: Clock;
  /** What addresses in answers begin with; default: where it listens. */
  baseUrl?: string;
}

/** A GitHub of one's own, listening. */
export interface LocalGitHub {
  /** Pages and git: `http://127.0.0.1:3000`. */
  readonly url: string;
  /** What `--github-endpoint` takes. */
  readonly apiUrl: string;
  /** What `--github-graphql-endpoint` takes. */
  readonly graphqlUrl: string;
  readonly port: number;
  /** Fills it; safe to run at every start. */
  readonly seed: Seeding;
  /** The token of a user. */
  tokenFor(login: string): Promise<string>;
  /** Resolves when every webhook has been handed over or given up. */
  idle(): Promise<void>;
  /** Stops listening and delivering; what is not delivered yet is, at the next start. Idempotent. */
  stop(): Promise<void>;
}

/** Starts a GitHub over a folder. What an earlier start, or a crash, left undone is done first. */
export async function startLocalGitHub(options: LocalGitHubOptions): Promise<LocalGitHub> {
  const { dataDir, port = 0, address = '127.0.0.1', log, clock } = options;
  const store = openStore(join(dataDir, 'records'));
  const forge = new Forge({ database: new Database(store), git: new GitStore(join(dataDir, 'repositories')), clock, log });
  const listening = await listen({ port, address, portFlag: 'github-port', requestTimeoutMs: 300_000, handler: (request, response) => void (isKnownHost(forge, address, request) ? handle(forge, request, response) : misdirect(response)) }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  forge.base = (options.baseUrl ?? listening.url).replace(/\/+$/, '');
  await recover(forge);
  forge.deliverer.start();
  let stopping: Promise<void> | undefined;
  return {
    url: forge.base,
    apiUrl: `${forge.base}${apiPath}`,
    graphqlUrl: `${forge.base}/api/graphql`,
    port: listening.port,
    seed: new Seeding(forge),
    tokenFor: (login) => tokenOf(forge, login),
    idle: () => forge.deliverer.idle(),
    stop: () =>
      (stopping ??= (async () => {
        await forge.deliverer.stop();
        const drained = listening.drain();
        const timer = clock.after(2000, () => listening.closeNow());
        await drained;
        timer.cancel();
        await store.close();
      })()),
  };
}

/**
 * A page elsewhere can make a browser call this server under a name of its own (DNS rebinding), and anyone may be anyone
 * here: on loopback only loopback's names and our own are answered.
 */
function isKnownHost(forge: Forge, address: string, request: IncomingMessage): boolean {
  const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
  if (!isLoopback(address)) return true;
  const given = `http://${request.headers.host ?? 'localhost'}`;
  if (!URL.canParse(given)) return false;
  const host = new URL(given).hostname;
  return isLoopback(host) || (forge.base !== '' && host === new URL(forge.base).hostname);
}

function misdirect(response: ServerResponse): void {
  response.writeHead(421, { 'content-type': 'text/plain; charset=utf-8' }).end('This server is not known by that name.\n');
}

async function handle(forge: Forge, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const place = { path: url.pathname, query: url.searchParams };
    if (url.pathname === apiPath || url.pathname.startsWith(`${apiPath}/`)) await serveRest(forge, request, response, { ...place, path: url.pathname.slice(apiPath.length) });
    else if (url.pathname === '/api/graphql') await serveGraphql(forge, request, response);
    else if (isGitPath(url.pathname)) await serveGit(forge, request, response, place);
    else await serveWeb(forge, request, response, place);
  } catch (error) {
    forge.log.error('a request failed', { method: request.method, path: request.url, error });
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' });
    response.end('The server failed; its log says why.\n');
  }
}
