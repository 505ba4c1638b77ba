import type { IssueName } from '@prow/clients-github';
import type { EventPullRequest, GenericComment, PullRequestEvent, ReviewEvent } from '@prow/model-github-events';
import { approveFor, ownersFilenamesFor } from '@prow/model-plugin-config';
import { baseTip } from '../../base-tip.ts';
import { changedPaths } from '../../changed-paths.ts';
import { commandLines } from '../../command-regex.ts';
import { withoutMark } from '../../comment-mark.ts';
import { labelNames, type LabelSet, labelsOn } from '../../labels.ts';
import { ownComments } from '../../own-comments.ts';
import { type PluginContext, pullOf, threadOf } from '../../plugin.ts';
import { associatedIssue } from './associated-issue.ts';
import { Coverage } from './coverage.ts';
import { isNotification, notification } from './notification.ts';
import { hasApproveCommand, type ReadingRules, readApprovals, type Utterance } from './read-approvals.ts';

type Context = Pick<PluginContext, 'commandHelpUrl' | 'github' | 'decide' | 'plugins' | 'owners' | 'pullRequest' | 'clock'>;

const PUSHES: ReadonlySet<string> = new Set(['opened', 'reopened', 'synchronize']);

/** A command that was written, changed or taken away: what is there now counts. */
export function wantsComment({ isPullRequest, body }: GenericComment): boolean {
  return isPullRequest && commandLines(body) !== '';
}

export async function handleComment(comment: GenericComment, context: Context): Promise<void> {
  if (!comment.isPullRequest || comment.issueState !== 'open') return;
  const { isLgtmApproving } = switches(context, comment.repository);
  // The description of a new pull request is looked at when it is opened, like everything else.
  if (comment.eventType === 'pull_request' || !hasApproveCommand(comment.body, { isLgtmApproving })) return;
  if (await context.github.isBot(comment.user.login)) return;
  await decideApproval(threadOf(comment), await context.pullRequest(threadOf(comment)), context);
}

export async function handleReview(event: ReviewEvent, context: Context): Promise<void> {
  const { review, pullRequest, repository } = event;
  if ((event.action !== 'submitted' && event.action !== 'dismissed') || pullRequest.state !== 'open') return;
  const { isLgtmApproving, isReviewStateCounting } = switches(context, repository);
  if (!isReviewStateCounting || (await context.github.isBot(review.user.login))) return;
  if (hasApproveCommand(review.body, { isLgtmApproving })) return;
  if (event.action === 'submitted' && review.state !== 'approved' && review.state !== 'changes_requested') return;
  await decideApproval(pullOf(event), pullRequest, context);
}

export async function handlePullRequest(event: PullRequestEvent, context: Context): Promise<void> {
  const isByHand = event.action === 'labeled' && event.label?.toLowerCase() === labelNames.approved;
  // Another base branch has other OWNERS.
  const isMoved = event.action === 'edited' && event.changes.baseRefFrom !== undefined;
  if (!PUSHES.has(event.action) && !isByHand && !isMoved) return;
  if (event.pullRequest.state !== 'open') return;
  if (isByHand && (event.sender === undefined || (await context.github.isBot(event.sender.login)))) return;
  await decideApproval(pullOf(event), event.pullRequest, context);
}

/** Everything is computed from what is there now; nothing depends on which event came. */
async function decideApproval(pull: IssueName, pullRequest: EventPullRequest, context: Context): Promise<void> {
  const { github, decide, plugins } = context;
  const settings = approveFor(plugins, pull.org, pull.repo);
  const [paths, baseSha, labels] = await Promise.all([changedPaths(github, pull), baseTip({ ...pull, pullRequest }, context), labelsOn(github, pull)]);
  const owners = await context.owners.load({ org: pull.org, repo: pull.repo, baseRef: pullRequest.base.ref, baseSha });
  const coverage = new Coverage(owners, paths);
  const approvals = readApprovals(await utterances(pull, context), rulesFor(pullRequest, context, pull));
  const approvers = new Set(approvals.keys());

  const issueNumber = associatedIssue(pullRequest.body, pull.org);
  const isWaived = [...approvals.values()].some(({ isNoIssue, login }) => isNoIssue && paths.some((path) => owners.approvers(path).has(login.toLowerCase())));
  const isIssueFine = !settings.issue_required || issueNumber !== undefined || isWaived;
  const isByHand = await isApprovedByHand(pull, labels, context);
  const isApproved = (coverage.isCovered(approvers) && isIssueFine) || isByHand;
  decide(isApproved ? 'approved' : 'not approved', { by: [...approvers], isByHand, isIssueFine, open: coverage.groups.filter((group) => !coverage.isGroupCovered(group, approvers)).map(({ folder }) => folder || '/') });

  const assignees = new Set(pullRequest.assignees.map(({ login }) => login.toLowerCase()).filter((login) => login !== pullRequest.author.login.toLowerCase()));
  const text = notification({
    coverage,
    approvals,
    isApproved,
    suggested: coverage.suggest({ approvers, assignees, seed: pull.number }),
    issue: { isRequired: settings.issue_required ?? false, number: issueNumber, isWaived },
    repository: { ...pull, htmlUrl: pullRequest.base.repository?.htmlUrl ?? '', baseRef: pullRequest.base.ref },
    ownersFile: ownersFilenamesFor(plugins, pull.org, pull.repo).owners,
    commandHelpLink: settings.isCommandHelpLinkSet ? settings.commandHelpLink : (context.commandHelpUrl ?? settings.commandHelpLink),
    processLink: settings.pr_process_link,
  });
  await notify(pull, text, context);
  if (isApproved && !labels.has(labelNames.approved)) await github.addLabels({ ...pull, labels: [labelNames.approved] });
  if (!isApproved && labels.has(labelNames.approved)) await github.removeLabel({ ...pull, label: labels.spelling(labelNames.approved) ?? labelNames.approved });
}

/** The comment stays when it says the same; else a new one takes the place of all old ones. */
async function notify(pull: IssueName, text: string, { github }: Context): Promise<void> {
  const present = await ownComments(github, pull, ({ body }) => isNotification(body));
  const last = present.at(-1);
  const isSaid = last !== undefined && withoutMark(last.body) === text;
  for (const comment of isSaid ? present.slice(0, -1) : present) await github.deleteComment({ org: pull.org, repo: pull.repo, commentId: comment.id });
  if (!isSaid) await github.createComment({ ...pull, body: text });
}

async function utterances(pull: IssueName, { github }: Context): Promise<Utterance[]> {
  const [comments, reviewComments, reviews] = await Promise.all([github.listComments(pull), github.listReviewComments(pull), github.listReviews(pull)]);
  const all: Utterance[] = [
    ...reviewComments.map(({ user, body, html_url, created_at }) => ({ login: user.login, body, url: html_url, at: created_at })),
    ...comments.map(({ user, body, html_url, created_at }) => ({ login: user.login, body, url: html_url, at: created_at })),
    ...reviews.map(({ user, body, html_url, submitted_at, state }) => ({ login: user.login, body, url: html_url, at: submitted_at ?? '', reviewState: state.toLowerCase() })),
  ];
  const logins = [...new Set(all.map(({ login }) => login))];
  const bots = new Set((await Promise.all(logins.map(async (login) => ((await github.isBot(login)) ? [login] : [])))).flat());
  return all.filter(({ login }) => !bots.has(login));
}

/** A person put the label there, and nobody has since: that counts, whatever OWNERS say. */
async function isApprovedByHand(pull: IssueName, labels: LabelSet, { github }: Context): Promise<boolean> {
  if (!labels.has(labelNames.approved)) return false;
  const events = await github.listIssueEvents(pull);
  const last = events.filter(({ event, label }) => event === 'labeled' && label?.name.toLowerCase() === labelNames.approved).at(-1);
  return last?.actor !== undefined && last.actor !== null && !(await github.isBot(last.actor.login));
}

function switches({ plugins }: Pick<Context, 'plugins'>, { org, repo }: { org: string; repo: string }): Pick<ReadingRules, 'isLgtmApproving' | 'isReviewStateCounting'> {
  const settings = approveFor(plugins, org, repo);
  return { isLgtmApproving: settings.lgtm_acts_as_approve ?? false, isReviewStateCounting: !(settings.ignore_review_state ?? false) };
}

function rulesFor(pullRequest: EventPullRequest, context: Context, pull: IssueName): ReadingRules {
  const settings = approveFor(context.plugins, pull.org, pull.repo);
  return {
    author: pullRequest.author.login,
    authorUrl: `${pullRequest.htmlUrl}#`,
    isAuthorApproving: !(settings.require_self_approval ?? false),
    ...switches(context, pull),
  };
}
