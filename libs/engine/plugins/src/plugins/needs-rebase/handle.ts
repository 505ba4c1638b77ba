import type { IssueName } from '@prow/clients-github';
import type { EventPullRequest, GenericComment, PullRequestEvent } from '@prow/model-github-events';
import { labelNames, labelsOn } from '../../labels.ts';
import { pruneComments } from '../../own-comments.ts';
import { type PluginContext, pullOf, threadOf } from '../../plugin.ts';

type Context = Pick<PluginContext, 'github' | 'decide' | 'pullRequest'>;
const ACTIONS: ReadonlySet<string> = new Set(['opened', 'reopened', 'synchronize']);
const intro = 'This pull request does not merge into its base branch any more';

export async function handlePullRequest(event: PullRequestEvent, context: Context): Promise<void> {
  if (ACTIONS.has(event.action)) await check(pullOf(event), event.pullRequest, context);
}

export async function handleComment(comment: GenericComment, context: Context): Promise<void> {
  if (comment.action !== 'created' || !comment.isPullRequest || comment.issueState !== 'open' || comment.eventType === 'pull_request') return;
  await check(threadOf(comment), await context.pullRequest(threadOf(comment)), context);
}

/** The label and a comment say that there are conflicts. GitHub is asked when the payload does not know. */
async function check(pull: IssueName, pullRequest: EventPullRequest, { github, decide }: Context): Promise<void> {
  if (pullRequest.state !== 'open' || pullRequest.isMerged) return;
  const isMergeable = pullRequest.isMergeable ?? (await github.isMergeable({ ...pull, sha: pullRequest.head.sha }));
  const present = await labelsOn(github, pull);
  const label = labelNames.needsRebase;
  if (present.has(label) === !isMergeable) return;
  decide(isMergeable ? 'merges again' : 'conflicts with its base');
  if (isMergeable) {
    await pruneComments(github, pull, ({ body }) => body.startsWith(intro));
    await github.removeLabel({ ...pull, label: present.spelling(label) ?? label });
    return;
  }
  await github.createComment({ ...pull, body: `${intro}: please rebase it, ${pullRequest.author.login}.` });
  await github.addLabels({ ...pull, labels: [label] });
}
