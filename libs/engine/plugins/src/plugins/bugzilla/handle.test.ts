import { describe, expect, test } from '@jest/globals';
import type { Bug, Bugzilla } from '@prow/clients-services';
import { emptyPluginConfig } from '@prow/model-plugin-config';
import { PluginWorld, type WorldOptions } from '../../testing/plugin-world.ts';
import { bugzillaPlugin } from './index.ts';
import { bugOptionsFor } from './options.ts';

class FakeBugzilla implements Bugzilla {
  readonly url = 'https://bugs.example';
  readonly calls: string[] = [];
  readonly bugs = new Map<number, Bug>();
  links: string[] = [];

  constructor(...bugs: Partial<Bug>[]) {
    for (const bug of bugs) {
      const id = bug.id ?? 12;
      this.bugs.set(id, { id, summary: '', status: 'NEW', resolution: '', severity: 'high', isOpen: true, targetReleases: [], dependsOn: [], groups: [], qaContact: '', ...bug });
    }
  }
  getBug = async (id: number): Promise<Bug | undefined> => this.bugs.get(id);
  updateBug = async (id: number, change: object): Promise<void> => void this.calls.push(`update ${id} ${JSON.stringify(change)}`);
  listExternalBugs = async (bugId: number): Promise<{ bugId: number; id: string }[]> => this.links.map((id) => ({ bugId, id }));
  addPullRequest = async (id: number, { number }: { number: number }): Promise<boolean> => (this.calls.push(`add ${id} ${number}`), true);
  removePullRequest = async (id: number, { number }: { number: number }): Promise<boolean> => (this.calls.push(`remove ${id} ${number}`), true);
}

const settings = "bugzilla:\n  default:\n    '*': {is_open: true, statuses: [NEW], state_after_validation: {status: POST}, add_external_link: true, state_after_merge: {status: MODIFIED}, state_after_close: {status: NEW}}\n";
const world = (bugzilla: FakeBugzilla, more: Partial<WorldOptions> = {}): PluginWorld => new PluginWorld({ plugin: bugzillaPlugin, settings, title: 'Bug 12: it breaks', services: { bugzilla }, answers: { listIssueEvents: [] }, ...more });

test('a valid bug: labels, link, next state', async () => {
  const bugzilla = new FakeBugzilla({});
  expect(await world(bugzilla, { labels: ['bugzilla/invalid-bug', 'bugzilla/severity-low'] }).pullRequest('opened')).toEqual([
    'removeLabel bugzilla/severity-low', 'removeLabel bugzilla/invalid-bug', 'addLabels bugzilla/severity-high, bugzilla/valid-bug',
    'createComment @author: This pull request references [Bugzilla bug 12](https://bugs.example/show_bug.cgi?id=12), which is valid. It has been moved to POST. It has a link to this pull request now.',
  ]);
  expect(bugzilla.calls).toEqual(['update 12 {"status":"POST"}', 'add 12 1']);
});

test('one that is not, and a label that a person put there', async () => {
  const bugzilla = new FakeBugzilla({ isOpen: false, status: 'CLOSED', resolution: 'WONTFIX' });
  const here = world(bugzilla);
  expect(await here.comment('x', '/bugzilla refresh')).toEqual(['addLabels bugzilla/severity-high, bugzilla/invalid-bug', expect.stringContaining('which is invalid')]);
  expect(here.comments.at(-1)?.body).toContain('✗ the bug must be in one of the states NEW, POST: it is CLOSED (WONTFIX)');
  const kept = world(bugzilla, { labels: ['bugzilla/valid-bug', 'bugzilla/severity-high'], answers: { listIssueEvents: [{ event: 'labeled', label: { name: 'bugzilla/valid-bug' }, actor: { login: 'john' } }] } });
  expect(await kept.comment('x', '/bugzilla refresh')).toEqual([expect.stringContaining('which is invalid')]);
  expect(bugzilla.calls).toEqual([]);
});

test('no bug, no such bug, a bug of a closed group', async () => {
  expect(await world(new FakeBugzilla(), { title: 'x' }).pullRequest('opened')).toEqual([]);
  expect(await world(new FakeBugzilla(), { title: 'x', labels: ['bugzilla/invalid-bug'] }).comment('x', '/bugzilla refresh')).toEqual(['removeLabel bugzilla/invalid-bug', expect.stringContaining('names no bug')]);
  expect(await world(new FakeBugzilla()).pullRequest('opened')).toEqual([expect.stringContaining('There is no bug 12')]);
  expect(await world(new FakeBugzilla({ groups: ['secret'] })).pullRequest('opened')).toEqual([expect.stringContaining('in a group that is not allowed')]);
  expect(await world(new FakeBugzilla({ groups: ['secret'] })).pullRequest('reopened')).toEqual([]);
});

test('titles that change', async () => {
  expect(await world(new FakeBugzilla({})).pullRequest('edited', { changes: { title: { from: 'Bug 12: other words' } } })).toEqual([]);
  expect(await world(new FakeBugzilla({})).pullRequest('edited', { changes: { title: { from: 'Bug 13: x' } } })).toHaveLength(2);
});

describe('the end', () => {
  const ended = (merged: boolean): object => ({ pull_request: { number: 1, title: 'Bug 12: it breaks', state: 'closed', merged, user: { login: 'a' }, base: { ref: 'main', sha: 's', repo: { name: 'repo', owner: { login: 'org' } } }, head: { ref: 'f', sha: 'h', repo: null } } });

  test('merged: the bug moves once all are', async () => {
    const bugzilla = new FakeBugzilla({ status: 'POST' });
    bugzilla.links = ['org/repo/pull/1', 'org/other/pull/2', 'stranger/repo/pull/3', 'nonsense'];
    let merged = false;
    const here = world(bugzilla, { answers: { getPullRequest: () => ({ merged }) } });
    expect(await here.pullRequest('closed', ended(true))).toEqual([expect.stringContaining('stays as it is until these are merged, or no longer linked: org/other#2.')]);
    merged = true;
    expect(await here.pullRequest('closed', ended(true))).toEqual([expect.stringContaining('It has been moved to MODIFIED.')]);
    expect(bugzilla.calls).toEqual(['update 12 {"status":"MODIFIED"}']);
  });

  test('merged: a state that nobody expects stays', async () => {
    const bugzilla = new FakeBugzilla({ status: 'VERIFIED' });
    expect(await world(bugzilla).pullRequest('closed', ended(true))).toEqual([expect.stringContaining('which is not expected')]);
    expect(bugzilla.calls).toEqual([]);
  });

  test('closed: the link goes, the bug goes back', async () => {
    const bugzilla = new FakeBugzilla({ status: 'POST' });
    expect(await world(bugzilla).pullRequest('closed', ended(false))).toEqual([expect.stringContaining('It has been moved to NEW.')]);
    expect(bugzilla.calls).toEqual(['remove 12 1', 'update 12 {"status":"NEW"}']);
  });
});

test('the QA contact', async () => {
  const search = (logins: string[]): object => ({ answers: { listIssueEvents: [], graphql: () => ({ search: { edges: logins.map((login) => ({ node: { login } })) } }) } });
  const said = async (logins: string[], bug: Partial<Bug> = { qaContact: 'qa@example.com' }): Promise<string> => {
    const here = world(new FakeBugzilla(bug), search(logins));
    await here.comment('x', '/bugzilla cc-qa');
    return here.comments.at(-1)?.body ?? '';
  };
  expect(await said(['tester'])).toContain('/cc @tester');
  expect(await said(['a', 'b'])).toContain('a, b.');
  expect(await said([])).toContain('Nobody on GitHub shows the address');
  expect(await said([], {})).toContain('has no QA contact');
});

test('settings go one over the other', () => {
  const bugzilla = {
    default: { '*': { is_open: true, allowed_groups: ['a'] }, main: { target_release: '1' } },
    orgs: { org: { default: { '*': { allowed_groups: ['b'] } }, repos: { repo: { branches: { main: { target_release: '2' }, old: { exclude_defaults: true } } } } } },
  };
  const options = (repo: string, branch: string): object => bugOptionsFor({ ...emptyPluginConfig(), bugzilla } as never, { org: 'org', repo, branch });
  expect(options('repo', 'main')).toMatchObject({ is_open: true, target_release: '2', allowed_groups: ['a', 'b'] });
  expect(options('other', 'main')).toMatchObject({ target_release: '1' });
  expect(options('repo', 'old')).toEqual({ exclude_defaults: true });
});
