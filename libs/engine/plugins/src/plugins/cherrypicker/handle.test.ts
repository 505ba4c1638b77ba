import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { cherrypicker } from './index.ts';
import { branchesAskedFor, branchesOfLabels } from './requests.ts';

test('what is asked for', () => {
  expect(branchesAskedFor('x\r\n/cherrypick release-1 release-2\r\n/cherry-pick v3')).toEqual(['release-1', 'release-2', 'v3']);
  expect(branchesAskedFor('/cherrypick --upload-pack=x ../y a..b ok/')).toEqual([]);
  expect(branchesOfLabels(['cherrypick/release-1', 'kind/bug', 'cherrypick/-x'])).toEqual(['release-1']);
});

test('before the merge it is noted, for members', async () => {
  const world = (): PluginWorld => new PluginWorld({ plugin: cherrypicker, members: ['m'] });
  expect(await world().comment('m', '/cherrypick rel')).toEqual(['createComment @m: Once this is merged, it will be picked to rel, and you will be assigned.']);
  expect(await world().comment('x', '/cherrypick rel')).toEqual(['createComment @x: only members of org may ask for cherry-picks.']);
  expect(await world().comment('m', 'nothing')).toEqual([]);
});

test('a branch that is not there, and the branch it was made for', async () => {
  const end = { ref: 'main', sha: 's', repo: { name: 'repo', owner: { login: 'org' } } };
  const merged = { pull_request: { number: 1, title: 'T', body: '', state: 'closed', merged: true, user: { login: 'a' }, base: end, head: end, labels: [{ name: 'cherrypick/gone' }, { name: 'cherrypick/main' }] } };
  const world = new PluginWorld({ plugin: cherrypicker, answers: { getRef: undefined } });
  expect(await world.pullRequest('closed', merged)).toEqual(['createComment @a: there is no branch `gone` to pick to.', 'createComment @a: this pull request was made for `main` itself: there is nothing to pick.']);
});
