import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { heart } from './index.ts';

test('adored people and new owners', async () => {
  const settings = 'heart: {adorees: [star], commentregexp: good}\n';
  expect(await new PluginWorld({ plugin: heart, settings }).comment('Star', 'good')).toEqual([expect.stringContaining('reactToComment')]);
  expect(await new PluginWorld({ plugin: heart, settings }).comment('x', 'good')).toEqual([]);
  expect(await new PluginWorld({ plugin: heart, files: [{ filename: 'a/OWNERS', additions: 2 }] }).pullRequest('opened')).toEqual([expect.stringContaining('reactToIssue')]);
});
