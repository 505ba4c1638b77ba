import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { hold } from './index.ts';

test.each([
  ['/hold', [], ['addLabels do-not-merge/hold']],
  ['/hold until friday\r\n', [], ['addLabels do-not-merge/hold']],
  ['/HOLD', ['do-not-merge/hold'], []],
  ['/unhold', ['do-not-merge/hold'], ['removeLabel do-not-merge/hold']],
  ['/hold\n/hold cancel', ['do-not-merge/hold'], ['removeLabel do-not-merge/hold']],
  ['/holding', [], []],
  [' /hold', [], []],
])('%j', async (body, labels, changes) => {
  expect(await new PluginWorld({ plugin: hold, labels }).comment('anyone', body)).toEqual(changes);
});

test('edited comments and issues are not looked at', async () => {
  const world = new PluginWorld({ plugin: hold });
  expect(await world.comment('anyone', '/hold', { action: 'edited' })).toEqual([]);
  expect(await world.comment('anyone', '/hold', { onIssue: true })).toEqual([]);
});
