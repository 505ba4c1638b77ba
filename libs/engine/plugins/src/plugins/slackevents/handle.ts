import { compileRegex } from '@prow/base-regex';
import type { GenericComment, PushEvent } from '@prow/model-github-events';
import type { PluginContext } from '../../plugin.ts';
import { isExempt, mergeWarningFor } from './merge-warning.ts';

type Context = Pick<PluginContext, 'github' | 'decide' | 'plugins' | 'services' | 'notes' | 'note'>;

const mention = compileRegex('@kubernetes/sig-([\\w-]*)-(misc|test-failures|bugs|feature-requests|proposals|pr-reviews|api-reviews)');
const maxMentions = 30;
const maxQuoteChars = 3000;
const noCommit = /^0{40}$/;

/** Tells the channels of groups that they were mentioned. */
export async function handleMention(comment: GenericComment, context: Context): Promise<void> {
  if (comment.action !== 'created') return;
  const channels = new Set(mention.matchAll(comment.body, maxMentions).map(({ groups }) => `sig-${groups[1] ?? ''}`));
  const known = (context.plugins.slack?.mentionchannels ?? []).filter((channel) => channels.has(channel));
  if (known.length === 0 || (await context.github.isBot(comment.user.login))) return;
  const { login } = comment.user;
  for (const channel of known) await tell(channel, `${channel} was mentioned by ${escapeSlack(login)} (<@${escapeSlack(login)}>) on GitHub. (${comment.htmlUrl})\n>>>${escapeSlack(comment.body.slice(0, maxQuoteChars))}`, context);
}

/** Warns of pushes by people where only robots merge. */
export async function handlePush(event: PushEvent, context: Context): Promise<void> {
  const { org, repo } = event.repository;
  const warning = mergeWarningFor(context.plugins.slack?.mergewarnings ?? [], org, repo);
  const login = event.sender?.login ?? '';
  if (warning === undefined) return;
  if (isExempt(warning, { login, branch: event.branch })) return context.decide('pushes of this person are expected', { by: login, branch: event.branch });
  const text = `*Warning:* ${escapeSlack(login)} (<@${escapeSlack(login)}>) ${whatHappened(event)}: ${event.compareUrl}`;
  for (const channel of new Set(warning.channels ?? [])) await tell(channel, text, context);
}

function whatHappened({ before, isDeleted, isForced, commits, branch }: PushEvent): string {
  const name = escapeSlack(branch);
  if (noCommit.test(before)) return `pushed a new branch (${name})`;
  if (isDeleted) return `deleted a branch (${name})`;
  return `${isForced ? '*force* merged' : 'manually merged'} ${commits.length} commit(s) into ${name}`;
}

/** Once for each channel, however often the handler runs. */
async function tell(channel: string, text: string, { services: { slack }, decide, notes, note }: Context): Promise<void> {
  if (slack === undefined) return decide('Slack is not configured: hook has no --slack-token-file', { channel });
  const mark = `told ${channel}`;
  if (notes.has(mark)) return;
  await slack.postMessage({ channel, text });
  await note(mark);
  decide('told in Slack', { channel });
}

/** https://api.slack.com/reference/surfaces/formatting#escaping */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
