import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ProwError } from '@prow/base-errors';
import { silentLogger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { openStore, type Store } from '@prow/clients-store';
import { Inbox, type InboxOptions } from './inbox.ts';
import type { DeliveryHandlers, HandlerRun, NewDelivery } from './types.ts';

let dir: string;
let store: Store;
const inboxes: Inbox[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'inbox-'));
  store = openStore(dir);
});

afterEach(async () => {
  for (const inbox of inboxes.splice(0)) await inbox.stop({ graceMs: 0 });
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const delivery = (guid: string, more: Partial<NewDelivery> = {}): NewDelivery => ({
  guid,
  eventType: 'issue_comment',
  headers: {},
  body: Buffer.from(`{"guid":"${guid}"}`),
  source: 'webhook',
  repository: 'o/r',
  number: 1,
  orderingKey: 'o/r#1',
  ...more,
});

function openInbox(handle: (guid: string, run: HandlerRun) => Promise<void>, options: Partial<InboxOptions> & { plan?: DeliveryHandlers['plan'] } = {}): Inbox {
  const { plan = () => ({ handlers: ['a'] }), ...rest } = options;
  const inbox = new Inbox({
    store,
    clock: systemClock,
    log: silentLogger,
    backoff: { baseMs: 5, maxMs: 5 },
    maxAttempts: 3,
    handlers: { plan, handle: (each, run) => handle(each.record.guid, run) },
    ...rest,
  });
  inboxes.push(inbox);
  return inbox;
}

const transient = (): ProwError => new ProwError('PROW_TEST', 'away', { transient: true });

describe('Inbox', () => {
  test('a delivery is on disk when accepted, and a GUID is taken in once', async () => {
    const seen: string[] = [];
    const inbox = openInbox(async (guid) => void seen.push(guid));
    expect(await Promise.all([inbox.accept(delivery('1')), inbox.accept(delivery('1'))])).toEqual([{ isDuplicate: false }, { isDuplicate: true }]);
    expect(inbox.body('1')?.toString()).toBe('{"guid":"1"}');
    inbox.start();
    await inbox.idle();
    expect(await inbox.accept(delivery('1'))).toEqual({ isDuplicate: true });
    await inbox.idle();
    expect(seen).toEqual(['1']);
    expect(inbox.get('1')).toMatchObject({ state: 'done', handlers: { a: { state: 'done', attempts: 1 } } });
  });

  test('bytes that are no UTF-8 come back as they were', async () => {
    const inbox = openInbox(async () => undefined);
    const body = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
    await inbox.accept(delivery('1', { body }));
    expect(inbox.body('1')).toEqual(body);
  });

  test('what was not finished is taken up by the next process, and knows that it may have run', async () => {
    const first = openInbox(() => new Promise(() => undefined));
    first.start();
    await first.accept(delivery('1'));
    await first.accept(delivery('2'));
    await first.stop({ graceMs: 0 });
    const runs: [string, number][] = [];
    const second = openInbox(async (guid, { attempt }) => void runs.push([guid, attempt]));
    second.start();
    await second.idle();
    expect(runs).toEqual([
      ['1', 1],
      ['2', 1],
    ]);
  });

  test('a finished handler is not run again because another is not', async () => {
    const plan = (): { handlers: string[] } => ({ handlers: ['good', 'bad'] });
    const first = openInbox((_, { handler }) => (handler === 'good' ? Promise.resolve() : new Promise(() => undefined)), { plan });
    first.start();
    await first.accept(delivery('1'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await first.stop({ graceMs: 0 });
    const runs: string[] = [];
    const second = openInbox(async (_, { handler }) => void runs.push(handler), { plan });
    second.start();
    await second.idle();
    expect(runs).toEqual(['bad']);
  });

  test('transient trouble is tried again in order; later deliveries of the same key wait', async () => {
    const runs: string[] = [];
    let failures = 2;
    const inbox = openInbox(async (guid) => {
      runs.push(guid);
      if (guid === '1' && failures-- > 0) throw transient();
    });
    inbox.start();
    await Promise.all([inbox.accept(delivery('1')), inbox.accept(delivery('2')), inbox.accept(delivery('3', { orderingKey: 'o/r#2' }))]);
    await inbox.idle();
    expect(runs.filter((guid) => guid !== '3')).toEqual(['1', '1', '1', '2']);
    expect(runs.indexOf('3')).toBeLessThan(runs.lastIndexOf('1'));
  });

  test('given up after the limit, or at once when trying again is useless; kept for replay', async () => {
    const givenUp: string[] = [];
    let isBroken = true;
    const inbox = openInbox(
      async (guid, { decide }) => {
        if (!isBroken) decide({ reason: 'worked' });
        else throw guid === '1' ? transient() : new Error('never works');
      },
      { onGivenUp: ({ guid }) => void givenUp.push(guid) },
    );
    inbox.start();
    await inbox.accept(delivery('1'));
    await inbox.accept(delivery('2', { orderingKey: 'x' }));
    await inbox.idle();
    expect(givenUp.sort()).toEqual(['1', '2']);
    expect(inbox.get('1')).toMatchObject({ state: 'failed', handlers: { a: { attempts: 3, error: 'away' } } });
    expect(inbox.get('2')).toMatchObject({ state: 'failed', handlers: { a: { attempts: 1, error: 'never works' } } });
    isBroken = false;
    expect(await inbox.replay('1', { by: 'me' })).toBe('replayed');
    await inbox.idle();
    expect(inbox.get('1')).toMatchObject({ state: 'done', handlers: { a: { decisions: [{ reason: 'worked' }] } }, replays: [{ by: 'me' }] });
    expect(await inbox.replay('nothing', { by: 'me' })).toBe('unknown');
  });

  test('a handler may ask to be run again, which is no failure, and its notes are there then', async () => {
    const runs: [number, string[]][] = [];
    const inbox = openInbox(async (_, { attempt, notes, note }) => {
      runs.push([attempt, [...notes]]);
      if (attempt > 0) return;
      await note('seen');
      throw Object.assign(new Error('later'), { retryAfterMs: 5 });
    });
    inbox.start();
    await inbox.accept(delivery('1'));
    await inbox.idle();
    expect(runs).toEqual([[0, []], [1, ['seen']]]);
    expect(inbox.get('1')).toMatchObject({ state: 'done', handlers: { a: { attempts: 2 } } });
    expect(inbox.get('1')?.handlers['a']?.error).toBeUndefined();
  });

  test('an unreadable delivery is kept, and may be readable after a repair', async () => {
    let isBroken = true;
    const inbox = openInbox(async () => undefined, {
      plan: () => {
        if (isBroken) throw new Error('no such field');
        return { handlers: [] };
      },
    });
    inbox.start();
    await inbox.accept(delivery('1'));
    await inbox.idle();
    expect(inbox.get('1')).toMatchObject({ state: 'failed', note: 'no such field' });
    isBroken = false;
    await inbox.replay('1', { by: 'me' });
    await inbox.idle();
    expect(inbox.get('1')).toMatchObject({ state: 'ignored' });
  });

  test('finding deliveries again', async () => {
    const inbox = openInbox(async () => undefined);
    inbox.start();
    await inbox.accept(delivery('1'));
    await inbox.accept(delivery('2', { repository: 'o/other', number: 5 }));
    await inbox.idle();
    expect(inbox.list({}).map(({ guid }) => guid)).toEqual(['2', '1']);
    expect(inbox.list({ repository: 'O/R' }).map(({ guid }) => guid)).toEqual(['1']);
    expect(inbox.list({ repository: 'o', number: 5 }).map(({ guid }) => guid)).toEqual(['2']);
    expect(inbox.list({ limit: 1 }).map(({ guid }) => guid)).toEqual(['2']);
    expect(inbox.list({ state: 'failed' })).toEqual([]);
  });

  test('old deliveries go, unfinished ones stay', async () => {
    const inbox = openInbox((guid) => (guid === '1' ? new Promise(() => undefined) : Promise.resolve()), {
      retention: { maxAgeMs: 1e9, maxDeliveries: 2, maxBodyBytes: 1e9 },
    });
    inbox.start();
    for (const guid of ['1', '2', '3', '4']) await inbox.accept(delivery(guid, { orderingKey: guid }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await inbox.prune()).toBe(2);
    expect(inbox.list({}).map(({ guid }) => guid)).toEqual(['4', '1']);
    expect(inbox.has('2')).toBe(false);
  });
});
