// GitHub leaves out or nulls what the contract promises to be there.
import type { Commit, Issue, PullRequest, Review, ReviewComment, Comment, Status, User } from '../roles/types.ts';

/** Whom GitHub shows for a deleted account. */
const ghost: User = { login: 'ghost', id: 10137, type: 'User' };

export function normalizePull(pull: PullRequest): PullRequest {
  return {
    ...pull,
    body: pull.body ?? '',
    draft: pull.draft ?? false,
    user: pull.user ?? ghost,
    labels: pull.labels ?? [],
    assignees: pull.assignees ?? [],
    milestone: pull.milestone ?? null,
    requested_reviewers: pull.requested_reviewers ?? [],
    requested_teams: pull.requested_teams ?? [],
    merged_at: pull.merged_at ?? null,
    merge_commit_sha: pull.merge_commit_sha ?? null,
  };
}

export function normalizeIssue(issue: Issue): Issue {
  return {
    ...issue,
    body: issue.body ?? '',
    user: issue.user ?? ghost,
    labels: (issue.labels ?? []).map((label) => (typeof label === 'string' ? { name: label } : label)),
    assignees: issue.assignees ?? [],
    milestone: issue.milestone ?? null,
  };
}

export function normalizeComment(comment: Comment): Comment {
  return { ...comment, body: comment.body ?? '', user: comment.user ?? ghost };
}

export function normalizeReview(review: Review): Review {
  return { ...review, body: review.body ?? '', user: review.user ?? ghost, state: review.state.toUpperCase() as Review['state'] };
}

export function normalizeReviewComment(comment: ReviewComment): ReviewComment {
  return { ...comment, body: comment.body ?? '', user: comment.user ?? ghost };
}

export function normalizeStatus(status: Status): Status {
  return { ...status, description: status.description ?? '', target_url: status.target_url ?? '' };
}

export function normalizeCommit(commit: Commit): Commit {
  return { ...commit, author: commit.author ?? null, committer: commit.committer ?? null, parents: commit.parents ?? [] };
}

/** GitHub counts characters; what is over the limit is cut, and says so. */
export function cutBody(body: string, maxLength = 65_536): string {
  if (body.length <= maxLength) return body;
  const note = '\n\n… (cut: too long for a comment)';
  return `${body.slice(0, maxLength - note.length)}${note}`;
}

/** Cuts in the middle, as both the beginning and the end of a description carry meaning (`… BaseSHA:<sha>`). */
export function cutDescription(description: string, maxLength = 140): string {
  if (description.length <= maxLength) return description;
  const gap = ' ... ';
  const half = Math.floor((maxLength - gap.length) / 2);
  return `${description.slice(0, half)}${gap}${description.slice(description.length - half)}`;
}
