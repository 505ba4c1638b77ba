import { authorAssociation, baseShaOf, own, repositoryById, type PullRecord } from '../state/queries.ts';
import type { RepositoryRecord, ReviewCommentRecord, ReviewRecord, StatusRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { renderTeam, renderUser } from './accounts.ts';
import { issueApi, issuePage, renderIssueParts, renderReactionCounts } from './issues.ts';
import { nodeId, repositoryApi, time, timeOrNull, type Json, type Rendering } from './rendering.ts';
import { renderRepository } from './repositories.ts';

export function pullApi(rendering: Rendering, repository: RepositoryRecord, number: number): string {
  return `${repositoryApi(rendering, repository)}/pulls/${number}`;
}

/** A pull request as lists show it. */
export function renderPull(rendering: Rendering, repository: RepositoryRecord, issue: PullRecord): Json {
  const api = pullApi(rendering, repository, issue.number);
  const issueUrl = issueApi(rendering, repository, issue.number);
  const page = issuePage(rendering, repository, issue);
  const { pull } = issue;
  const headRepository = repositoryById(rendering.view, pull.headRepoId);
  const statusesUrl = `${repositoryApi(rendering, repository)}/statuses/${pull.headSha}`;
  const teams = pull.teamReviewers.map((id) => rendering.view.get(tables.teams, tables.padded(id))).filter((team) => team !== undefined);
  return {
    url: api,
    node_id: nodeId('PullRequest', issue.id),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: issueUrl,
    ...renderIssueParts(rendering, repository, issue),
    merged_at: timeOrNull(pull.mergedAt),
    merge_commit_sha: pull.mergeSha,
    requested_reviewers: pull.reviewers.map((login) => renderUser(rendering, login)),
    requested_teams: teams.map((team) => renderTeam(rendering, team)),
    draft: pull.isDraft,
    commits_url: `${api}/commits`,
    review_comments_url: `${api}/comments`,
    review_comment_url: `${repositoryApi(rendering, repository)}/pulls/comments{/number}`,
    comments_url: `${issueUrl}/comments`,
    statuses_url: statusesUrl,
    head: {
      label: `${pull.headOwner}:${pull.headRef}`,
      ref: pull.headRef,
      sha: pull.headSha,
      user: renderUser(rendering, pull.headOwner),
      repo: headRepository === undefined ? null : renderRepository(rendering, headRepository),
    },
    base: {
      label: `${repository.owner}:${pull.baseRef}`,
      ref: pull.baseRef,
      sha: baseShaOf(rendering.view, issue),
      user: renderUser(rendering, repository.owner),
      repo: renderRepository(rendering, repository),
    },
    _links: {
      self: { href: api },
      html: { href: page },
      issue: { href: issueUrl },
      comments: { href: `${issueUrl}/comments` },
      review_comments: { href: `${api}/comments` },
      review_comment: { href: `${repositoryApi(rendering, repository)}/pulls/comments{/number}` },
      commits: { href: `${api}/commits` },
      statuses: { href: statusesUrl },
    },
    auto_merge: null,
  };
}

/** A pull request as its own address and webhooks show it. */
export function renderFullPull(rendering: Rendering, repository: RepositoryRecord, issue: PullRecord): Json {
  const { pull } = issue;
  const isOpen = issue.state === 'open';
  const mergeability = isOpen ? rendering.mergeabilityOf(issue) : undefined;
  const numbers = rendering.numbersOf(issue);
  const group = tables.ofIssue({ repoId: repository.id, number: issue.number });
  return {
    ...renderPull(rendering, repository, issue),
    merged: pull.isMerged,
    mergeable: mergeability?.mergeable ?? null,
    rebaseable: mergeability?.rebaseable ?? null,
    mergeable_state: mergeableState(rendering, repository, issue),
    merged_by: pull.mergedBy === null ? null : renderUser(rendering, pull.mergedBy),
    comments: rendering.view.list(tables.comments, group).length,
    review_comments: rendering.view.list(tables.reviewComments, group).length,
    maintainer_can_modify: pull.maintainerCanModify,
    commits: numbers?.commits ?? 0,
    additions: numbers?.additions ?? 0,
    deletions: numbers?.deletions ?? 0,
    changed_files: numbers?.changedFiles ?? 0,
  };
}

/** GitHub's one word for whether the merge button would work. */
export function mergeableState(rendering: Rendering, repository: RepositoryRecord, issue: PullRecord): string {
  const mergeability = rendering.mergeabilityOf(issue);
  if (issue.state !== 'open' || mergeability === undefined) return 'unknown';
  if (!mergeability.mergeable) return 'dirty';
  if (issue.pull.isDraft) return 'draft';
  if (missingRequirement(rendering, repository, issue) !== undefined) return 'blocked';
  const states = latestStatuses(rendering, repository.id, issue.pull.headSha);
  return states.some((status) => status.state !== 'success') ? 'unstable' : 'clean';
}

/** What the base branch's protection still asks for, in GitHub's words. */
export function missingRequirement(rendering: Rendering, repository: RepositoryRecord, issue: PullRecord): string | undefined {
  const protection = own(repository.protections, issue.pull.baseRef);
  if (protection === undefined) return undefined;
  const statuses = latestStatuses(rendering, repository.id, issue.pull.headSha);
  const checks = rendering.view.list(tables.checkRuns, tables.ofCommit({ repoId: repository.id, sha: issue.pull.headSha }));
  const isGreen = (context: string): boolean =>
    statuses.some((status) => status.context === context && status.state === 'success') ||
    checks.some((run) => run.name === context && ['success', 'neutral', 'skipped'].includes(run.conclusion ?? ''));
  const missing = (protection.requiredChecks?.contexts ?? []).filter((context) => !isGreen(context));
  if (missing.length === 1) return `Required status check "${missing[0]}" is expected.`;
  if (missing.length > 1) return `${missing.length} of ${protection.requiredChecks?.contexts.length ?? 0} required status checks are expected.`;
  const needed = protection.reviews?.approvals ?? 0;
  const { approvals, changesRequested } = reviewVerdict(rendering, issue);
  if (protection.reviews !== null && changesRequested > 0) return 'Changes have been requested on this pull request.';
  if (approvals < needed) return `At least ${needed} approving review${needed === 1 ? ' is' : 's are'} required by reviewers with write access.`;
  return undefined;
}

/** The newest verdict of each reviewer. */
export function reviewVerdict({ view }: Rendering, issue: PullRecord): { approvals: number; changesRequested: number } {
  const latest = new Map<string, ReviewRecord['state']>();
  for (const review of view.list(tables.reviews, tables.ofIssue(issue))) {
    if (review.author.toLowerCase() === issue.author.toLowerCase()) continue;
    if (review.state === 'APPROVED' || review.state === 'CHANGES_REQUESTED') latest.set(review.author.toLowerCase(), review.state);
    if (review.state === 'DISMISSED') latest.delete(review.author.toLowerCase());
  }
  const states = [...latest.values()];
  return { approvals: states.filter((state) => state === 'APPROVED').length, changesRequested: states.filter((state) => state === 'CHANGES_REQUESTED').length };
}

/** The newest status of each context, newest first. */
export function latestStatuses({ view }: Rendering, repoId: number, sha: string): StatusRecord[] {
  const newest = new Map<string, StatusRecord>();
  for (const status of view.list(tables.statuses, tables.ofCommit({ repoId, sha }))) newest.set(status.context.toLowerCase(), status);
  return [...newest.values()].toSorted((a, b) => b.id - a.id);
}

export function renderReview(rendering: Rendering, repository: RepositoryRecord, issue: PullRecord, review: ReviewRecord): Json {
  const page = `${issuePage(rendering, repository, issue)}#pullrequestreview-${review.id}`;
  const api = pullApi(rendering, repository, issue.number);
  return {
    id: review.id,
    node_id: nodeId('PullRequestReview', review.id),
    user: renderUser(rendering, review.author),
    body: review.body,
    state: review.state,
    html_url: page,
    pull_request_url: api,
    author_association: authorAssociation(rendering.view, repository, review.author),
    _links: { html: { href: page }, pull_request: { href: api } },
    submitted_at: time(review.submittedAt),
    commit_id: review.commitSha,
  };
}

export function renderReviewComment(rendering: Rendering, repository: RepositoryRecord, issue: PullRecord, comment: ReviewCommentRecord): Json {
  const url = `${repositoryApi(rendering, repository)}/pulls/comments/${comment.id}`;
  const page = `${issuePage(rendering, repository, issue)}#discussion_r${comment.id}`;
  const api = pullApi(rendering, repository, issue.number);
  return {
    url,
    pull_request_review_id: comment.reviewId,
    id: comment.id,
    node_id: nodeId('PullRequestReviewComment', comment.id),
    diff_hunk: comment.diffHunk,
    path: comment.path,
    position: comment.position ?? comment.line ?? 1,
    original_position: comment.position ?? comment.line ?? 1,
    commit_id: comment.commitSha,
    original_commit_id: comment.commitSha,
    user: renderUser(rendering, comment.author),
    body: comment.body,
    created_at: time(comment.createdAt),
    updated_at: time(comment.updatedAt),
    html_url: page,
    pull_request_url: api,
    author_association: authorAssociation(rendering.view, repository, comment.author),
    _links: { self: { href: url }, html: { href: page }, pull_request: { href: api } },
    start_line: null,
    original_start_line: null,
    start_side: null,
    line: comment.line ?? 1,
    original_line: comment.line ?? 1,
    side: comment.side,
    subject_type: 'line',
    reactions: renderReactionCounts(`${url}/reactions`, []),
    ...(comment.inReplyTo === null ? {} : { in_reply_to_id: comment.inReplyTo }),
  };
}
