import { describe, expect, test } from '@jest/globals';
import { GitHubError } from '@prow/clients-github';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { issueManagement } from './index.ts';
import { changeFixes } from './issue-refs.ts';

const getIssue = ({ number, repo }: { number: number; repo: string }): object => {
  if (number === 404) throw new GitHubError('no', { status: 404, code: 'PROW_GITHUB_CALL' });
  return { number, body: number === 1 ? 'Text' : '', node_id: `I_${repo}_${number}`, ...(number === 1 || number === 9 ? { pull_request: {} } : {}) };
};
const world = (more: object = {}): PluginWorld =>
  new PluginWorld({ plugin: issueManagement, members: ['member'], owners: { '': { approvers: ['top'] } }, answers: { getIssue, graphql: ({ variables }: { variables: { repo: string } }) => ({ repository: variables.repo === 'none' ? null : { id: `R_${variables.repo}` } }) }, ...more });

describe('linking', () => {
  test.each([
    ['member', '/link-issue 5 other/repo#6', ['updatePullRequest {"number":1,"body":"Text\\n\\nFixes #5 other/repo#6"}']],
    ['member', '/link-issue 5\r\n/link-issue 404 9 x', ['updatePullRequest {"number":1,"body":"Text\\n\\nFixes #5"}', 'createComment @member: Some references were left out:']],
    ['member', '/unlink-issue 5', []],
    ['x', '/link-issue 5', ['createComment @x: Only members of org may link issues.']],
  ])('%s: %j', async (login, body, changes) => {
    expect(await world().comment(login, body)).toEqual(changes);
  });

  test('not on issues', async () => {
    expect(await world().comment('member', '/link-issue 5', { onIssue: true })).toEqual(['createComment @member: Issues are linked to pull requests; this is none.']);
  });

  test.each([
    ['a\nfixes #1 #2\r\nb', { add: ['#3'], remove: ['#1'] }, 'a\nFixes #2 #3\nb'],
    ['Fixes #1', { add: [], remove: ['#1'] }, ''],
    ['', { add: ['#1'], remove: [] }, 'Fixes #1'],
    ['a\n', { add: ['#1'], remove: [] }, 'a\n\nFixes #1'],
    ['a', { add: [], remove: ['#1'] }, 'a'],
  ])('%j', (body, change, result) => {
    expect(changeFixes(body, change)).toBe(result);
  });
});

test.each([
  ['member', '/transfer other', [expect.stringContaining('graphql'), 'transferIssue {"issueNodeId":"I_repo_1","repositoryNodeId":"R_other"}']],
  ['member', '/transfer-issue none', [expect.stringContaining('graphql'), 'createComment @member: There is no repository `none` in org: write `/transfer NAME`.']],
  ['member', '/transfer', ['createComment @member: There is no repository `` in org: write `/transfer NAME`.']],
  ['x', '/transfer other', ['createComment @x: Only members of org may transfer issues.']],
  ['top', '/pin-issue', ['pinIssue {"issueNodeId":"I_repo_1"}', 'createComment @top: This issue is pinned now.']],
  ['Top', '/unpin-issue', ['unpinIssue {"issueNodeId":"I_repo_1"}', 'createComment @Top: This issue is no longer pinned.']],
  ['member', '/pin-issue', ['createComment @member: Only approvers of the OWNERS file at the top of the repository may pin issues.']],
])('on an issue, %s: %s', async (login, body, changes) => {
  expect(await world().comment(login, body, { onIssue: true })).toEqual(changes);
});

test('on a pull request, nothing is transferred and nothing pinned', async () => {
  expect(await world().comment('member', '/transfer other')).toEqual([]);
  expect(await world().comment('top', '/pin-issue')).toEqual(['createComment @top: Only issues can be pinned.']);
});
