import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { retitle } from './index.ts';

test.each([
  ['member', '/retitle  New title \r\n', ['updatePullRequest {"number":1,"title":"New title"}']],
  ['member', '/retitle', ['createComment @member: A title cannot be empty.']],
  ['member', '/retitle Fixes #12', ['createComment @member: A title must not close an issue: merging would act on it.']],
  ['member', '/retitle Title', []],
  ['x', '/retitle y', ['createComment @x: Titles are changed for trusted users only: members of the organisation and collaborators of the repository.']],
])('%s: %j', async (login, body, changes) => {
  expect(await new PluginWorld({ plugin: retitle, members: ['member'] }).comment(login, body)).toEqual(changes);
});
