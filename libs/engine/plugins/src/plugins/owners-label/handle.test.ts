import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { ownersLabel } from './index.ts';

test('labels of OWNERS that the repository has', async () => {
  const world = new PluginWorld({ plugin: ownersLabel, owners: { src: { labels: ['area/src', 'unknown'] } }, repositoryLabels: ['Area/src'], files: [{ filename: 'src/a' }] });
  expect(await world.pullRequest('opened')).toEqual(['addLabels Area/src']);
  expect(await world.pullRequest('closed')).toEqual([]);
});
