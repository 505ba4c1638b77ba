import type { IssueName } from '@prow/clients-github';
import type { PullRequestEvent } from '@prow/model-github-events';
import { lgtmFor } from '@prow/model-plugin-config';
import { labelNames, labelsOn } from '../../labels.ts';
import { ownComments } from '../../own-comments.ts';
import { type PluginContext, pullOf } from '../../plugin.ts';
import { removedMessage, treeHashIn } from './messages.ts';
import { isSticky } from './sticky.ts';

/**
 * New commits were not looked at, nor what a change is on another branch: the label goes, unless the content is the same
 * or the author is trusted to.
 */
export async function handlePush(event: PullRequestEvent, context: Pick<PluginContext, 'github' | 'decide' | 'plugins'>): Promise<void> {
  const isMoved = event.action === 'edited' && event.changes.baseRefFrom !== undefined;
  if ((event.action !== 'synchronize' && !isMoved) || event.pullRequest.state !== 'open') return;
  const { github, decide, plugins } = context;
  const pull = pullOf(event);
  const labels = await labelsOn(github, pull);
  if (!labels.has(labelNames.lgtm)) return;
  const settings = lgtmFor(plugins, pull.org, pull.repo);
  if (await isSticky(pull, event.pullRequest.author.login, settings, context)) {
    decide('LGTM stays: the author is in the trusted team');
    return;
  }
  if (!isMoved && settings.store_tree_hash && (await isSameContent(pull, event.pullRequest.head.sha, context))) {
    decide('LGTM stays: the content is the same');
    return;
  }
  decide(isMoved ? 'LGTM goes: another base branch' : 'LGTM goes: new commits');
  await github.createComment({ ...pull, body: removedMessage() });
  if (settings.store_tree_hash) await askAgain(event, context);
  await github.removeLabel({ ...pull, label: labels.spelling(labelNames.lgtm) ?? labelNames.lgtm });
}

/** Only comments nobody has edited since can be believed. */
async function isSameContent(pull: IssueName, headSha: string, { github }: Pick<PluginContext, 'github'>): Promise<boolean> {
  const notes = await ownComments(github, pull, ({ body }) => treeHashIn(body) !== undefined);
  const last = notes.filter((comment) => comment.created_at === comment.updated_at).at(-1);
  if (last === undefined) return false;
  const { commit } = await github.getCommit({ org: pull.org, repo: pull.repo, ref: headSha });
  return treeHashIn(last.body) === commit.tree.sha;
}

async function askAgain(event: PullRequestEvent, { github }: Pick<PluginContext, 'github'>): Promise<void> {
  const author = event.pullRequest.author.login.toLowerCase();
  const logins = event.pullRequest.assignees.map(({ login }) => login).filter((login) => login.toLowerCase() !== author);
  if (logins.length > 0) await github.requestReviewers({ ...pullOf(event), logins });
}
