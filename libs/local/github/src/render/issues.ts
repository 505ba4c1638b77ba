import { authorAssociation, findLabel, findMilestone } from '../state/queries.ts';
import type { CommentRecord, IssueEventRecord, IssueRecord, ReactionRecord, RepositoryRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { renderUser } from './accounts.ts';
import { nodeId, repositoryApi, repositoryPage, time, timeOrNull, type Json, type Rendering } from './rendering.ts';
import { renderLabel, renderMilestone } from './repositories.ts';

export function renderLabels(rendering: Rendering, repository: RepositoryRecord, issue: IssueRecord): Json[] {
  return issue.labels.map((name) => {
    const label = findLabel(rendering.view, repository.id, name);
    return renderLabel(rendering, repository, label ?? { id: 0, repoId: repository.id, name, color: 'ededed', description: '' });
  });
}

/** What issues and pull requests show alike. */
export function renderIssueParts(rendering: Rendering, repository: RepositoryRecord, issue: IssueRecord): Json {
  const milestone = findMilestone(rendering.view, repository.id, issue.milestone);
  const assignees = issue.assignees.map((login) => renderUser(rendering, login));
  return {
    id: issue.id,
    number: issue.number,
    state: issue.state,
    locked: issue.isLocked,
    active_lock_reason: null,
    title: issue.title,
    body: issue.body === '' ? null : issue.body,
    user: renderUser(rendering, issue.author),
    labels: renderLabels(rendering, repository, issue),
    assignee: assignees[0] ?? null,
    assignees,
    milestone: milestone === undefined ? null : renderMilestone(rendering, repository, milestone),
    created_at: time(issue.createdAt),
    updated_at: time(issue.updatedAt),
    closed_at: timeOrNull(issue.closedAt),
    author_association: authorAssociation(rendering.view, repository, issue.author),
  };
}

export function issueApi(rendering: Rendering, repository: RepositoryRecord, number: number): string {
  return `${repositoryApi(rendering, repository)}/issues/${number}`;
}

export function issuePage(rendering: Rendering, repository: RepositoryRecord, issue: IssueRecord): string {
  return `${repositoryPage(rendering, repository)}/${issue.pull === null ? 'issues' : 'pull'}/${issue.number}`;
}

export function renderIssue(rendering: Rendering, repository: RepositoryRecord, issue: IssueRecord): Json {
  const url = issueApi(rendering, repository, issue.number);
  const pullApi = `${repositoryApi(rendering, repository)}/pulls/${issue.number}`;
  const page = issuePage(rendering, repository, issue);
  const { pull } = issue;
  return {
    url,
    repository_url: repositoryApi(rendering, repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: page,
    node_id: nodeId(pull === null ? 'Issue' : 'PullRequest', issue.id),
    ...renderIssueParts(rendering, repository, issue),
    state_reason: issue.stateReason,
    comments: rendering.view.list(tables.comments, tables.ofIssue({ repoId: repository.id, number: issue.number })).length,
    closed_by: issue.closedBy === null ? null : renderUser(rendering, issue.closedBy),
    ...(pull === null
      ? {}
      : {
          draft: pull.isDraft,
          pull_request: { url: pullApi, html_url: page, diff_url: `${page}.diff`, patch_url: `${page}.patch`, merged_at: timeOrNull(pull.mergedAt) },
        }),
    reactions: renderReactionCounts(`${url}/reactions`, issue.reactions),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: null,
  };
}

export function renderReactionCounts(url: string, reactions: readonly ReactionRecord[]): Json {
  const count = (content: string): number => reactions.filter((reaction) => reaction.content === content).length;
  return {
    url,
    total_count: reactions.length,
    ...Object.fromEntries(['+1', '-1', 'laugh', 'hooray', 'confused', 'heart', 'rocket', 'eyes'].map((content) => [content, count(content)])),
  };
}

export function renderReaction(rendering: Rendering, reaction: ReactionRecord): Json {
  return { id: reaction.id, node_id: nodeId('Reaction', reaction.id), user: renderUser(rendering, reaction.login), content: reaction.content, created_at: time(reaction.createdAt) };
}

export function renderComment(rendering: Rendering, repository: RepositoryRecord, issue: IssueRecord, comment: CommentRecord): Json {
  const url = `${repositoryApi(rendering, repository)}/issues/comments/${comment.id}`;
  return {
    url,
    html_url: `${issuePage(rendering, repository, issue)}#issuecomment-${comment.id}`,
    issue_url: issueApi(rendering, repository, issue.number),
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    user: renderUser(rendering, comment.author),
    created_at: time(comment.createdAt),
    updated_at: time(comment.updatedAt),
    author_association: authorAssociation(rendering.view, repository, comment.author),
    body: comment.body,
    reactions: renderReactionCounts(`${url}/reactions`, comment.reactions),
    performed_via_github_app: null,
  };
}

export function renderIssueEvent(rendering: Rendering, repository: RepositoryRecord, event: IssueEventRecord): Json {
  return {
    id: event.id,
    node_id: nodeId('IssueEvent', event.id),
    url: `${repositoryApi(rendering, repository)}/issues/events/${event.id}`,
    actor: renderUser(rendering, event.actor),
    event: event.event,
    commit_id: event.commitSha ?? null,
    commit_url: event.commitSha === undefined ? null : `${repositoryApi(rendering, repository)}/commits/${event.commitSha}`,
    created_at: time(event.createdAt),
    performed_via_github_app: null,
    ...(event.label === undefined ? {} : { label: event.label }),
    ...(event.assignee === undefined ? {} : { assignee: renderUser(rendering, event.assignee), assigner: renderUser(rendering, event.actor) }),
    ...(event.milestone === undefined ? {} : { milestone: { title: event.milestone } }),
    ...(event.rename === undefined ? {} : { rename: event.rename }),
    ...(event.reviewer === undefined ? {} : { review_requester: renderUser(rendering, event.actor), requested_reviewer: renderUser(rendering, event.reviewer) }),
  };
}
