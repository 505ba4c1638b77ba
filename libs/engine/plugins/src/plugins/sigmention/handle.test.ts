import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { sigmention } from './index.ts';

test('labels, and repeats for those whose mentions are not heard', async () => {
  const world = (): PluginWorld => new PluginWorld({ plugin: sigmention, repositoryLabels: ['sig/node', 'kind/bug'], members: ['m'] });
  expect(await world().comment('m', '@kubernetes/sig-node-bugs')).toEqual(['addLabels sig/node, kind/bug']);
  expect(await world().comment('x', '@kubernetes/sig-node-misc')).toEqual(['addLabels sig/node', 'createComment @x: Repeated so that it is heard: @kubernetes/sig-node-misc']);
});
