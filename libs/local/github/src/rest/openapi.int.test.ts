import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OpenApi } from '../testing/openapi.ts';
import { Town } from '../testing/town.ts';
import { restRouter } from './serve-rest.ts';

let town: Town;
let openApi: OpenApi;
const app = { org: 'acme', repo: 'app' };
const known: Record<string, string> = {};

beforeAll(async () => {
  openApi = new OpenApi();
  town = await Town.build();
  const alice = town.as('alice');
  known['sha'] = await town.push('alice', { branch: 'one', files: { 'a.txt': 'a\n', 'dir/a.txt': null } });
  await alice.createPullRequest({ ...app, title: 'One', body: 'text', head: 'one', base: 'main' });
  await alice.addLabels({ ...app, number: 1, labels: ['lgtm'] });
  await alice.updateIssue({ ...app, number: 1, milestone: 1 });
  await alice.assign({ ...app, number: 1, logins: ['bob'] });
  await alice.requestReviewers({ ...app, number: 1, logins: ['bob'], teams: ['leads'] });
  known['comment'] = String((await alice.createComment({ ...app, number: 1, body: 'hello' })).id);
  await alice.reactToComment({ ...app, commentId: Number(known['comment']), content: '+1' });
  await town.as('bob').createReview({ ...app, number: 1, event: 'APPROVE', body: 'fine', comments: [{ path: 'a.txt', body: 'here', line: 1, side: 'RIGHT' }] });
  await alice.createStatus({ ...app, sha: known['sha'], state: 'success', context: 'unit', targetUrl: 'http://localhost/x', description: 'ok' });
  known['run'] = String((await alice.createCheckRun({ ...app, name: 'lint', headSha: known['sha'], conclusion: 'success' })).id);
  await alice.createIssue({ ...app, title: 'A problem', body: '' });
  await alice.updateIssue({ ...app, number: 2, state: 'closed', stateReason: 'not_planned' });
  known['hook'] = String((await alice.createHook({ ...app, url: `${town.github.url}/nowhere`, secret: 's', events: ['push'] })).id);
  await alice.updateBranchProtection({ ...app, branch: 'main', protection: { required_status_checks: { strict: false, contexts: ['unit'] }, enforce_admins: false, required_pull_request_reviews: { required_approving_review_count: 1 }, restrictions: null } });
  const orgHook = (await alice.listHooks({ org: 'acme' }))[0];
  known['orgHook'] = String(orgHook?.id);
  await town.github.idle().catch(() => {});
  known['delivery'] = String((await alice.listDeliveries({ org: 'acme', hookId: Number(known['orgHook']), since: '2000-01-01T00:00:00Z' }))[0]?.id);
  await town.as('mallory').ensureFork(app);
}, 60_000);

afterAll(() => town.tearDown());

/** Fills `{name}` of a path: what is not named here stands for itself. */
const values: Record<string, () => string> = {
  owner: () => 'acme', repo: () => 'app', org: () => 'acme', username: () => 'bob', team_slug: () => 'leads', issue_number: () => '1', pull_number: () => '1', milestone_number: () => '1', branch: () => 'main',
  name: () => 'lgtm', path: () => 'README.md', basehead: () => 'main...one', commit_sha: () => known['sha'] ?? '', tree_sha: () => 'main', sha: () => known['sha'] ?? '', comment_id: () => known['comment'] ?? '', check_run_id: () => known['run'] ?? '',
};

function pathOf(template: string): string {
  const isOrgHook = template.includes('/orgs/{org}/hooks');
  return (template.split(' ')[1] ?? '').replaceAll(/\{(\w+)\+?\}/g, (_text, name: string) => {
    if (name === 'hook_id') return (isOrgHook ? known['orgHook'] : known['hook']) ?? '';
    if (name === 'delivery_id') return known['delivery'] ?? '';
    if (name === 'ref') return template.includes('/git/') ? 'heads/main' : (known['sha'] ?? '');
    return values[name]?.() ?? '';
  });
}

/** Asked for with what the tests above made; the rest have tests of their own below, or GitHub documents no body. */
const reads = [
  'GET /user', 'GET /user/orgs', 'GET /user/teams', 'GET /user/repos', 'GET /users', 'GET /users/{username}', 'GET /users/{username}/orgs', 'GET /users/{username}/repos', 'GET /organizations', 'GET /orgs/{org}',
  'GET /orgs/{org}/members', 'GET /orgs/{org}/memberships/{username}', 'GET /orgs/{org}/teams', 'GET /orgs/{org}/teams/{team_slug}', 'GET /orgs/{org}/teams/{team_slug}/members', 'GET /orgs/{org}/teams/{team_slug}/teams',
  'GET /orgs/{org}/teams/{team_slug}/memberships/{username}', 'GET /orgs/{org}/teams/{team_slug}/repos', 'GET /orgs/{org}/repos', 'GET /orgs/{org}/hooks', 'GET /orgs/{org}/hooks/{hook_id}', 'GET /orgs/{org}/hooks/{hook_id}/deliveries',
  'GET /orgs/{org}/hooks/{hook_id}/deliveries/{delivery_id}', 'GET /repos/{owner}/{repo}', 'GET /repos/{owner}/{repo}/issues', 'GET /repos/{owner}/{repo}/issues/{issue_number}', 'GET /repos/{owner}/{repo}/issues/comments',
  'GET /repos/{owner}/{repo}/issues/comments/{comment_id}', 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions', 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments', 'GET /repos/{owner}/{repo}/issues/{issue_number}/labels',
  'GET /repos/{owner}/{repo}/issues/{issue_number}/events', 'GET /repos/{owner}/{repo}/issues/{issue_number}/reactions', 'GET /repos/{owner}/{repo}/pulls', 'GET /repos/{owner}/{repo}/pulls/{pull_number}',
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/files', 'GET /repos/{owner}/{repo}/pulls/{pull_number}/commits', 'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews', 'GET /repos/{owner}/{repo}/pulls/{pull_number}/comments',
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers', 'GET /repos/{owner}/{repo}/commits/{ref+}/status', 'GET /repos/{owner}/{repo}/commits/{ref+}/statuses', 'GET /repos/{owner}/{repo}/commits/{ref+}/check-runs',
  'GET /repos/{owner}/{repo}/check-runs/{check_run_id}', 'GET /repos/{owner}/{repo}/actions/runs', 'GET /repos/{owner}/{repo}/git/ref/{ref+}', 'GET /repos/{owner}/{repo}/git/matching-refs/{ref+}', 'GET /repos/{owner}/{repo}/branches',
  'GET /repos/{owner}/{repo}/branches/{branch+}', 'GET /repos/{owner}/{repo}/branches/{branch+}/protection', 'GET /repos/{owner}/{repo}/tags', 'GET /repos/{owner}/{repo}/hooks', 'GET /repos/{owner}/{repo}/hooks/{hook_id}', 'GET /repos/{owner}/{repo}/forks',
  'GET /repos/{owner}/{repo}/teams', 'GET /repos/{owner}/{repo}/topics', 'GET /repos/{owner}/{repo}/languages', 'GET /repos/{owner}/{repo}/collaborators', 'GET /repos/{owner}/{repo}/collaborators/{username}/permission', 'GET /repos/{owner}/{repo}/labels',
  'GET /repos/{owner}/{repo}/labels/{name+}', 'GET /repos/{owner}/{repo}/milestones', 'GET /repos/{owner}/{repo}/milestones/{milestone_number}', 'GET /repos/{owner}/{repo}/contents/{path+}', 'GET /repos/{owner}/{repo}/readme',
  'GET /repos/{owner}/{repo}/commits', 'GET /repos/{owner}/{repo}/commits/{ref+}', 'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', 'GET /repos/{owner}/{repo}/compare/{basehead+}', 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}',
  'GET /repos/{owner}/{repo}/git/trees/{tree_sha+}', 'GET /rate_limit', 'GET /repos/{owner}/{repo}/assignees',
];

/** Nothing of these was made above. */
const mayBeEmpty = /\/user\/teams|\/\{username\}\/repos|\/(tags|runs|reactions)$|\{team_slug\}\/(teams|repos)$|\{repo\}\/teams$/;

describe("answers fit GitHub's description", () => {
  test.each(reads)('%s', async (template) => {
    const path = pathOf(template);
    expect(restRouter.find('GET', path)?.route.template).toBe(template);
    const answer = await town.ask('alice', 'GET', path);
    expect({ path, status: answer.status, problems: openApi.problems(template, answer.status, answer.body)?.slice(0, 8) }).toEqual({ path, status: 200, problems: [] });
    if (Array.isArray(answer.body) && !mayBeEmpty.test(template)) expect(answer.body.length).toBeGreaterThan(0);
  });

  const writes: readonly (readonly [string, unknown?, string?])[] = [
    ['POST /repos/{owner}/{repo}/issues', { title: 'New', body: 'b', labels: ['lgtm'] }],
    ['PATCH /repos/{owner}/{repo}/issues/{issue_number}', { title: 'Newer' }],
    ['POST /repos/{owner}/{repo}/issues/{issue_number}/comments', { body: 'hi' }],
    ['PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', { body: 'ho' }],
    ['POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions', { content: 'heart' }],
    ['POST /repos/{owner}/{repo}/issues/{issue_number}/labels', { labels: ['kind/x'] }],
    ['PUT /repos/{owner}/{repo}/issues/{issue_number}/labels', { labels: ['lgtm'] }],
    ['DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name+}'],
    ['POST /repos/{owner}/{repo}/issues/{issue_number}/assignees', { assignees: ['bob'] }],
    ['DELETE /repos/{owner}/{repo}/issues/{issue_number}/assignees', { assignees: ['bob'] }],
    ['PATCH /repos/{owner}/{repo}/pulls/{pull_number}', { body: 'other' }],
    ['POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers', { reviewers: ['ci-bot'] }],
    ['DELETE /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers', { reviewers: ['ci-bot'] }],
    ['POST /repos/{owner}/{repo}/statuses/{sha}', { state: 'pending', context: 'x' }],
    ['POST /repos/{owner}/{repo}/check-runs', () => ({ name: 'c', head_sha: known['sha'] })],
    ['POST /repos/{owner}/{repo}/labels', { name: 'fresh', color: 'ff0000' }],
    ['PATCH /repos/{owner}/{repo}/labels/{name+}', { description: 'd' }],
    ['POST /repos/{owner}/{repo}/milestones', { title: 'v2' }],
    ['POST /repos/{owner}/{repo}/git/refs', () => ({ ref: 'refs/heads/made', sha: known['sha'] })],
    ['PUT /repos/{owner}/{repo}/branches/{branch+}/protection', { required_status_checks: null, enforce_admins: true, required_pull_request_reviews: null, restrictions: null }],
    ['PUT /repos/{owner}/{repo}/contents/{path+}', { message: 'm', content: 'eA==' }, '/repos/acme/app/contents/new/file.txt'],
    ['POST /repos/{owner}/{repo}/hooks', { config: { url: 'http://127.0.0.1:9/y', content_type: 'json' }, active: false, events: ['push'] }],
    ['PATCH /repos/{owner}/{repo}', { description: 'described' }],
    ['POST /repos/{owner}/{repo}/forks', {}],
    ['POST /orgs/{org}/repos', { name: 'made', auto_init: true }],
    ['POST /orgs/{org}/teams', { name: 'New Team' }],
    ['PUT /orgs/{org}/memberships/{username}', { role: 'member' }],
    ['PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', { merge_method: 'rebase' }],
  ];
  // Jest would hand a callback to a function that takes more than the row has.
  test.each(writes.map((row) => [row[0], row] as const))('%s', async (template, [, body, path]) => {
    const answer = await town.ask('alice', template.split(' ')[0] ?? '', path ?? pathOf(template), typeof body === 'function' ? (body as () => unknown)() : body);
    expect({ status: answer.status, problems: openApi.problems(template, answer.status, answer.body)?.slice(0, 8), body: answer.status < 300 ? undefined : answer.body }).toEqual({ status: expect.any(Number), problems: [], body: undefined });
    expect(answer.status).toBeLessThan(300);
  });
});

test('every route is one of GitHub', () => {
  const ours = new Set(['GET /', 'PUT /repos/{owner}/{repo}/branches/{branch}/protection', 'POST /repos/{owner}/{repo}/pulls/{pull_number}/ready_for_review', 'POST /repos/{owner}/{repo}/pulls/{pull_number}/convert_to_draft', 'GET /repos/{owner}/{repo}/git/refs/{ref}', 'GET /repos/{owner}/{repo}/statuses/{ref}', 'GET /repos/{owner}/{repo}/contents']);
  const unknown = restRouter.templates().map((template) => template.replaceAll('+}', '}')).filter((template) => !openApi.has(template) && !ours.has(template));
  expect(unknown).toEqual([]);
});
