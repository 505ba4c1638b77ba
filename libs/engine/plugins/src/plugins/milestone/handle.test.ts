import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { milestone } from './index.ts';

const settings = 'repo_milestone:\n  "": {maintainers_team: ms}\n';
const answers = { isTeamMember: ({ login }: { login: string }) => login === 'maint', listMilestones: [{ number: 3, title: 'v1' }] };
test.each([
  ['maint', '/milestone v1', ['updateIssue {"number":1,"milestone":3}']],
  ['maint', '/milestone clear', []],
  ['maint', '/milestone v2', ['createComment @maint: The repository has no open milestone of that name. It has: `v1`.']],
  ['x', '/milestone v1', ['createComment @x: Only members of [org/ms](https://github.com/orgs/org/teams/ms/members) can set milestones with `/milestone`. Ask one of them.']],
])('%s: %s', async (login, body, changes) => {
  expect(await new PluginWorld({ plugin: milestone, settings, answers }).comment(login, body)).toEqual(changes);
});
