import type { IssueName, Review, ReviewComment } from './types.ts';

export interface DraftReviewComment {
  path: string;
  body: string;
  /** Line of the new version (side RIGHT) or the old one. Either this or `position`. */
  line?: number;
  side?: 'LEFT' | 'RIGHT';
  /** Line of the diff, as older callers count. */
  position?: number;
}

/** Reviews, their line comments, and who is asked for one. */
export interface Reviews {
  listReviews(name: IssueName): Promise<Review[]>;
  listReviewComments(name: IssueName): Promise<ReviewComment[]>;
  createReview(
    review: IssueName & {
      event: 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT';
      body: string;
      commitId?: string;
      comments?: readonly DraftReviewComment[];
    },
  ): Promise<Review>;
  replyToReviewComment(reply: IssueName & { commentId: number; body: string }): Promise<ReviewComment>;
  /**
   * Asks for reviews: all in one request, and when GitHub refuses it, one by one. Says who could not be asked (not a
   * collaborator, the author, unknown) instead of failing. Teams by slug.
   * upstream: pkg/github/client.go RequestReview
   */
  requestReviewers(
    request: IssueName & { logins?: readonly string[]; teams?: readonly string[] },
  ): Promise<{ refused: string[] }>;
  unrequestReviewers(
    request: IssueName & { logins?: readonly string[]; teams?: readonly string[] },
  ): Promise<{ refused: string[] }>;
}
