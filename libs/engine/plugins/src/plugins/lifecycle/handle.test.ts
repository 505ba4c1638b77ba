import { expect, test } from '@jest/globals';
import { PluginWorld, type WorldOptions } from '../../testing/plugin-world.ts';
import { lifecycle } from './index.ts';

const world = (more: Partial<WorldOptions> = {}): PluginWorld => new PluginWorld({ plugin: lifecycle, collaborators: ['helper'], author: 'author', ...more });

test('closing: authors, collaborators, and anyone what is stale', async () => {
  expect(await world().comment('author', '/close', { onIssue: true })).toEqual(['createComment @author: Closing this issue.', 'updateIssue {"number":1,"state":"closed","stateReason":"completed"}']);
  expect(await world().comment('helper', '/close not-planned', { onIssue: true })).toEqual(['createComment @helper: Closing this issue: it is not planned.', 'updateIssue {"number":1,"state":"closed","stateReason":"not_planned"}']);
  expect(await world().comment('x', '/close')).toEqual(['createComment @x: Only its author and collaborators of the repository may close what is still active.']);
  expect(await world({ labels: ['lifecycle/rotten'] }).comment('x', '/close')).toEqual(['createComment @x: Closing this pull request.', 'updateIssue {"number":1,"state":"closed"}']);
  expect(await world({ state: 'closed' }).comment('author', '/close')).toEqual([]);
});

test('reopening', async () => {
  expect(await world({ state: 'closed' }).comment('author', '/reopen')).toEqual(['updateIssue {"number":1,"state":"open"}', 'createComment @author: Reopened this pull request.']);
  expect(await world({ state: 'closed' }).comment('x', '/reopen')).toEqual(['createComment @x: Only its author and collaborators of the repository may reopen this pull request.']);
});

test('one lifecycle label at a time, none frozen on pull requests', async () => {
  expect(await world({ labels: ['lifecycle/stale'] }).comment('x', '/lifecycle rotten')).toEqual(['removeLabel lifecycle/stale', 'addLabels lifecycle/rotten']);
  expect(await world().comment('x', '/lifecycle frozen')).toEqual(['createComment @x: `lifecycle/frozen` is for issues, not for pull requests.']);
  expect(await world().comment('x', '/remove-lifecycle stale')).toEqual([]);
});
