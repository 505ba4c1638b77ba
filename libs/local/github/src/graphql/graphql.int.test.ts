import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Town } from '../testing/town.ts';

let town: Town;
let head = '';
const app = { org: 'acme', repo: 'app' };

beforeAll(async () => {
  town = await Town.build();
  head = await town.push('alice', { branch: 'one', files: { 'a.txt': 'a\n' } });
  const alice = town.as('alice');
  await alice.createPullRequest({ ...app, title: 'One', body: 'first', head: 'one', base: 'main' });
  await alice.addLabels({ ...app, number: 1, labels: ['lgtm', 'kind/bug'] });
  await alice.createStatus({ ...app, sha: head, state: 'success', context: 'unit', description: 'fine' });
  await alice.createCheckRun({ ...app, name: 'lint', headSha: head, conclusion: 'neutral' });
  await town.push('alice', { branch: 'two', files: { 'b.txt': 'b\n' } });
  await alice.createPullRequest({ ...app, title: 'Two', body: '', head: 'two', base: 'main', draft: true });
  await alice.updateIssue({ ...app, number: 2, milestone: 1 });
  await alice.createIssue({ ...app, title: 'Blocks everything', body: '', labels: ['tide/blocker'] });
}, 30_000);

afterAll(() => town.tearDown());

const numbers = `query($q: String!) { search(type: ISSUE, first: 100, query: $q) { issueCount nodes { ... on PullRequest { number } ... on Issue { number } } } }`;

async function found(q: string): Promise<number[]> {
  const { search } = await town.as('bob').graphql<{ search: { nodes: { number: number }[] } }>({ query: numbers, variables: { q } });
  return search.nodes.map(({ number }) => number).toSorted();
}

describe('search', () => {
  test.each([
    ['is:pr state:open archived:false repo:"acme/app"', [1, 2]],
    ['is:pr org:"acme" label:"lgtm"', [1]],
    ['is:pr org:acme -label:lgtm', [2]],
    ['is:pr label:"nothing","KIND/BUG"', [1]],
    ['is:pr base:"main" head:two', [2]],
    ['is:pr -base:main', []],
    ['is:pr milestone:"v1"', [2]],
    ['is:pr draft:false author:"alice"', [1]],
    ['is:pr author:bob', []],
    ['is:pr review:approved', []],
    ['is:issue state:open label:"tide/blocker" repo:"acme/app"', [3]],
    ['updated:2000-01-01..2100-01-01', [1, 2, 3]],
    ['updated:<2000-01-01', []],
    ['blocks EVERYTHING', [3]],
    ['repo:acme/nothing is:pr', []],
    ['nonsense:yes', []],
  ])('%s', async (query, expected) => {
    expect(await found(query)).toEqual(expected);
    const rest = await town.as('bob').searchIssues({ query });
    expect(rest.map(({ number }) => number).toSorted()).toEqual(expected);
  });
});

test('tells of a pull request what tide asks', async () => {
  const query = `query($query: String!, $cursor: String) {
    search(type: ISSUE, first: 1, query: $query, after: $cursor) {
      pageInfo { hasNextPage endCursor }
      nodes { ... on PullRequest {
        number title body isDraft updatedAt headRefName headRefOid mergeable canBeRebased mergeStateStatus reviewDecision
        author { login } baseRef { name prefix target { oid } } repository { name nameWithOwner owner { login } } milestone { title } labels(first: 100) { nodes { name } }
        commits(last: 4) { nodes { commit { oid status { contexts { context description state } } statusCheckRollup { contexts(last: 100) { nodes { ... on CheckRun { name status conclusion detailsUrl } } } } } } }
      } }
    }
  }`;
  // oxlint-disable-next-line typescript/no-explicit-any -- read field by field below
  const first = await town.as('bob').graphql<any>({ query, variables: { query: 'is:pr sort:created-asc', cursor: null } });
  expect(first.search.pageInfo.hasNextPage).toBe(true);
  expect(first.search.nodes[0]).toMatchObject({
    number: 1,
    mergeable: 'MERGEABLE',
    canBeRebased: true,
    mergeStateStatus: 'CLEAN',
    reviewDecision: null,
    author: { login: 'alice' },
    baseRef: { name: 'main' },
    repository: { nameWithOwner: 'acme/app', owner: { login: 'acme' } },
    labels: { nodes: [{ name: 'lgtm' }, { name: 'kind/bug' }] },
    commits: { nodes: [{ commit: { oid: head, status: { contexts: [{ context: 'unit', description: 'fine', state: 'SUCCESS' }] }, statusCheckRollup: { contexts: { nodes: [{ name: 'lint', status: 'COMPLETED', conclusion: 'NEUTRAL' }, {}] } } } }] },
  });
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  const second = await town.as('bob').graphql<any>({ query, variables: { query: 'is:pr sort:created-asc', cursor: first.search.pageInfo.endCursor } });
  expect(second.search.nodes.map((node: { number: number }) => node.number)).toEqual([2]);
  expect(second.search.pageInfo.hasNextPage).toBe(false);
});

test('refuses what GitHub refuses', async () => {
  const bob = town.as('bob');
  await expect(bob.graphql({ query: '{ nothing }' })).rejects.toThrow(/Cannot query field "nothing"/);
  await expect(bob.graphql({ query: '{ repository(owner: "acme", name: "no") { id } }' })).rejects.toMatchObject({ isNotFound: true });
  await expect(bob.graphql({ query: '{ search(type: ISSUE, query: "x") { issueCount } }' })).rejects.toThrow(/first/);
  await expect(bob.graphql({ query: '{' })).rejects.toThrow(/Syntax Error/);
  const nested = `{ viewer { ${'...on User { '.repeat(60)} login ${'}'.repeat(60)} } }`;
  await expect(bob.graphql({ query: nested })).rejects.toThrow(/too large/);
  const anonymous = await fetch(town.github.graphqlUrl, { method: 'POST', body: JSON.stringify({ query: '{ viewer { login } }' }) });
  expect(anonymous.status).toBe(401);
});

test('moves and pins issues', async () => {
  const alice = town.as('alice');
  await town.github.seed.ensureRepository({ owner: 'acme', name: 'other' });
  const issue = await alice.getIssue({ ...app, number: 3 });
  await alice.createComment({ ...app, number: 3, body: 'indeed' });
  await alice.pinIssue({ org: 'acme', issueNodeId: issue.node_id });
  const other = (await alice.getRepository({ org: 'acme', repo: 'other' })) as unknown as { node_id: string };
  await town.events();
  const moved = await alice.transferIssue({ org: 'acme', issueNodeId: issue.node_id, repositoryNodeId: other.node_id });
  expect(moved.number).toBe(1);
  expect(await alice.listComments({ org: 'acme', repo: 'other', number: 1 })).toHaveLength(1);
  await expect(alice.getIssue({ ...app, number: 3 })).rejects.toMatchObject({ isNotFound: true });
  expect((await town.events()).toSorted()).toEqual(['issues.opened', 'issues.transferred']);
  await expect(town.as('mallory').pinIssue({ org: 'acme', issueNodeId: moved.url })).rejects.toThrow(/global id/);
});
