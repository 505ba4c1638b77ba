import { describe, expect, test } from '@jest/globals';
import { PluginWorld, type WorldOptions } from '../../testing/plugin-world.ts';
import { associatedIssue } from './associated-issue.ts';
import { approve } from './index.ts';
import { readApprovals } from './read-approvals.ts';

const owners = { '': { approvers: ['root'] }, src: { approvers: ['anna'] }, docs: { approvers: ['carl'] } };
const world = (more: Partial<WorldOptions> = {}): PluginWorld => new PluginWorld({ plugin: approve, owners, files: [{ filename: 'src/a' }], author: 'author', ...more });
const not = 'createComment [APPROVALNOTIFIER] This PR is **NOT APPROVED**';
const yes = 'createComment [APPROVALNOTIFIER] This PR is **APPROVED**';

describe('approve', () => {
  test('from opened to approved and back', async () => {
    const pull = world();
    expect(await pull.pullRequest('opened')).toEqual([not]);
    expect(pull.comments[0]?.body).toContain('<!-- META={"approvers":["anna"]} -->');
    expect(await pull.comment('anna', '/approve')).toEqual([not.replace('create', 'delete'), yes, 'addLabels approved']);
    expect(await pull.comment('anna', '/approve')).toEqual([]);
    expect(await pull.comment('anna', '/approve cancel')).toEqual([yes.replace('create', 'delete'), not, 'removeLabel approved']);
  });

  test('another base branch is looked at anew', async () => {
    const pull = world();
    expect(await pull.pullRequest('edited', { changes: { title: { from: 'x' } } })).toEqual([]);
    expect(await pull.pullRequest('edited', { changes: { base: { ref: { from: 'release' } } } })).toEqual([not]);
    expect(await pull.pullRequest('edited', { changes: { base: { ref: { from: 'release' } } } })).toEqual([]);
  });

  test('a command that was written into a comment later, or taken away with it, counts as it is now', async () => {
    const pull = world({ comments: [{ user: 'anna', body: '/approve' }], labels: ['approved'] });
    expect(await pull.pullRequest('synchronize')).toEqual([yes]);
    pull.comments.shift();
    const changes = await pull.event('issue_comment', { action: 'deleted', issue: { number: 1, title: 't', state: 'open', user: { login: 'author' }, pull_request: {} }, comment: { id: 1, body: '/approve', user: { login: 'anna' } } });
    expect(changes).toEqual([yes.replace('create', 'delete'), not, 'removeLabel approved']);
    expect(await pull.comment('anna', 'fine, then:\n/approve', { action: 'edited' })).toEqual([not.replace('create', 'delete'), yes, 'addLabels approved']);
  });

  test('an author who is an approver has approved', async () => {
    expect(await world({ author: 'anna' }).pullRequest('opened')).toEqual([yes, 'addLabels approved']);
    expect(await world({ author: 'anna', settings: 'approve:\n- repos: [org]\n  require_self_approval: true\n' }).pullRequest('opened')).toEqual([not]);
  });

  test('every file needs an approver', async () => {
    const two = world({ files: [{ filename: 'src/a' }, { filename: 'docs/b' }] });
    expect(await two.comment('anna', '/approve')).toEqual([not]);
    expect(two.comments.at(-1)?.body).toMatch(/~~\[src\/OWNERS\].*~~ \[anna\]/);
    expect(two.comments.at(-1)?.body).toMatch(/\*\*\[docs\/OWNERS\]/);
    expect(await two.comment('root', '/approve')).toEqual([not.replace('create', 'delete'), yes, 'addLabels approved']);
  });

  test('a file that moved away is approved for where it was, too', async () => {
    expect(await world({ files: [{ filename: 'src/a', previous_filename: 'docs/a', status: 'renamed' }] }).comment('anna', '/approve')).toEqual([not]);
  });

  test.each([
    ['ours, where deck is known', { commandHelpUrl: 'https://deck.example/command-help' }, 'https://deck.example/command-help'],
    ["upstream's, where it is not", {}, 'https://go.k8s.io/bot-commands'],
    ['the one that is set, whatever else is known', { commandHelpUrl: 'https://deck.example/command-help', settings: 'approve:\n- repos: [org]\n  commandHelpLink: https://help.example\n' }, 'https://help.example'],
  ])('links to the list of commands: %s', async (_name, options, link) => {
    const pull = world(options);
    await pull.pullRequest('opened');
    expect(pull.comments[0]?.body).toContain(`[here](${link}?repo=org%2Frepo)`);
  });

  test('an issue where one is required', async () => {
    const settings = 'approve:\n- repos: [org]\n  issue_required: true\n';
    expect(await world({ settings }).comment('anna', '/approve')).toEqual([not]);
    expect(await world({ settings }).comment('anna', '/approve no-issue')).toEqual([yes, 'addLabels approved']);
    expect(await world({ settings, body: 'Fixes #7' }).comment('anna', '/approve')).toEqual([yes, 'addLabels approved']);
  });

  test('closed pull requests, the bot and other words are left alone', async () => {
    expect(await world({ state: 'closed' }).comment('anna', '/approve')).toEqual([]);
    expect(await world().comment('ci-bot', '/approve')).toEqual([]);
    expect(await world().comment('anna', '/approved')).toEqual([]);
  });
});

describe('readApprovals', () => {
  const rules = { author: 'author', authorUrl: '#', isAuthorApproving: false, isLgtmApproving: false, isReviewStateCounting: true };
  const said = (login: string, body: string, at: string, reviewState?: string) => ({ login, body, at, url: 'u', ...(reviewState === undefined ? {} : { reviewState }) });

  test('the latest word counts, in the order it was said', () => {
    expect([...readApprovals([said('a', '/approve cancel', '2'), said('A', '/approve', '1')], rules)]).toEqual([]);
    expect([...readApprovals([said('a', '', '1', 'approved'), said('a', '', '2', 'changes_requested')], rules)]).toEqual([]);
    expect(readApprovals([said('A', '/approve', '1')], rules).get('a')).toMatchObject({ login: 'A', how: 'Approved' });
  });

  test('/lgtm approves only where configured', () => {
    expect(readApprovals([said('a', '/lgtm', '1')], rules).size).toBe(0);
    expect(readApprovals([said('a', '/lgtm', '1')], { ...rules, isLgtmApproving: true }).get('a')?.how).toBe('LGTM');
  });
});

test.each([
  ['Fixes #12', 12],
  ['see https://github.com/org/x/issues/34', 34],
  ['https://github.com/other/x/issues/34', undefined],
  ['nothing', undefined],
])('associated issue of %j', (body, number) => expect(associatedIssue(body, 'org')).toBe(number));
