import type { Comment, GitHubClient, IssueName } from '@prow/clients-github';

type Needs = Pick<GitHubClient, 'listComments' | 'deleteComment' | 'isBot'>;

/** The bot's own comments on a thread that are of a kind, oldest first. */
export async function ownComments(github: Needs, { org, repo, number }: IssueName, isKind: (comment: Comment) => boolean): Promise<Comment[]> {
  const candidates = (await github.listComments({ org, repo, number })).filter(isKind);
  const own = await Promise.all(candidates.map(async (comment) => github.isBot(comment.user.login)));
  return candidates.filter((_, index) => own[index]);
}

/** Deletes the bot's own comments of a kind: those that are no longer true. */
export async function pruneComments(github: Needs, thread: IssueName, isKind: (comment: Comment) => boolean): Promise<number> {
  const stale = await ownComments(github, thread, isKind);
  for (const comment of stale) await github.deleteComment({ org: thread.org, repo: thread.repo, commentId: comment.id });
  return stale.length;
}
