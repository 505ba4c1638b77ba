import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { wip } from './index.ts';

const label = 'do-not-merge/work-in-progress';
test.each([
  ['[WIP] x', false, [], [`addLabels ${label}`]],
  ['wip: x', false, [], [`addLabels ${label}`]],
  ['x', true, [], [`addLabels ${label}`]],
  ['WIP', false, [], []],
  ['wiping', false, [label], [`removeLabel ${label}`]],
  ['x', false, [], []],
])('%j, draft %p', async (title, draft, labels, changes) => {
  expect(await new PluginWorld({ plugin: wip, title, draft, labels }).pullRequest('edited')).toEqual(changes);
});
