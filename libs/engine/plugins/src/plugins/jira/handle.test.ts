import { expect, test } from '@jest/globals';
import type { Jira } from '@prow/clients-services';
import { PluginWorld, type WorldOptions } from '../../testing/plugin-world.ts';
import { jiraPlugin } from './index.ts';
import { linkIssueNames } from './link-issues.ts';

class FakeJira implements Jira {
  readonly url = 'https://jira.example';
  readonly calls: string[] = [];
  links: { id: number; url: string; title: string }[] = [];
  projectKeys = async (): Promise<ReadonlySet<string>> => new Set(['ABC']);
  hasIssue = async (key: string): Promise<boolean> => (this.calls.push(`has ${key}`), key !== 'ABC-404');
  listRemoteLinks = async (): Promise<{ id: number; url: string; title: string }[]> => this.links;
  addRemoteLink = async (key: string, { title }: { title: string }): Promise<void> => void this.calls.push(`add ${key} ${title}`);
  updateRemoteLink = async (key: string, { title }: { title: string }): Promise<void> => void this.calls.push(`update ${key} ${title}`);
}

const world = (jira: FakeJira, more: Partial<WorldOptions> = {}): PluginWorld => new PluginWorld({ plugin: jiraPlugin, services: { jira }, ...more });

test('names that exist become links, here and there', async () => {
  const jira = new FakeJira();
  expect(await world(jira).comment('a', 'see ABC-1, ABC-404 and UTF-8: ABC-1')).toEqual(['editComment {"commentId":1,"body":"see ABC-1, ABC-404 and UTF-8: ABC-1"}'.replaceAll('ABC-1"', '[ABC-1](https://jira.example/browse/ABC-1)"').replace('see ABC-1,', 'see [ABC-1](https://jira.example/browse/ABC-1),')]);
  expect(jira.calls).toEqual(['has ABC-404', 'has ABC-1', 'add ABC-1 org/repo#1: Title']);
});

test('a link that is there is left alone, or renamed', async () => {
  const jira = new FakeJira();
  jira.links = [{ id: 1, url: 'https://github.com/org/repo/pull/1', title: 'org/repo#1: Title' }];
  await world(jira).comment('a', '[ABC-1](https://jira.example/browse/ABC-1)');
  expect(jira.calls).toEqual(['has ABC-1']);
  jira.links = [{ id: 1, url: 'https://github.com/org/repo/pull/1', title: 'old' }];
  await world(jira).comment('a', '`ABC-1`, ABC-1 ');
  expect(jira.calls.at(-1)).toBe('update ABC-1 org/repo#1: Title');
});

test('titles name issues, too; descriptions are edited', async () => {
  const jira = new FakeJira();
  const opened = world(jira, { title: 'ABC-7: work', body: 'for ABC-8\n' });
  expect(await opened.pullRequest('opened')).toEqual(['updatePullRequest {"number":1,"body":"for [ABC-8](https://jira.example/browse/ABC-8)\\n"}']);
  expect(jira.calls.filter((call) => call.startsWith('add'))).toEqual(['add ABC-8 org/repo#1: ABC-7: work', 'add ABC-7 org/repo#1: ABC-7: work']);
});

test('switched off projects, deleted comments, no Jira', async () => {
  const jira = new FakeJira();
  await world(jira, { settings: 'jira: {disabled_jira_projects: [abc]}\n' }).comment('a', 'ABC-1');
  await world(jira).comment('a', 'ABC-1', { action: 'deleted' });
  expect(jira.calls).toEqual([]);
  const without = new PluginWorld({ plugin: jiraPlugin });
  await without.comment('a', 'ABC-1');
  expect(without.decisions).toEqual(['Jira is not configured: hook has no --jira-endpoint']);
});

test.each([
  ['```\nABC-1\n```\nABC-1', '```\nABC-1\n```\n[ABC-1](u/browse/ABC-1)'],
  ['    ABC-1', '    ABC-1'],
  ['X-ABC-1 ABC-12 /ABC-1', 'X-ABC-1 ABC-12 /ABC-1'],
])('%j', (text, linked) => {
  expect(linkIssueNames(text, ['ABC-1'], 'u')).toBe(linked);
});
