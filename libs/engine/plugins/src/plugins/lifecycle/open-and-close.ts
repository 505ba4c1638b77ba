import { GitHubError } from '@prow/clients-github';
import type { GenericComment } from '@prow/model-github-events';
import { CommandRegex } from '../../command-regex.ts';
import { labelsOn } from '../../labels.ts';
import { type PluginContext, threadOf } from '../../plugin.ts';
import { bareCommand, formatReply } from '../../text.ts';

type Context = Pick<PluginContext, 'github' | 'decide'>;

const closeCommand = new CommandRegex('(?mi)^/close(\\s+not-planned)?\\s*$');
const isReopenCommand = bareCommand('reopen');

/** Authors and collaborators may close; anyone may close what has gone stale. */
export async function handleClose(comment: GenericComment, { github, decide }: Context): Promise<void> {
  if (comment.issueState !== 'open') return;
  const match = closeCommand.match(comment.body);
  if (match === null) return;
  const thread = threadOf(comment);
  const isNotPlanned = match[1] !== undefined && match[1] !== '' && !comment.isPullRequest;
  const isAllowed = (await isAuthorOrCollaborator(comment, github)) || (await isStale(comment, github));
  if (!isAllowed) {
    decide('not allowed to close', { by: comment.user.login });
    await github.createComment({ ...thread, body: formatReply(comment, 'Only its author and collaborators of the repository may close what is still active.') });
    return;
  }
  decide('closed', { by: comment.user.login, isNotPlanned });
  const what = comment.isPullRequest ? 'pull request' : 'issue';
  await github.createComment({ ...thread, body: formatReply(comment, isNotPlanned ? `Closing this ${what}: it is not planned.` : `Closing this ${what}.`) });
  await github.updateIssue({ ...thread, state: 'closed', ...(comment.isPullRequest ? {} : { stateReason: isNotPlanned ? 'not_planned' : 'completed' }) });
}

export async function handleReopen(comment: GenericComment, { github, decide }: Context): Promise<void> {
  if (comment.issueState !== 'closed' || !isReopenCommand(comment.body)) return;
  const thread = threadOf(comment);
  const what = comment.isPullRequest ? 'pull request' : 'issue';
  if (!(await isAuthorOrCollaborator(comment, github))) {
    decide('not allowed to reopen', { by: comment.user.login });
    await github.createComment({ ...thread, body: formatReply(comment, `Only its author and collaborators of the repository may reopen this ${what}.`) });
    return;
  }
  try {
    await github.updateIssue({ ...thread, state: 'open' });
  } catch (error) {
    if (!(error instanceof GitHubError) || !error.isValidation) throw error;
    decide('GitHub refused to reopen', { message: error.githubMessage });
    await github.createComment({ ...thread, body: formatReply(comment, `GitHub refused to reopen this ${what}: ${error.githubMessage || 'no reason given'}.`) });
    return;
  }
  decide('reopened', { by: comment.user.login });
  await github.createComment({ ...thread, body: formatReply(comment, `Reopened this ${what}.`) });
}

async function isAuthorOrCollaborator(comment: GenericComment, github: Context['github']): Promise<boolean> {
  const { org, repo } = comment.repository;
  if (comment.user.login.toLowerCase() === comment.issueAuthor.login.toLowerCase()) return true;
  return github.isCollaborator({ org, repo, login: comment.user.login });
}

async function isStale(comment: GenericComment, github: Context['github']): Promise<boolean> {
  const labels = await labelsOn(github, threadOf(comment));
  return labels.has('lifecycle/stale') || labels.has('lifecycle/rotten');
}
