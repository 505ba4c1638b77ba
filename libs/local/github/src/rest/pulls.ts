import { readCommits } from '@prow/clients-git';
import { ApiError, notFound } from '../api-error.ts';
import { diffFiles, diffText, patchText } from '../git/diff.ts';
import { updateIssue } from '../ops/issues.ts';
import { createPull, mergePull, requestReviewers, setDraft, unrequestReviewers, updatePullBranch } from '../ops/pulls.ts';
import { changeReviewComment, createReview, createReviewComment, dismissReview, type NewReviewComment } from '../ops/reviews.ts';
import { renderTeam, renderUser } from '../render/accounts.ts';
import { renderCommit, renderFile } from '../render/commits.ts';
import { renderFullPull, renderPull, renderReview, renderReviewComment } from '../render/pulls.ts';
import { baseShaOf, findIssue, isPull, listPulls, type PullRecord } from '../state/queries.ts';
import type { RepositoryRecord, ReviewCommentRecord, ReviewRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { json, noContent, oneOf, type ApiRequest, type Body, type Reply } from './api-request.ts';
import { checkOwnership, issueUpdateIn } from './issues.ts';
import type { RouteTable } from './router.ts';

const pullPath = '/repos/{owner}/{repo}/pulls/{pull_number}';
const reviewCommentPath = '/repos/{owner}/{repo}/pulls/comments/{comment_id}';
const maxFiles = 3000;
const maxCommits = 250;

export const pullRoutes: RouteTable = {
  'GET /repos/{owner}/{repo}/pulls': (request) => {
    const repository = request.repository();
    return request.paged(listed(request, repository), (pull) => renderPull(request.rendering, repository, pull));
  },
  'POST /repos/{owner}/{repo}/pulls': async (request) => {
    const repository = request.repository();
    const { body, actor } = request;
    if (repository.isArchived) throw new ApiError(403, 'Repository was archived so is read-only.');
    const made = await createPull(request.forge, {
      actor,
      repository,
      title: body.string('title'),
      body: body.optionalString('body') ?? '',
      head: body.string('head'),
      base: body.string('base'),
      isDraft: body.optionalBoolean('draft') ?? false,
      maintainerCanModify: body.optionalBoolean('maintainer_can_modify') ?? true,
    });
    return json(renderFullPull(request.rendering, repository, made), 201);
  },
  [`GET ${reviewCommentPath}`]: (request) => {
    const { repository, issue, comment } = reviewCommentOf(request);
    return json(renderReviewComment(request.rendering, repository, issue, comment));
  },
  [`PATCH ${reviewCommentPath}`]: async (request) => {
    const found = reviewCommentOf(request);
    checkOwnership(request, found.repository, found.comment.author);
    const edited = await changeReviewComment(request.forge, { actor: request.actor, ...found, body: request.body.string('body') });
    return json(renderReviewComment(request.rendering, found.repository, found.issue, edited));
  },
  [`DELETE ${reviewCommentPath}`]: async (request) => {
    const found = reviewCommentOf(request);
    checkOwnership(request, found.repository, found.comment.author);
    await changeReviewComment(request.forge, { actor: request.actor, ...found });
    return noContent;
  },
  [`GET ${pullPath}`]: async (request) => {
    const repository = request.repository();
    const pull = request.pull(repository);
    const { accept } = request;
    const range = { gitDir: request.forge.git.gitDir(repository.id), from: baseShaOf(request.forge.database, pull), to: pull.pull.headSha };
    if (/diff/.test(accept) && !/json/.test(accept)) return { status: 200, body: await diffText(range), contentType: 'application/vnd.github.diff; charset=utf-8' };
    if (/patch/.test(accept) && !/json/.test(accept)) return { status: 200, body: await patchText(range), contentType: 'application/vnd.github.patch; charset=utf-8' };
    await request.forge.study(pull, { withRebase: pull.state === 'open' });
    return json(renderFullPull(request.rendering, repository, pull));
  },
  [`PATCH ${pullPath}`]: async (request) => {
    const repository = request.repository();
    const pull = request.pull(repository);
    const isAuthor = request.actor.login.toLowerCase() === pull.author.toLowerCase();
    if (!isAuthor && !request.may(repository, 'write')) throw new ApiError(403, 'Resource not accessible by personal access token');
    const update = issueUpdateIn(request);
    const changed = await updateIssue(request.forge, { actor: request.actor, repository, issue: pull, update });
    await request.forge.study(changed as PullRecord);
    return json(renderFullPull(request.rendering, repository, changed as PullRecord));
  },
  [`GET ${pullPath}/files`]: async (request) => {
    const repository = request.repository();
    const pull = request.pull(repository);
    const files = await diffFiles({ gitDir: request.forge.git.gitDir(repository.id), from: baseShaOf(request.forge.database, pull), to: pull.pull.headSha });
    return request.paged(files.slice(0, maxFiles), (file) => renderFile(request.rendering, repository, pull.pull.headSha, file));
  },
  [`GET ${pullPath}/commits`]: async (request) => {
    const repository = request.repository();
    const pull = request.pull(repository);
    const commits = await readCommits({ gitDir: request.forge.git.gitDir(repository.id), from: baseShaOf(request.forge.database, pull), to: pull.pull.headSha });
    return request.paged(commits.slice(0, maxCommits), (commit) => renderCommit(request.rendering, repository, commit));
  },
  [`GET ${pullPath}/merge`]: (request) => {
    if (!request.pull(request.repository()).pull.isMerged) throw notFound();
    return { status: 204 };
  },
  [`PUT ${pullPath}/merge`]: async (request) => {
    const repository = request.repositoryFor('write');
    const issue = request.pull(repository);
    const { body } = request;
    const sha = body.optionalString('sha');
    const title = body.optionalString('commit_title');
    const message = body.optionalString('commit_message');
    const merged = await mergePull(request.forge, {
      actor: request.actor,
      repository,
      issue,
      method: oneOf('PullRequest', 'merge_method', body.optionalString('merge_method') ?? 'merge', ['merge', 'squash', 'rebase']),
      ...(sha === undefined ? {} : { sha }),
      ...(title === undefined || title === '' ? {} : { title }),
      ...(message === undefined ? {} : { message }),
    });
    return json({ sha: merged.sha, merged: true, message: 'Pull Request successfully merged' });
  },
  [`PUT ${pullPath}/update-branch`]: async (request) => {
    const repository = request.repositoryFor('write');
    const issue = request.pull(repository);
    const expectedHeadSha = request.body.optionalString('expected_head_sha');
    await updatePullBranch(request.forge, { actor: request.actor, issue, ...(expectedHeadSha === undefined ? {} : { expectedHeadSha }) });
    return json({ message: 'Updating pull request branch.', url: `${request.rendering.base}/${repository.owner}/${repository.name}/pull/${issue.number}` }, 202);
  },
  [`POST ${pullPath}/ready_for_review`]: (request) => draft(request, false),
  [`POST ${pullPath}/convert_to_draft`]: (request) => draft(request, true),
  [`GET ${pullPath}/requested_reviewers`]: (request) => {
    const { pull } = request.pull(request.repository());
    const { rendering } = request;
    const teams = pull.teamReviewers.map((id) => rendering.view.get(tables.teams, tables.padded(id))).filter((team) => team !== undefined);
    return json({ users: pull.reviewers.map((login) => renderUser(rendering, login)), teams: teams.map((team) => renderTeam(rendering, team)) });
  },
  [`POST ${pullPath}/requested_reviewers`]: (request) => changeReviewers(request, 'add'),
  [`DELETE ${pullPath}/requested_reviewers`]: (request) => changeReviewers(request, 'remove'),
  ...reviewRoutes(),
};

function listed(request: ApiRequest, repository: RepositoryRecord): PullRecord[] {
  const { query } = request;
  const state = oneOf('PullRequest', 'state', query.get('state') ?? 'open', ['open', 'closed', 'all']);
  const base = query.get('base');
  const head = query.get('head');
  const sort = query.get('sort') ?? 'created';
  const keyOf = (pull: PullRecord): number => (sort === 'updated' ? pull.updatedAt : pull.number);
  const found = listPulls(request.forge.database, repository.id)
    .filter((pull) => (state === 'all' || pull.state === state) && (base === null || pull.pull.baseRef === base) && (head === null || `${pull.pull.headOwner}:${pull.pull.headRef}`.toLowerCase() === head.toLowerCase()))
    .toSorted((a, b) => keyOf(b) - keyOf(a));
  const isAscending = query.get('direction') === 'asc';
  return isAscending ? found.toReversed() : found;
}

async function draft(request: ApiRequest, isDraft: boolean): Promise<Reply> {
  const repository = request.repository();
  const issue = request.pull(repository);
  const isAuthor = request.actor.login.toLowerCase() === issue.author.toLowerCase();
  if (!isAuthor && !request.may(repository, 'write')) throw new ApiError(403, 'Resource not accessible by personal access token');
  await request.forge.study(issue);
  return json(renderFullPull(request.rendering, repository, await setDraft(request.forge, { actor: request.actor, repository, issue, isDraft })));
}

async function changeReviewers(request: ApiRequest, what: 'add' | 'remove'): Promise<Reply> {
  const repository = request.repositoryFor('triage');
  const issue = request.pull(repository);
  const change = { actor: request.actor, repository, issue, logins: request.body.optionalStrings('reviewers') ?? [], teams: request.body.optionalStrings('team_reviewers') ?? [] };
  const changed = await (what === 'add' ? requestReviewers : unrequestReviewers)(request.forge, change);
  return json(renderPull(request.rendering, repository, changed), what === 'add' ? 201 : 200);
}

function reviewRoutes(): RouteTable {
  return {
    [`GET ${pullPath}/reviews`]: (request) => {
      const repository = request.repository();
      const issue = request.pull(repository);
      return request.paged(request.forge.database.list(tables.reviews, tables.ofIssue(issue)), (review) => renderReview(request.rendering, repository, issue, review));
    },
    [`POST ${pullPath}/reviews`]: async (request) => {
      const repository = request.repository();
      const issue = request.pull(repository);
      const { body } = request;
      const commitSha = body.optionalString('commit_id');
      const review = await createReview(request.forge, {
        actor: request.actor,
        repository,
        issue,
        review: {
          event: oneOf('PullRequestReview', 'event', body.optionalString('event') ?? 'COMMENT', ['APPROVE', 'REQUEST_CHANGES', 'COMMENT']),
          body: body.optionalString('body') ?? '',
          ...(commitSha === undefined || commitSha === '' ? {} : { commitSha }),
          comments: body.optionalObjects('comments').map((comment) => reviewCommentIn(comment)),
        },
      });
      return json(renderReview(request.rendering, repository, issue, review));
    },
    [`GET ${pullPath}/reviews/{review_id}`]: (request) => {
      const { repository, issue, review } = reviewOf(request);
      return json(renderReview(request.rendering, repository, issue, review));
    },
    [`PUT ${pullPath}/reviews/{review_id}/dismissals`]: async (request) => {
      request.repositoryFor('write');
      const { repository, issue, review } = reviewOf(request);
      return json(renderReview(request.rendering, repository, issue, await dismissReview(request.forge, { actor: request.actor, repository, issue, review })));
    },
    [`GET ${pullPath}/comments`]: (request) => {
      const repository = request.repository();
      const issue = request.pull(repository);
      return request.paged(request.forge.database.list(tables.reviewComments, tables.ofIssue(issue)), (comment) => renderReviewComment(request.rendering, repository, issue, comment));
    },
    [`POST ${pullPath}/comments`]: (request) => addReviewComment(request, request.body.optionalNumber('in_reply_to')),
    [`POST ${pullPath}/comments/{comment_id}/replies`]: (request) => addReviewComment(request, request.numberParam('comment_id')),
  };
}

function reviewCommentIn(body: Body): NewReviewComment {
  return {
    path: body.string('path'),
    body: body.string('body'),
    line: body.optionalNumber('line') ?? null,
    side: body.optionalString('side') === 'LEFT' ? 'LEFT' : 'RIGHT',
    position: body.optionalNumber('position') ?? null,
  };
}

function reviewCommentOf(request: ApiRequest): { repository: RepositoryRecord; issue: PullRecord; comment: ReviewCommentRecord } {
  const repository = request.repository();
  const comment = request.forge.database.get(tables.reviewComments, tables.padded(request.numberParam('comment_id')));
  const issue = comment === undefined ? undefined : findIssue(request.forge.database, repository.id, comment.number);
  if (comment === undefined || comment.repoId !== repository.id || issue === undefined || !isPull(issue)) throw notFound();
  return { repository, issue, comment };
}

function reviewOf(request: ApiRequest): { repository: RepositoryRecord; issue: PullRecord; review: ReviewRecord } {
  const repository = request.repository();
  const issue = request.pull(repository);
  const review = request.forge.database.get(tables.reviews, tables.padded(request.numberParam('review_id')));
  if (review === undefined || review.repoId !== repository.id || review.number !== issue.number) throw notFound();
  return { repository, issue, review };
}

async function addReviewComment(request: ApiRequest, replyTo: number | undefined): Promise<Reply> {
  const repository = request.repository();
  const issue = request.pull(repository);
  const { body } = request;
  const parent = replyTo === undefined ? null : (request.forge.database.get(tables.reviewComments, tables.padded(replyTo)) ?? null);
  if (replyTo !== undefined && (parent === null || parent.repoId !== repository.id || parent.number !== issue.number)) throw notFound();
  const commitSha = body.optionalString('commit_id');
  const comment = await createReviewComment(request.forge, {
    actor: request.actor,
    repository,
    issue,
    inReplyTo: parent,
    comment: parent === null ? reviewCommentIn(body) : { path: parent.path, line: parent.line, side: parent.side, position: parent.position, body: body.string('body') },
    ...(commitSha === undefined ? {} : { commitSha }),
  });
  return json(renderReviewComment(request.rendering, repository, issue, comment), 201);
}
