import { ApiError, invalid } from '../api-error.ts';
import type { Forge } from '../forge.ts';
import { emitReview, emitReviewComment } from '../hooks/emit.ts';
import type { PullRecord } from '../state/queries.ts';
import type { AccountRecord, RepositoryRecord, ReviewCommentRecord, ReviewRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { present } from './comments.ts';
import { checkBody, save } from './issue-changes.ts';

const stateOf = { APPROVE: 'APPROVED', REQUEST_CHANGES: 'CHANGES_REQUESTED', COMMENT: 'COMMENTED' } as const;

export interface NewReviewComment {
  path: string;
  body: string;
  line: number | null;
  side: 'LEFT' | 'RIGHT';
  position: number | null;
}

export interface NewReview {
  event: keyof typeof stateOf;
  body: string;
  commitSha?: string;
  comments: readonly NewReviewComment[];
}

export async function createReview(forge: Forge, { actor, repository, issue, review }: { actor: AccountRecord; repository: RepositoryRecord; issue: PullRecord; review: NewReview }): Promise<ReviewRecord> {
  const isOwn = actor.login.toLowerCase() === issue.author.toLowerCase();
  if (isOwn && review.event === 'APPROVE') throw new ApiError(422, 'Review Can not approve your own pull request');
  if (isOwn && review.event === 'REQUEST_CHANGES') throw new ApiError(422, 'Review Can not request changes on your own pull request');
  if (review.body === '' && review.comments.length === 0 && review.event !== 'APPROVE') throw invalid('PullRequestReview', 'body', 'body cannot be blank', 'missing_field');
  checkBody('PullRequestReview', review.body);
  await forge.study(issue);
  return forge.change(actor, (change, tell) => {
    const telling = tell(repository);
    const { now } = telling;
    const current = save(telling, present(telling, issue)) as PullRecord;
    const record: ReviewRecord = {
      id: change.nextId(),
      repoId: repository.id,
      number: issue.number,
      author: actor.login,
      body: review.body,
      state: stateOf[review.event],
      commitSha: review.commitSha ?? current.pull.headSha,
      submittedAt: now,
    };
    change.put(tables.reviews, record);
    const reviewers = current.pull.reviewers.filter((login) => login.toLowerCase() !== actor.login.toLowerCase());
    const after = reviewers.length === current.pull.reviewers.length ? current : (save(telling, { ...current, pull: { ...current.pull, reviewers } }) as PullRecord);
    emitReview(telling, 'submitted', after, record);
    for (const comment of review.comments) {
      emitReviewComment(telling, 'created', after, change.put(tables.reviewComments, newComment({ id: change.nextId(), record, actor, now, comment: { ...comment, inReplyTo: null, diffHunk: '' } })));
    }
    return record;
  });
}

function newComment({ id, record, actor, now, comment }: { id: number; record: ReviewRecord; actor: AccountRecord; now: number; comment: NewReviewComment & { inReplyTo: number | null; diffHunk: string } }): ReviewCommentRecord {
  checkBody('PullRequestReviewComment', comment.body);
  return { id, repoId: record.repoId, number: record.number, reviewId: record.id, author: actor.login, commitSha: record.commitSha, createdAt: now, updatedAt: now, ...comment };
}

/** A line comment of its own, or a reply to one: each makes a review, as on GitHub. */
export function createReviewComment(
  forge: Forge,
  { actor, repository, issue, comment, inReplyTo, commitSha }: { actor: AccountRecord; repository: RepositoryRecord; issue: PullRecord; comment: NewReviewComment; inReplyTo: ReviewCommentRecord | null; commitSha?: string },
): Promise<ReviewCommentRecord> {
  if (comment.body.trim() === '') throw invalid('PullRequestReviewComment', 'body', 'body cannot be blank', 'missing_field');
  return forge.change(actor, (change, tell) => {
    const telling = tell(repository);
    const { now } = telling;
    const current = save(telling, present(telling, issue)) as PullRecord;
    const review: ReviewRecord = { id: change.nextId(), repoId: repository.id, number: issue.number, author: actor.login, body: '', state: 'COMMENTED', commitSha: commitSha ?? current.pull.headSha, submittedAt: now };
    change.put(tables.reviews, review);
    const record = newComment({ id: change.nextId(), record: review, actor, now, comment: { ...comment, inReplyTo: inReplyTo?.id ?? null, diffHunk: inReplyTo?.diffHunk ?? '' } });
    change.put(tables.reviewComments, record);
    emitReview(telling, 'submitted', current, review);
    emitReviewComment(telling, 'created', current, record);
    return record;
  });
}

/** Edits a line comment; without `body`, deletes it. */
export function changeReviewComment(
  forge: Forge,
  { actor, repository, issue, comment, body }: { actor: AccountRecord; repository: RepositoryRecord; issue: PullRecord; comment: ReviewCommentRecord; body?: string },
): Promise<ReviewCommentRecord> {
  if (body?.trim() === '') throw invalid('PullRequestReviewComment', 'body', 'body cannot be blank', 'missing_field');
  if (body !== undefined) checkBody('PullRequestReviewComment', body);
  return forge.change(actor, (change, tell) => {
    const telling = tell(repository);
    const current = present(telling, issue) as PullRecord;
    if (body === comment.body) return comment;
    if (body === undefined) {
      change.delete(tables.reviewComments, comment);
      emitReviewComment(telling, 'deleted', current, comment);
      return comment;
    }
    const edited = change.put(tables.reviewComments, { ...comment, body, updatedAt: telling.now });
    emitReviewComment(telling, 'edited', current, edited, { changes: { body: { from: comment.body } } });
    return edited;
  });
}

export function dismissReview(forge: Forge, { actor, repository, issue, review }: { actor: AccountRecord; repository: RepositoryRecord; issue: PullRecord; review: ReviewRecord }): Promise<ReviewRecord> {
  if (review.state !== 'APPROVED' && review.state !== 'CHANGES_REQUESTED') throw new ApiError(422, 'Can not dismiss a commented pull request review');
  return forge.change(actor, (change, tell) => {
    const telling = tell(repository);
    const dismissed = change.put(tables.reviews, { ...review, state: 'DISMISSED' as const });
    emitReview(telling, 'dismissed', present(telling, issue) as PullRecord, dismissed);
    return dismissed;
  });
}
