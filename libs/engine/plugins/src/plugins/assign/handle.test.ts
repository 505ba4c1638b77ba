import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { assign } from './index.ts';

test.each([
  ['/assign', ['assign me']],
  ['/assign @a b', ['assign a, b']],
  ['/assign @a\r\n/unassign b\r\n', ['unassign {"number":1,"logins":["b"]}', 'assign a']],
  ['/cc @a @org/team', ['requestReviewers a, team']],
  ['/uncc a', ['unrequestReviewers {"number":1,"logins":["a"],"teams":[]}']],
  ['/assigned', []],
  ['/assign a;b', []],
])('%j', async (body, changes) => {
  expect(await new PluginWorld({ plugin: assign }).comment('me', body)).toEqual(changes);
});

test('who cannot be asked is named, the author without asking GitHub', async () => {
  const world = new PluginWorld({ plugin: assign, author: 'author', answers: { requestReviewers: { refused: ['ghost'] } } });
  const changes = await world.comment('me', '/cc @author @ghost');
  expect(changes).toEqual(['requestReviewers {"number":1,"logins":["ghost"],"teams":[]}', 'createComment @me: GitHub refused to request a review from: author, ghost.']);
});

test('issues have no reviewers', async () => {
  expect(await new PluginWorld({ plugin: assign }).comment('me', '/cc @a', { onIssue: true })).toEqual([]);
});
