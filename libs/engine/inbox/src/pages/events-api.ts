// The event page and its API: what came, who handled it, what was decided and done, and why. Read here or replay.
import { createHash, timingSafeEqual } from 'node:crypto';
import { Router, type Request, type Response } from 'express';
import type { Inbox } from '../inbox.ts';
import type { DeliveryQuery } from '../inbox-index.ts';
import { deliveryPage, listPage } from './html.ts';

export interface EventsApiOptions {
  readonly inbox: Inbox;
  /** Who may replay: `Authorization: Bearer TOKEN`. Undefined: nobody. Read at each call, for it may change. */
  readonly replayToken: () => Promise<string | undefined>;
  /** Where this router is mounted: `/events`. */
  readonly basePath: string;
}

/** GET /, /GUID (HTML or, with .json or Accept: application/json, JSON), POST /GUID/replay. */
export function eventsRouter({ inbox, replayToken, basePath }: EventsApiOptions): Router {
  const router = Router();
  router.use((_request, response, next) => {
    response.setHeader('cache-control', 'no-store');
    response.setHeader('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'");
    response.setHeader('x-content-type-options', 'nosniff');
    next();
  });
  router.get(['/', '/list.json'], (request, response) => {
    const query = queryOf(request);
    if (typeof query === 'string') {
      response.status(400).json({ error: query });
      return;
    }
    const deliveries = inbox.list(query);
    if (wantsJson(request)) response.json({ deliveries, depth: inbox.depth });
    else response.type('html').send(listPage({ deliveries, query, basePath, depth: inbox.depth }));
  });
  router.get('/:guid', (request: Request, response: Response) => {
    const record = inbox.get(guidOf(request));
    if (record === undefined) {
      response.status(404).json({ error: 'no such delivery' });
      return;
    }
    const { headers, ...shown } = record;
    void headers;
    if (wantsJson(request)) response.json(shown);
    else response.type('html').send(deliveryPage({ record, basePath }));
  });
  router.post('/:guid/replay', async (request: Request, response: Response) => {
    const by = await authorised(request, replayToken);
    if (by === undefined) {
      response.status(403).json({ error: 'replay needs Authorization: Bearer with the token of --events-token-file' });
      return;
    }
    const outcome = await inbox.replay(guidOf(request), { by });
    response.status(outcome === 'unknown' ? 404 : outcome === 'pending' ? 409 : 202).json({ outcome });
  });
  return router;
}

function guidOf(request: Request): string {
  return String(request.params['guid']).replace(/\.json$/, '');
}

function wantsJson(request: Request): boolean {
  return request.path.endsWith('.json') || (request.headers.accept ?? '').startsWith('application/json');
}

/** A message when a parameter is wrong. */
function queryOf(request: Request): DeliveryQuery | string {
  const text = (key: string): string | undefined => {
    const value = request.query[key];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const whole = (key: string): number | undefined => (text(key) === undefined ? undefined : Number(text(key)));
  const number = whole('number') ?? whole('pr');
  const limit = whole('limit');
  for (const [key, value] of Object.entries({ number, limit })) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) return `${key}: expected a whole number above 0`;
  }
  const state = text('state');
  if (state !== undefined && !['pending', 'done', 'failed', 'ignored'].includes(state)) return 'state: expected pending, done, failed or ignored';
  const given = { repository: text('repo'), number, guid: text('guid'), state, eventType: text('event'), before: text('before'), limit };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as DeliveryQuery;
}

async function authorised(request: Request, replayToken: EventsApiOptions['replayToken']): Promise<string | undefined> {
  const expected = await replayToken();
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (expected === undefined || given === undefined) return undefined;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(expected), digest(given)) ? 'token' : undefined;
}
