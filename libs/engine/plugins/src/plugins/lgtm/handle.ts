import type { IssueName } from '@prow/clients-github';
import type { GenericComment, GitHubUser, ReviewEvent } from '@prow/model-github-events';
import { lgtmFor, skipsCollaborators } from '@prow/model-plugin-config';
import { CommandRegex } from '../../command-regex.ts';
import { baseTip } from '../../base-tip.ts';
import { changedPaths } from '../../changed-paths.ts';
import { labelNames, labelsOn } from '../../labels.ts';
import { pruneComments } from '../../own-comments.ts';
import { type PluginContext, pullOf, threadOf } from '../../plugin.ts';
import { formatReply } from '../../text.ts';
import { isRemovedMessage, treeHashMessage } from './messages.ts';
import { isSticky } from './sticky.ts';

type Context = Pick<PluginContext, 'github' | 'decide' | 'plugins' | 'owners' | 'pullRequest'>;

const addCommand = new CommandRegex('(?mi)^/lgtm(?: no-issue)?\\s*$');
const removeCommand = new CommandRegex('(?mi)^/(remove-lgtm|lgtm cancel)\\s*$');

/** Who says what about which pull request. */
interface Opinion {
  readonly pull: IssueName;
  readonly isLgtm: boolean;
  readonly user: GitHubUser;
  readonly body: string;
  readonly htmlUrl: string;
  readonly author: GitHubUser;
  readonly assignees: readonly GitHubUser[];
}

export async function handleComment(comment: GenericComment, context: Context): Promise<void> {
  if (comment.action !== 'created' || !comment.isPullRequest || comment.issueState !== 'open') return;
  const isLgtm = addCommand.test(comment.body);
  if (!isLgtm && !removeCommand.test(comment.body)) return;
  const { user, body, htmlUrl, issueAuthor: author, assignees } = comment;
  await act({ pull: threadOf(comment), isLgtm, user, body, htmlUrl, author, assignees }, context);
}

/** Where configured, an approving review is an LGTM and one that asks for changes takes it back. */
export async function handleReview(event: ReviewEvent, context: Context): Promise<void> {
  const { review, pullRequest, repository } = event;
  if (event.action !== 'submitted' || pullRequest.state !== 'open' || !lgtmFor(context.plugins, repository.org, repository.repo).review_acts_as_lgtm) return;
  if (review.user.type === 'Bot' || (await context.github.isBot(review.user.login))) return;
  // A command in the review's text says it more clearly, and is handled as one.
  if (addCommand.test(review.body) || removeCommand.test(review.body)) return;
  if (review.state !== 'approved' && review.state !== 'changes_requested') return;
  const { user, body, htmlUrl } = review;
  await act({ pull: pullOf(event), isLgtm: review.state === 'approved', user, body, htmlUrl, author: pullRequest.author, assignees: pullRequest.assignees }, context);
}

async function act(opinion: Opinion, context: Context): Promise<void> {
  const { github, decide, plugins } = context;
  const { pull, isLgtm, user, author } = opinion;
  const refusal = await whyRefused(opinion, context);
  if (refusal !== undefined) {
    decide('not allowed', { by: user.login, reason: refusal });
    await github.createComment({ ...pull, body: formatReply(opinion, refusal) });
    return;
  }
  const isAuthor = sameLogin(user.login, author.login);
  const isAssigned = opinion.assignees.some(({ login }) => sameLogin(login, user.login));
  if (!isAuthor && !isAssigned && !skipsCollaborators(plugins, pull.org, pull.repo)) await github.assign({ ...pull, logins: [user.login] });

  const labels = await labelsOn(github, pull);
  if (labels.has(labelNames.lgtm) === isLgtm) return;
  decide(isLgtm ? 'looks good' : 'no longer looks good', { by: user.login });
  if (!isLgtm) {
    await github.removeLabel({ ...pull, label: labels.spelling(labelNames.lgtm) ?? labelNames.lgtm });
    return;
  }
  await pruneComments(github, pull, ({ body }) => isRemovedMessage(body));
  const settings = lgtmFor(plugins, pull.org, pull.repo);
  if (settings.store_tree_hash && !(await isSticky(pull, author.login, settings, context))) await noteTree(pull, context);
  // Last: where it is there, all of this has been done.
  await github.addLabels({ ...pull, labels: [labelNames.lgtm] });
}

async function whyRefused(opinion: Opinion, context: Context): Promise<string | undefined> {
  const { pull, isLgtm, user, author } = opinion;
  if (sameLogin(user.login, author.login)) return isLgtm ? 'Authors cannot LGTM their own pull requests.' : undefined;
  if (!skipsCollaborators(context.plugins, pull.org, pull.repo)) {
    const isAllowed = await context.github.isCollaborator({ org: pull.org, repo: pull.repo, login: user.login });
    return isAllowed ? undefined : 'Only collaborators of the repository can give or take back an LGTM.';
  }
  return (await isOwnerOfChange(pull, user.login, context)) ? undefined : 'Only approvers and reviewers named in OWNERS files of what changes can give or take back an LGTM.';
}

async function isOwnerOfChange(pull: IssueName, login: string, context: Context): Promise<boolean> {
  const { github, owners } = context;
  const name = { org: pull.org, repo: pull.repo };
  const pullRequest = await context.pullRequest(pull);
  const [paths, baseSha] = await Promise.all([changedPaths(github, pull), baseTip({ ...name, pullRequest }, context)]);
  const repository = await owners.load({ ...name, baseRef: pullRequest.base.ref, baseSha });
  const who = login.toLowerCase();
  return paths.some((path) => repository.approvers(path).has(who) || repository.reviewers(path).has(who));
}

/** Writes down which content was looked at, so that a push without change of content does not count. */
async function noteTree(pull: IssueName, { github, pullRequest }: Context): Promise<void> {
  const { head } = await pullRequest(pull);
  const { commit } = await github.getCommit({ org: pull.org, repo: pull.repo, ref: head.sha });
  await github.createComment({ ...pull, body: treeHashMessage(commit.tree.sha) });
}

function sameLogin(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
