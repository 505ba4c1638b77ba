import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { skip } from './index.ts';

const config = 'presubmits:\n  org/repo:\n    - {name: opt, optional: true, agent: kubernetes, spec: {containers: [{image: i, command: [c]}]}}\n    - {name: req, agent: kubernetes, spec: {containers: [{image: i, command: [c]}]}}\n';
const statuses = ['opt', 'req', 'other'].map((context) => ({ context, state: 'failure' }));

test('optional contexts that are not green', async () => {
  const world = (): PluginWorld => new PluginWorld({ plugin: skip, config, statuses });
  expect(await world().comment('x', '/skip')).toEqual(['createStatus opt success Skipped']);
  expect(await world().comment('x', '/skip\n/test opt')).toEqual([]);
  expect(await world().comment('x', '/skipping')).toEqual([]);
});
