import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { mergeMethodComment } from './index.ts';

test('said once, where there is a choice', async () => {
  const world = new PluginWorld({ plugin: mergeMethodComment, config: 'tide: {squash_label: sq, queries: []}\n' });
  const end = { ref: 'main', sha: 's', repo: { name: 'repo', owner: { login: 'org' } } };
  const pull = (commits: number): object => ({ pull_request: { number: 1, title: '', state: 'open', user: { login: 'a' }, base: end, head: end, commits } });
  expect(await world.pullRequest('opened', pull(1))).toEqual([]);
  expect(await world.pullRequest('opened', pull(2))).toEqual(['createComment This pull request has several commits. They will be kept, with a merge commit. The label `sq` makes one commit of them.']);
  expect(await world.pullRequest('synchronize', pull(3))).toEqual([]);
});
