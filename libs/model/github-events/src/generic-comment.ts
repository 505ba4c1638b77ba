import type {
  EventIssue,
  EventPullRequest,
  GenericComment,
  GenericCommentAction,
  GitHubEvent,
  GitHubUser,
  IssueEvent,
  PullRequestEvent,
} from './event-types.ts';

const ACTIONS: Readonly<Record<string, GenericCommentAction>> = {
  created: 'created',
  opened: 'created',
  submitted: 'created',
  edited: 'edited',
  deleted: 'deleted',
  dismissed: 'deleted',
};

type TextOf = Pick<GenericComment, 'body' | 'user' | 'htmlUrl' | 'commentId' | 'nodeId'>;
type ThreadOf = Omit<GenericComment, keyof TextOf | 'guid' | 'eventType' | 'action' | 'repository'>;

/**
 * The text a person wrote, of whatever event; undefined where an event carries none (labels, pushes…).
 * upstream: pkg/hook/events.go.
 */
export function toGenericComment(event: GitHubEvent): GenericComment | undefined {
  if (event.kind === 'push' || event.kind === 'status' || event.kind === 'other') return undefined;
  const action = Object.hasOwn(ACTIONS, event.action) ? ACTIONS[event.action] : undefined;
  if (action === undefined) return undefined;
  const head = { guid: event.guid, eventType: event.eventType, action, repository: event.repository };
  switch (event.kind) {
    case 'issue':
      return { ...head, ...ofIssue(event.issue), ...description(event) };
    case 'issueComment':
      return { ...head, ...ofIssue(event.issue), ...written(event.comment, event.comment.id) };
    case 'pullRequest':
      return { ...head, ...ofPullRequest(event.pullRequest), ...description(event) };
    case 'review':
      return { ...head, ...ofPullRequest(event.pullRequest), ...written(event.review, undefined) };
    case 'reviewComment':
      return { ...head, ...ofPullRequest(event.pullRequest), ...written(event.comment, undefined) };
  }
}

function written(text: { body: string; user: GitHubUser; htmlUrl: string; nodeId: string }, commentId: number | undefined): TextOf {
  return { body: text.body, user: text.user, htmlUrl: text.htmlUrl, nodeId: text.nodeId, commentId };
}

function description(event: IssueEvent | PullRequestEvent): TextOf {
  const thread = event.kind === 'issue' ? event.issue : event.pullRequest;
  return { body: thread.body, user: thread.author, htmlUrl: thread.htmlUrl, nodeId: thread.nodeId, commentId: undefined };
}

function ofIssue(issue: EventIssue): ThreadOf {
  return { ...thread(issue), isPullRequest: issue.isPullRequest, pullRequest: undefined };
}

function ofPullRequest(pullRequest: EventPullRequest): ThreadOf {
  return { ...thread(pullRequest), isPullRequest: true, pullRequest };
}

function thread(of: EventIssue | EventPullRequest): Omit<ThreadOf, 'isPullRequest' | 'pullRequest'> {
  return {
    number: of.number,
    issueTitle: of.title,
    issueBody: of.body,
    issueState: of.state,
    issueAuthor: of.author,
    issueHtmlUrl: of.htmlUrl,
    assignees: of.assignees,
    labels: of.labels,
  };
}
