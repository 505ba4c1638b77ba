import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseEvent } from '@prow/model-github-events';
import { OpenApi } from '../testing/openapi.ts';
import { Town } from '../testing/town.ts';

let town: Town;
const app = { org: 'acme', repo: 'app' };

beforeAll(async () => {
  town = await Town.build();
}, 30_000);

afterAll(() => town.tearDown());

/** Does everything that is told of, once. */
async function liveThrough(): Promise<void> {
  const alice = town.as('alice');
  const bob = town.as('bob');
  const one = { ...app, number: 1 };
  const sha = await town.push('alice', { branch: 'one', files: { 'a.txt': 'a\n' } });
  await alice.createPullRequest({ ...app, title: 'One', body: 'text', head: 'one', base: 'main', draft: true });
  const rest = async (method: string, path: string, body?: unknown): Promise<void> => {
    const answer = await fetch(`${town.github.apiUrl}/repos/acme/app${path}`, { method, headers: { authorization: 'token token-of-alice' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    expect(answer.ok).toBe(true);
  };
  await rest('POST', '/pulls/1/ready_for_review');
  await rest('POST', '/pulls/1/convert_to_draft');
  await rest('POST', '/pulls/1/ready_for_review');
  await alice.updatePullRequest({ ...one, title: 'Better', body: 'other' });
  await alice.addLabels({ ...one, labels: ['lgtm', 'fresh'] });
  await alice.removeLabel({ ...one, label: 'lgtm' });
  await alice.assign({ ...one, logins: ['bob'] });
  await alice.unassign({ ...one, logins: ['bob'] });
  await alice.updateIssue({ ...one, milestone: 1 });
  await alice.updateIssue({ ...one, milestone: null });
  await alice.requestReviewers({ ...one, logins: ['bob'], teams: ['leads'] });
  await alice.unrequestReviewers({ ...one, teams: ['leads'] });
  await bob.createReview({ ...one, event: 'REQUEST_CHANGES', body: 'no', comments: [{ path: 'a.txt', line: 1, side: 'RIGHT', body: 'why' }] });
  await rest('PUT', `/pulls/1/reviews/${(await bob.listReviews(one))[0]?.id}/dismissals`, { message: 'yes' });
  const comment = await bob.createComment({ ...one, body: 'hello' });
  await bob.editComment({ ...app, commentId: comment.id, body: 'hello!' });
  await bob.deleteComment({ ...app, commentId: comment.id });
  await alice.createStatus({ ...app, sha, state: 'success', context: 'unit' });
  await alice.createCheckRun({ ...app, name: 'lint', headSha: sha, conclusion: 'success' });
  await alice.updatePullRequest({ ...one, state: 'closed' });
  await alice.updatePullRequest({ ...one, state: 'open' });
  const head = await town.push('alice', { branch: 'one', from: 'one', files: { 'b.txt': 'b\n' } });
  await alice.mergePullRequest({ ...one, sha: head, method: 'merge' });
  await alice.deleteRef({ ...app, ref: 'heads/one' });
  await alice.createIssue({ ...app, title: 'Issue', body: 'x', labels: ['lgtm'], assignees: ['bob'] });
  await alice.updateIssue({ ...app, number: 2, title: 'Issue!', state: 'closed', stateReason: 'completed' });
  await alice.updateIssue({ ...app, number: 2, state: 'open' });
  await bob.createComment({ ...app, number: 2, body: 'on an issue' });
}

/** Where GitHub's description asks for more than GitHub itself sends, or for what only Apps have. */
const tolerated = [/^\/check_run\/(app|check_suite)/, /^\/commit\/(author|committer)/, /must match exactly one schema in oneOf|must match a schema in anyOf/];

test("payloads fit GitHub's description, and are understood", async () => {
  await liveThrough();
  await town.github.idle();
  const { received } = town.receiver;
  const openApi = new OpenApi();
  const problems: Record<string, string[]> = {};
  const unknown = new Set<string>();
  for (const { event, guid, payload, isSigned } of received) {
    expect(isSigned).toBe(true);
    const name = payload.action === undefined ? event : `${event}.${payload.action}`;
    const found = openApi.webhookProblems(event, payload);
    if (found === undefined) unknown.add(name);
    const serious = (found ?? []).filter((problem) => tolerated.every((pattern) => !pattern.test(problem)));
    if (serious.length > 0) problems[name] = serious.slice(0, 6);
    expect(parseEvent({ eventType: event, guid, payload })).toBeDefined();
  }
  expect(problems).toEqual({});
  expect([...unknown]).toEqual([]);
  expect(new Set(received.map(({ event, payload }) => (payload.action === undefined ? event : `${event}.${payload.action}`))).size).toBeGreaterThanOrEqual(33);
}, 120_000);
