import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { trickOrTreat } from './index.ts';

test('asked and not asked', async () => {
  expect(await new PluginWorld({ plugin: trickOrTreat }).comment('x', '/trick-or-treat')).toEqual([expect.stringMatching(/^createComment @x: ./)]);
  expect(await new PluginWorld({ plugin: trickOrTreat }).comment('x', '/trick')).toEqual([]);
});
