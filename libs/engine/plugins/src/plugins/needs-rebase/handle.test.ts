import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { needsRebase } from './index.ts';

test('while it conflicts', async () => {
  const world = (isMergeable: boolean, labels: string[] = []): PluginWorld => new PluginWorld({ plugin: needsRebase, labels, answers: { isMergeable } });
  expect(await world(false).pullRequest('synchronize')).toEqual([expect.stringContaining('createComment This pull request does not merge'), 'addLabels needs-rebase']);
  expect(await world(true, ['needs-rebase']).comment('x', 'hello')).toEqual(['removeLabel needs-rebase']);
  expect(await world(true).pullRequest('opened')).toEqual([]);
});
