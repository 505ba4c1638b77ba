import type { IssueCommentEvent } from '@prow/model-github-events';
import { CommandRegex } from '../../command-regex.ts';
import { labelNames, labelsOn } from '../../labels.ts';
import { nameOf, type PluginContext } from '../../plugin.ts';
import { bareCommand, formatReply } from '../../text.ts';
import { hasDeprecation, isNone, noteIn, withNote } from './note.ts';
import { setNoteLabel } from './set-labels.ts';

type Context = Pick<PluginContext, 'github' | 'decide'>;

const isNoneCommand = bareCommand('release-note-none');
const isOldCommand = bareCommand('release-note(?:-action-required)?');
const editCommand = new CommandRegex('(?mi)^/release-note-edit\\s*$');

/** `/release-note-none` and `/release-note-edit` on open pull requests. */
export async function handleCommand(event: IssueCommentEvent, context: Context): Promise<void> {
  const { issue, comment } = event;
  if (event.action !== 'created' || !issue.isPullRequest || issue.state !== 'open') return;
  if (editCommand.test(comment.body)) await edit(event, context);
  else if (isNoneCommand(comment.body)) await markNone(event, context);
  else if (isOldCommand(comment.body)) {
    await reply(event, 'this command no longer exists. Write a `release-note` block into the description, with the words "action required" in it where that is so.', context);
  }
}

async function markNone(event: IssueCommentEvent, context: Context): Promise<void> {
  const { issue, comment } = event;
  const pull = pullOf(event);
  const isAuthor = comment.user.login.toLowerCase() === issue.author.login.toLowerCase();
  if (!isAuthor && !(await context.github.isMember({ org: pull.org, login: comment.user.login }))) {
    return reply(event, `only the author and members of the organisation may say that there is nothing to note (label \`${labelNames.releaseNoteNone}\`).`, context);
  }
  const note = noteIn(issue.body);
  if (note !== '' && !isNone(note)) {
    return reply(event, `the \`${labelNames.releaseNote}\` block of the description has a note. It has to be empty or "NONE" for the label \`${labelNames.releaseNoteNone}\`.`, context);
  }
  const labels = await labelsOn(context.github, pull);
  if (hasDeprecation(labels)) return reply(event, 'what deprecates something needs a note, so this is not possible here.', context);
  return setNoteLabel(pull, labelNames.releaseNoteNone, labels, context);
}

async function edit(event: IssueCommentEvent, context: Context): Promise<void> {
  const { issue, comment } = event;
  const pull = pullOf(event);
  const note = noteIn(comment.body);
  if (!(await context.github.isMember({ org: pull.org, login: comment.user.login }))) return reply(event, 'only members of the organisation may edit the note.', context);
  if (note === '') return reply(event, 'the new note is missing: write it into a fenced block of this comment, below the command.', context);
  const body = withNote(issue.body, note);
  if (body === issue.body) return undefined;
  context.decide('release note edited', { by: comment.user.login });
  await context.github.updateIssue({ ...pull, body });
  return undefined;
}

async function reply(event: IssueCommentEvent, message: string, { github, decide }: Context): Promise<void> {
  decide('not done', { reason: message });
  await github.createComment({ ...pullOf(event), body: formatReply(event.comment, message) });
}

function pullOf(event: IssueCommentEvent): { org: string; repo: string; number: number } {
  return { ...nameOf(event.repository), number: event.issue.number };
}
