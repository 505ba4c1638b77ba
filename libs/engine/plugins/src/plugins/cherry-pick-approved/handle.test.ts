import { expect, test } from '@jest/globals';
import { PluginWorld, type WorldOptions } from '../../testing/plugin-world.ts';
import { cherryPickApproved } from './index.ts';

const settings = 'cherry_pick_approved:\n- {org: org, branchregexp: "^main$", approvers: [boss]}\n';
const world = (more: Partial<WorldOptions> = {}): PluginWorld => new PluginWorld({ plugin: cherryPickApproved, settings, labels: ['lgtm', 'approved'], ...more });

test('by the right people, when ready', async () => {
  expect(await world().review('Boss', 'approved')).toEqual(['addLabels cherry-pick-approved']);
  expect(await world().review('x', 'approved')).toEqual([]);
  expect(await world({ labels: ['lgtm'] }).review('boss', 'approved')).toEqual([]);
  expect(await world({ statuses: [{ context: 'c', state: 'failure' }] }).review('boss', 'approved')).toEqual([]);
  expect(await world().review('boss', 'commented')).toEqual([]);
});
