import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Town } from './testing/town.ts';

let town: Town;
const app = { org: 'acme', repo: 'app' };

beforeAll(async () => {
  town = await Town.build();
  await town.events();
}, 30_000);

afterAll(() => town.tearDown());

describe('a pull request', () => {
  test('goes from push to merge, and every step is told of', async () => {
    const alice = town.as('alice');
    const bob = town.as('bob');
    const head = await town.push('alice', { branch: 'feature', files: { 'dir/a.txt': 'ONE\ntwo\nthree\nfour\nfive\n', 'new.txt': 'new\n' } });
    expect(await town.events()).toEqual(['create', 'push']);

    const pull = await alice.createPullRequest({ ...app, title: 'A change', body: 'please', head: 'feature', base: 'main' });
    expect(pull).toMatchObject({ number: 1, state: 'open', mergeable: true, commits: 1, changed_files: 2, additions: 2, deletions: 1, head: { sha: head, ref: 'feature' } });
    await town.github.idle();
    const [opened] = town.receiver.received;
    expect(opened).toMatchObject({ event: 'pull_request', isSigned: true, payload: { action: 'opened', number: 1, pull_request: { head: { sha: head } }, repository: { full_name: 'acme/app' }, organization: { login: 'acme' }, sender: { login: 'alice' } } });
    town.receiver.take();

    expect((await bob.listChangedFiles({ ...app, number: 1 })).map((file) => [file.filename, file.status, file.additions, file.deletions])).toEqual([
      ['dir/a.txt', 'modified', 1, 1],
      ['new.txt', 'added', 1, 0],
    ]);
    expect((await bob.listChangedFiles({ ...app, number: 1 }))[0]?.patch).toContain('+ONE');
    expect((await bob.listPullRequestCommits({ ...app, number: 1 })).map((commit) => [commit.commit.message, commit.author?.login])).toEqual([['work on feature', 'alice']]);
    expect(await bob.getPullRequestDiff({ ...app, number: 1 })).toContain('diff --git a/new.txt b/new.txt');
    expect(await bob.getPullRequestPatch({ ...app, number: 1 })).toContain('Subject: [PATCH] work on feature');

    const bot = town.as('ci-bot');
    await bot.addLabels({ ...app, number: 1, labels: ['lgtm', 'size/XS'] });
    expect(await bot.removeLabel({ ...app, number: 1, label: 'SIZE/xs' })).toBe(true);
    expect(await bot.removeLabel({ ...app, number: 1, label: 'size/XS' })).toBe(false);
    await bot.createStatus({ ...app, sha: head, state: 'pending', context: 'unit', description: 'running', targetUrl: 'http://localhost/x' });
    await bot.createStatus({ ...app, sha: head, state: 'success', context: 'unit' });
    const comment = await bot.createComment({ ...app, number: 1, body: 'hello' });
    await bot.editComment({ ...app, commentId: comment.id, body: 'hello!' });
    expect(await bot.deleteComment({ ...app, commentId: comment.id })).toBe(true);
    await bob.createReview({ ...app, number: 1, event: 'APPROVE', body: '' });
    expect(await bob.assign({ ...app, number: 1, logins: ['bob', 'mallory'] })).toEqual({ refused: ['mallory'] });
    expect(await bob.requestReviewers({ ...app, number: 1, logins: ['ci-bot', 'alice', 'mallory'], teams: ['leads'] })).toEqual({ refused: ['alice', 'mallory'] });
    expect(await town.events()).toEqual([
      'pull_request.labeled',
      'label.created',
      'pull_request.labeled',
      'pull_request.unlabeled',
      'status',
      'status',
      'issue_comment.created',
      'issue_comment.edited',
      'issue_comment.deleted',
      'pull_request_review.submitted',
      'pull_request.assigned',
      'pull_request.review_requested',
      'pull_request.review_requested',
    ]);
    expect(await bob.getCombinedStatus({ ...app, ref: head })).toMatchObject({ state: 'success', statuses: [{ context: 'unit', state: 'success' }] });
    expect((await bob.listStatuses({ ...app, ref: head })).map((status) => status.state)).toEqual(['success', 'pending']);

    const second = await town.push('alice', { branch: 'feature', from: 'feature', files: { 'more.txt': 'more\n' } });
    await town.github.idle();
    expect(town.receiver.received.find(({ event }) => event === 'pull_request')).toMatchObject({ payload: { action: 'synchronize', before: head, after: second } });
    expect(town.receiver.take().toSorted()).toEqual(['pull_request.synchronize', 'push']);

    await expect(bob.mergePullRequest({ ...app, number: 1, sha: head, method: 'merge' })).rejects.toMatchObject({ reason: 'head-modified' });
    const { sha } = await bob.mergePullRequest({ ...app, number: 1, sha: second, method: 'squash', title: 'A change (#1)' });
    expect(await town.events()).toEqual(['pull_request.closed', 'push']);
    expect(await bob.getRef({ ...app, ref: 'heads/main' })).toBe(sha);
    expect(await bob.getPullRequest({ ...app, number: 1 })).toMatchObject({ merged: true, state: 'closed', merge_commit_sha: sha, merged_by: { login: 'bob' }, changed_files: 3 });
    expect((await bob.getFile({ ...app, path: 'more.txt' }))?.toString()).toBe('more\n');
  }, 30_000);

  test('that conflicts cannot be merged', async () => {
    const alice = town.as('alice');
    await town.push('alice', { branch: 'left', files: { 'dir/a.txt': 'left\n' } });
    const right = await town.push('alice', { branch: 'right', files: { 'dir/a.txt': 'right\n' } });
    const first = await alice.createPullRequest({ ...app, title: 'Left', body: '', head: 'left', base: 'main' });
    const second = await alice.createPullRequest({ ...app, title: 'Right', body: '', head: 'right', base: 'main' });
    expect(second.mergeable).toBe(true);
    await alice.mergePullRequest({ ...app, number: first.number, sha: first.head.sha, method: 'rebase' });
    expect(await alice.isMergeable({ ...app, number: second.number, sha: right })).toBe(false);
    await expect(alice.mergePullRequest({ ...app, number: second.number, sha: right, method: 'merge' })).rejects.toMatchObject({ reason: 'not-mergeable' });
    await town.events();
  }, 30_000);

  test('of a fork by a stranger is kept in the repository', async () => {
    const mallory = town.as('mallory');
    await expect(town.push('mallory', { branch: 'evil', files: { 'x.txt': 'x' } })).rejects.toThrow(/denied to mallory/);
    const fork = await mallory.ensureFork(app);
    expect(fork.full_name).toBe('mallory/app');
    const sha = await town.push('mallory', { branch: 'patch', repo: 'mallory/app', files: { 'x.txt': 'x\n' } });
    const pull = await mallory.createPullRequest({ ...app, title: 'From afar', body: '', head: 'mallory:patch', base: 'main' });
    expect(pull).toMatchObject({ author_association: 'NONE', head: { sha, label: 'mallory:patch' }, mergeable: true });
    expect(await mallory.getRef({ ...app, ref: `pull/${pull.number}/head` })).toBe(sha);
    await expect(mallory.addLabels({ ...app, number: pull.number, labels: ['lgtm'] })).rejects.toMatchObject({ status: 403 });
    expect(await town.as('bob').isCollaborator({ ...app, login: 'mallory' })).toBe(false);
    const next = await town.push('mallory', { branch: 'patch', repo: 'mallory/app', from: 'patch', files: { 'y.txt': 'y\n' } });
    await town.github.idle();
    expect(await mallory.getRef({ ...app, ref: `pull/${pull.number}/head` })).toBe(next);
    expect(await town.events()).toContain('pull_request.synchronize');
  }, 30_000);

  test('merged by a push closes as merged; one whose branch is gone closes', async () => {
    const alice = town.as('alice');
    await town.push('alice', { branch: 'direct', files: { 'd.txt': 'd\n' } });
    await town.push('alice', { branch: 'gone', files: { 'g.txt': 'g\n' } });
    const direct = await alice.createPullRequest({ ...app, title: 'Direct', body: '', head: 'direct', base: 'main' });
    const gone = await alice.createPullRequest({ ...app, title: 'Gone', body: '', head: 'gone', base: 'main' });
    await town.push('alice', { branch: 'main', from: 'direct', files: {} });
    expect(await alice.getPullRequest({ ...app, number: direct.number })).toMatchObject({ merged: true, state: 'closed' });
    expect(await alice.deleteRef({ ...app, ref: 'heads/gone' })).toBe(true);
    expect(await alice.getPullRequest({ ...app, number: gone.number })).toMatchObject({ merged: false, state: 'closed' });
  }, 30_000);
});

describe('what is kept', () => {
  test('is there after a restart, undelivered webhooks included', async () => {
    const bob = town.as('bob');
    await town.events();
    town.receiver.status = 500;
    const issue = await bob.createIssue({ ...app, title: 'A problem', body: 'it breaks' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await town.restart();
    town.receiver.status = 200;
    expect(await town.events()).toEqual(['issues.opened']);
    expect(await town.as('bob').getIssue({ ...app, number: issue.number })).toMatchObject({ title: 'A problem', body: 'it breaks' });
    expect((await town.as('bob').getPullRequest({ ...app, number: 1 })).merged).toBe(true);
    expect(await town.as('bob').botUser()).toBe('bob');
  }, 30_000);
});
