import { createHash } from 'node:crypto';
import type { EventPullRequest, GenericComment, PullRequestEvent, StatusEvent } from '@prow/model-github-events';
import { pullRequestFromApi } from '@prow/model-github-events';
import { CommandRegex } from '../../command-regex.ts';
import { baseTip } from '../../base-tip.ts';
import { changedPaths } from '../../changed-paths.ts';
import { nameOf, type PluginContext, threadOf } from '../../plugin.ts';
import { bareCommand } from '../../text.ts';
import { busyUsers } from './busy-users.ts';
import { chooseReviewers } from './choose-reviewers.ts';

type Context = Pick<PluginContext, 'github' | 'decide' | 'plugins' | 'owners' | 'pullRequest' | 'guid'>;

const isAutoCc = bareCommand('auto-cc');
const hasCc = new CommandRegex('(?mi)^/cc\\b');

/** Asks people whom OWNERS name for a review of new pull requests that ask nobody themselves. */
export async function handlePullRequest(event: PullRequestEvent, context: Context): Promise<void> {
  if (event.action !== 'opened' && event.action !== 'ready_for_review') return;
  const { blunderbuss } = context.plugins;
  const { pullRequest } = event;
  if (blunderbuss.wait_for_status !== undefined) return context.decide('waits for a status', { context: blunderbuss.wait_for_status.context });
  // A draft is looked at when it is ready; ready_for_review comes only where drafts were passed over.
  if (event.action === 'ready_for_review' && !blunderbuss.ignore_drafts) return undefined;
  if (blunderbuss.ignore_drafts && pullRequest.isDraft) return context.decide('drafts are not looked at');
  if (hasCc.test(pullRequest.body)) return context.decide('the description asks for reviewers itself');
  if (isIgnoredAuthor(pullRequest, context)) return context.decide('the author is among those to be ignored');
  return ask(event.repository, pullRequest, context);
}

export async function handleComment(comment: GenericComment, context: Context): Promise<void> {
  if (comment.action !== 'created' || !comment.isPullRequest || comment.issueState !== 'open' || !isAutoCc(comment.body)) return;
  await ask(comment.repository, await context.pullRequest(threadOf(comment)), context);
}

/** Where configured, reviewers are asked only once a status says so, if nobody has been asked until then. */
export async function handleStatus(event: StatusEvent, context: Context): Promise<void> {
  const wait = context.plugins.blunderbuss.wait_for_status;
  if (wait === undefined || event.context !== wait.context || event.state !== wait.state) return;
  if (wait.description && event.description !== wait.description) return;
  const pulls = await context.github.listPullRequestsOfCommit({ ...nameOf(event.repository), sha: event.sha });
  for (const pullRequest of pulls.map(pullRequestFromApi)) {
    const isOpen = pullRequest.state === 'open' && pullRequest.head.sha === event.sha;
    if (!isOpen || pullRequest.requestedReviewers.length > 0 || hasCc.test(pullRequest.body) || isIgnoredAuthor(pullRequest, context)) continue;
    await ask(event.repository, pullRequest, context);
  }
}

async function ask(repository: PullRequestEvent['repository'], pullRequest: EventPullRequest, context: Context): Promise<void> {
  const { github, decide, plugins, guid } = context;
  const name = nameOf(repository);
  const pull = { ...name, number: pullRequest.number };
  const settings = plugins.blunderbuss;
  const [paths, baseSha] = await Promise.all([changedPaths(github, pull), baseTip({ ...name, pullRequest }, context)]);
  const owners = await context.owners.load({ ...name, baseRef: pullRequest.base.ref, baseSha });
  const candidates = new Set(paths.flatMap((path) => [...owners.reviewers(path), ...owners.approvers(path)]));
  const busy = settings.use_status_availability ? await busyUsers(github, { org: name.org, logins: [...candidates] }) : new Set<string>();
  const { chosen, required } = chooseReviewers(owners, paths, {
    count: settings.request_count,
    maxCount: settings.max_request_count ?? 0,
    excludesApprovers: settings.exclude_approvers ?? false,
    excluded: new Set([pullRequest.author.login.toLowerCase(), ...busy]),
    random: seededRandom(guid),
  });
  const logins = [...new Set([...chosen, ...required])];
  decide('reviewers chosen', { chosen, required, busy: [...busy] });
  if (logins.length > 0) await github.requestReviewers({ ...pull, logins });
}

function isIgnoredAuthor(pullRequest: EventPullRequest, { plugins }: Context): boolean {
  return (plugins.blunderbuss.ignore_authors ?? []).some((login) => login.toLowerCase() === pullRequest.author.login.toLowerCase());
}

/** Handled again, the same delivery asks the same people. */
function seededRandom(seed: string): () => number {
  let counter = 0;
  return () => createHash('sha256').update(`${seed}/${(counter += 1)}`).digest().readUInt32BE(0) / 2 ** 32;
}
