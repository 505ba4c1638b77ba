// The pages and what their buttons do. A browser cannot send a bearer token by itself: after a sign-in a cookie carries it,
// which no script can read and which counts for pages and their forms alone, never for the calls.
import { randomUUID } from 'node:crypto';
import { Router, type Request, type RequestHandler, type Response } from 'express';
import { messageOf, ProwError } from '@prow/base-errors';
import { identityOf } from '@prow/clients-authentication';
import type { Callers } from './caller.ts';
import { clusterPage, newClusterPage, signInPage } from './cluster-page.ts';
import { pageHeaders } from './page-frame.ts';
import { checkedName, Parameters } from './parameters.ts';
import { createTakes, poolMoves, type PoolCallsOptions } from './pool-calls.ts';
import type { Given } from './read-fields.ts';
import { poolPage, type Creation, type PoolView } from './pool-page.ts';

const cookieName = 'cimaster-token';
const dayMs = 24 * 3_600_000;
const useSteps = 97;
/** The picture of the day is made anew this often. */
const useKeptMs = 20_000;
const recentMoves = 15;

export interface PageRoutesOptions extends PoolCallsOptions {
  /** Undefined: ProwJobs are not watched. */
  creations: (() => Creation[]) | undefined;
  prowJobUrl: (prowjob: string) => string | undefined;
  now: () => number;
}

export function pageRoutes(options: PageRoutesOptions): Router {
  const { callers, pool } = options;
  const router = Router();
  const today = new Today(options);
  const asPage = (handler: (request: Request, response: Response) => Promise<string>): RequestHandler[] => [
    cookieToBearer,
    async (request, response, next) => {
      try {
        await new Promise<void>((resolve, reject) => {
          Promise.resolve(callers.authenticate(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(error as Error)))).catch(reject);
        });
      } catch (error) {
        if (!(error instanceof ProwError) || error.httpStatus !== 401) throw error;
        response.status(401).set(pageHeaders).type('html').send(signInPage({ notice: hasCookie(request) ? { text: messageOf(error), isProblem: true } : undefined }));
        return;
      }
      next();
    },
    async (request, response) => void response.set(pageHeaders).type('html').send(await handler(request, response)),
  ];

  router.get('/', ...asPage(async (request) => {
    const frame = { notice: noticeOf(request), signedIn: signedInAs(request) };
    const viewer = { roles: callers.rolesOf(request), user: callers.leaseCallerOf(request)?.name };
    const { prowJobUrl } = options;
    const nowMs = options.now();
    if (request.query['new'] !== undefined) return newClusterPage(viewer, frame);
    const snapshot = await pool.read();
    if (request.query['cluster'] !== undefined) {
      const name = checkedName('cluster', request.query['cluster']);
      return clusterPage({ name, cluster: snapshot.clusters.find((cluster) => cluster.name === name), history: await pool.historyOf(name, 200), viewer, nowMs, prowJobUrl }, frame);
    }
    return poolPage({ snapshot, waiting: pool.waiting, waiters: pool.waiters(100), creations: options.creations?.() ?? [], canCreate: options.creations !== undefined, viewer, prowJobUrl, nowMs, ...(await today.read()) }, frame);
  }));

  router.post('/act/:call', sameOrigin(callers), cookieToBearer, callers.authenticate, async (request, response) => {
    const call = request.params['call'];
    let notice: Record<string, string>;
    try {
      notice = { done: await act(options, typeof call === 'string' ? call : '', request) };
      today.forget();
    } catch (error) {
      callers.countRefusal(error);
      // A refusal is shown on the page; what is wrong with the caller or with us is answered as it is.
      if (!(error instanceof ProwError) || error.httpStatus === undefined || error.httpStatus === 401) throw error;
      notice = { problem: messageOf(error) };
    }
    response.redirect(303, `../?${new URLSearchParams(notice).toString()}`);
  });

  router.post('/sign-in', sameOrigin(callers), (request, response) => {
    const token = new Parameters(fieldsOf(request), ['token']).required('token', 8000);
    if (!/^[A-Za-z0-9._~+/:=-]+$/.test(token)) throw new ProwError('PROW_CIMASTER_PARAMETER', 'parameter token: found characters that no token has', { httpStatus: 400, details: { parameter: 'token' } });
    response.cookie(cookieName, token, cookieOptions(request)).redirect(303, './');
  });
  router.post('/sign-out', sameOrigin(callers), (request, response) => response.clearCookie(cookieName, cookieOptions(request)).redirect(303, './'));
  return router;
}

async function act({ pool, callers, createCluster }: PageRoutesOptions, call: string, request: Request): Promise<string> {
  if (call === 'createcluster') {
    callers.need(request, 'admin');
    const parameters = new Parameters(fieldsOf(request), createTakes);
    const job = await createCluster({ user: parameters.required('user'), branch: parameters.branch('branch'), key: randomUUID() });
    return `ProwJob ${job.name} makes a cluster`;
  }
  const move = Object.hasOwn(poolMoves, call) ? poolMoves[call] : undefined;
  if (move === undefined) throw new ProwError('PROW_CIMASTER_NOT_FOUND', 'there is no such button', { httpStatus: 404 });
  callers.need(request, move.role);
  return (await move.run(pool, new Parameters(fieldsOf(request), move.takes), callers.moverOf(request))).text;
}

function fieldsOf({ query, body }: Request): Given {
  return { query, body: typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : {} };
}

/** What the page tells of the day, kept for a few seconds. */
class Today {
  readonly #options: PageRoutesOptions;
  #kept: { untilMs: number; value: Promise<Pick<PoolView, 'use' | 'recent' | 'historyProblem'>> } | undefined;

  constructor(options: PageRoutesOptions) {
    this.#options = options;
  }

  forget(): void {
    this.#kept = undefined;
  }

  read(): Promise<Pick<PoolView, 'use' | 'recent' | 'historyProblem'>> {
    const now = this.#options.now();
    if (this.#kept === undefined || this.#kept.untilMs <= now) this.#kept = { untilMs: now + useKeptMs, value: this.#make(now) };
    return this.#kept.value;
  }

  async #make(now: number): Promise<Pick<PoolView, 'use' | 'recent' | 'historyProblem'>> {
    const { pool } = this.#options;
    try {
      const records = await pool.historySince(now - dayMs);
      return { use: pool.useOf(records, { fromMs: now - dayMs, toMs: now, steps: useSteps }), recent: records.slice(-recentMoves).toReversed() };
    } catch (error) {
      return { use: [], recent: [], historyProblem: messageOf(error) };
    }
  }
}

const cookieToBearer: RequestHandler = (request, _response, next) => {
  if (request.headers.authorization === undefined) {
    const token = cookieOf(request);
    if (token !== undefined) request.headers.authorization = `Bearer ${token}`;
  }
  next();
};

/** Forms of other pages are not ours: whatever a browser says of a request's origin has to be this one. */
function sameOrigin({ authenticator }: Callers): RequestHandler {
  return (request, _response, next) => {
    const site = request.get('sec-fetch-site');
    const origin = request.get('origin');
    const isOurs = site === undefined ? origin === undefined || hostOfOrigin(origin) === request.get('host') : site === 'same-origin' || site === 'none';
    if (!isOurs) {
      authenticator.count('cross-site');
      throw new ProwError('PROW_CIMASTER_CROSS_SITE', 'requests that other web sites begin are refused', { httpStatus: 403 });
    }
    next();
  };
}

function hostOfOrigin(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}

function cookieOf(request: Request): string | undefined {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name !== cookieName || value === undefined) continue;
    try {
      return decodeURIComponent(value);
    } catch {
      return undefined;
    }
  }
  return undefined;
}

function hasCookie(request: Request): boolean {
  return cookieOf(request) !== undefined;
}

function cookieOptions(request: Request): { httpOnly: true; sameSite: 'strict'; path: string; secure: boolean } {
  return { httpOnly: true, sameSite: 'strict', path: '/', secure: request.secure || request.get('x-forwarded-proto') === 'https' };
}

function signedInAs(request: Request): string | undefined {
  const { name, source } = identityOf(request);
  return source === 'loopback' ? undefined : name;
}

function noticeOf({ query }: Request): { text: string; isProblem: boolean } | undefined {
  const { done, problem } = query;
  if (typeof problem === 'string') return { text: problem.slice(0, 500), isProblem: true };
  return typeof done === 'string' ? { text: done.slice(0, 500), isProblem: false } : undefined;
}
