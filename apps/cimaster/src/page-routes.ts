// The pages and what their buttons do. A browser cannot send a bearer token by itself: after a sign-in a cookie carries it,
// which no script can read and which counts for pages and their forms alone, never for the calls.
import { randomUUID } from 'node:crypto';
import { Router, type Request, type RequestHandler, type Response } from 'express';
import { messageOf, ProwError } from '@prow/base-errors';
import { identityOf } from '@prow/clients-authentication';
import { brokenEditOf, type MoveRecord } from '@prow/engine-cluster-pool';
import type { Callers } from './caller.ts';
import { clusterPage, newClusterPage, signInPage } from './cluster-page.ts';
import { pageHeaders } from './page-frame.ts';
import { checkedName, Parameters } from './parameters.ts';
import { createTakes, poolMoves, type PoolCallsOptions } from './pool-calls.ts';
import type { Given } from './read-fields.ts';
import { poolPage, type Creation, type Filter, type PoolView } from './pool-page.ts';

const cookieName = 'cimaster-token';
/** What the last button did: in a cookie, for an address that says so could be anybody's. */
const noticeCookie = 'cimaster-notice';
const noticeKeptMs = 60_000;
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

  router.get('/', ...asPage(async (request, response) => {
    const frame = { notice: takeNotice(request, response), signedIn: signedInAs(request) };
    const viewer = { roles: callers.rolesOf(request), user: callers.leaseCallerOf(request)?.name };
    const { prowJobUrl } = options;
    const nowMs = options.now();
    if (request.query['new'] !== undefined) return newClusterPage(viewer, textsOf(request.query), frame);
    const snapshot = await pool.read();
    if (request.query['cluster'] !== undefined) {
      const name = checkedName('cluster', request.query['cluster']);
      const cluster = snapshot.clusters.find((each) => each.name === name);
      if (cluster === undefined) response.status(404);
      return clusterPage({ name, cluster, problem: brokenEditOf(snapshot, name)?.problem, history: await pool.historyOf(name, 200), viewer, nowMs, prowJobUrl }, frame);
    }
    return poolPage({ snapshot, filter: filterOf(textsOf(request.query)), waiting: pool.waiting, waiters: pool.waiters(100), creations: options.creations?.() ?? [], canCreate: options.creations !== undefined, viewer, prowJobUrl, nowMs, ...(await today.read()) }, frame);
  }));

  router.post('/act/:call', sameOrigin(callers), cookieToBearer, callers.authenticate, async (request, response) => {
    const call = request.params['call'];
    let notice: Notice;
    let back = '../?';
    try {
      notice = { isProblem: false, text: await act(options, typeof call === 'string' ? call : '', request) };
      today.forget();
    } catch (error) {
      callers.countRefusal(error);
      // A refusal is shown on the page; what is wrong with the caller or with us is answered as it is.
      if (!(error instanceof ProwError) || error.httpStatus === undefined || error.httpStatus === 401) throw error;
      notice = { isProblem: true, text: messageOf(error) };
      // What was filled in is there again.
      if (call === 'addcluster' || call === 'createcluster') back = `../?new&${new URLSearchParams(textsOf(fieldsOf(request).body)).toString()}`;
    }
    response.cookie(noticeCookie, JSON.stringify({ ...notice, text: notice.text.slice(0, 500) }), { ...cookieOptions(request), maxAge: noticeKeptMs }).redirect(303, back);
  });

  router.post('/sign-in', sameOrigin(callers), async (request, response) => {
    const token = new Parameters(fieldsOf(request), ['token']).required('token', 8000);
    if (!/^[A-Za-z0-9._~+/:=-]+$/.test(token)) throw new ProwError('PROW_CIMASTER_PARAMETER', 'parameter token: found characters that no token has', { httpStatus: 400, details: { parameter: 'token' } });
    try {
      await callers.authenticator.identify(`Bearer ${token}`, request.socket.remoteAddress ?? '');
    } catch (error) {
      if (!(error instanceof ProwError) || error.httpStatus !== 401) throw error;
      response.status(401).set(pageHeaders).type('html').send(signInPage({ notice: { text: messageOf(error), isProblem: true } }));
      return;
    }
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

type Day = Pick<PoolView, 'use' | 'historyProblem'> & { recent: readonly MoveRecord[] };

/** What the page tells of the day, kept for a few seconds. */
class Today {
  readonly #options: PageRoutesOptions;
  #kept: { untilMs: number; value: Promise<Day> } | undefined;

  constructor(options: PageRoutesOptions) {
    this.#options = options;
  }

  forget(): void {
    this.#kept = undefined;
  }

  async read(): Promise<Day> {
    const now = this.#options.now();
    if (this.#kept === undefined || this.#kept.untilMs <= now) this.#kept = { untilMs: now + useKeptMs, value: this.#make(now) };
    const kept = await this.#kept.value;
    // The last moves are as new as the table above them.
    const recent = new Map([...this.#options.pool.latestMoves(recentMoves), ...kept.recent].map((record) => [record.id, record]));
    kept.recent = [...recent.values()].slice(0, recentMoves);
    return kept;
  }

  async #make(now: number): Promise<Day> {
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
    const token = cookieOf(request, cookieName);
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

function cookieOf(request: Request, wanted: string): string | undefined {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name !== wanted || value === undefined) continue;
    try {
      return decodeURIComponent(value);
    } catch {
      return undefined;
    }
  }
  return undefined;
}

function hasCookie(request: Request): boolean {
  return cookieOf(request, cookieName) !== undefined;
}

function cookieOptions(request: Request): { httpOnly: true; sameSite: 'strict'; path: string; secure: boolean } {
  return { httpOnly: true, sameSite: 'strict', path: '/', secure: request.secure || request.get('x-forwarded-proto') === 'https' };
}

function signedInAs(request: Request): string | undefined {
  const { name, source } = identityOf(request);
  return source === 'loopback' ? undefined : name;
}

interface Notice {
  text: string;
  isProblem: boolean;
}

/** Shown once. */
function takeNotice(request: Request, response: Response): Notice | undefined {
  const value = cookieOf(request, noticeCookie);
  if (value === undefined) return undefined;
  response.clearCookie(noticeCookie, cookieOptions(request));
  try {
    const { text, isProblem } = JSON.parse(value) as Partial<Record<keyof Notice, unknown>>;
    return typeof text === 'string' && typeof isProblem === 'boolean' ? { text: text.slice(0, 500), isProblem } : undefined;
  } catch {
    return undefined;
  }
}

/** The fields that are one text each, as far as a form can have them. */
function textsOf(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).slice(0, 20).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value.slice(0, 300)]] : [])));
}

function filterOf({ find = '', state = '' }: Readonly<Record<string, string>>): Filter {
  return { find: find.trim().toLowerCase(), state };
}
