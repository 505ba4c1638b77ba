export type {
  EventChanges,
  EventComment,
  EventIssue,
  EventKind,
  EventPullRequest,
  EventReview,
  GenericComment,
  GenericCommentAction,
  GitHubEvent,
  GitHubMilestone,
  GitHubRepository,
  GitHubUser,
  IssueCommentEvent,
  IssueEvent,
  OtherEvent,
  PullRequestEnd,
  PullRequestEvent,
  PushedCommit,
  PushEvent,
  ReviewCommentEvent,
  ReviewEvent,
  StatusEvent,
} from './event-types.ts';
export { parseEvent, signingScope, type RawEvent } from './parse-event.ts';
export { toGenericComment } from './generic-comment.ts';
export { actionOf, numberOf, orderingKey } from './event-key.ts';
export { issueFromApi, pullRequestFromApi } from './from-api.ts';
