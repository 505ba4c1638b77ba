import { expect, test } from '@jest/globals';
import { PluginWorld, type WorldOptions } from '../../testing/plugin-world.ts';
import { requireMatchingLabel } from './index.ts';

const settings = 'require_matching_label:\n- {org: org, prs: true, regexp: ^kind/, missing_label: needs-kind, missing_comment: Please add a kind., grace_period: 1ms}\n';
const world = (more: Partial<WorldOptions> = {}): PluginWorld => new PluginWorld({ plugin: requireMatchingLabel, settings, ...more });

test('waits on open, then asks, and thanks by taking it back', async () => {
  await expect(world().pullRequest('opened')).rejects.toMatchObject({ retryAfterMs: 1 });
  const pull = world({ attempt: 1 });
  expect(await pull.pullRequest('opened')).toEqual(['createComment Please add a kind.', 'addLabels needs-kind']);
  pull.labels.push('kind/bug');
  expect(await pull.pullRequest('labeled', { label: { name: 'kind/bug' } })).toEqual(['deleteComment Please add a kind.', 'removeLabel needs-kind']);
});

test('other labels do not matter; a command does', async () => {
  expect(await world().pullRequest('labeled', { label: { name: 'area/x' } })).toEqual([]);
  expect(await world().comment('x', '/check-required-labels')).toEqual(['createComment Please add a kind.', 'addLabels needs-kind']);
  expect(await world().event('issues', { action: 'labeled', label: { name: 'kind/x' }, issue: { number: 1, title: '', state: 'open', user: { login: 'a' }, labels: [] } })).toEqual([]);
});
