import { ApiError, invalid, notFound } from '../api-error.ts';
import { addAssignees, addLabels, removeAssignees, removeLabel, setLabels } from '../ops/issue-changes.ts';
import { createComment, deleteComment, editComment, react, unreact } from '../ops/comments.ts';
import { changeIssue, createIssue, updateIssue, type IssueUpdate } from '../ops/issues.ts';
import { renderUser } from '../render/accounts.ts';
import { renderComment, renderIssue, renderIssueEvent, renderLabels, renderReaction } from '../render/issues.ts';
import { findAccount, findIssue, grantedPermission } from '../state/queries.ts';
import type { CommentRecord, IssueRecord, RepositoryRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { json, noContent, oneOf, stringsIn, type ApiRequest } from './api-request.ts';
import type { RouteTable } from './router.ts';

const issue = '/repos/{owner}/{repo}/issues/{issue_number}';
const commentPath = '/repos/{owner}/{repo}/issues/comments/{comment_id}';

export const issueRoutes: RouteTable = {
  'GET /repos/{owner}/{repo}/issues': (request) => {
    const repository = request.repository();
    return request.paged(listIssues(request, repository), (each) => renderIssue(request.rendering, repository, each));
  },
  'POST /repos/{owner}/{repo}/issues': async (request) => {
    const repository = request.repository();
    const { body, actor } = request;
    const title = body.get('title');
    const labels = body.optionalStrings('labels', 'name');
    const milestone = body.optionalNumber('milestone');
    const made = await createIssue(request.forge, {
      actor,
      repository,
      title: typeof title === 'number' ? String(title) : body.string('title'),
      body: body.optionalString('body') ?? '',
      ...(labels === undefined ? {} : { labels }),
      assignees: body.optionalStrings('assignees') ?? [],
      ...(milestone === undefined ? {} : { milestone }),
    });
    return json(renderIssue(request.rendering, repository, made), 201);
  },
  'GET /repos/{owner}/{repo}/issues/comments': (request) => {
    const repository = request.repository();
    const all = request.forge.database.all(tables.comments).filter((comment) => comment.repoId === repository.id);
    return request.paged(all, (comment) => renderComment(request.rendering, repository, issueOf(request, repository, comment), comment));
  },
  [`GET ${commentPath}`]: (request) => {
    const { repository, comment } = commentOf(request);
    return json(renderComment(request.rendering, repository, issueOf(request, repository, comment), comment));
  },
  [`PATCH ${commentPath}`]: async (request) => {
    const { repository, comment } = commentOf(request);
    checkOwnership(request, repository, comment.author);
    const edited = await editComment(request.forge, { actor: request.actor, repository, comment, body: request.body.string('body') });
    return json(renderComment(request.rendering, repository, issueOf(request, repository, edited), edited));
  },
  [`DELETE ${commentPath}`]: async (request) => {
    const { repository, comment } = commentOf(request);
    checkOwnership(request, repository, comment.author);
    await deleteComment(request.forge, { actor: request.actor, repository, comment });
    return noContent;
  },
  [`GET ${commentPath}/reactions`]: (request) => request.paged(commentOf(request).comment.reactions, (reaction) => renderReaction(request.rendering, reaction)),
  [`POST ${commentPath}/reactions`]: async (request) => {
    const { comment } = commentOf(request);
    const { reaction, isNew } = await react(request.forge, { actor: request.actor, target: { kind: 'comment', record: comment }, content: request.body.string('content') });
    return json(renderReaction(request.rendering, reaction), isNew ? 201 : 200);
  },
  [`DELETE ${commentPath}/reactions/{reaction_id}`]: async (request) => {
    await unreact(request.forge, { actor: request.actor, target: { kind: 'comment', record: commentOf(request).comment }, id: request.numberParam('reaction_id') });
    return noContent;
  },
  [`GET ${issue}`]: (request) => {
    const repository = request.repository();
    return json(renderIssue(request.rendering, repository, request.issue(repository)));
  },
  [`PATCH ${issue}`]: async (request) => {
    const repository = request.repository();
    const found = request.issue(repository);
    const update = issueUpdateIn(request);
    const isAuthor = request.actor.login.toLowerCase() === found.author.toLowerCase();
    const needsTriage = update.labels !== undefined || update.assignees !== undefined || update.milestone !== undefined;
    if (!request.may(repository, 'triage') && (!isAuthor || needsTriage)) throw new ApiError(403, 'Resource not accessible by personal access token');
    const changed = await updateIssue(request.forge, { actor: request.actor, repository, issue: found, update });
    return json(renderIssue(request.rendering, repository, changed));
  },
  [`GET ${issue}/comments`]: (request) => {
    const repository = request.repository();
    const found = request.issue(repository);
    const since = timeIn(request, 'since');
    const comments = request.forge.database.list(tables.comments, tables.ofIssue(found)).filter((comment) => since === undefined || comment.updatedAt >= since);
    return request.paged(comments, (comment) => renderComment(request.rendering, repository, found, comment));
  },
  [`POST ${issue}/comments`]: async (request) => {
    const repository = request.repository();
    const found = request.issue(repository);
    const { actor } = request;
    if (repository.isArchived) throw new ApiError(403, 'Repository was archived so is read-only.');
    if (found.isLocked && !request.may(repository, 'triage')) throw new ApiError(403, 'Unable to create comment because issue is locked.');
    const comment = await createComment(request.forge, { actor, repository, issue: found, body: request.body.string('body') });
    return json(renderComment(request.rendering, repository, found, comment), 201);
  },
  [`GET ${issue}/labels`]: (request) => {
    const repository = request.repository();
    return request.paged(renderLabels(request.rendering, repository, request.issue(repository)), (label) => label);
  },
  [`POST ${issue}/labels`]: (request) => changeLabels(request, (telling, found) => addLabels(telling, found, labelsIn(request))),
  [`PUT ${issue}/labels`]: (request) => changeLabels(request, (telling, found) => setLabels(telling, found, labelsIn(request))),
  [`DELETE ${issue}/labels`]: async (request) => {
    await changeLabels(request, (telling, found) => setLabels(telling, found, []));
    return noContent;
  },
  [`DELETE ${issue}/labels/{name+}`]: (request) => changeLabels(request, (telling, found) => removeLabel(telling, found, request.param('name'))),
  [`POST ${issue}/assignees`]: (request) => changeAssignees(request, 'add'),
  [`DELETE ${issue}/assignees`]: (request) => changeAssignees(request, 'remove'),
  'GET /repos/{owner}/{repo}/assignees': (request) => {
    const repository = request.repository();
    const { database } = request.forge;
    const able = database.all(tables.accounts).filter((account) => account.type !== 'Organization' && grantedPermission(database, repository, account.login) !== 'none');
    return request.paged(able, (account) => renderUser(request.rendering, account.login));
  },
  [`GET ${issue}/events`]: (request) => events(request),
  [`GET ${issue}/timeline`]: (request) => events(request),
  [`GET ${issue}/reactions`]: (request) => request.paged(request.issue(request.repository()).reactions, (reaction) => renderReaction(request.rendering, reaction)),
  [`POST ${issue}/reactions`]: async (request) => {
    const found = request.issue(request.repository());
    const { reaction, isNew } = await react(request.forge, { actor: request.actor, target: { kind: 'issue', record: found }, content: request.body.string('content') });
    return json(renderReaction(request.rendering, reaction), isNew ? 201 : 200);
  },
  [`DELETE ${issue}/reactions/{reaction_id}`]: async (request) => {
    const record = request.issue(request.repository());
    await unreact(request.forge, { actor: request.actor, target: { kind: 'issue', record }, id: request.numberParam('reaction_id') });
    return noContent;
  },
  [`PUT ${issue}/lock`]: (request) => lock(request, true),
  [`DELETE ${issue}/lock`]: (request) => lock(request, false),
};

async function lock(request: ApiRequest, isLocked: boolean): Promise<typeof noContent> {
  const repository = request.repositoryFor('triage');
  const found = request.issue(repository);
  await request.forge.database.change((change) => change.put(tables.issues, { ...found, isLocked }));
  return noContent;
}

export function timeIn(request: ApiRequest, name: string): number | undefined {
  const text = request.query.get(name);
  if (text === null) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw invalid('Issue', name, `${name} must be a time such as 2024-01-31T10:00:00Z`, 'invalid');
  return ms;
}

function listIssues(request: ApiRequest, repository: RepositoryRecord): IssueRecord[] {
  const { query } = request;
  const state = oneOf('Issue', 'state', query.get('state') ?? 'open', ['open', 'closed', 'all']);
  const wanted = (query.get('labels') ?? '').split(',').map((label) => label.trim().toLowerCase()).filter((label) => label !== '');
  const since = timeIn(request, 'since');
  const creator = query.get('creator')?.toLowerCase();
  const assignee = query.get('assignee')?.toLowerCase();
  const sort = query.get('sort') ?? 'created';
  const keyOf = (each: IssueRecord): number => (sort === 'updated' ? each.updatedAt : each.number);
  const found = request.forge.database
    .list(tables.issues, String(repository.id))
    .filter(
      (each) =>
        (state === 'all' || each.state === state) &&
        wanted.every((label) => each.labels.some((own) => own.toLowerCase() === label)) &&
        (since === undefined || each.updatedAt >= since) &&
        (creator === undefined || each.author.toLowerCase() === creator) &&
        (assignee === undefined || assignee === '*' || (assignee === 'none' ? each.assignees.length === 0 : each.assignees.some((login) => login.toLowerCase() === assignee))),
    )
    .toSorted((a, b) => keyOf(b) - keyOf(a));
  return query.get('direction') === 'asc' ? found.toReversed() : found;
}

export function issueUpdateIn({ body }: ApiRequest): IssueUpdate {
  const title = body.optionalString('title');
  const state = body.optionalString('state');
  const reason = body.optionalString('state_reason');
  const labels = body.optionalStrings('labels', 'name');
  const assignees = body.optionalStrings('assignees');
  const base = body.optionalString('base');
  const modify = body.optionalBoolean('maintainer_can_modify');
  return {
    ...(title === undefined ? {} : { title }),
    ...(body.has('body') ? { body: body.optionalString('body') ?? '' } : {}),
    ...(state === undefined ? {} : { state: oneOf('Issue', 'state', state, ['open', 'closed']) }),
    ...(reason === undefined ? {} : { stateReason: oneOf('Issue', 'state_reason', reason, ['completed', 'not_planned', 'reopened']) }),
    ...(labels === undefined ? {} : { labels }),
    ...(assignees === undefined ? {} : { assignees }),
    ...(body.has('milestone') ? { milestone: milestoneIn(body.get('milestone')) } : {}),
    ...(base === undefined ? {} : { baseRef: base }),
    ...(modify === undefined ? {} : { maintainerCanModify: modify }),
  };
}

function milestoneIn(value: unknown): number | null {
  if (value === null || value === '' || value === 0) return null;
  const number = Number(value);
  if (!Number.isInteger(number)) throw invalid('Issue', 'milestone', 'milestone must be a number', 'invalid');
  return number;
}

function commentOf(request: ApiRequest): { repository: RepositoryRecord; comment: CommentRecord } {
  const repository = request.repository();
  const comment = request.forge.database.get(tables.comments, tables.padded(request.numberParam('comment_id')));
  if (comment === undefined || comment.repoId !== repository.id) throw notFound();
  return { repository, comment };
}

function issueOf(request: ApiRequest, repository: RepositoryRecord, comment: CommentRecord): IssueRecord {
  const found = findIssue(request.forge.database, repository.id, comment.number);
  if (found === undefined) throw notFound();
  return found;
}

/** One's own words, or those of others with write access. */
export function checkOwnership(request: ApiRequest, repository: RepositoryRecord, author: string): void {
  const isOwn = request.actor.login.toLowerCase() === author.toLowerCase();
  if (!isOwn && !request.may(repository, 'write')) throw new ApiError(403, 'Must have admin rights to Repository.');
}

/** `{labels: [...]}`, or the list itself, as older clients send it. */
function labelsIn({ body }: ApiRequest): string[] {
  const list = Array.isArray(body.raw) ? stringsIn(body.raw, 'name') : body.optionalStrings('labels', 'name');
  if (list === undefined) throw new ApiError(422, 'Invalid request.\n\nFor \'labels\', expected a list of strings.');
  return list;
}

async function changeLabels(request: ApiRequest, apply: Parameters<typeof changeIssue>[1]['apply']): Promise<ReturnType<typeof json>> {
  const repository = request.repositoryFor('triage');
  const found = request.issue(repository);
  const changed = await changeIssue(request.forge, { actor: request.actor, repository, issue: found, apply });
  return json(renderLabels(request.rendering, repository, changed));
}

async function changeAssignees(request: ApiRequest, what: 'add' | 'remove'): Promise<ReturnType<typeof json>> {
  const repository = request.repositoryFor('triage');
  const found = request.issue(repository);
  const logins = request.body.optionalStrings('assignees') ?? [];
  for (const login of logins) if (what === 'add' && findAccount(request.forge.database, login) === undefined && !/^[\w-]+(\[bot\])?$/.test(login)) throw invalid('Issue', 'assignees', `${JSON.stringify(login)} is not a login`, 'invalid');
  const changed = await changeIssue(request.forge, {
    actor: request.actor,
    repository,
    issue: found,
    apply: (telling, current) => (what === 'add' ? addAssignees(telling, current, logins) : removeAssignees(telling, current, logins)),
  });
  return json(renderIssue(request.rendering, repository, changed), what === 'add' ? 201 : 200);
}

function events(request: ApiRequest): ReturnType<ApiRequest['paged']> {
  const repository = request.repository();
  const found = request.issue(repository);
  return request.paged(request.forge.database.list(tables.issueEvents, tables.ofIssue(found)), (event) => renderIssueEvent(request.rendering, repository, event));
}
