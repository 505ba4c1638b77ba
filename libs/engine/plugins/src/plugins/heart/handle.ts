import { compileRegex } from '@prow/base-regex';
import type { ReactionContent } from '@prow/clients-github';
import type { IssueCommentEvent, PullRequestEvent } from '@prow/model-github-events';
import { ownersFilenamesFor } from '@prow/model-plugin-config';
import { nameOf, type PluginContext, pullOf } from '../../plugin.ts';

const REACTIONS: readonly ReactionContent[] = ['+1', 'heart', 'hooray'];

/** Likes what those adored say. */
export async function handleIssueComment(event: IssueCommentEvent, { github, plugins, guid }: Pick<PluginContext, 'github' | 'plugins' | 'guid'>): Promise<void> {
  if (event.action !== 'created') return;
  const { adorees = [], commentregexp = '' } = plugins.heart ?? {};
  if (commentregexp === '' || !adorees.some((login) => login.toLowerCase() === event.comment.user.login.toLowerCase())) return;
  if (!compileRegex(commentregexp).test(event.comment.body)) return;
  await github.reactToComment({ ...nameOf(event.repository), commentId: event.comment.id, content: reactionFor(guid) });
}

/** Likes new owners. */
export async function handlePullRequest(event: PullRequestEvent, { github, plugins, guid }: Pick<PluginContext, 'github' | 'plugins' | 'guid'>): Promise<void> {
  if (event.action !== 'opened') return;
  const { org, repo } = event.repository;
  const names = ownersFilenamesFor(plugins, org, repo);
  const files = await github.listChangedFiles(pullOf(event));
  const isOwners = (path: string): boolean => [names.owners, names.owners_aliases].includes(path.slice(path.lastIndexOf('/') + 1));
  if (files.some(({ filename, additions, deletions }) => isOwners(filename) && additions > deletions)) {
    await github.reactToIssue({ ...pullOf(event), content: reactionFor(guid) });
  }
}

function reactionFor(guid: string): ReactionContent {
  const sum = Buffer.from(guid).reduce((total, byte) => total + byte, 0);
  return REACTIONS[sum % REACTIONS.length] ?? 'heart';
}
