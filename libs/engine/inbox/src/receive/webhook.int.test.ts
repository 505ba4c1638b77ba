import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import type { NewDelivery } from '../types.ts';
import { parseHmacTokens } from './hmac-secrets.ts';
import { receiveWebhook } from './webhook.ts';

let server: Server;
let accepted: NewDelivery[];
let failure: Error | undefined;
beforeEach(async () => {
  accepted = [];
  failure = undefined;
  const tokens = parseHmacTokens('org/repo:\n- value: own\nevil/fork:\n- value: evil\n');
  const inbox = {
    accept: async (delivery: NewDelivery) => {
      if (failure !== undefined) throw failure;
      const isDuplicate = accepted.some(({ guid }) => guid === delivery.guid);
      if (!isDuplicate) accepted.push(delivery);
      return { isDuplicate };
    },
  };
  server = createServer((request, response) => void receiveWebhook(request, response, { inbox, tokens: () => tokens, log: silentLogger }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise<void>((resolve) => {
  server.closeAllConnections();
  server.close(() => resolve());
}));

const payload = { action: 'created', repository: { name: 'repo', owner: { login: 'org' }, full_name: 'org/repo' }, issue: { number: 7, title: '', state: 'open', user: { login: 'u' } }, comment: { id: 1, body: 'hi', user: { login: 'u' } }, sender: { login: 'u' } };

async function call({ body = JSON.stringify(payload), secret = 'own', method = 'POST', headers = {} }: { body?: string; secret?: string; method?: string; headers?: Record<string, string | undefined> } = {}): Promise<{ status: number; text: string }> {
  const all = {
    'content-type': 'application/json',
    'x-github-event': 'issue_comment',
    'x-github-delivery': 'guid-1',
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    ...headers,
  };
  const given = Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, { method, headers: given, ...(method === 'GET' ? {} : { body }) });
  return { status: response.status, text: await response.text() };
}

describe('the webhook', () => {
  test('takes in what is signed, once', async () => {
    expect(await call()).toEqual({ status: 200, text: 'Event received. Have a nice day.' });
    expect(await call()).toMatchObject({ status: 200 });
    expect(accepted).toMatchObject([{ guid: 'guid-1', eventType: 'issue_comment', action: 'created', repository: 'org/repo', number: 7, sender: 'u', orderingKey: 'org/repo#7', source: 'webhook' }]);
    expect(accepted[0]?.headers).toHaveProperty('x-hub-signature-256');
    expect(accepted[0]?.headers).not.toHaveProperty('content-length');
  });

  test.each([
    ['not a POST', { method: 'GET' }, 405],
    ['no event', { headers: { 'x-github-event': undefined } }, 400],
    ['no GUID', { headers: { 'x-github-delivery': undefined } }, 400],
    ['a GUID of blanks', { headers: { 'x-github-delivery': 'a b' } }, 400],
    ['no signature', { headers: { 'x-hub-signature-256': undefined } }, 403],
    ['another content type', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 400],
    ['a wrong signature', { secret: 'wrong' }, 403],
    ['an old kind of signature', { headers: { 'x-hub-signature-256': 'sha1=00' } }, 403],
    ['no JSON', { body: '{' }, 403],
    ['the secret of another repository', { secret: 'evil' }, 403],
    ['another full_name than owner and name', { secret: 'evil', body: JSON.stringify({ ...payload, repository: { ...payload.repository, full_name: 'evil/fork' } }) }, 403],
  ])('%s', async (_name, request, status) => {
    expect((await call(request)).status).toBe(status);
    expect(accepted).toEqual([]);
  });

  test('a body over the limit is not read to its end', async () => {
    const response = await call({ headers: { 'x-big': '1' }, body: ' '.repeat(26 * 1024 * 1024) }).catch((error: unknown) => error);
    if (!(response instanceof Error)) expect(response).toMatchObject({ status: 413 });
    expect(accepted).toEqual([]);
  });

  test('what cannot be kept is not acknowledged', async () => {
    failure = new Error('disk full');
    expect(await call()).toMatchObject({ status: 500 });
  });

  test('a signed payload that is not what its type says is kept for a look', async () => {
    expect(await call({ body: JSON.stringify({ repository: payload.repository, action: 'created', issue: 'none' }) })).toMatchObject({ status: 200 });
    expect(accepted).toMatchObject([{ repository: 'org/repo', orderingKey: 'org/repo' }]);
  });

  test('deep JSON', async () => {
    const deep = `{"repository":${JSON.stringify(payload.repository)},"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    expect((await call({ body: deep, headers: { 'x-github-event': 'check_run' } })).status).toBeLessThan(500);
  });
});
