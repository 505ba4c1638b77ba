import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { mergecommitblocker } from './index.ts';

const label = 'do-not-merge/contains-merge-commits';
const commit = (parents: number): object => ({ sha: 'c'.repeat(40), html_url: 'u', parents: Array.from({ length: parents }, () => ({})) });
const world = (parents: number, labels: string[] = []): PluginWorld => new PluginWorld({ plugin: mergecommitblocker, labels, answers: { listPullRequestCommits: [commit(1), commit(parents)] } });

test('merge commits hold back until they are gone', async () => {
  expect(await world(2).pullRequest('opened')).toEqual([expect.stringContaining('createComment This pull request contains merge commits'), `addLabels ${label}`]);
  expect(await world(2, [label]).pullRequest('synchronize')).toEqual([]);
  expect(await world(1, [label]).pullRequest('synchronize')).toEqual([`removeLabel ${label}`]);
  expect(await world(1).pullRequest('opened')).toEqual([]);
});
