import type { GenericComment } from '@prow/model-github-events';
import { labelNames, labelsOn } from '../../labels.ts';
import { pruneComments } from '../../own-comments.ts';
import { type PluginContext, threadOf } from '../../plugin.ts';
import { bareCommand, formatReply } from '../../text.ts';

const asksHelp = bareCommand('help');
const endsHelp = bareCommand('remove-help');
const asksNewcomer = bareCommand('good-first-issue');
const endsNewcomer = bareCommand('remove-good-first-issue');

const helpText = 'This is now marked as looking for a contributor.';
const newcomerText = 'This is now marked as suited to somebody who is new here.';

type Context = Pick<PluginContext, 'github' | 'decide' | 'plugins'>;

/** Marks issues as looking for help, or as good for newcomers, which implies the former. */
export async function handleHelp(comment: GenericComment, context: Context): Promise<void> {
  if (comment.action !== 'created' || comment.isPullRequest || comment.issueState !== 'open') return;
  if (endsHelp(comment.body)) await unmark(comment, [labelNames.help, labelNames.goodFirstIssue], [helpText, newcomerText], context);
  else if (asksNewcomer(comment.body)) await mark(comment, [labelNames.help, labelNames.goodFirstIssue], newcomerText, newcomerHint, context);
  else if (endsNewcomer(comment.body)) await unmark(comment, [labelNames.goodFirstIssue], [newcomerText], context);
  else if (asksHelp(comment.body)) await mark(comment, [labelNames.help], helpText, helpHint, context);
}

const helpHint = 'Please make sure the issue says what is wanted well enough for somebody from outside. To take the mark off again, comment `/remove-help`.';
const newcomerHint = 'Please make sure the issue names the files and the steps, and that somebody is there to answer questions. To take the mark off again, comment `/remove-good-first-issue`.';

async function mark(comment: GenericComment, wanted: readonly string[], text: string, hint: string, { github, decide, plugins }: Context): Promise<void> {
  const thread = threadOf(comment);
  const present = await labelsOn(github, thread);
  const missing = wanted.filter((label) => !present.has(label));
  if (missing.length === 0) return;
  decide('marked for contributors', { labels: missing });
  const guidelines = plugins.help.help_guidelines_url;
  const more = guidelines ? `\n\nSee the [guidelines](${guidelines}).` : '';
  // The comment goes first: the labels are what a second run goes by.
  await github.createComment({ ...thread, body: formatReply(comment, `\n${text}\n\n${hint}${more}`) });
  await github.addLabels({ ...thread, labels: missing });
}

async function unmark(comment: GenericComment, labels: readonly string[], texts: readonly string[], { github, decide }: Context): Promise<void> {
  const thread = threadOf(comment);
  const present = await labelsOn(github, thread);
  const there = labels.filter((label) => present.has(label));
  if (there.length === 0) return;
  decide('mark for contributors taken off', { labels: there });
  await pruneComments(github, thread, ({ body }) => texts.some((text) => body.includes(text)));
  for (const label of there) await github.removeLabel({ ...thread, label: present.spelling(label) ?? label });
}
