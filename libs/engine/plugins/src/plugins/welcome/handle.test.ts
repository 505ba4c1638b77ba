import { expect, test } from '@jest/globals';
import { PluginWorld, type WorldOptions } from '../../testing/plugin-world.ts';
import { welcome } from './index.ts';

const world = (more: Partial<WorldOptions>): PluginWorld => new PluginWorld({ plugin: welcome, answers: { searchIssues: [{ number: 1 }], getUser: { name: 'Ann' } }, settings: 'welcome:\n- {repos: [org], message_template: "Hi {{.AuthorName}} of {{.Org}}/{{.Repo}}"}\n', ...more });

test('strangers with their first pull request', async () => {
  expect(await world({ author: 'x' }).pullRequest('opened')).toEqual(['createComment Hi Ann of org/repo']);
  expect(await world({ author: 'x', answers: { searchIssues: [{ number: 1 }, { number: 0 }], getUser: undefined } }).pullRequest('opened')).toEqual([]);
  expect(await world({ author: 'm', members: ['m'] }).pullRequest('opened')).toEqual([]);
  expect(await world({ author: 'r[bot]' }).pullRequest('opened')).toEqual([]);
});
