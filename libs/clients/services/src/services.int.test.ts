import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { bugzilla, jira, servicesFrom, slack } from './index.ts';

let server: Server;
let url: string;
let calls: { route: string; authorization: string; body: unknown }[];
let answers: Record<string, [number, unknown]>;

beforeEach(async () => {
  calls = [];
  answers = {};
  server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => {
      const route = `${request.method ?? ''} ${request.url ?? ''}`;
      calls.push({ route, authorization: request.headers.authorization ?? String(request.headers['x-bugzilla-api-key'] ?? ''), body: text === '' ? undefined : JSON.parse(text) });
      const [status, body] = answers[route] ?? [404, {}];
      response.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? '' : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('Slack: refusals that pass are transient', async () => {
  const client = slack({ endpoint: url, token: async () => 't' });
  answers['POST /chat.postMessage'] = [200, { ok: true }];
  await client.postMessage({ channel: 'c', text: 'hi' });
  expect(calls).toEqual([{ route: 'POST /chat.postMessage', authorization: 'Bearer t', body: { channel: 'c', text: 'hi' } }]);
  answers['POST /chat.postMessage'] = [200, { ok: false, error: 'channel_not_found' }];
  await expect(client.postMessage({ channel: 'c', text: 'hi' })).rejects.toMatchObject({ transient: false, message: 'Slack refused a message to c: channel_not_found' });
  answers['POST /chat.postMessage'] = [503, undefined];
  await expect(client.postMessage({ channel: 'c', text: 'hi' })).rejects.toMatchObject({ transient: true });
});

test('Jira: issues, projects, links', async () => {
  const client = jira({ endpoint: `${url}/`, authorization: async () => 'Basic x' });
  answers['GET /rest/api/2/project'] = [200, [{ key: 'ABC' }, {}]];
  answers['GET /rest/api/2/issue/ABC-1?fields=summary'] = [200, { key: 'ABC-1' }];
  answers['GET /rest/api/2/issue/ABC-1/remotelink'] = [200, [{ id: 7, object: { url: 'u', title: 't' } }, 'nonsense']];
  answers['PUT /rest/api/2/issue/ABC-1/remotelink/7'] = [204, undefined];
  expect((await client.projectKeys()).has('ABC')).toBe(true);
  expect([await client.hasIssue('ABC-1'), await client.hasIssue('ABC-2')]).toEqual([true, false]);
  expect(await client.listRemoteLinks('ABC-1')).toEqual([{ id: 7, url: 'u', title: 't' }]);
  await client.updateRemoteLink('ABC-1', { id: 7, url: 'u', title: 'new' });
  expect(calls.at(-1)).toMatchObject({ authorization: 'Basic x', body: { object: { url: 'u', title: 'new' } } });
});

test('Bugzilla: bugs, hidden ones, links, three ways to send the key', async () => {
  const fields = 'include_fields=id,summary,status,resolution,severity,is_open,target_release,depends_on,groups,qa_contact';
  const client = bugzilla({ endpoint: url, apiKey: async () => 'k', authMethod: 'x-bugzilla-api-key' });
  answers[`GET /rest/bug/1?${fields}`] = [200, { bugs: [{ id: 1, summary: 's', status: 'NEW', severity: 'high', is_open: true, target_release: ['v1'], depends_on: [2] }] }];
  answers[`GET /rest/bug/3?${fields}`] = [401, { error: true, code: 102, message: 'not authorized' }];
  answers[`GET /rest/bug/4?${fields}`] = [401, { error: true, code: 410, message: 'log in' }];
  expect(await client.getBug(1)).toEqual({ id: 1, summary: 's', status: 'NEW', resolution: '', severity: 'high', isOpen: true, targetReleases: ['v1'], dependsOn: [2], groups: [], qaContact: '' });
  expect([await client.getBug(2), await client.getBug(3)]).toEqual([undefined, undefined]);
  await expect(client.getBug(4)).rejects.toThrow('log in');
  expect(calls[0]?.authorization).toBe('k');

  answers['GET /rest/bug/1?include_fields=external_bugs'] = [200, { bugs: [{ external_bugs: [{ ext_bz_bug_id: 'o/r/pull/1', type: { url: 'https://github.com/' } }, { ext_bz_bug_id: '9', type: { url: 'https://other/' } }] }] }];
  expect(await client.listExternalBugs(1)).toEqual([{ bugId: 1, id: 'o/r/pull/1' }]);
  answers['POST /jsonrpc.cgi'] = [200, { error: null, result: {} }];
  expect(await client.addPullRequest(1, { org: 'o', repo: 'r', number: 1 })).toBe(true);
  answers['POST /jsonrpc.cgi'] = [200, { error: { message: 'duplicate key value violates unique constraint "x"' } }];
  expect(await client.addPullRequest(1, { org: 'o', repo: 'r', number: 1 })).toBe(false);
  answers['PUT /rest/bug/1?api_key=k'] = [200, {}];
  await bugzilla({ endpoint: url, apiKey: async () => 'k', authMethod: 'query' }).updateBug(1, { status: 'POST' });
  expect(calls.at(-1)?.body).toEqual({ status: 'POST' });
});

test('flags that do not fit are refused; dry run writes nothing', async () => {
  const none = { slackTokenFile: undefined, jiraEndpoint: undefined, jiraUsername: undefined, jiraPasswordFile: undefined, jiraBearerTokenFile: undefined, bugzillaEndpoint: undefined, bugzillaApiKeyPath: undefined, bugzillaAuthMethod: 'bearer' };
  const host = { isDryRun: true, log: silentLogger };
  expect(servicesFrom(none, host)).toEqual({});
  expect(() => servicesFrom({ ...none, jiraEndpoint: 'jira' }, host)).toThrow('--jira-endpoint: found "jira"');
  expect(() => servicesFrom({ ...none, jiraEndpoint: url, jiraUsername: 'u' }, host)).toThrow('go together');
  expect(() => servicesFrom({ ...none, bugzillaEndpoint: url, bugzillaAuthMethod: 'x' }, host)).toThrow('--bugzilla-auth-method: found "x"');
  await servicesFrom({ ...none, bugzillaEndpoint: url }, host).bugzilla?.updateBug(1, { status: 'NEW' });
  expect(calls).toEqual([]);
});
