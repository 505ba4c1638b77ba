import type { Comment, IssueName } from '@prow/clients-github';
import type { EventPullRequest, GenericComment, PullRequestEvent } from '@prow/model-github-events';
import { nameOf, type PluginContext, pullOf, threadOf } from '../../plugin.ts';
import { formatReply } from '../../text.ts';
import { pickTo, type Wish } from './pick.ts';
import { branchesAskedFor, branchesOfLabels } from './requests.ts';

type Context = Pick<PluginContext, 'github' | 'git' | 'decide' | 'pullRequest' | 'attempt'>;

/** A comment asks for picks: done now when the pull request is merged, noted for then when it is not. */
export async function handleComment(comment: GenericComment, context: Context): Promise<void> {
  if (comment.action !== 'created' || !comment.isPullRequest || comment.eventType === 'pull_request') return;
  const branches = branchesAskedFor(comment.body);
  if (branches.length === 0) return;
  const { github, decide } = context;
  const thread = threadOf(comment);
  const pullRequest = await context.pullRequest(thread);
  const reply = (message: string): Promise<Comment> => github.createComment({ ...thread, body: formatReply(comment, message) });
  if (!pullRequest.isMerged) {
    if (pullRequest.state !== 'open') return;
    if (!(await mayAsk(thread.org, comment.user.login, context))) return refuse(comment, context);
    decide('will be picked once it is merged', { branches });
    await reply(`Once this is merged, it will be picked to ${branches.join(', ')}, and you will be assigned.`);
    return;
  }
  if (!(await mayAsk(thread.org, comment.user.login, context))) return refuse(comment, context);
  // The first branch is picked to; the rest follow when that one is merged, as upstream's chains do.
  await pickAll(thread, pullRequest, [{ branch: branches[0] ?? '', by: comment.user.login, onward: branches.slice(1) }], context);
}

/** When it is merged, everything asked for until then is done: comments, the description, labels. A later label counts, too. */
export async function handlePullRequest(event: PullRequestEvent, context: Context): Promise<void> {
  const { pullRequest } = event;
  if (!pullRequest.isMerged || (event.action !== 'closed' && event.action !== 'labeled')) return;
  const pull = pullOf(event);
  const wishes = new Map<string, Wish>();
  const add = (wish: Wish): void => void (wishes.has(wish.branch) || wishes.set(wish.branch, wish));
  for (const branch of branchesOfLabels(event.action === 'labeled' ? [event.label ?? ''] : pullRequest.labels)) add({ branch, by: pullRequest.author.login, onward: [] });
  if (event.action === 'closed') {
    const said = [{ login: pullRequest.author.login, body: pullRequest.body }, ...(await context.github.listComments(pull)).map(({ user, body }) => ({ login: user.login, body }))];
    for (const { login, body } of said) {
      const [first, ...onward] = branchesAskedFor(body);
      if (first !== undefined && (await mayAsk(pull.org, login, context))) add({ branch: first, by: login, onward });
    }
  }
  if (wishes.size > 0) await pickAll(pull, pullRequest, [...wishes.values()], context);
}

async function pickAll(pull: IssueName, pullRequest: EventPullRequest, wishes: readonly Wish[], context: Context): Promise<void> {
  const { github, decide } = context;
  for (const wish of wishes) {
    if (wish.branch === pullRequest.base.ref) {
      await github.createComment({ ...pull, body: `@${wish.by}: this pull request was made for \`${wish.branch}\` itself: there is nothing to pick.` });
      continue;
    }
    const outcome = await pickTo(pull, pullRequest, wish, context);
    decide('picked', { branch: wish.branch, outcome: outcome.kind });
    await github.createComment({ ...pull, body: `@${wish.by}: ${outcome.message}` });
  }
}

async function mayAsk(org: string, login: string, { github }: Context): Promise<boolean> {
  return !(await github.isBot(login)) && github.isMember({ org, login });
}

async function refuse(comment: GenericComment, { github, decide }: Context): Promise<void> {
  if (await github.isBot(comment.user.login)) return;
  decide('not a member', { by: comment.user.login });
  await github.createComment({ ...threadOf(comment), body: formatReply(comment, `only members of ${nameOf(comment.repository).org} may ask for cherry-picks.`) });
}
