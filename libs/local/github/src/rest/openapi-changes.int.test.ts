// What changes, removes or belongs to others than users: a short story for each part, every answer held to GitHub's description.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '@prow/base-time';
import { appTokens } from '@prow/clients-github';
import { OpenApi } from '../testing/openapi.ts';
import { Town } from '../testing/town.ts';
import { restRouter } from './serve-rest.ts';

let town: Town;
let openApi: OpenApi;
let sha = '';
const repo = '/repos/acme/app';

beforeAll(async () => {
  openApi = new OpenApi();
  town = await Town.build();
  sha = await town.push('alice', { branch: 'one', files: { 'a.txt': 'a\n' } });
}, 60_000);

afterAll(() => town.tearDown());

interface Answer {
  // oxlint-disable-next-line typescript/no-explicit-any -- read field by field, after it was held to the description
  body: any;
}

/** Asks, and holds the answer to the description; 204 has no body. */
async function ask(status: number, method: string, path: string, body?: unknown, { login = 'alice', authorization }: { login?: string; authorization?: string } = {}): Promise<Answer> {
  const answer = authorization === undefined ? await town.ask(login, method, path, body) : await town.askWith(authorization, method, path, body);
  const template = restRouter.find(method, path.split('?')[0] ?? '')?.route.template ?? '';
  const problems = status === 204 || status === 404 ? [] : (openApi.problems(template, status, answer.body) ?? ['not described']);
  expect({ method, path, status: answer.status, problems: problems.slice(0, 8), body: answer.status === status ? undefined : answer.body }).toEqual({ method, path, status, problems: [], body: undefined });
  if (status === 204) expect(answer.body).toBeUndefined();
  return { body: answer.body };
}

describe('a pull request', () => {
  test('has reviews, comments on lines, and replies', async () => {
    const pull = (await ask(201, 'POST', `${repo}/pulls`, { title: 'One', body: 'x', head: 'one', base: 'main' })).body;
    expect((await ask(200, 'GET', `${repo}/git/ref/pull/${pull.number}/head`)).body.object.sha).toBe(sha);
    await ask(404, 'GET', `${repo}/pulls/1/merge`);
    const review = (await ask(200, 'POST', `${repo}/pulls/1/reviews`, { event: 'APPROVE', body: 'good' }, { login: 'bob' })).body;
    await ask(200, 'GET', `${repo}/pulls/1/reviews/${review.id}`);
    expect((await ask(200, 'PUT', `${repo}/pulls/1/reviews/${review.id}/dismissals`, { message: 'changed' })).body.state).toBe('DISMISSED');
    const comment = (await ask(201, 'POST', `${repo}/pulls/1/comments`, { body: 'here', path: 'a.txt', line: 1, side: 'RIGHT', commit_id: sha }, { login: 'bob' })).body;
    const reply = (await ask(201, 'POST', `${repo}/pulls/1/comments/${comment.id}/replies`, { body: 'there' })).body;
    expect(reply.in_reply_to_id).toBe(comment.id);
    await town.events();
    expect((await ask(200, 'PATCH', `${repo}/pulls/comments/${comment.id}`, { body: 'here!' }, { login: 'bob' })).body.body).toBe('here!');
    expect((await town.ask('mallory', 'PATCH', `${repo}/pulls/comments/${comment.id}`, { body: 'evil' })).status).toBe(403);
    await ask(200, 'GET', `${repo}/pulls/comments/${comment.id}`);
    await ask(204, 'DELETE', `${repo}/pulls/comments/${comment.id}`);
    await ask(404, 'GET', `${repo}/pulls/comments/${comment.id}`);
    await town.github.idle();
    for (const { event, payload } of town.receiver.received) expect(openApi.webhookProblems(event, payload)).toEqual([]);
    expect(town.receiver.take()).toEqual(['pull_request_review_comment.edited', 'pull_request_review_comment.deleted']);
  });

  test('can be brought up to date, and merged', async () => {
    await town.push('alice', { branch: 'main', files: { 'other.txt': 'x\n' } });
    await ask(202, 'PUT', `${repo}/pulls/1/update-branch`, { expected_head_sha: sha });
    expect((await ask(200, 'GET', `${repo}/compare/one...main`)).body.status).toBe('behind');
    await ask(200, 'PUT', `${repo}/pulls/1/merge`, { merge_method: 'squash' });
    await ask(204, 'GET', `${repo}/pulls/1/merge`);
  });
});

describe('an issue', () => {
  test('has reactions, a lock, a timeline and labels that go', async () => {
    const { number } = (await ask(201, 'POST', `${repo}/issues`, { title: 'x', body: 'y', labels: ['lgtm'] })).body;
    const at = `${repo}/issues/${number}`;
    const reaction = (await ask(201, 'POST', `${at}/reactions`, { content: 'eyes' })).body;
    expect((await ask(200, 'POST', `${at}/reactions`, { content: 'eyes' })).body.id).toBe(reaction.id);
    expect((await town.ask('bob', 'DELETE', `${at}/reactions/${reaction.id}`)).status).toBe(403);
    await ask(204, 'DELETE', `${at}/reactions/${reaction.id}`);
    expect((await ask(200, 'GET', `${at}/reactions`)).body).toEqual([]);
    const comment = (await ask(201, 'POST', `${at}/comments`, { body: 'hm' })).body;
    const second = (await ask(201, 'POST', `${repo}/issues/comments/${comment.id}/reactions`, { content: '-1' })).body;
    await ask(204, 'DELETE', `${repo}/issues/comments/${comment.id}/reactions/${second.id}`);
    await ask(204, 'DELETE', `${repo}/issues/comments/${comment.id}`);
    await ask(204, 'DELETE', `${at}/labels`);
    expect((await ask(200, 'GET', `${at}/labels`)).body).toEqual([]);
    expect((await ask(200, 'GET', `${at}/timeline`)).body.map(({ event }: { event: string }) => event)).toEqual(['labeled', 'unlabeled']);
    await ask(204, 'PUT', `${at}/lock`);
    expect((await town.ask('mallory', 'POST', `${at}/comments`, { body: 'me too' })).status).toBe(403);
    await ask(204, 'DELETE', `${at}/lock`);
    await ask(201, 'POST', `${at}/comments`, { body: 'me too' }, { login: 'mallory' });
    expect((await ask(200, 'GET', '/search/issues?q=repo:acme/app+is:issue')).body.total_count).toBe(1);
    expect((await ask(200, 'GET', '/search/repositories?q=app+org:acme')).body.items[0].full_name).toBe('acme/app');
  });

  test('has milestones and labels that change', async () => {
    expect((await ask(200, 'PATCH', `${repo}/milestones/1`, { state: 'closed' })).body.closed_at).not.toBeNull();
    await ask(200, 'PATCH', `${repo}/labels/lgtm`, { new_name: 'looks good', color: '00ff00' });
    await ask(204, 'DELETE', `${repo}/labels/looks%20good`);
    await ask(404, 'GET', `${repo}/labels/lgtm`);
  });
});

describe('a commit', () => {
  test('has check runs that end, and statuses', async () => {
    const run = (await ask(201, 'POST', `${repo}/check-runs`, { name: 'lint', head_sha: sha, status: 'in_progress' })).body;
    expect(run.conclusion).toBeNull();
    expect((await ask(200, 'PATCH', `${repo}/check-runs/${run.id}`, { conclusion: 'failure', output: { title: 't', summary: 's' } })).body).toMatchObject({ status: 'completed', conclusion: 'failure' });
    await ask(201, 'POST', `${repo}/statuses/${sha}`, { state: 'error', context: 'unit' });
    expect((await town.ask('alice', 'GET', `${repo}/statuses/${sha}`)).body).toMatchObject([{ state: 'error', context: 'unit' }]);
  });

  test('has workflow runs: approved, run again, cancelled', async () => {
    const seeded = { owner: 'acme', repo: 'app', name: 'build', headBranch: 'one', headSha: sha };
    const id = await town.github.seed.ensureWorkflowRun(seeded);
    expect(await town.github.seed.ensureWorkflowRun(seeded)).toBe(id);
    const listed = (await ask(200, 'GET', `${repo}/actions/runs?head_sha=${sha}&event=pull_request&status=failure`)).body;
    expect(listed).toMatchObject({ total_count: 1, workflow_runs: [{ id, name: 'build', conclusion: 'failure' }] });
    expect((await ask(200, 'GET', `${repo}/actions/runs?head_sha=${'0'.repeat(40)}`)).body.total_count).toBe(0);
    await ask(201, 'POST', `${repo}/actions/runs/${id}/rerun-failed-jobs`);
    await ask(201, 'POST', `${repo}/actions/runs/${id}/rerun`);
    expect((await ask(200, 'GET', `${repo}/actions/runs/${id}`)).body).toMatchObject({ run_attempt: 3, status: 'queued', conclusion: null });
    await ask(202, 'POST', `${repo}/actions/runs/${id}/cancel`);
    await ask(201, 'POST', `${repo}/actions/runs/${id}/approve`);
    expect((await town.ask('mallory', 'POST', `${repo}/actions/runs/${id}/rerun`)).status).toBe(403);
  });

  test('is moved between by refs; files are read as blobs and deleted', async () => {
    await ask(201, 'POST', `${repo}/git/refs`, { ref: 'refs/heads/two', sha });
    const main = (await ask(200, 'GET', `${repo}/git/ref/heads/main`)).body.object.sha;
    expect((await town.ask('alice', 'PATCH', `${repo}/git/refs/heads/main`, { sha })).status).toBe(422);
    expect((await ask(200, 'PATCH', `${repo}/git/refs/heads/two`, { sha: main, force: true })).body.object.sha).toBe(main);
    const file = (await ask(200, 'GET', `${repo}/contents/README.md?ref=two`)).body;
    expect(Buffer.from((await ask(200, 'GET', `${repo}/git/blobs/${file.sha}`)).body.content, 'base64').toString()).toBe('# app\n');
    await ask(200, 'DELETE', `${repo}/contents/README.md`, { message: 'gone', sha: file.sha, branch: 'two' });
    await ask(404, 'GET', `${repo}/contents/README.md?ref=two`);
    await ask(200, 'PUT', `${repo}/branches/two/protection`, { required_status_checks: { strict: true, contexts: ['unit'] }, enforce_admins: null, required_pull_request_reviews: null, restrictions: null });
    await ask(204, 'DELETE', `${repo}/branches/two/protection`);
    await ask(404, 'GET', `${repo}/branches/two/protection`);
    await ask(204, 'DELETE', `${repo}/git/refs/heads/two`);
    await ask(404, 'GET', `${repo}/git/ref/heads/two`);
  });
});

test('people come and go', async () => {
  await ask(204, 'GET', '/orgs/acme/members/bob');
  await ask(404, 'GET', '/orgs/acme/members/mallory');
  await ask(204, 'GET', '/orgs/acme/public_members/bob');
  await ask(200, 'GET', '/user/repository_invitations');
  await ask(204, 'PUT', `${repo}/collaborators/mallory`, { permission: 'triage' });
  await ask(204, 'GET', `${repo}/collaborators/mallory`);
  expect((await ask(200, 'GET', `${repo}/collaborators/mallory/permission`)).body.role_name).toBe('triage');
  await ask(200, 'GET', `${repo}/invitations`);
  await ask(204, 'DELETE', `${repo}/collaborators/mallory`);
  await ask(404, 'GET', `${repo}/collaborators/mallory`);
  const team = (await ask(200, 'GET', '/orgs/acme/teams/leads')).body;
  await ask(200, 'PUT', '/orgs/acme/teams/leads/memberships/mallory', { role: 'member' });
  expect((await ask(200, 'GET', `/teams/${team.id}/members`)).body.map(({ login }: { login: string }) => login).toSorted()).toEqual(['bob', 'mallory']);
  await ask(204, 'DELETE', '/orgs/acme/teams/leads/memberships/mallory');
  await ask(204, 'PUT', '/orgs/acme/teams/leads/repos/acme/app', { permission: 'push' });
  await ask(200, 'GET', `/teams/${team.id}`);
  await ask(204, 'DELETE', '/orgs/acme/teams/leads');
  await ask(404, 'GET', '/orgs/acme/teams/leads');
  await ask(204, 'DELETE', '/orgs/acme/memberships/bob');
  await ask(404, 'GET', '/orgs/acme/memberships/bob');
  await ask(200, 'PUT', '/orgs/acme/memberships/bob', { role: 'admin' });
  await ask(204, 'DELETE', '/orgs/acme/members/bob');
  await ask(201, 'POST', '/user/repos', { name: 'own' }, { login: 'mallory' });
  await ask(200, 'GET', '/meta');
});

describe('a webhook', () => {
  test('is tried again until it is taken, shown, and sent again when asked', async () => {
    await town.events();
    const hook = (await ask(201, 'POST', `${repo}/hooks`, { config: { url: `${town.github.url}/nowhere`, content_type: 'json', secret: 's' }, events: ['issues'] })).body;
    expect(hook.config.secret).toBe('********');
    await ask(200, 'PATCH', `${repo}/hooks/${hook.id}`, { active: false });
    await ask(204, 'POST', `${repo}/hooks/${hook.id}/pings`);
    await ask(204, 'DELETE', `${repo}/hooks/${hook.id}`);
    await ask(404, 'GET', `${repo}/hooks/${hook.id}`);

    const [orgHook] = (await ask(200, 'GET', '/orgs/acme/hooks')).body;
    const path = `/orgs/acme/hooks/${orgHook.id}/deliveries`;
    town.receiver.status = 503;
    await ask(201, 'POST', `${repo}/issues`, { title: 'told late' });
    let failed: { id: number; guid: string; status_code: number } | undefined;
    while (failed?.status_code !== 503) failed = (await ask(200, 'GET', `${path}?per_page=1`)).body[0];
    town.receiver.status = 200;
    await town.github.idle();
    expect(town.receiver.received.map(({ event, guid }) => [event, guid])).toEqual([['issues', failed.guid]]);
    expect((await ask(200, 'GET', `${path}/${failed.id}`)).body).toMatchObject({ status_code: 200, redelivery: false, request: { payload: { action: 'opened' } } });

    town.receiver.take();
    await ask(202, 'POST', `${path}/${failed.id}/attempts`);
    await town.github.idle();
    expect(town.receiver.received).toMatchObject([{ event: 'issues', guid: failed.guid, isSigned: true }]);
    expect((await ask(200, 'GET', `${path}?per_page=1`)).body).toMatchObject([{ guid: failed.guid, redelivery: true }]);
    town.receiver.take();
  }, 60_000);
});

describe('an App', () => {
  test('has installations, tokens that end, and a webhook of its own', async () => {
    const [orgHook] = (await ask(200, 'GET', '/orgs/acme/hooks')).body;
    const { appId, privateKey } = await town.github.seed.ensureApp({ slug: 'prow', installedAt: ['acme', 'mallory'], hook: { url: `${orgHook.config.url}`, secret: town.receiver.secret } });
    const privateKeyPath = join(town.root, 'app.pem');
    await writeFile(privateKeyPath, privateKey);
    const { header = '' } = await appTokens({ appId, privateKeyPath, endpoint: town.github.apiUrl, clock: systemClock }).authorize(undefined);
    const own = (status: number, method: string, path: string, body?: unknown): Promise<Answer> => ask(status, method, path, body, { authorization: header });
    expect((await own(200, 'GET', '/app/hook/config')).body).toMatchObject({ url: orgHook.config.url, content_type: 'json' });
    await own(200, 'PATCH', '/app/hook/config', { content_type: 'json' });

    // One of each cannot be held to the description: it wants an account to be a user and an enterprise at once.
    const installations = (await town.askWith(header, 'GET', '/app/installations')).body as { id: number; account: { login: string } }[];
    expect(installations.map(({ account }) => account.login)).toEqual(['acme', 'mallory']);
    for (const path of ['/orgs/acme/installation', '/repos/acme/app/installation', `/app/installations/${installations[0]?.id}`]) expect((await town.askWith(header, 'GET', path)).body).toMatchObject({ id: installations[0]?.id });
    expect((await town.askWith(header, 'GET', '/users/mallory/installation')).body).toMatchObject({ id: installations[1]?.id });
    expect((await town.askWith(header, 'GET', '/users/bob/installation')).status).toBe(404);

    const { token } = (await own(201, 'POST', `/app/installations/${installations[0]?.id}/access_tokens`)).body;
    const bot = { authorization: `token ${token}` };
    expect((await ask(200, 'GET', '/installation/repositories', undefined, bot)).body.total_count).toBeGreaterThan(0);
    await ask(201, 'POST', `${repo}/issues`, { title: 'by an App' }, bot);
    await town.github.idle();
    const told = town.receiver.received.filter(({ event }) => event === 'issues').map(({ payload }) => payload.installation?.id as unknown);
    expect(told.toSorted()).toEqual([installations[0]?.id, undefined]);

    town.receiver.take();
    const [delivery] = (await own(200, 'GET', '/app/hook/deliveries')).body;
    await own(200, 'GET', `/app/hook/deliveries/${delivery.id}`);
    await own(202, 'POST', `/app/hook/deliveries/${delivery.id}/attempts`);
    await town.github.idle();
    expect(town.receiver.received).toMatchObject([{ event: 'issues', guid: delivery.guid, payload: { installation: { id: installations[0]?.id } } }]);

    await ask(204, 'DELETE', '/installation/token', undefined, bot);
    expect((await town.askWith(bot.authorization, 'GET', '/user')).status).toBe(401);
  });
});
