import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import type { HookDelivery, PullRequest } from '@prow/clients-github';
import { openStore, type Store } from '@prow/clients-store';
import { Inbox } from '../inbox.ts';
import { reconcilePulls } from './reconcile-pulls.ts';
import { recoverDeliveries } from './recover-deliveries.ts';

let dir: string;
let store: Store;
let inbox: Inbox;
let seen: string[];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sources-'));
  store = openStore(dir);
  seen = [];
  inbox = new Inbox({ store, clock: systemClock, log: silentLogger, handlers: { plan: () => ({ handlers: ['a'] }), handle: async ({ record }) => void seen.push(`${record.guid} ${record.action ?? ''}`) } });
  inbox.start();
});
afterEach(async () => {
  await inbox.stop({ graceMs: 0 });
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const repository = { name: 'r', owner: { login: 'o' } };
const payload = { action: 'created', repository, issue: { number: 1, title: '', state: 'open', user: { login: 'u' } }, comment: { id: 1, body: '', user: { login: 'u' } } };

test('deliveries that GitHub could not hand over are taken in, once, oldest first', async () => {
  const delivery = (id: number, guid: string, status_code: number): HookDelivery =>
    ({ id, guid, status_code, event: 'issue_comment', delivered_at: `2024-01-01T00:00:0${id}Z`, redelivery: false, duration: 0, status: '', action: null }) as HookDelivery;
  const asked: string[] = [];
  const options = {
    inbox,
    clock: systemClock,
    log: silentLogger,
    webhookPath: '/hook',
    owners: () => [{ org: 'o' }],
    take: 'missed' as const,
    github: {
      listHooks: async () => [{ id: 5, active: true, events: [], config: { url: 'https://ci/hook' } }, { id: 6, active: true, events: [], config: { url: 'https://other/' } }],
      listDeliveries: async ({ hookId, since }: { hookId?: number; since: string }) => {
        asked.push(`${hookId} ${Date.parse(since) < Date.now()}`);
        return [delivery(4, 'late', 502), delivery(3, 'redelivered', 200), delivery(2, 'early', 0), delivery(1, 'redelivered', 500)];
      },
      getDelivery: async ({ deliveryId }: { deliveryId: number }) => ({ ...delivery(deliveryId, '', 0), request: { headers: { 'X-GitHub-Event': 'issue_comment' }, payload }, response: { headers: null, payload: null } }),
    },
  };
  expect(await recoverDeliveries(options)).toBe(2);
  expect(await recoverDeliveries(options)).toBe(0);
  await inbox.idle();
  expect(seen).toEqual(['early created', 'late created']);
  expect(asked).toEqual(['5 true', '5 true']);
  expect(inbox.get('early')).toMatchObject({ source: 'recovery', headers: { 'x-github-event': 'issue_comment' } });
  expect(await recoverDeliveries({ ...options, take: 'all' })).toBe(1);
});

test('heads no delivery told of are told, after a first pass that only notes what is there', async () => {
  let pulls: Partial<PullRequest>[] = [];
  const pull = (number: number, sha: string): Partial<PullRequest> => {
    const end = { ref: 'main', sha, repo: repository, user: null };
    return { number, title: '', state: 'open', user: { login: 'u', id: 1 }, base: end, head: end } as unknown as Partial<PullRequest>;
  };
  const pass = (): Promise<number> => reconcilePulls({ inbox, log: silentLogger, repositories: async () => [{ org: 'o', repo: 'r' }], github: { listPullRequests: async () => pulls as PullRequest[] } });
  pulls = [pull(1, 'a'.repeat(40))];
  expect(await pass()).toBe(0);
  pulls = [pull(1, 'b'.repeat(40)), pull(2, 'c'.repeat(40))];
  expect(await pass()).toBe(2);
  expect(await pass()).toBe(0);
  await inbox.idle();
  expect(seen.map((line) => line.split(' ')[1]).sort()).toEqual(['opened', 'synchronize']);
  // One that a delivery told of is nobody's news.
  pulls = [pull(1, 'd'.repeat(40))];
  await inbox.accept({ guid: 'told', eventType: 'pull_request', headers: {}, body: Buffer.from(JSON.stringify({ sha: 'd'.repeat(40) })), source: 'webhook', repository: 'o/r', number: 1, orderingKey: 'o/r#1' });
  expect(await pass()).toBe(0);
});
