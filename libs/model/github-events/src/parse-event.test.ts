import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { parseEvent, signingScope } from './parse-event.ts';
import { toGenericComment } from './generic-comment.ts';
import { orderingKey } from './event-key.ts';

interface Examples {
  name: string;
  examples: Record<string, unknown>[];
}
const examples = createRequire(import.meta.url)('@octokit/webhooks-examples') as Examples[] | { default: Examples[] };
const all = Array.isArray(examples) ? examples : examples.default;

const HANDLED = new Set(['issues', 'issue_comment', 'pull_request', 'pull_request_review', 'pull_request_review_comment', 'push', 'status']);

describe('the published examples of every webhook', () => {
  test('there are examples of all handled events', () => {
    const names = new Set(all.map(({ name }) => name));
    expect([...HANDLED].filter((name) => !names.has(name))).toEqual([]);
  });

  test.each(all.map(({ name, examples: payloads }) => [name, payloads] as const))('%s', (name, payloads) => {
    for (const payload of payloads) {
      const event = parseEvent({ eventType: name, guid: 'g', payload });
      expect(event.kind === 'other').toBe(!HANDLED.has(name));
      expect(typeof orderingKey(event)).toBe('string');
      toGenericComment(event);
      if (event.kind !== 'other') expect(signingScope(payload)).toEqual({ org: event.repository.org, repo: event.repository.repo });
    }
  });
});

const repository = { name: 'r', owner: { login: 'o' }, full_name: 'o/r' };
const end = { ref: 'main', sha: 'a', repo: repository, user: { login: 'o' } };
const pull = { number: 1, title: 't', state: 'open', user: { login: 'u' }, base: end, head: { ...end, repo: null, user: null } };

test('a deleted fork and a deleted account do not hinder', () => {
  const event = parseEvent({ eventType: 'pull_request', guid: 'g', payload: { action: 'opened', repository, pull_request: { ...pull, user: null } } });
  expect(event).toMatchObject({ kind: 'pullRequest', pullRequest: { author: { login: 'ghost' }, head: { repository: undefined } } });
});

test('the pull request of another repository than the signing one is refused', () => {
  const foreign = { ...pull, base: { ...end, repo: { name: 'victim', owner: { login: 'o' } } } };
  expect(() => parseEvent({ eventType: 'pull_request', guid: 'g', payload: { action: 'opened', repository, pull_request: foreign } })).toThrow(
    /base\.repo: expected o\/r, found o\/victim/,
  );
});

test('the signing scope does not come from full_name', () => {
  expect(signingScope({ repository: { ...repository, full_name: 'evil/fork' } })).toEqual({ org: 'o', repo: 'r' });
  expect(signingScope({ organization: { login: 'x' } })).toEqual({ org: 'x' });
  expect(signingScope([])).toBeUndefined();
});

test.each([
  [{}, 'repository: expected an object, found nothing'],
  [{ repository: 3 }, 'repository: expected an object, found number'],
  [{ repository, action: 'opened', pull_request: { ...pull, number: 'x' } }, 'pull_request.number: expected an integer, found string'],
  [{ repository, action: 'opened', pull_request: { ...pull, labels: {} } }, 'pull_request.labels: expected a list, found object'],
])('names the field that is wrong: %#', (payload, message) => {
  expect(() => parseEvent({ eventType: 'pull_request', guid: 'g', payload })).toThrow(message);
});

test.each(['__proto__', 'constructor', 'toString', ''])('event type %p is just another unknown event', (eventType) => {
  expect(parseEvent({ eventType, guid: 'g', payload: {} }).kind).toBe('other');
});

test('tags and branches with slashes', () => {
  const push = (ref: string) => parseEvent({ eventType: 'push', guid: 'g', payload: { ref, before: '', after: 'a', repository: { ...repository, owner: { name: 'o' } }, commits: [] } });
  expect(push('refs/heads/feature/x')).toMatchObject({ branch: 'feature/x' });
  expect(push('refs/tags/v1')).toMatchObject({ branch: 'v1' });
});

test('what a person wrote, by kind of event', () => {
  const comment = { id: 5, body: '/test', user: { login: 'w' }, html_url: 'h' };
  const issue = { number: 3, title: 't', body: 'd', user: { login: 'u' }, state: 'open', labels: [{ name: 'l' }], pull_request: {} };
  const of = (eventType: string, payload: object) => toGenericComment(parseEvent({ eventType, guid: 'g', payload: { repository, ...payload } }));
  expect(of('issue_comment', { action: 'created', issue, comment })).toMatchObject({ action: 'created', body: '/test', commentId: 5, isPullRequest: true, number: 3, labels: ['l'], user: { login: 'w' } });
  expect(of('issues', { action: 'opened', issue: { ...issue, pull_request: undefined } })).toMatchObject({ body: 'd', user: { login: 'u' }, isPullRequest: false });
  expect(of('pull_request', { action: 'edited', pull_request: pull })).toMatchObject({ action: 'edited', body: '' });
  expect(of('pull_request', { action: 'labeled', label: { name: 'x' }, pull_request: pull })).toBeUndefined();
  expect(of('pull_request_review', { action: 'dismissed', pull_request: pull, review: { id: 1, body: null, user: { login: 'w' }, state: 'DISMISSED' } })).toMatchObject({ action: 'deleted', body: '' });
});
