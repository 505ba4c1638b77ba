import { expect, test } from '@jest/globals';
import { LabelSet } from '../../labels.ts';
import { PluginWorld, type WorldOptions } from '../../testing/plugin-world.ts';
import { releaseNote } from './index.ts';
import { labelForNote, withNote } from './note.ts';

const needed = 'do-not-merge/release-note-label-needed';
const world = (more: Partial<WorldOptions> = {}): PluginWorld => new PluginWorld({ plugin: releaseNote, members: ['member'], author: 'author', ...more });

test.each([
  ['```release-note\r\nNONE\r\n```', [], 'release-note-none'],
  ['```release-note\nNo.\n```', [], 'release-note-none'],
  ['```release-note\nAdds x\n```', [], 'release-note'],
  ['```release-note\nAction Required: x\n```', [], 'release-note-action-required'],
  ['**Release note**:\n<!-- hint -->\n```\nx\n```', [], 'release-note'],
  ['```release-note\n\n```', [], needed],
  ['', ['release-note-none'], 'release-note-none'],
  ['```release-note\nNONE\n```', ['kind/deprecation'], needed],
])('%j with %j', (body, labels, label) => expect(labelForNote(body, new LabelSet(labels))).toBe(label));

test('missing notes are asked for, and the question goes when one comes', async () => {
  const pull = world({ body: 'nothing' });
  expect(await pull.pullRequest('opened')).toEqual([expect.stringContaining('createComment No release-note block was found'), `addLabels ${needed}`]);
  expect(await pull.comment('author', '/release-note-none')).toEqual([expect.stringContaining('deleteComment No release-note block'), `removeLabel ${needed}`, 'addLabels release-note-none']);
});

test('who may say what', async () => {
  expect(await world().comment('x', '/release-note-none')).toEqual([expect.stringContaining('createComment @x: only the author and members')]);
  expect(await world({ body: '```release-note\nx\n```' }).comment('member', '/release-note-none')).toEqual([expect.stringContaining('has a note')]);
  expect(await world().comment('author', '/release-note-edit\n```release-note\nx\n```')).toEqual([expect.stringContaining('only members')]);
  expect(await world().comment('member', '/release-note-edit\n```release-note\nx\n```')).toEqual([expect.stringContaining('updateIssue')]);
});

test('the note is replaced where it is', () => {
  expect(withNote('B\n```release-note\nold\n```\nC', 'new')).toBe('B\n```release-note\r\nnew\r\n```\nC');
  expect(withNote('B', '$1')).toBe('B\n\n```release-note\r\n$1\r\n```');
});
