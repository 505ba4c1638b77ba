import type { Comment, IssueName, ReactionContent, RepositoryName } from './types.ts';

/** What people and bots say below issues and pull requests. */
export interface Comments {
  /** All comments, oldest first. */
  listComments(name: IssueName): Promise<Comment[]>;
  getComment(name: RepositoryName & { commentId: number }): Promise<Comment>;
  /**
   * A new comment. Bodies over GitHub's limit of 65,536 characters are cut at the end, with a note that says so.
   * Never repeated by the client after an answer got lost: look for your marker before trying again.
   */
  createComment(comment: IssueName & { body: string }): Promise<Comment>;
  editComment(comment: RepositoryName & { commentId: number; body: string }): Promise<Comment>;
  /** False when it was gone already. */
  deleteComment(name: RepositoryName & { commentId: number }): Promise<boolean>;
  reactToComment(reaction: RepositoryName & { commentId: number; content: ReactionContent }): Promise<void>;
  reactToIssue(reaction: IssueName & { content: ReactionContent }): Promise<void>;
}
