// What the rest of the program knows of a webhook: GitHub's payloads cut down to the fields that are used, under one
// spelling, with everything required checked once, here.

export interface GitHubUser {
  readonly login: string;
  /** `User`, `Bot` or `Organization`. */
  readonly type: string;
  readonly htmlUrl: string;
}

export interface GitHubRepository {
  readonly org: string;
  readonly repo: string;
  /** `org/repo`. */
  readonly fullName: string;
  readonly htmlUrl: string;
  readonly cloneUrl: string;
  readonly defaultBranch: string;
  readonly isFork: boolean;
  readonly isPrivate: boolean;
}

export interface GitHubMilestone {
  readonly number: number;
  readonly title: string;
}

/** One end of a pull request. */
export interface PullRequestEnd {
  readonly ref: string;
  readonly sha: string;
  /** Undefined when the fork has been deleted. */
  readonly repository: GitHubRepository | undefined;
  /** The owner of the branch; undefined when that account is gone. */
  readonly user: GitHubUser | undefined;
}

export interface EventPullRequest {
  readonly number: number;
  readonly nodeId: string;
  readonly title: string;
  /** '' when GitHub says null. */
  readonly body: string;
  readonly state: 'open' | 'closed';
  readonly isDraft: boolean;
  readonly isMerged: boolean;
  /** Undefined while GitHub has not computed it. */
  readonly isMergeable: boolean | undefined;
  readonly mergeCommitSha: string | undefined;
  readonly author: GitHubUser;
  readonly labels: readonly string[];
  readonly assignees: readonly GitHubUser[];
  readonly requestedReviewers: readonly GitHubUser[];
  readonly milestone: GitHubMilestone | undefined;
  readonly base: PullRequestEnd;
  readonly head: PullRequestEnd;
  readonly htmlUrl: string;
  /** RFC 3339; '' when absent. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Number of commits, files, lines; undefined in payloads that carry only a part of the pull request. */
  readonly commits: number | undefined;
  readonly changedFiles: number | undefined;
  readonly additions: number | undefined;
  readonly deletions: number | undefined;
}

export interface EventIssue {
  readonly number: number;
  readonly nodeId: string;
  readonly title: string;
  readonly body: string;
  readonly state: 'open' | 'closed';
  readonly author: GitHubUser;
  readonly labels: readonly string[];
  readonly assignees: readonly GitHubUser[];
  readonly milestone: GitHubMilestone | undefined;
  readonly htmlUrl: string;
  readonly isPullRequest: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface EventComment {
  readonly id: number;
  readonly nodeId: string;
  readonly body: string;
  readonly user: GitHubUser;
  readonly htmlUrl: string;
  readonly createdAt: string;
}

export interface EventReview {
  readonly id: number;
  readonly nodeId: string;
  readonly body: string;
  readonly user: GitHubUser;
  /** Lower case: `approved`, `changes_requested`, `commented`, `dismissed`. */
  readonly state: string;
  readonly htmlUrl: string;
  readonly submittedAt: string;
}

/** What an `edited` event changed; a field is set only if it was among the changes. */
export interface EventChanges {
  readonly titleFrom?: string;
  readonly bodyFrom?: string;
  readonly baseRefFrom?: string;
  readonly baseShaFrom?: string;
}

export interface PushedCommit {
  readonly id: string;
  readonly message: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly modified: readonly string[];
}

interface EventHead {
  /** X-GitHub-Event. */
  readonly eventType: string;
  /** X-GitHub-Delivery. */
  readonly guid: string;
  readonly sender: GitHubUser | undefined;
}

interface RepositoryEventHead extends EventHead {
  readonly repository: GitHubRepository;
  readonly action: string;
}

export interface IssueEvent extends RepositoryEventHead {
  readonly kind: 'issue';
  readonly issue: EventIssue;
  readonly label: string | undefined;
  readonly changes: EventChanges;
}

export interface IssueCommentEvent extends RepositoryEventHead {
  readonly kind: 'issueComment';
  readonly issue: EventIssue;
  readonly comment: EventComment;
}

export interface PullRequestEvent extends RepositoryEventHead {
  readonly kind: 'pullRequest';
  readonly number: number;
  readonly pullRequest: EventPullRequest;
  /** Of `labeled` and `unlabeled`. */
  readonly label: string | undefined;
  readonly changes: EventChanges;
  /** Of `synchronize`: the head before. */
  readonly before: string | undefined;
}

export interface ReviewEvent extends RepositoryEventHead {
  readonly kind: 'review';
  readonly pullRequest: EventPullRequest;
  readonly review: EventReview;
}

export interface ReviewCommentEvent extends RepositoryEventHead {
  readonly kind: 'reviewComment';
  readonly pullRequest: EventPullRequest;
  readonly comment: EventComment;
}

export interface PushEvent extends EventHead {
  readonly kind: 'push';
  readonly repository: GitHubRepository;
  readonly ref: string;
  /** The ref without `refs/heads/` or `refs/tags/`. */
  readonly branch: string;
  readonly before: string;
  readonly after: string;
  readonly isDeleted: boolean;
  readonly isForced: boolean;
  readonly compareUrl: string;
  readonly commits: readonly PushedCommit[];
}

export interface StatusEvent extends EventHead {
  readonly kind: 'status';
  readonly repository: GitHubRepository;
  readonly sha: string;
  readonly context: string;
  readonly state: string;
  readonly description: string;
  readonly targetUrl: string;
}

/** An event no plugin handles; external plugins may want it. */
export interface OtherEvent extends EventHead {
  readonly kind: 'other';
  readonly repository: GitHubRepository | undefined;
  readonly org: string | undefined;
  readonly action: string | undefined;
}

export type GitHubEvent =
  | IssueEvent
  | IssueCommentEvent
  | PullRequestEvent
  | ReviewEvent
  | ReviewCommentEvent
  | PushEvent
  | StatusEvent
  | OtherEvent;

export type EventKind = GitHubEvent['kind'];

/** The action under one spelling for everything a person can write text into. */
export type GenericCommentAction = 'created' | 'edited' | 'deleted';

/**
 * Text written by a person, wherever: the description of an issue or pull request, a comment, a review, a review
 * comment. upstream: pkg/github/types.go GenericCommentEvent.
 */
export interface GenericComment {
  readonly guid: string;
  readonly eventType: string;
  readonly action: GenericCommentAction;
  readonly repository: GitHubRepository;
  readonly number: number;
  readonly isPullRequest: boolean;
  readonly body: string;
  readonly user: GitHubUser;
  readonly htmlUrl: string;
  /** Of issue comments only. */
  readonly commentId: number | undefined;
  readonly issueTitle: string;
  readonly issueBody: string;
  readonly issueState: 'open' | 'closed';
  readonly issueAuthor: GitHubUser;
  readonly issueHtmlUrl: string;
  readonly assignees: readonly GitHubUser[];
  /** As the payload had them. */
  readonly labels: readonly string[];
  readonly nodeId: string;
  /** Set when the payload carried the whole pull request. */
  readonly pullRequest: EventPullRequest | undefined;
}
