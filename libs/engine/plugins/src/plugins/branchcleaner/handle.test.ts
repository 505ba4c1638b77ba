import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { branchcleaner } from './index.ts';

const repository = { name: 'repo', owner: { login: 'org' } };
const closed = (ref: string, more: object = {}): object => ({ pull_request: { number: 1, title: '', state: 'closed', merged: true, user: { login: 'a' }, base: { ref: 'main', sha: 's', repo: repository }, head: { ref, sha: 's', repo: repository }, ...more } });
const world = (): PluginWorld => new PluginWorld({ plugin: branchcleaner, settings: 'branch_cleaner:\n  preserved_branches:\n    org: ["keep-.*"]\n' });

test('merged branches of the repository itself go', async () => {
  expect(await world().pullRequest('closed', closed('feature'))).toEqual(['deleteRef {"ref":"heads/feature"}']);
  expect(await world().pullRequest('closed', closed('keep-me'))).toEqual([]);
  expect(await world().pullRequest('closed', closed('main'))).toEqual([]);
  expect(await world().pullRequest('closed', closed('feature', { merged: false }))).toEqual([]);
  expect(await world().pullRequest('closed', closed('feature', { head: { ref: 'feature', sha: 's', repo: null } }))).toEqual([]);
});
