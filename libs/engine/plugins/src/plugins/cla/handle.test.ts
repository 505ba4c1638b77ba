import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { cla } from './index.ts';

test('labels by the status', async () => {
  const end = { ref: 'main', sha: 'head', repo: { name: 'repo', owner: { login: 'org' } } };
  const answers = { listPullRequestsOfCommit: [{ number: 1, title: '', state: 'open', user: { login: 'a' }, base: end, head: end }] };
  const world = (labels: string[] = []): PluginWorld => new PluginWorld({ plugin: cla, answers, labels, statuses: [{ context: 'EasyCLA', state: 'failure' }] });
  const status = (state: string): object => ({ sha: 'head', context: 'EasyCLA', state });
  expect(await world(['cncf-cla: no']).event('status', status('success'))).toEqual(['removeLabel cncf-cla: no', 'addLabels cncf-cla: yes']);
  expect(await world().event('status', status('pending'))).toEqual([]);
  expect(await world().event('status', { ...status('success'), context: 'other' })).toEqual([]);
  expect(await world().comment('x', '/check-cla')).toEqual(['addLabels cncf-cla: no']);
});
