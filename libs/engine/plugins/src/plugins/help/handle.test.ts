import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { help } from './index.ts';

const on = (labels: string[] = []): PluginWorld => new PluginWorld({ plugin: help, labels });

test('marking and unmarking, comments with it', async () => {
  const world = on();
  expect(await world.comment('x', '/good-first-issue', { onIssue: true })).toEqual(['createComment @x: ', 'addLabels help wanted, good first issue']);
  expect(await world.comment('x', '/good-first-issue', { onIssue: true })).toEqual([]);
  expect(await world.comment('x', '/remove-help', { onIssue: true })).toEqual(['deleteComment @x: ', 'removeLabel help wanted', 'removeLabel good first issue']);
});

test('not for pull requests', async () => expect(await on().comment('x', '/help')).toEqual([]));
