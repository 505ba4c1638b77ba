import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ProwError } from '@prow/base-errors';
import { silentLogger } from '@prow/base-log';
import { newExpressApp } from '@prow/base-service';
import { systemClock } from '@prow/base-time';
import { openStore, type Store } from '@prow/clients-store';
import { useTempDirs } from '@prow/testing-harness';
import { Inbox } from '../inbox.ts';
import type { HandlerRun, NewDelivery } from '../types.ts';
import { eventsRouter } from './events-api.ts';

const tempDir = useTempDirs();
let store: Store;
let inbox: Inbox;
let server: Server;
let url: string;
let isBroken: boolean;

const handle = async (repository: string | undefined, { decide, effect, handler }: HandlerRun): Promise<void> => {
  if (handler === 'quiet') return;
  if (isBroken) throw new ProwError('PROW_TEST_X', 'GitHub is <away>', { transient: repository?.endsWith('/later') === true });
  decide({ reason: 'job does not run', fields: { job: 'unit', reason: 'no changed file fits <b>docs</b>' } });
  decide({ reason: 'job does not run', fields: { job: 'lint', reason: 'branch' } });
  effect({ operation: 'addLabels', request: { org: 'org', repo: 'repo', number: 7, labels: ['<lgtm>'] } });
  effect({ operation: 'createProwJob', request: { prowjob: 'uuid-1', job: 'e2e' } });
  effect({ operation: 'createComment', request: { body: 'hello' }, url: 'javascript:alert(1)' });
};

beforeEach(async () => {
  isBroken = false;
  store = openStore(tempDir('events'));
  inbox = new Inbox({
    store,
    clock: systemClock,
    log: silentLogger,
    backoff: { baseMs: 600_000, factor: 1, maxMs: 600_000, jitter: 0 },
    handlers: {
      plan: ({ record }) => (record.eventType === 'star' ? { handlers: [], note: 'no plugin of this repository wants it' } : { handlers: ['trigger', 'quiet'] }),
      handle: ({ record }, run) => handle(record.repository, run),
    },
  });
  inbox.start();
  const app = newExpressApp({ log: silentLogger });
  app.use('/events', eventsRouter({ inbox, basePath: '/events', replayToken: async () => 'let-me', links: [{ name: 'Jobs', href: 'https://deck.example/' }], deckUrl: 'https://deck.example', githubUrl: 'https://github.example', isHidden: (repository) => repository === 'org/secret' }));
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
});

afterEach(async () => {
  await inbox.stop({ graceMs: 0 });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await store.close();
});

async function arrive(guid: string, more: Partial<NewDelivery> = {}): Promise<void> {
  await inbox.accept({ guid, eventType: 'pull_request', action: 'opened', headers: { 'x-secret': 'h' }, body: Buffer.from('{"a":1}'), source: 'webhook', repository: 'org/repo', number: 7, sender: 'john', orderingKey: guid, ...more });
}

const html = async (path: string, init: RequestInit = {}): Promise<{ status: number; text: string }> => {
  const response = await fetch(url + path, { ...init, redirect: 'manual', headers: { accept: 'text/html', ...(init.headers as Record<string, string> | undefined) } });
  return { status: response.status, text: await response.text() };
};
const json = async (path: string): Promise<Record<string, unknown>> => (await fetch(url + path)).json() as Promise<Record<string, unknown>>;
const guids = async (query: string): Promise<string[]> => ((await json(`/list.json?${query}`))['deliveries'] as { guid: string }[]).map(({ guid }) => guid);

test('a list to filter, in pages, with counts by state', async () => {
  for (let index = 0; index < 5; index += 1) await arrive(`g${index}`, { number: index + 1 });
  await arrive('star', { eventType: 'star', repository: 'other/repo' });
  await inbox.idle();
  isBroken = true;
  await arrive('final');
  await inbox.idle();
  await arrive('later', { repository: 'org/later' });
  while (inbox.get('later')?.handlers['trigger']?.error === undefined) await new Promise((resolve) => setTimeout(resolve, 5));

  expect(await guids('state=given-up')).toEqual(['final']);
  expect(await guids('state=retrying')).toEqual(['later']);
  expect(await guids('state=waiting')).toEqual([]);
  expect(await guids('state=ignored')).toEqual(['star']);
  expect(await guids('repo=ORG&state=handled')).toEqual(['g4', 'g3', 'g2', 'g1', 'g0']);
  expect(await guids('repo=org/repo&number=2')).toEqual(['g1']);
  expect(await guids('guid=g3')).toEqual(['g3']);
  expect(await guids('event=star')).toEqual(['star']);
  expect(await json('/list.json')).toMatchObject({ counts: { handled: 5, waiting: 0, retrying: 1, 'given-up': 1, ignored: 1 }, depth: 1 });
  const first = await json('/list.json?state=handled&limit=3');
  expect((first['deliveries'] as { guid: string }[]).map(({ guid }) => guid)).toEqual(['g4', 'g3', 'g2']);
  expect(await guids(`state=handled&limit=3&before=${String(first['next'])}`)).toEqual(['g1', 'g0']);

  const page = (await html('?state=handled&limit=3')).text;
  expect(page).toContain(`state=handled&amp;limit=3&amp;before=${String(first['next'])}`);
  expect(page).toContain('href="https://github.example/org/repo/pull/5"');
  expect(page).toContain('href="https://deck.example/"');
  expect((await html('?repo=%22%3E%3Cscript%3E')).text).not.toContain('<script');
  expect((await html('?state=nope')).status).toBe(400);
  expect((await html('?number=-1')).text).toContain('number: expected a whole number above 0');
});

test('a delivery: decisions, effects with links, errors, and no header', async () => {
  await arrive('one');
  await inbox.idle();
  const { text } = await html('/one');
  expect(text).toContain('<b>reason:</b> no changed file fits &lt;b&gt;docs&lt;/b&gt;');
  expect(text).toContain('<a rel="noreferrer" href="https://github.example/org/repo/issues/7">added label &lt;lgtm&gt;</a>');
  expect(text).toContain('href="https://deck.example/prowjob?prowjob=uuid-1">started job e2e</a>');
  expect(text).toContain('<li>commented: hello</li>');
  expect(text).toContain('Looked, and had nothing to do');
  expect(text).not.toContain('<script');
  const record = await json('/one.json');
  expect(record).toMatchObject({ status: 'handled', handlers: { trigger: { status: 'handled', effects: [{ operation: 'addLabels', text: 'added label <lgtm>', url: 'https://github.example/org/repo/issues/7' }, {}, {}] } } });
  expect(record).not.toHaveProperty('headers');

  isBroken = true;
  await arrive('two');
  await inbox.idle();
  expect((await html('/two')).text).toContain('GitHub is &lt;away&gt;');
  await arrive('later', { repository: 'org/later' });
  while (inbox.get('later')?.handlers['trigger']?.nextAttemptAt === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  const waiting = (await html('/later')).text;
  expect(waiting).toMatch(/retrying<\/span>.*1 run.*next run <time/s);
  expect(waiting).toContain('http-equiv="refresh"');
  expect((await html('/nope')).status).toBe(404);
});

test('replay by button: signed in with the token, not from other sites', async () => {
  await arrive('one');
  await inbox.idle();
  const post = (path: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(url + path, { method: 'POST', body, redirect: 'manual', headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded', ...headers } });
  expect((await html('/one')).text).toContain('Sign in to replay');
  expect((await post('/one/replay', '')).status).toBe(403);
  expect((await post('/sign-in', 'token=guess&guid=one')).status).toBe(403);
  expect((await post('/sign-in', 'token=let-me&guid=one', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  const signedIn = await post('/sign-in', 'token=let-me&guid=one');
  expect([signedIn.status, signedIn.headers.get('location')]).toEqual([303, '/events/one']);
  const cookie = signedIn.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
  expect(cookie).not.toContain('let-me');
  const signed = { cookie: cookie.split(';')[0] ?? '' };
  expect((await html('/one', { headers: signed })).text).toContain('<button title=');
  expect((await post('/one/replay', '', { ...signed, origin: 'https://evil.example' })).status).toBe(403);
  const replayed = await post('/one/replay', '', signed);
  expect([replayed.status, replayed.headers.get('location')]).toEqual([303, '/events/one?replayed']);
  await inbox.idle();
  expect(inbox.get('one')).toMatchObject({ replays: [{ by: 'a signed-in browser' }], handlers: { trigger: { attempts: 2 } } });
  expect((await html('/one/payload', { headers: signed })).text).toBe('{"a":1}');
  expect((await html('/one/payload')).status).toBe(403);
});

test("a hidden repository's deliveries do not exist for others", async () => {
  await arrive('hidden', { repository: 'org/secret' });
  await arrive('open');
  await inbox.idle();
  expect(await guids('')).toEqual(['open']);
  expect(await json('/list.json')).toMatchObject({ counts: { handled: 1 } });
  expect((await html('/hidden')).status).toBe(404);
  expect((await html('/hidden', { headers: { authorization: 'Bearer let-me' } })).status).toBe(200);
});
