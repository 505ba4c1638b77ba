import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { shrug } from './index.ts';

const label = '¯\\_(ツ)_/¯';
test('on and off', async () => {
  expect(await new PluginWorld({ plugin: shrug }).comment('x', '/shrug')).toEqual([`addLabels ${label}`]);
  expect(await new PluginWorld({ plugin: shrug, labels: [label] }).comment('x', '/shrug\n/unshrug')).toEqual([`removeLabel ${label}`]);
});
