import { expect, test } from '@jest/globals';
import { PluginWorld, type WorldOptions } from '../../testing/plugin-world.ts';
import { dco } from './index.ts';

const commit = (message: string, more: object = {}): object => ({ sha: 'c'.repeat(40), html_url: 'u', parents: [{}], author: { login: 'dev' }, commit: { message }, ...more });
const world = (commits: object[], more: Partial<WorldOptions> = {}): PluginWorld => new PluginWorld({ plugin: dco, answers: { listPullRequestCommits: commits }, ...more });
const fine = ['createStatus dco success All commits have Signed-off-by', 'addLabels dco-signoff: yes'];

test('every commit but merges', async () => {
  expect(await world([commit('a\n\nsigned-off-by: x'), commit('m', { parents: [{}, {}] })]).pullRequest('opened')).toEqual(fine);
  const changes = await world([commit('a\n\nSigned-off-by: x'), commit('b')], { labels: ['dco-signoff: yes'] }).comment('x', '/check-dco');
  expect(changes).toEqual(['createStatus dco failure Commits in PR missing Signed-off-by', expect.stringContaining('createComment This pull request has commits'), 'removeLabel dco-signoff: yes', 'addLabels dco-signoff: no']);
});

test('members need not, where configured', async () => {
  const more = { settings: 'dco:\n  org: {skip_dco_check_for_members: true}\n', members: ['dev'] };
  expect(await world([commit('b')], more).pullRequest('synchronize')).toEqual(fine);
});
