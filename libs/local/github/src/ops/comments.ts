import { ApiError, invalid } from '../api-error.ts';
import type { Forge } from '../forge.ts';
import { emitComment, type Telling } from '../hooks/emit.ts';
import type { AccountRecord, CommentRecord, IssueRecord, ReactionRecord, RepositoryRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { checkBody, save } from './issue-changes.ts';
import { isPull } from '../state/queries.ts';

const contents = new Set(['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes']);

export async function createComment(forge: Forge, { actor, repository, issue, body }: { actor: AccountRecord; repository: RepositoryRecord; issue: IssueRecord; body: string }): Promise<CommentRecord> {
  if (body.trim() === '') throw invalid('IssueComment', 'body', 'body cannot be blank', 'missing_field');
  checkBody('IssueComment', body);
  if (isPull(issue)) await forge.study(issue);
  return forge.change(actor, (change, tell) => {
    const telling = tell(repository);
    const { now } = telling;
    const comment: CommentRecord = { id: change.nextId(), repoId: repository.id, number: issue.number, author: actor.login, body, reactions: [], createdAt: now, updatedAt: now };
    change.put(tables.comments, comment);
    emitComment(telling, 'created', save(telling, present(telling, issue)), comment);
    return comment;
  });
}

/** The issue as it is within this change: another one may have been made since it was read. */
export function present({ change }: Telling, issue: IssueRecord): IssueRecord {
  const found = change.get(tables.issues, tables.issues.keyOf(issue));
  if (found === undefined) throw new ApiError(404, 'Not Found');
  return found;
}

export function editComment(forge: Forge, { actor, repository, comment, body }: { actor: AccountRecord; repository: RepositoryRecord; comment: CommentRecord; body: string }): Promise<CommentRecord> {
  if (body.trim() === '') throw invalid('IssueComment', 'body', 'body cannot be blank', 'missing_field');
  checkBody('IssueComment', body);
  return forge.change(actor, (change, tell) => {
    const telling = tell(repository);
    const issue = issueOf(telling, comment);
    if (comment.body === body) return comment;
    const edited = change.put(tables.comments, { ...comment, body, updatedAt: telling.now });
    emitComment(telling, 'edited', save(telling, issue), edited, { changes: { body: { from: comment.body } } });
    return edited;
  });
}

export function deleteComment(forge: Forge, { actor, repository, comment }: { actor: AccountRecord; repository: RepositoryRecord; comment: CommentRecord }): Promise<void> {
  return forge.change(actor, (change, tell) => {
    const telling = tell(repository);
    const issue = issueOf(telling, comment);
    change.delete(tables.comments, comment);
    emitComment(telling, 'deleted', issue, comment);
  });
}

function issueOf({ change }: Telling, comment: CommentRecord): IssueRecord {
  const issue = change.get(tables.issues, `${comment.repoId}/${tables.padded(comment.number)}`);
  if (issue === undefined) throw new ApiError(404, 'Not Found');
  return issue;
}

/** Takes one's own reaction back. */
export function unreact(
  forge: Forge,
  { actor, target, id }: { actor: AccountRecord; target: { kind: 'comment'; record: CommentRecord } | { kind: 'issue'; record: IssueRecord }; id: number },
): Promise<void> {
  const existing = target.record.reactions.find((reaction) => reaction.id === id);
  if (existing === undefined) throw new ApiError(404, 'Not Found');
  if (existing.login !== actor.login) throw new ApiError(403, 'Resource not accessible by personal access token');
  const reactions = target.record.reactions.filter((reaction) => reaction !== existing);
  return forge.database.change((change) => {
    if (target.kind === 'comment') change.put(tables.comments, { ...target.record, reactions });
    else change.put(tables.issues, { ...target.record, reactions });
  });
}

/** Adds a reaction, or gives the one that is there. `isNew` tells which. */
export function react(
  forge: Forge,
  { actor, target, content }: { actor: AccountRecord; target: { kind: 'comment'; record: CommentRecord } | { kind: 'issue'; record: IssueRecord }; content: string },
): Promise<{ reaction: ReactionRecord; isNew: boolean }> {
  if (!contents.has(content)) throw invalid('Reaction', 'content', `content must be one of ${[...contents].join(', ')}`, 'invalid');
  const existing = target.record.reactions.find((reaction) => reaction.login === actor.login && reaction.content === content);
  if (existing !== undefined) return Promise.resolve({ reaction: existing, isNew: false });
  return forge.database.change((change) => {
    const reaction = { id: change.nextId(), login: actor.login, content, createdAt: forge.clock.now() };
    const reactions = [...target.record.reactions, reaction];
    if (target.kind === 'comment') change.put(tables.comments, { ...target.record, reactions });
    else change.put(tables.issues, { ...target.record, reactions });
    return { reaction, isNew: true };
  });
}
