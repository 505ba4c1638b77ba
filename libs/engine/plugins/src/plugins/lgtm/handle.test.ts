import { expect, test } from '@jest/globals';
import { PluginWorld, type WorldOptions } from '../../testing/plugin-world.ts';
import { lgtm } from './index.ts';

const world = (more: Partial<WorldOptions> = {}): PluginWorld => new PluginWorld({ plugin: lgtm, collaborators: ['helper'], author: 'author', ...more });
const treeHash = { settings: 'lgtm:\n- repos: [org]\n  store_tree_hash: true\n', answers: { getCommit: { commit: { tree: { sha: 'a'.repeat(40) } } } } };

test('collaborators give it and are assigned; the author and strangers do not', async () => {
  expect(await world().comment('helper', '/LGTM')).toEqual(['assign helper', 'addLabels lgtm']);
  expect(await world({ assignees: ['helper'] }).comment('helper', '/lgtm no-issue')).toEqual(['addLabels lgtm']);
  expect(await world().comment('author', '/lgtm')).toEqual(['createComment @author: Authors cannot LGTM their own pull requests.']);
  expect(await world().comment('x', '/lgtm')).toEqual(['createComment @x: Only collaborators of the repository can give or take back an LGTM.']);
  expect(await world({ labels: ['lgtm'] }).comment('author', '/lgtm cancel')).toEqual(['removeLabel lgtm']);
});

test('where collaborators are not looked at, owners of what changes count', async () => {
  const owned = { settings: 'owners:\n  skip_collaborators: [org]\n', owners: { src: { reviewers: ['rev'] } }, files: [{ filename: 'src/a' }] };
  expect(await world(owned).comment('rev', '/lgtm')).toEqual(['addLabels lgtm']);
  expect((await world(owned).comment('helper', '/lgtm'))[0]).toContain('Only approvers and reviewers');
});

test('new commits take it off; the comment goes with the next one', async () => {
  const pushed = world({ labels: ['lgtm'] });
  expect(await pushed.pullRequest('synchronize')).toEqual(['createComment New changes are detected. The LGTM of the state before has been taken off.', 'removeLabel lgtm']);
  expect(await pushed.comment('helper', '/lgtm')).toEqual(['assign helper', 'deleteComment New changes are detected. The LGTM of the state before has been taken off.', 'addLabels lgtm']);
});

test('another base branch takes it off, whatever the content; other edits do not', async () => {
  const moved = { changes: { base: { ref: { from: 'release' }, sha: { from: 'c'.repeat(40) } } } };
  const pull = world({ ...treeHash, labels: ['lgtm'] });
  expect(await pull.pullRequest('edited', { changes: { title: { from: 'x' }, body: { from: 'y' } } })).toEqual([]);
  expect(await pull.pullRequest('edited', moved)).toEqual(['createComment New changes are detected. The LGTM of the state before has been taken off.', 'removeLabel lgtm']);
  expect(await world().pullRequest('edited', moved)).toEqual([]);
});

test('the same content keeps it, where the tree was written down', async () => {
  const same = world(treeHash);
  expect(await same.comment('helper', '/lgtm')).toEqual(['assign helper', `createComment LGTM label has been added.  <details>Git tree hash: ${'a'.repeat(40)}</details>`, 'addLabels lgtm']);
  expect(await same.pullRequest('synchronize')).toEqual([]);
});

test('reviews count where configured, but for those that carry a command', async () => {
  const settings = 'lgtm:\n- repos: [org/repo]\n  review_acts_as_lgtm: true\n';
  expect(await world({ settings }).review('helper', 'approved')).toEqual(['assign helper', 'addLabels lgtm']);
  expect(await world({ settings, labels: ['lgtm'] }).review('helper', 'changes_requested')).toEqual(['assign helper', 'removeLabel lgtm']);
  expect(await world({ settings }).review('helper', 'approved', '/lgtm cancel')).toEqual(['assign helper']);
  expect(await world().review('helper', 'approved')).toEqual([]);
});
