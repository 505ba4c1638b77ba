import type {
  EventIssue,
  EventPullRequest,
  GenericComment,
  GenericCommentAction,
  GitHubEvent,
  GitHubRepository,
  GitHubUser,
} from './event-types.ts';

const ACTIONS: Readonly<Record<string, GenericCommentAction>> = {
  created: 'created',
  opened: 'created',
  submitted: 'created',
  edited: 'edited',
  deleted: 'deleted',
  dismissed: 'deleted',
};

/**
 * The text a person wrote, of whatever event; undefined where an event carries none (labels, pushes…).
 * upstream: pkg/hook/events.go.
 */
export function toGenericComment(event: GitHubEvent): GenericComment | undefined {
  if (event.kind === 'push' || event.kind === 'status' || event.kind === 'other') return undefined;
  const action = Object.hasOwn(ACTIONS, event.action) ? ACTIONS[event.action] : undefined;
  if (action === undefined) return undefined;
  switch (event.kind) {
    case 'issue':
      return about(event, action, event.issue, { ...textOfThread(event.issue), isPullRequest: event.issue.isPullRequest, pullRequest: undefined });
    case 'issueComment':
      return about(event, action, event.issue, { text: event.comment, commentId: event.comment.id, isPullRequest: event.issue.isPullRequest, pullRequest: undefined });
    case 'pullRequest':
      return about(event, action, event.pullRequest, { ...textOfThread(event.pullRequest), isPullRequest: true, pullRequest: event.pullRequest });
    case 'review':
      return about(event, action, event.pullRequest, { text: event.review, commentId: undefined, isPullRequest: true, pullRequest: event.pullRequest });
    case 'reviewComment':
      return about(event, action, event.pullRequest, { text: event.comment, commentId: undefined, isPullRequest: true, pullRequest: event.pullRequest });
  }
}

interface Text {
  readonly body: string;
  readonly user: GitHubUser;
  readonly htmlUrl: string;
  readonly nodeId: string;
}

interface Written {
  readonly text: Text;
  readonly commentId: number | undefined;
  readonly isPullRequest: boolean;
  readonly pullRequest: EventPullRequest | undefined;
}

function textOfThread(thread: EventIssue | EventPullRequest): { text: Text; commentId: undefined } {
  return { text: { body: thread.body, user: thread.author, htmlUrl: thread.htmlUrl, nodeId: thread.nodeId }, commentId: undefined };
}

/** Made for every event of a busy path: one literal, no spreading. */
function about(
  { guid, eventType, repository }: { guid: string; eventType: string; repository: GitHubRepository },
  action: GenericCommentAction,
  thread: EventIssue | EventPullRequest,
  { text, commentId, isPullRequest, pullRequest }: Written,
): GenericComment {
  return {
    guid,
    eventType,
    action,
    repository,
    number: thread.number,
    issueTitle: thread.title,
    issueBody: thread.body,
    issueState: thread.state,
    issueAuthor: thread.author,
    issueHtmlUrl: thread.htmlUrl,
    assignees: thread.assignees,
    labels: thread.labels,
    isPullRequest,
    pullRequest,
    body: text.body,
    user: text.user,
    htmlUrl: text.htmlUrl,
    nodeId: text.nodeId,
    commentId,
  };
}
