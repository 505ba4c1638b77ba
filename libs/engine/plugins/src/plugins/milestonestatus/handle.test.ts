import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { milestonestatus } from './index.ts';

const settings = 'repo_milestone:\n  "": {maintainers_team: ms, maintainers_friendly_name: the team}\n';
const answers = { isTeamMember: ({ login }: { login: string }) => login === 'maint' };
test('labels for maintainers', async () => {
  const world = (): PluginWorld => new PluginWorld({ plugin: milestonestatus, settings, answers });
  expect(await world().comment('maint', '/status in-review\r\n/status nonsense')).toEqual(['addLabels status/in-review']);
  expect((await world().comment('x', '/status in-review'))[0]).toContain('Only members of');
});
