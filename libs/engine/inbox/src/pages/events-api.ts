// The event page and its API: what came, who handled it, what was decided and done, and why. Read here or replay.
import express, { Router, type Request, type Response } from 'express';
import { contentSecurityPolicy, html, type Navigation, page } from '@prow/base-page';
import type { Inbox } from '../inbox.ts';
import type { DeliveryRecord } from '../types.ts';
import { deliveryPage } from './delivery-page.ts';
import { outcomeOf, statusOf, statusOfHandler } from './delivery-status.ts';
import { describeEffect } from './describe-effect.ts';
import { countDeliveries, findDeliveries, readEventsQuery, type IsShown } from './find-deliveries.ts';
import { listPage } from './list-page.ts';
import { type PageSettings, surroundings } from './page-settings.ts';
import { cookieMaxAgeSeconds, cookieName, isFromElsewhere, mayReplay, signIn, type ReplayAccess } from './replay-access.ts';

export interface EventsApiOptions extends ReplayAccess {
  readonly inbox: Inbox;
  /** Where this router is mounted: `/events`. */
  readonly basePath: string;
  /** The other pages, in the navigation. Default: none. */
  readonly links?: Navigation['links'];
  readonly deckUrl?: string | undefined;
  readonly githubUrl?: string | undefined;
  /** Repositories whose deliveries only those see who may replay. Default: none. */
  readonly isHidden?: (repository: string) => boolean;
  /** Unix milliseconds. Default: the machine's clock. */
  readonly now?: () => number;
}

const maxFormBytes = 4096;

/**
 * `GET /`, `/GUID` (HTML, or JSON with .json or Accept: application/json), `GET /GUID/payload` and `POST /GUID/replay` for
 * those who may, `POST /sign-in` for browsers. Works without JavaScript.
 */
export function eventsRouter(options: EventsApiOptions): Router {
  const { inbox, basePath, links = [], deckUrl, githubUrl, isHidden = () => false, now = Date.now } = options;
  const settings: PageSettings = { basePath, links, deckUrl, githubUrl };
  const router = Router();
  router.use((_request, response, next) => {
    response.set({ 'cache-control': 'no-store', 'content-security-policy': contentSecurityPolicy, 'referrer-policy': 'same-origin', 'x-content-type-options': 'nosniff' });
    next();
  });

  /** To those who may not see it, a delivery of a hidden repository does not exist. */
  const shownTo = async (request: Request): Promise<IsShown> => {
    const seesAll = (await mayReplay(request, options)) !== undefined;
    return (repository) => seesAll || repository === undefined || !isHidden(repository);
  };
  const find = async (request: Request, response: Response): Promise<DeliveryRecord | undefined> => {
    const record = inbox.get(guidOf(request));
    if (record !== undefined && (await shownTo(request))(record.repository)) return record;
    answer(request, response, { status: 404, error: 'no such delivery', settings });
    return undefined;
  };

  router.get(['/', '/list.json'], async (request, response) => {
    const query = readEventsQuery(request.query);
    if (typeof query === 'string') return answer(request, response, { status: 400, error: query, settings });
    const isShown = await shownTo(request);
    const { found, next } = findDeliveries(inbox, query, isShown);
    const counts = countDeliveries(inbox, query, isShown);
    if (!wantsJson(request)) return void response.type('html').send(listPage({ found, counts, query, next, settings, now: now() }));
    const deliveries = found.map(({ summary, record, status }) => ({ ...summary, status, ...(record === undefined ? {} : { note: record.note, outcome: outcomeOf(record) }) }));
    response.json({ deliveries, counts, depth: inbox.depth, next });
  });

  router.post('/sign-in', express.urlencoded({ limit: maxFormBytes, extended: false }), async (request, response) => {
    const { token, guid } = (request.body ?? {}) as Record<string, unknown>;
    if (isFromElsewhere(request)) return answer(request, response, { status: 403, error: 'the request comes from another site', settings });
    const session = typeof token === 'string' ? await signIn(token.trim(), options) : undefined;
    if (session === undefined) return answer(request, response, { status: 403, error: 'this is not the token of --events-token-file', settings });
    response.cookie(cookieName, session, { httpOnly: true, sameSite: 'strict', path: basePath, maxAge: cookieMaxAgeSeconds * 1000, secure: request.get('x-forwarded-proto') === 'https' });
    response.redirect(303, typeof guid === 'string' ? `${basePath}/${encodeURIComponent(guid)}` : basePath);
  });

  router.get('/:guid', async (request: Request, response: Response) => {
    const record = await find(request, response);
    if (record === undefined) return;
    if (wantsJson(request)) return void response.json(jsonOf(record, settings));
    const by = await mayReplay(request, options);
    const replay = by !== undefined ? 'allowed' : (await options.replayToken()) === undefined ? 'off' : 'signed-out';
    const said = request.query['replayed'] === undefined ? undefined : 'Replayed: the plugins run again, on things as they are now.';
    response.type('html').send(deliveryPage({ record, settings, replay, said, now: now() }));
  });

  router.get('/:guid/payload', async (request: Request, response: Response) => {
    const record = await find(request, response);
    if (record === undefined) return;
    if ((await mayReplay(request, options)) === undefined) return answer(request, response, { status: 403, error: 'payloads are for those who may replay', settings });
    response.type('application/json').send(inbox.body(record.guid));
  });

  router.post('/:guid/replay', async (request: Request, response: Response) => {
    if (isFromElsewhere(request)) return answer(request, response, { status: 403, error: 'the request comes from another site', settings });
    const by = await mayReplay(request, options);
    if (by === undefined) return answer(request, response, { status: 403, error: 'replay needs Authorization: Bearer with the token of --events-token-file, or a browser that has signed in', settings });
    const guid = guidOf(request);
    const outcome = await inbox.replay(guid, { by });
    if ((request.headers.accept ?? '').includes('text/html') && outcome !== 'unknown') return response.redirect(303, `${basePath}/${encodeURIComponent(guid)}?replayed`);
    response.status(outcome === 'unknown' ? 404 : outcome === 'pending' ? 409 : 202).json({ outcome });
  });
  return router;
}

/** All that is known but the headers, which may hold secrets. */
function jsonOf(record: DeliveryRecord, settings: PageSettings): object {
  const { headers: _headers, ...shown } = record;
  const handlers = Object.entries(record.handlers).map(([name, handler]) => {
    const effects = handler.effects.map((effect) => ({ ...effect, ...describeEffect(effect, record, settings) }));
    return [name, { ...handler, status: statusOfHandler(handler), effects }] as const;
  });
  return { ...shown, status: statusOf(record), handlers: Object.fromEntries(handlers) };
}

/** A refusal, as the asker can read it. */
function answer(request: Request, response: Response, { status, error, settings }: { status: number; error: string; settings: PageSettings }): void {
  response.status(status);
  if (wantsJson(request) || !(request.headers.accept ?? '').includes('text/html')) response.json({ error });
  else response.type('html').send(page({ title: error, ...surroundings(settings), body: html`<p><a href="${settings.basePath}">← All events</a></p><p class="trouble" role="alert">${error}</p>` }));
}

function guidOf(request: Request): string {
  return String(request.params['guid']).replace(/\.json$/, '');
}

function wantsJson(request: Request): boolean {
  return request.path.endsWith('.json') || (request.headers.accept ?? '').startsWith('application/json');
}
