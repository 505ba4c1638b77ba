import { expect, test } from '@jest/globals';
import { PluginWorld, type WorldOptions } from '../../testing/plugin-world.ts';
import { slackevents } from './index.ts';

function world(more: Partial<WorldOptions> = {}): { world: PluginWorld; told: { channel: string; text: string }[] } {
  const told: { channel: string; text: string }[] = [];
  const settings = 'slack:\n  mentionchannels: [sig-node]\n  mergewarnings:\n  - {repos: [org], channels: [org-wide]}\n  - {repos: [org/repo], channels: [a, b], exempt_users: [Robot], exempt_branches: {dev: [alice]}}\n';
  return { told, world: new PluginWorld({ plugin: slackevents, settings, services: { slack: { postMessage: async (message) => void told.push(message) } }, ...more }) };
}

const push = (login: string, more: object = {}): object => ({ ref: 'refs/heads/main', before: 'a'.repeat(40), after: 'b'.repeat(40), compare: 'https://c', commits: [{ id: 'b'.repeat(40), added: [], removed: [], modified: [] }], sender: { login }, ...more });

test('mentions of groups that have a channel are told there, escaped', async () => {
  const { world: here, told } = world();
  await here.comment('john', 'see @kubernetes/sig-node-bugs and @kubernetes/sig-node-misc, @kubernetes/sig-none-bugs <!channel>');
  expect(told.map(({ channel }) => channel)).toEqual(['sig-node']);
  expect(told[0]?.text).toContain('sig-node was mentioned by john (<@john>) on GitHub.');
  expect(told[0]?.text).toContain('&lt;!channel&gt;');
  await here.comment('ci-bot', '@kubernetes/sig-node-bugs');
  await here.comment('john', '@kubernetes/sig-node-bugs', { action: 'edited' });
  expect(told).toHaveLength(1);
});

test.each([
  ['a push', push('john'), 'manually merged 1 commit(s) into main'],
  ['a forced push', push('john', { forced: true }), '*force* merged 1 commit(s) into main'],
  ['a new branch', push('john', { before: '0'.repeat(40) }), 'pushed a new branch (main)'],
  ['a branch that goes', push('john', { deleted: true, after: '0'.repeat(40) }), 'deleted a branch (main)'],
])('%s by a person', async (_, payload, text) => {
  const { world: here, told } = world();
  await here.event('push', payload);
  expect(told.map(({ channel }) => channel)).toEqual(['a', 'b']);
  expect(told[0]?.text).toContain(text);
});

test('pushes that are expected', async () => {
  const { world: here, told } = world();
  await here.event('push', push('robot'));
  await here.event('push', push('alice', { ref: 'refs/heads/dev' }));
  expect(told).toEqual([]);
  await here.event('push', push('alice'));
  expect(told).toHaveLength(2);
});

test('a second run tells only those not told yet; without a token it says so', async () => {
  const { world: here, told } = world({ notes: ['told a'] });
  await here.event('push', push('john'));
  expect(told.map(({ channel }) => channel)).toEqual(['b']);
  const { world: without } = world({ services: {} });
  await without.event('push', push('john'));
  expect(without.decisions).toEqual(['Slack is not configured: hook has no --slack-token-file', 'Slack is not configured: hook has no --slack-token-file']);
});
