import { expect, test } from '@jest/globals';
import { PluginWorld, type WorldOptions } from '../../testing/plugin-world.ts';
import { blunderbuss } from './index.ts';

const owners = { '': { reviewers: ['root'], approvers: ['chief'] }, src: { reviewers: ['anna', 'author'] } };
const world = (more: Partial<WorldOptions> = {}): PluginWorld => new PluginWorld({ plugin: blunderbuss, owners, files: [{ filename: 'src/a' }], author: 'author', ...more });

test('near the files first, then others, approvers last', async () => {
  expect(await world().pullRequest('opened')).toEqual(['requestReviewers anna, root']);
  expect(await world({ settings: 'blunderbuss: {request_count: 3}\n' }).pullRequest('opened')).toEqual(['requestReviewers anna, root, chief']);
  expect(await world({ settings: 'blunderbuss: {request_count: 3, exclude_approvers: true}\n' }).pullRequest('opened')).toEqual(['requestReviewers anna, root']);
  expect(await world({ settings: 'blunderbuss: {request_count: 1}\n' }).comment('x', '/auto-cc')).toEqual(['requestReviewers anna']);
});

test('not where the author asks, nor for drafts, where configured', async () => {
  expect(await world({ body: 'x\r\n/cc @root' }).pullRequest('opened')).toEqual([]);
  expect(await world({ draft: true, settings: 'blunderbuss: {ignore_drafts: true}\n' }).pullRequest('opened')).toEqual([]);
  expect(await world({ settings: 'blunderbuss: {ignore_authors: [Author]}\n' }).pullRequest('opened')).toEqual([]);
});

test('people who are busy are passed over', async () => {
  const answers = { graphql: { u0: { login: 'anna', status: { indicatesLimitedAvailability: true } } } };
  expect(await world({ answers, settings: 'blunderbuss: {use_status_availability: true}\n' }).pullRequest('opened')).toContain('requestReviewers root, chief');
});
