import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { milestoneapplier } from './index.ts';

const repository = { name: 'repo', owner: { login: 'org' } };
const pull = (ref: string, more: object = {}): object => ({ pull_request: { number: 1, title: '', state: 'closed', user: { login: 'a' }, base: { ref, sha: 's', repo: repository }, head: { ref: 'f', sha: 's', repo: null }, ...more } });
const world = (): PluginWorld => new PluginWorld({ plugin: milestoneapplier, answers: { listMilestones: [{ number: 4, title: 'v2' }] }, settings: 'milestone_applier:\n  org/repo: {main: v2, rel: v2}\n' });

test('by branch', async () => {
  expect(await world().pullRequest('closed', pull('main', { merged: true }))).toEqual(['updateIssue {"number":1,"milestone":4}']);
  expect(await world().pullRequest('closed', pull('main', { merged: true, milestone: { number: 4, title: 'v2' } }))).toEqual([]);
  expect(await world().pullRequest('opened', pull('rel'))).toEqual(['updateIssue {"number":1,"milestone":4}']);
  expect(await world().pullRequest('opened', pull('main'))).toEqual([]);
});
