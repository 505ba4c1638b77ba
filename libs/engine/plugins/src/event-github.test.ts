import { expect, test } from '@jest/globals';
import type { GitHubClient } from '@prow/clients-github';
import { markOf, withoutMark } from './comment-mark.ts';
import { type Effect, eventGitHub, SharedReads } from './event-github.ts';

function world(attempt = 0): { github: GitHubClient; calls: string[]; comments: { body: string }[]; effects: Effect[]; again: (plugin?: string) => GitHubClient } {
  const calls: string[] = [];
  const comments: { body: string }[] = [];
  const effects: Effect[] = [];
  const answers: Record<string, (request: { body: string; fails?: boolean }) => unknown> = {
    listIssueLabels: () => [],
    isMember: ({ fails }) => {
      if (fails) throw new Error('away');
      return true;
    },
    listComments: () => comments,
    createComment: ({ body }) => {
      comments.push({ body });
      return { body, html_url: 'https://x/1' };
    },
    removeLabel: () => false,
    addLabels: () => [],
  };
  const client = new Proxy({} as GitHubClient, {
    get: (_, name) => async (request: never) => {
      calls.push(String(name));
      return answers[String(name)]?.(request);
    },
  });
  const reads = new SharedReads();
  const again = (plugin = 'p'): GitHubClient => eventGitHub({ github: client, reads, guid: 'g', plugin, attempt, clock: { sleep: async () => undefined }, onEffect: (effect) => void effects.push(effect) });
  return { github: again(), calls, comments, effects, again };
}
const thread = { org: 'o', repo: 'r', number: 1 };

test('reads are shared by all plugins of an event until something changes', async () => {
  const { github, calls, again } = world();
  await Promise.all([github.listIssueLabels(thread), again('q').listIssueLabels(thread), github.isMember({ org: 'o', login: 'x' })]);
  expect(calls).toEqual(['listIssueLabels', 'isMember']);
  await github.addLabels({ ...thread, labels: ['x'] });
  await github.listIssueLabels(thread);
  await github.isMember({ org: 'o', login: 'x' });
  expect(calls).toEqual(['listIssueLabels', 'isMember', 'addLabels', 'listIssueLabels']);
});

test('a failed read is asked again', async () => {
  const { github, calls } = world();
  const query = { org: 'o', login: 'x', fails: true };
  await expect(github.isMember(query)).rejects.toThrow('away');
  await expect(github.isMember(query)).rejects.toThrow('away');
  expect(calls).toHaveLength(2);
});

test('changes are effects; what was not there to be removed is none', async () => {
  const { github, effects } = world();
  await github.removeLabel({ ...thread, label: 'x' });
  await github.createComment({ ...thread, body: 'y'.repeat(1000) });
  expect(effects).toEqual([{ operation: 'createComment', request: { ...thread, body: `${'y'.repeat(300)}…` }, url: 'https://x/1' }]);
});

test('handled again, a comment is not made twice; another plugin, text or delivery makes its own', async () => {
  const first = world();
  await first.github.createComment({ ...thread, body: 'hello\n' });
  const [comment] = first.comments;
  expect(markOf(comment?.body ?? '')).toMatch(/^[0-9a-f-]{36}$/);
  expect(withoutMark(comment?.body ?? '')).toBe('hello');
  expect(comment?.body).not.toContain('<!--');
  const again = world(1);
  again.comments.push({ body: (comment?.body ?? '').replaceAll('\n', '\r\n') });
  await again.github.createComment({ ...thread, body: 'hello\n' });
  expect(again.comments).toHaveLength(1);
  await again.github.createComment({ ...thread, body: 'other' });
  await again.again('q').createComment({ ...thread, body: 'hello\n' });
  expect(again.comments).toHaveLength(3);
});
