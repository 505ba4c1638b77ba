import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { invalidcommitmsg } from './index.ts';

const label = 'do-not-merge/invalid-commit-message';
const world = (message: string, more: object = {}): PluginWorld => new PluginWorld({ plugin: invalidcommitmsg, answers: { listPullRequestCommits: [{ sha: 'c'.repeat(40), html_url: 'u', parents: [{}], commit: { message } }] }, ...more });

test.each(['Fixes #3', 'text\n\ncloses: o/r#4', 'fixup! x', 'Squash! y'])('%j cannot stay', async (message) => {
  expect(await world(message).pullRequest('opened')).toEqual([expect.stringContaining('createComment Some commit messages'), `addLabels ${label}`]);
});

test('fine messages, titles, and checks switched off', async () => {
  expect(await world('fix a thing', { labels: [label] }).pullRequest('synchronize')).toEqual([`removeLabel ${label}`]);
  expect(await world('x', { title: 'Fixes #1' }).pullRequest('opened')).toEqual([expect.stringContaining('createComment The title'), `addLabels ${label}`]);
  expect(await world('fixup! x', { settings: 'invalid_commit_msg:\n- repos: [org]\n  checks: [{name: fixupPrefix, disabled: true}]\n' }).pullRequest('opened')).toEqual([]);
});
