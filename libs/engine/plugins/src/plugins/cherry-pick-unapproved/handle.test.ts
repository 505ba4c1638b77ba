import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { cherryPickUnapproved } from './index.ts';

const label = 'do-not-merge/cherry-pick-not-approved';
const settings = 'cherry_pick_unapproved: {branchregexp: "^main$", comment: Wait.}\n';
test('until approved', async () => {
  const world = (labels: string[]): PluginWorld => new PluginWorld({ plugin: cherryPickUnapproved, settings, labels });
  expect(await world([]).pullRequest('opened')).toEqual(['createComment Wait.', `addLabels ${label}`]);
  expect(await world(['cherry-pick-approved', label]).pullRequest('labeled', { label: { name: 'cherry-pick-approved' } })).toEqual([`removeLabel ${label}`]);
  expect(await world([]).pullRequest('labeled', { label: { name: 'x' } })).toEqual([]);
});
